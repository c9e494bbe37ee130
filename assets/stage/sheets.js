// Sheets over the stage: the keys, everything that was lost, the slots of a group.
import { legendOf } from "./legend.js";
import { lettersOn } from "./letters.js";
import { isolated } from "./text.js";
import { slotName, threeDigits } from "./trace.js";

const wordsAt = (trace, positions) => isolated(positions.map((position) => trace.tokens[position]).join(" "));

/** Tab goes round in a sheet as long as it is open. */
function stayIn(sheet, event) {
  const stops = [...sheet.querySelectorAll('[tabindex="0"], input, button:not([hidden])')];
  const at = stops.indexOf(event.composedPath()[0]);
  event.preventDefault();
  stops[(at + (event.shiftKey ? -1 : 1) + stops.length) % stops.length].focus();
}

export class Sheets {
  constructor(film) {
    this.film = film;
    for (const sheet of [film.parts.keys, film.parts.list])
      sheet.addEventListener("keydown", (event) => event.key === "Tab" && stayIn(sheet, event));
  }

  /** Whether one lies over the stage. */
  get open() {
    const { keys, list } = this.film.parts;
    return !keys.hidden || !list.hidden;
  }

  toggle(name, open = this.film.parts[name].hidden) {
    this.film.parts[name].hidden = !open;
    if (open && name === "keys") this.legend();
    if (open) this.film.parts[name].querySelector('.sheet[tabindex="0"], button').focus();
    else this.film.root.focus({ preventScroll: true });
  }

  /** The signs of this stage, and whether keys that are characters are on. */
  legend() {
    const { parts, reel, panels, framing } = this.film;
    const close = framing.layout?.byKey.has("near");
    parts.letters.checked = lettersOn();
    parts.legends.replaceChildren(
      ...legendOf(reel, panels.shown, close).flatMap(([look, says, sign]) => {
        const [name, text] = [document.createElement("dt"), document.createElement("dd")];
        if (sign) name.appendChild(document.createElement("i")).className = sign;
        name.append(look);
        text.textContent = says;
        return [name, text];
      }),
    );
  }

  lost() {
    const { trace, moment } = this.film;
    const items = trace.lost
      .slice(0, moment.lost)
      .map((item) => [
        slotName(item.id, "compressed"),
        wordsAt(trace, item.sources),
        `at token ${item.step + 1}`,
      ]);
    this.list(moment.lost ? `Lost: ${trace.lostWords[moment.lost]} words` : "Nothing is lost yet", items, true);
  }

  group({ name, ids }) {
    const { trace, moment, scene } = this.film;
    const row = trace.read(moment.asks);
    const stands = trace.standsAt(moment.k, moment.phase);
    const items = ids.map((id) => {
      const made = trace.shares(id, stands);
      const words = made ? wordsAt(trace, made.sources) : "learned";
      return [
        slotName(id, row.roles.get(id) ?? scene.sprites.get(id)?.role),
        words,
        row.at.has(id) && trace.isSame(id, stands, trace.foundAt(moment.asks)) ? `weight ${threeDigits(row.weights[row.at.get(id)])}` : "",
      ];
    });
    this.list(`${name} · ${ids.length} ${ids[0] >= 0 ? "pairs" : "slots"}`, items, false);
  }

  list(title, items, struck) {
    const { parts } = this.film;
    parts["list-title"].textContent = title;
    parts["list-items"].classList.toggle("is-struck", struck);
    parts["list-items"].replaceChildren(
      ...items.map((texts) => {
        const line = document.createElement("li");
        ["b", "span", "em"].forEach((name, i) => {
          const node = document.createElement(name);
          node.textContent = texts[i];
          line.append(node);
        });
        return line;
      }),
    );
    this.toggle("list", true);
  }
}
