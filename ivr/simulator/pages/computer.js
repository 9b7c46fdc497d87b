// The computer's screen: from the wallet's list of banks to the verdict. Knows the sample bank's own
// addresses (/bank/…) and nothing of telephones.

import { hasWord, language, onLanguage, word } from "/pages/language.js";
import { showCall } from "/pages/call.js";
import { showVerdict } from "/pages/verdict.js";
import { rest, send } from "/pages/wire.js";

const ADDRESSES = { wallet: "pay.kumo.example", bank: "link.honnin-bank.example" };
const STEPS = ["wallet", "facts", "call", "result"];
const at = (id) => document.getElementById(id);

export class Computer {
  constructor() {
    this.restart();
    at("choose-bank").addEventListener("click", () => this.go("facts"));
    at("facts").addEventListener("submit", (event) => this.open(event));
    at("typed").addEventListener("submit", (event) => this.check(event));
    at("again").addEventListener("click", () => this.change("POST", "calls", {}));
    at("cancel").addEventListener("click", () => this.cancel());
    at("restart").addEventListener("click", () => this.restart());
    onLanguage(() => this.show());
    setInterval(() => this.told && this.view === "call" && showCall(this.told), 1000);
  }

  restart() {
    if (this.told && !this.told.verdict) send("DELETE", `/bank/links/${this.told.link}`);
    this.told = null;
    this.trouble = null;
    at("passcode").value = "";
    this.go("wallet");
  }

  // Puts a depositor's facts into the bank's form; `player` is who types them.
  fill(depositor, player) {
    this.depositor = depositor;
    this.player = player;
    this.show();
    const facts = depositor.facts[language()];
    for (const [name, value] of Object.entries(facts)) at("facts").elements[name].value = value;
  }

  go(view) {
    this.view = view;
    for (const part of document.querySelectorAll("[data-view]")) part.hidden = part.dataset.view !== view;
    const now = STEPS.indexOf(view);
    document.querySelectorAll("[data-step]").forEach((step, place) => {
      step.classList.toggle("done", place < now);
      step.toggleAttribute("aria-current", place === now);
    });
    at("address").textContent = view === "wallet" ? ADDRESSES.wallet : ADDRESSES.bank;
    this.show();
    document.querySelector(`[data-view="${view}"] h2`).focus({ preventScroll: true });
  }

  show() {
    if (this.player) document.querySelector(".given").textContent = word(`facts_given_${this.player}`);
    for (const place of document.querySelectorAll(".trouble")) place.textContent = troubleText(this.trouble);
    if (!this.told) return;
    if (this.view === "call") showCall(this.told);
    if (this.view === "result") showVerdict(this.told, this.player);
  }

  async open(event) {
    event.preventDefault();
    const form = new FormData(at("facts"));
    const asked = Object.fromEntries(["branch", "number", "name", "pin", "birth_date"].map((fact) => [fact, form.get(fact)]));
    const pace = form.get("slow") ? "slow" : "normal";
    const wish = { mode: form.get("mode"), language: language(), pace };
    const answer = await this.busy(at("facts"), send("POST", "/bank/links", { ...asked, ...wish }));
    this.trouble = answer.ok ? null : answer.body;
    if (!answer.ok) return this.show();
    this.told = answer.body;
    this.go("call");
    this.follow(answer.body.link);
  }

  // Stays with one link until it is decided, and a little longer for the bank's callback.
  async follow(link) {
    let patience = 25;
    while (this.told?.link === link && patience > 0) {
      const decided = Boolean(this.told.verdict);
      if (decided && this.told.callback) return;
      const seen = encodeURIComponent(this.told.seen ?? "");
      const query = decided ? "" : `?wait=20&seen=${seen}`;
      const answer = await send("GET", `/bank/links/${link}${query}`);
      const news = answer.ok && answer.body.seen !== this.told?.seen;
      if (decided || !answer.ok) patience -= 1;
      if (answer.ok) this.take(link, answer.body);
      await rest(news ? 0.05 : 0.5);
    }
  }

  take(link, told) {
    if (this.told?.link !== link) return;
    const again = told.call?.number === this.told.call?.number;
    this.told = { ...told, passcode: told.passcode ?? (again ? this.told.passcode : null) };
    if (told.verdict && this.view === "call") return this.go("result");
    this.show();
  }

  async check(event) {
    event.preventDefault();
    const passcode = at("passcode").value;
    const answer = await this.busy(at("typed"), this.change("POST", "passcode", { passcode }));
    if (answer.body.code === "wrong_passcode") at("passcode").select();
  }

  async cancel() {
    const answer = await this.change("DELETE");
    if (!answer.ok) this.restart();
  }

  async change(method, what, content) {
    const { link } = this.told;
    const path = what ? `/bank/links/${link}/${what}` : `/bank/links/${link}`;
    const answer = await send(method, path, content);
    this.trouble = answer.ok ? null : answer.body;
    if (answer.ok) this.take(link, answer.body);
    else if (this.told && "tries_left" in answer.body) this.told.tries_left = answer.body.tries_left;
    this.show();
    return answer;
  }

  async busy(form, work) {
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    const answer = await work;
    button.disabled = false;
    return answer;
  }
}

function troubleText(problem) {
  if (!problem) return "";
  const name = `problem_${problem.code}`;
  return hasWord(name) ? word(name) : word("problem_other", { code: problem.code });
}
