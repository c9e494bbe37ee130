// Sheets over the stage: the keys, everything that was lost, the slots of a group.
import { isolated } from "./text.js";
import { slotName, threeDigits } from "./trace.js";

const wordsAt = (trace, positions) => isolated(positions.map((position) => trace.tokens[position]).join(" "));

export class Sheets {
  constructor(film) {
    this.film = film;
  }

  toggle(name, open = this.film.parts[name].hidden) {
    this.film.parts[name].hidden = !open;
    if (open) this.film.parts[name].querySelector("button").focus();
    else this.film.root.focus({ preventScroll: true });
  }

  lost() {
    const { trace, scene } = this.film;
    const items = trace.lost
      .slice(0, scene.lost)
      .map((item) => [
        slotName(item.id, "compressed"),
        wordsAt(trace, item.sources),
        `at token ${item.step + 1}`,
      ]);
    this.list(scene.lost ? `Lost: ${trace.lostWords[scene.lost]} words` : "Nothing is lost yet", items, true);
  }

  group({ name, ids }) {
    const { trace, scene } = this.film;
    const row = trace.read(scene.k);
    const items = ids.map((id) => {
      const made = trace.shares(id, scene.k);
      const words = made ? wordsAt(trace, made.sources) : "learned";
      return [
        slotName(id, row.roles.get(id)),
        words,
        row.at.has(id) ? `weight ${threeDigits(row.weights[row.at.get(id)])}` : "",
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
