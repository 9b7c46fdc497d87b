// Puts the page together: who plays whom, which telephone is on the right, which language.

import { Computer } from "/pages/computer.js";
import { firstLanguage, onLanguage, speakLanguage, word } from "/pages/language.js";
import { Phone } from "/pages/phone.js";
import { soundIsOn, switchSound, wakeSound } from "/pages/sound.js";
import { hush } from "/pages/voice.js";
import { send } from "/pages/wire.js";

const PLAYERS = {
  hanako: { depositor: "hanako", landline: false, locked: false },
  taro: { depositor: "taro", landline: true, locked: false },
  thief: { depositor: "hanako", landline: false, locked: true },
};
const LIVE = { kind: "live" };
const at = (id) => document.getElementById(id);
const chosen = (name) => document.querySelector(`input[name=${name}]:checked`).value;

const computer = new Computer();
const phone = new Phone();
let depositors = new Map();

// What the depositor does while the thief is at the computer.
function absentBehaviour() {
  if (chosen("does") === "no_answer") return { kind: "no_answer" };
  const step = { question: true, after: 1, press: "9" };
  return { kind: "script", answer_after: 4, steps: [step] };
}

function setBehaviour() {
  const { depositor, locked } = PLAYERS[chosen("role")];
  const behaviour = locked ? absentBehaviour() : LIVE;
  const path = `/sim/phones/${encodeURIComponent(depositors.get(depositor).phone)}`;
  return send("PUT", path, { behaviour });
}

function introduce() {
  const player = chosen("role");
  at("owner").textContent = word(`owner_${player}`);
  computer.fill(depositors.get(PLAYERS[player].depositor), player);
}

function play() {
  const { depositor, landline, locked } = PLAYERS[chosen("role")];
  document.body.classList.toggle("playing-thief", locked);
  computer.restart();
  introduce();
  phone.connect(depositors.get(depositor).phone, { landline, locked });
  return setBehaviour();
}

async function begin() {
  speakLanguage(firstLanguage());
  const answer = await send("GET", "/bank/depositors");
  depositors = new Map(answer.body.depositors.map((person) => [person.id, person]));
  const asked = new URLSearchParams(location.search).get("play");
  if (asked in PLAYERS) document.querySelector(`input[name=role][value=${asked}]`).checked = true;
  await play();
  onLanguage(introduce);
  for (const input of document.querySelectorAll("input[name=role]")) input.addEventListener("change", play);
  for (const input of document.querySelectorAll("input[name=does]")) input.addEventListener("change", setBehaviour);
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => speakLanguage(button.dataset.language));
  }
  document.body.dataset.ready = "";
}

for (const gesture of ["pointerdown", "keydown"]) document.addEventListener(gesture, wakeSound, { once: true });
at("sound").addEventListener("click", () => {
  switchSound(!soundIsOn());
  at("sound").setAttribute("aria-pressed", String(soundIsOn()));
  if (!soundIsOn()) hush();
});
begin();
