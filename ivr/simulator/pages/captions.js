// What is said, word by word as it is spoken, digits large. Knows text and seconds, no telephone.

const DIGITS = ["ゼロ", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュウ"];
const ENGLISH = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const NUMBERS = new Map([...DIGITS, ...ENGLISH].map((name, place) => [name, String(place % 10)]));
const ONE = `(?:${[...DIGITS, ...ENGLISH].join("|")})`;
const GAP = "[ 、,.…・。]+";
// Four digits or more in a row are a number being read out; a lone word may be part of a sentence.
const RUN = new RegExp(`(?<![\\p{L}])${ONE}(?:${GAP}${ONE}){3,}(?![\\p{L}])`, "giu");
const STOP = /^[。、.,\s]*/u;
const WEIGHT_OF_DIGIT = 5;

function digit(name) {
  const element = document.createElement("span");
  const figure = document.createElement("b");
  figure.textContent = NUMBERS.get(name.toLowerCase());
  element.append(figure, name);
  return element;
}

function plain(text) {
  const element = document.createElement("span");
  element.textContent = text;
  return element;
}

// Fills a line with the smallest pieces that appear one after another, and gives them in order, each
// with its share of the time. A number read out stands on a row of its own.
function pieces(text, line) {
  const found = [];
  const add = (place, element, weight) => {
    element.classList.add("unsaid");
    place.append(element);
    found.push({ element, weight });
  };
  const letters = (part) => {
    for (const letter of part) add(line, plain(letter), 1);
  };
  let end = 0;
  for (const match of text.matchAll(RUN)) {
    letters(text.slice(end, match.index));
    const run = document.createElement("span");
    run.className = "run";
    line.append(run);
    for (const [name] of match[0].matchAll(new RegExp(ONE, "giu"))) add(run, digit(name), WEIGHT_OF_DIGIT);
    end = match.index + match[0].length;
    end += text.slice(end).match(STOP)[0].length;
  }
  letters(text.slice(end));
  return found;
}

export class Captions {
  // `place` is seen and grows with the voice; `said` is read by screen readers, a line at a time.
  constructor(place, said) {
    this.place = place;
    this.said = said;
    this.unsaid = [];
  }

  clear() {
    this.finish();
    this.place.replaceChildren();
    this.said.replaceChildren();
  }

  // Shows `text` over `seconds`; what was still being said before is shown at once.
  say(text, seconds) {
    this.finish();
    const line = document.createElement("p");
    this.unsaid = pieces(text, line);
    this.append(line, text);
    const whole = this.unsaid.reduce((sum, piece) => sum + piece.weight, 0);
    this.reveal((seconds * 1000) / Math.max(whole, 1), performance.now());
  }

  reveal(perWeight, since) {
    const step = (now) => {
      let due = now - since;
      while (this.unsaid.length && due >= 0) {
        const piece = this.unsaid.shift();
        piece.element.classList.remove("unsaid");
        due -= piece.weight * perWeight;
        since += piece.weight * perWeight;
      }
      this.follow();
      if (this.unsaid.length) this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }

  // The rest of the line was said, or is dropped because a key cut it short.
  finish({ cut = false } = {}) {
    cancelAnimationFrame(this.frame);
    for (const piece of this.unsaid) {
      if (cut) piece.element.remove();
      else piece.element.classList.remove("unsaid");
    }
    this.unsaid = [];
  }

  // What happens and is not said to the depositor.
  note(text, look = "happens") {
    const line = document.createElement("p");
    line.className = look;
    line.textContent = text;
    this.append(line, text);
  }

  // Keys pressed one after another stand in one line; `worded` puts them into words.
  press(key, worded) {
    const last = this.place.lastElementChild;
    const keys = (last?.dataset.keys ?? "") + key;
    if (last?.dataset.keys) last.remove();
    this.note(worded(keys), "pressed");
    this.place.lastElementChild.dataset.keys = keys;
  }

  append(line, text) {
    const read = document.createElement("p");
    read.textContent = text;
    this.said.append(read);
    this.place.append(line);
    this.follow();
  }

  follow() {
    this.place.scrollTop = this.place.scrollHeight;
  }
}
