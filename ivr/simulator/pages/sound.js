// What is heard besides words: the ring and the keys' tones. Knows WebAudio and nothing of calls.

const LOW = [697, 770, 852, 941];
const HIGH = [1209, 1336, 1477];
const KEYS = ["123", "456", "789", "*0#"];

let context = null;
let on = true;
let ringing = null;

export const soundIsOn = () => on;

export function switchSound(wanted) {
  on = wanted;
  if (!on) stopRinging();
}

// Browsers let a page sound only after the visitor touched it.
export function wakeSound() {
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume();
}

function tone(frequency, start, length, loudness, shape = "sine") {
  const source = new OscillatorNode(context, { frequency, type: shape });
  const gain = new GainNode(context, { gain: 0 });
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(loudness, start + 0.012);
  gain.gain.setValueAtTime(loudness, start + length - 0.03);
  gain.gain.linearRampToValueAtTime(0, start + length);
  source.connect(gain).connect(context.destination);
  source.start(start);
  source.stop(start + length);
}

export function keyTone(key) {
  if (!on || !context) return;
  const row = KEYS.findIndex((keys) => keys.includes(key));
  if (row < 0) return;
  tone(LOW[row], context.currentTime, 0.16, 0.09);
  tone(HIGH[KEYS[row].indexOf(key)], context.currentTime, 0.16, 0.09);
}

function mobileRing(loudness) {
  const start = context.currentTime + 0.05;
  [659.3, 784, 1046.5, 784, 1046.5].forEach((note, place) => {
    tone(note, start + place * 0.15, 0.34, loudness, "triangle");
  });
}

function landlineRing(loudness) {
  const start = context.currentTime + 0.05;
  for (let beat = 0; beat < 16; beat += 1) {
    tone(beat % 2 ? 1480 : 1245, start + beat * 0.0625, 0.06, loudness, "triangle");
  }
}

export function startRinging({ landline = false, muffled = false } = {}) {
  stopRinging();
  const ring = () => {
    if (on && context) (landline ? landlineRing : mobileRing)(muffled ? 0.025 : 0.14);
  };
  ring();
  ringing = setInterval(ring, landline ? 3000 : 1600);
}

export function stopRinging() {
  clearInterval(ringing);
  ringing = null;
}
