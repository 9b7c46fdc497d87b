// Which language the page speaks, and every word on it. Knows nothing of calls.

import en from "/pages/words.en.js";
import ja from "/pages/words.ja.js";

const words = { ja, en };
const listeners = [];
let current = "ja";

export const language = () => current;

export function word(name, values = {}) {
  const text = words[current][name] ?? name;
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

export const hasWord = (name) => name in words[current];

// The words hold <br> and <small> and nothing that came from outside; values are set as text elsewhere.
export function showWord(element, name) {
  element.innerHTML = words[current][name] ?? "";
}

export function onLanguage(listener) {
  listeners.push(listener);
}

export function speakLanguage(chosen) {
  current = chosen in words ? chosen : "ja";
  document.documentElement.lang = current;
  for (const element of document.querySelectorAll("[data-t]")) showWord(element, element.dataset.t);
  for (const element of document.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", word(element.dataset.tLabel));
  }
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === current));
  }
  for (const listener of listeners) listener();
}

export function firstLanguage() {
  const asked = new URLSearchParams(location.search).get("lang") ?? navigator.language ?? "ja";
  return asked.toLowerCase().startsWith("ja") ? "ja" : "en";
}
