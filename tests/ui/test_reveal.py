"""What stands under the stage is brought onto the screen once per wish, until the reader goes on (`assets/link.js`)."""

import json
from pathlib import Path

from tests.node import run_in_node

LINK = Path(__file__).resolve().parents[2] / "assets" / "link.js"
BROWSER = """
const log = [];
const heard = new Map();
globalThis.location = { pathname: "/summary", search: "", hash: "" };
globalThis.history = { state: null, replaceState: (state, title, address) => log.push(address) };
globalThis.window = { dispatchEvent() {} };
globalThis.matchMedia = () => ({ matches: true });
globalThis.document = { querySelector: (what) => what === ".st-key-below"
  ? { scrollIntoView: ({ behavior }) => log.push(`scroll ${behavior}`) } : {} };
globalThis.addEventListener = (name, listener, { signal }) => {
  heard.set(name, listener);
  signal.addEventListener("abort", () => heard.delete(name));
};
let grow = () => {};
globalThis.ResizeObserver = class {
  constructor(seen) { this.seen = seen; }
  observe() { grow = this.seen; grow(); }
  disconnect() { grow = () => log.push("nobody looks"); }
};
globalThis.setTimeout = () => 0;
"""
STEPS = """
await import(%s);
const shelf = globalThis[Symbol.for("memattn.link")];
const say = (below) => { shelf.said = { page: "summary", query: "", below }; shelf.say(); };
say("");
log.push("no wish");
say("summary 1");
grow();
say("summary 1");
log.push("the same wish");
heard.get("keydown")();
grow();
log.push(`${heard.size} listen`);
say("summary 2");
console.log(JSON.stringify(log));
"""


def test_the_page_goes_there_while_it_grows_once_for_each_wish_and_stops_when_the_reader_goes_on() -> None:
    log = json.loads(run_in_node(BROWSER + STEPS % json.dumps(LINK.as_uri())))
    assert log == [
        "no wish",
        "scroll auto",  # motion is not wanted
        "scroll auto",  # the figure has come
        "the same wish",
        "nobody looks",
        "0 listen",
        "scroll auto",
    ]
