// Shows the verdict, the reason, and what proves it: poll, signed callback, signed receipt.

import { showWord, word } from "/pages/language.js";

const TIMES = ["iat", "exp", "nbf"];
const at = (id) => document.getElementById(id);

export function showVerdict(told, player) {
  const passed = told.verdict === "pass";
  const unproven = passed && !told.linked;
  const shown = passed && !unproven ? "pass" : "fail";
  document.querySelector('[data-view="result"]').dataset.verdict = shown;
  showWord(at("stamp"), `stamp_${shown}`);
  at("verdict-title").textContent = word(unproven ? "verdict_unproven" : `verdict_${shown}`);
  at("verdict-reason").textContent = word(unproven ? "reason_unproven" : `reason_${told.reason}`);
  at("moral").hidden = player !== "thief" || shown === "pass" || told.reason === "cancelled";
  at("moral").textContent = word("moral");
  at("proofs").replaceChildren(...proofs(told));
  const receipt = document.querySelector(".receipt");
  receipt.hidden = !told.receipt;
  at("receipt-header").replaceChildren(...list(told.receipt?.header));
  at("receipt-claims").replaceChildren(...list(told.receipt?.claims));
}

function proofs(told) {
  const { callback, receipt } = told;
  const lines = [line(word("proof_poll", { verdict: word(`word_${told.verdict}`) }))];
  if (callback) {
    const verdict = word(`word_${callback.verdict}`);
    lines.push(line(word("proof_callback", { verdict }), callback.verdict === told.verdict ? "" : "broken"));
  } else {
    lines.push(line(word("proof_callback_waiting"), "waiting"));
  }
  if (receipt) {
    const name = receipt.genuine ? "proof_receipt" : "proof_receipt_broken";
    lines.push(line(word(name, { trouble: receipt.trouble }), receipt.genuine ? "" : "broken"));
  }
  return lines;
}

function line(text, kind = "") {
  const item = document.createElement("li");
  item.textContent = text;
  item.className = kind;
  return item;
}

function list(values = {}) {
  return Object.entries(values).flatMap(([name, value]) => {
    const term = document.createElement("dt");
    const meaning = document.createElement("dd");
    term.textContent = name;
    meaning.textContent = TIMES.includes(name) ? new Date(value * 1000).toISOString() : asText(value);
    meaning.title = meaning.textContent;
    return [term, meaning];
  });
}

const asText = (value) => (typeof value === "string" ? value : JSON.stringify(value));
