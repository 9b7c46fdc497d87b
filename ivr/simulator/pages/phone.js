// The depositor's telephone: rings, is answered, shows what is heard, sends keys. Knows the stand-in
// network's events and nothing of banks or verifications.

import { Captions } from "/pages/captions.js";
import { language, onLanguage, showWord, word } from "/pages/language.js";
import { keyTone, startRinging, stopRinging } from "/pages/sound.js";
import { hush, say } from "/pages/voice.js";
import { send } from "/pages/wire.js";

const KEYS = "123456789*0#";
const at = (id) => document.getElementById(id);

export class Phone {
  constructor() {
    this.body = at("phone");
    this.captions = new Captions(at("captions"), at("said"));
    this.state = "idle";
    this.call = null;
    this.keys = Promise.resolve(); // keys travel one behind the other, or they overtake each other
    this.buildKeypad();
    for (const act of ["answer", "decline", "hangup"]) at(act).addEventListener("click", () => this.act(act));
    at("dial").addEventListener("click", () => this.act("dial", { to: this.missed }));
    document.addEventListener("keydown", (event) => this.typed(event));
    onLanguage(() => this.show());
    setInterval(() => this.tick(), 500);
  }

  buildKeypad() {
    for (const key of KEYS) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = key;
      button.dataset.key = key;
      button.addEventListener("click", () => this.press(key));
      at("keypad").append(button);
    }
  }

  // Become the telephone `id`; `locked` when the visitor may see it and not touch it.
  connect(id, { landline, locked }) {
    this.events?.close();
    this.id = id;
    this.landline = landline;
    this.locked = locked;
    this.missed = null;
    this.body.classList.toggle("landline", landline);
    this.become("idle");
    this.captions.clear();
    this.events = new EventSource(`/sim/phones/${encodeURIComponent(id)}/events`);
    this.events.addEventListener("message", (message) => this.hear(JSON.parse(message.data)));
  }

  hear(event) {
    if (event.type === "ringing" || event.type === "dialled") {
      this.call = event.call;
      this.from = event.from ?? event.to;
      this.missed = null;
      this.captions.clear();
      this.intoView();
    }
    if (event.type === "ringing") {
      startRinging({ landline: this.landline, muffled: this.locked });
      this.become("ringing");
    } else if (event.type === "dialled") {
      this.become("dialling");
    } else if (event.call === this.call) {
      this[`on_${event.type}`]?.(event);
    }
  }

  on_answered() {
    stopRinging();
    this.since = Date.now();
    this.become("talking");
  }

  on_speech(event) {
    this.quiet();
    this.captions.say(event.text, event.seconds);
    if (!this.locked) say(event.text, event.language, event.rate);
  }

  on_listening(event) {
    const bar = at("listening").firstElementChild;
    bar.getAnimations().forEach((animation) => animation.cancel());
    bar.animate([{ width: "100%" }, { width: "0" }], event.seconds * 1000);
  }

  on_cut() {
    hush();
    this.captions.finish({ cut: true });
  }

  on_pressed(event) {
    this.quiet();
    this.captions.press(event.key, (keys) => word("key_pressed", { keys }));
  }

  on_connecting(event) {
    this.captions.note(word("connecting", { who: event.to_label[language()] }));
  }

  on_whispered(event) {
    this.captions.note(word("whispered", { words: event.text }));
  }

  on_transferred(event) {
    this.captions.note(word("transferred", { who: event.to_label[language()] }));
  }

  on_ended() {
    stopRinging();
    this.quiet();
    hush();
    this.captions.finish();
    if (this.state === "ringing") this.missed = this.from;
    this.become(this.state === "talking" ? "ended" : "idle");
    this.call = null;
  }

  // On a narrow screen the telephone is below the bank's page: the ring brings it up.
  intoView() {
    if (matchMedia("(max-width: 1000px)").matches) this.body.scrollIntoView({ block: "end", behavior: "smooth" });
  }

  quiet() {
    at("listening").firstElementChild.getAnimations().forEach((animation) => animation.cancel());
  }

  become(state) {
    this.state = state;
    this.body.dataset.state = state;
    at("dial").hidden = state !== "idle" || !this.missed || this.locked;
    for (const button of at("keypad").children) button.disabled = state !== "talking" || this.locked;
    this.show();
  }

  show() {
    if (this.state === "idle") showWord(at("caller"), this.missed ? "phone_missed" : "phone_idle");
    else at("caller").textContent = word("bank_name");
    this.tick();
  }

  tick() {
    const now = new Date();
    at("clock").textContent = at("day-time").textContent = now.toTimeString().slice(0, 5);
    at("day-date").textContent = now.toLocaleDateString(language(), { month: "long", day: "numeric", weekday: "long" });
    const seconds = Math.floor((Date.now() - this.since) / 1000);
    at("caller-note").textContent = {
      idle: this.missed ? domestic(this.missed) : "",
      ringing: `${domestic(this.from)} ${word("phone_ringing")}`,
      dialling: `${domestic(this.from)} ${word("phone_dialling")}`,
      talking: `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`,
      ended: word("phone_ended"),
    }[this.state] ?? "";
  }

  act(what, how) {
    if (!this.locked) send("POST", `/sim/phones/${encodeURIComponent(this.id)}/${what}`, how);
  }

  press(key) {
    if (this.locked || this.state !== "talking") return;
    keyTone(key);
    const button = at("keypad").querySelector(`[data-key="${CSS.escape(key)}"]`);
    button.classList.add("down");
    setTimeout(() => button.classList.remove("down"), 160);
    const path = `/sim/phones/${encodeURIComponent(this.id)}/press`;
    this.keys = this.keys.then(() => send("POST", path, { key }));
  }

  typed(event) {
    const writing = event.target.closest("input, textarea, select");
    const isSwitch = writing && ["radio", "checkbox"].includes(writing.type);
    if ((writing && !isSwitch) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.length === 1 && KEYS.includes(event.key)) this.press(event.key);
  }
}

// A Japanese number as people write it: +81312345678 -> 03-1234-5678.
function domestic(number) {
  if (!number?.startsWith("+81")) return number ?? word("phone_unknown");
  const local = `0${number.slice(3)}`;
  const area = local.length === 11 ? 3 : local.startsWith("03") || local.startsWith("06") ? 2 : 4;
  return [local.slice(0, area), local.slice(area, -4), local.slice(-4)].filter(Boolean).join("-");
}
