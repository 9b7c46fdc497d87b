// The browser's own voice, where it has one. Without one the captions say it all.

import { soundIsOn } from "/pages/sound.js";

const FASTEST = 1.3;
const SLOWEST = 0.6;

function voiceFor(language) {
  const voices = window.speechSynthesis?.getVoices() ?? [];
  const short = language.startsWith("cmn") ? "zh" : language.slice(0, 2); // browsers know no cmn
  return voices.find((voice) => voice.lang === language)
    ?? voices.find((voice) => voice.lang.replace("_", "-").startsWith(short));
}

export function say(text, language, rate) {
  const voice = voiceFor(language);
  if (!voice || !soundIsOn()) return;
  const utterance = new SpeechSynthesisUtterance(text);
  utterance.voice = voice;
  utterance.lang = voice.lang;
  utterance.rate = Math.min(Math.max(rate || 1, SLOWEST), FASTEST);
  window.speechSynthesis.speak(utterance);
}

export function hush() {
  window.speechSynthesis?.cancel();
}
