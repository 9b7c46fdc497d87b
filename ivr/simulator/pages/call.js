// Shows a call in progress: how far it is, the passcode in its mode, what is left.

import { hasWord, word } from "/pages/language.js";

const PROGRESS = ["placing", "ringing", "answered", "consented", "spoken"];
const REACHED = { wanted: 0, placing: 0, ringing: 1, answered: 2, consented: 3, spoken: 4, heard: 5 };
const CALL_IS_OVER = ["heard", "resting"];
const at = (id) => document.getElementById(id);

export function showCall(told) {
  const over = CALL_IS_OVER.includes(told.state);
  const title = over ? "call_title_rest" : "call_title";
  document.querySelector('[data-view="call"] h2').textContent = word(title);
  at("number-hint").textContent = told.number_hint;
  setText(at("call-state"), stateText(told));
  document.querySelectorAll("[data-progress]").forEach((step, place) => {
    step.classList.toggle("done", place < (REACHED[told.state] ?? -1));
    step.classList.toggle("now", place === REACHED[told.state]);
  });
  showPasscode(told);
  at("tries").textContent = told.tries_left === 1 ? word("tries_last") : word("tries", { n: told.tries_left });
  at("life").textContent = lifeText(told.passcode_expires_at);
  at("again").textContent = told.calls_left > 0 ? word("again_left", { n: told.calls_left }) : word("again");
  at("again").disabled = !over || told.calls_left < 1;
}

function showPasscode(told) {
  for (const part of document.querySelectorAll("[data-view=call] [data-mode]")) {
    part.hidden = part.dataset.mode !== told.mode;
  }
  const digits = [...(told.passcode ?? "")].map((digit) => {
    const tile = document.createElement("span");
    tile.textContent = digit;
    tile.classList.toggle("spent", CALL_IS_OVER.includes(told.state));
    return tile;
  });
  if (at("tiles").textContent !== (told.passcode ?? "") || CALL_IS_OVER.includes(told.state)) {
    at("tiles").replaceChildren(...digits);
  }
}

function stateText(told) {
  if (told.state === "resting") return `${word(`rest_${told.last_call}`)} ${word("state_resting")}`;
  const ofMode = `state_${told.state}_${told.mode}`;
  const general = `state_${told.state}`;
  return word(hasWord(ofMode) ? ofMode : general);
}

function lifeText(until) {
  const seconds = until ? Math.floor((Date.parse(until) - Date.now()) / 1000) : 0;
  if (seconds <= 0) return "";
  return word("life", { time: `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` });
}

// A live region must not be told the same thing every second.
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
