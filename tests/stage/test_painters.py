"""Both painters in Node, on a page that only takes notes: what the one writes and frames, the other does, too."""

import base64
from typing import Any

import pytest

from memattn.compression import MeanPool
from memattn.memory import MEMORIES
from memattn.memory.base import Memory
from memattn.memory.compressive import Compressive
from memattn.memory.segments import Segments
from memattn.memory.window import Window
from memattn.stage.payload import payload
from memattn.streams import random_stream
from memattn.trace import trace
from tests.node import evaluated

TOKENS = 41
KINDS: dict[str, Memory[Any]] = {
    "compressive": Compressive(7, 11, 3, MeanPool(3)),
    "segments": Segments(5, 3),
    "a window of several rows": Window(17),
    "summary": MEMORIES["cumulative_average"](),
    "hybrid": MEMORIES["hybrid"](),
}
GLOSSED = {"compressive": ["come in", "now", "c to 1"], "segments": ["come in", "now"]}

# Elements that remember their attributes, and a pen that remembers what it wrote and stroked.
PAGE = """
class Node {
    constructor(name) { Object.assign(this, { name, attributes: {}, children: [], parent: null, textContent: '' }); }
    setAttribute(key, value) { this.attributes[key] = String(value); }
    append(...nodes) { for (const node of nodes) this.insertBefore(node, null); }
    insertBefore(node, before) {
        node.remove();
        node.parent = this;
        this.children.splice(before ? this.children.indexOf(before) : this.children.length, 0, node);
    }
    remove() {
        if (this.parent) this.parent.children.splice(this.parent.children.indexOf(this), 1);
        this.parent = null;
    }
    replaceChildren() { for (const node of [...this.children]) node.remove(); }
    get firstChild() { return this.children[0] ?? null; }
    get lastChild() { return this.children.at(-1) ?? null; }
    get nextSibling() { return this.parent?.children[this.parent.children.indexOf(this) + 1] ?? null; }
    *all() { yield this; for (const node of this.children) yield* node.all(); }
    getContext() {
        this.written = [];
        this.framed = [];
        let path = null;
        const pen = {
            measureText: (text) => ({ width: text.length * 7 }),
            createPattern: () => null,
            fillText: (text, x, y) => this.written.push([text, x, y, parseFloat(pen.font.split(' ')[1])]),
            roundRect: (x, y, w, h) => (path = [x, y, w, h]),
            beginPath: () => (path = null),
            stroke: () => path && this.framed.push(path),
        };
        return new Proxy(pen, { get: (own, key) => own[key] ?? (() => {}) });
    }
}
globalThis.window = { devicePixelRatio: 1 };
globalThis.document = { createElement: (name) => new Node(name), createElementNS: (_, name) => new Node(name) };
"""

DRAWN = """
const { unpack } = await from('codec');
const { openReel } = await from('reel');
const { layOut } = await from('geometry');
const { momentOf } = await from('moment');
const { sceneAt } = await from('scene');
const { makeSvgPainter } = await from('conveyor-svg');
const { makeCanvasPainter } = await from('conveyor-canvas');
const colours = { hue: '', fill: '', edge: '', on: '' };
const roles = ['global', 'compressed', 'recent', 'summary', 'retrieved', 'current'];
const theme = { font: 'serif', roles: Object.fromEntries(roles.map((role) => [role, colours])) };
const reel = openReel(await unpack(packed));
const { trace, timeline } = reel;
const layout = layOut(trace, { ...reel.need, entrance: true }, 640, 700, 14, headed);
if (layout.bands.some(({ dense }) => dense > 1)) throw new Error('too dense for SVG');
const [svg, canvas] = [new Node('svg'), new Node('canvas')];
const painters = [makeSvgPainter(svg), makeCanvasPainter(canvas)];
layout.gloss = { current: ["come in", "now"], hopper: ["c to 1"] };
for (const painter of painters) painter.lay(layout);

const tenth = (value) => Math.round(10 * Number(value ?? 0)) / 10;
const bare = (text) => text.replace(/[\\u2068\\u2069]/g, '');
/** [text, x, y, size] of all that stands in the SVG, and boxes of its bands and segments. */
function fromSvg() {
    const [texts, boxes] = [[], []];
    for (const node of svg.all()) {
        const { attributes: own } = node;
        let hidden = false;
        let [dx, dy] = [0, 0];
        for (let around = node; around; around = around.parent) {
            const moved = /translate\\((\\S+) (\\S+)\\)/.exec(around.attributes.transform ?? '');
            if (moved) [dx, dy] = [dx + Number(moved[1]), dy + Number(moved[2])];
            hidden ||= around.attributes.visibility === 'hidden';
        }
        if (hidden) continue;
        const text = own.class === 'lane-title' ? node.textContent.toUpperCase() : bare(node.textContent);
        const [x, y, size] = ['x', 'y', 'font-size'].map((key) => Number(own[key]));
        if (node.name === 'text' && text) texts.push([text, x + dx, y + dy, size]);
        const isSign = node.name === 'rect' && /^(band|segment)/.test(node.parent?.attributes.class);
        if (isSign) boxes.push(['x', 'y', 'width', 'height'].map((key) => tenth(own[key])));
    }
    return { texts, boxes };
}
const order = (list) => list.map((each) => JSON.stringify(each)).sort();
const near = (one, other) => one[0] === other[0] && [1, 2, 3].every((i) => Math.abs(one[i] - other[i]) < 0.15);
const faults = [];
const seen = { texts: 0, boxes: 0 };
for (let k = 0; k < trace.length; k++)
    for (const at of timeline.stops(k)) {
        const moment = momentOf(reel, at);
        const scene = sceneAt(trace, layout, moment);
        canvas.written.length = canvas.framed.length = 0;
        for (const painter of painters) painter.paint(scene, moment, trace, theme, null, () => null);
        const { texts, boxes } = fromSvg();
        const written = canvas.written.filter(([text]) => bare(text)).map(([text, ...rest]) => [bare(text), ...rest]);
        const left = [...written];
        for (const text of texts) {
            const found = left.findIndex((one) => near(one, text));
            if (found < 0) faults.push([at, 'SVG alone', ...text]);
            else left.splice(found, 1);
        }
        for (const text of left) faults.push([at, 'canvas alone', ...text]);
        const framed = new Set(order(canvas.framed.map((box) => box.map(tenth))));
        for (const box of order(boxes)) if (!framed.has(box)) faults.push([at, 'SVG alone', box]);
        seen.texts += texts.length;
        seen.boxes += boxes.length;
    }
const named = new Set(fromSvg().texts.map(([text]) => text));
const titles = layout.bands.every(({ title }) => named.has(title.toUpperCase()));
const gloss = ["come in", "now", "c to 1"].filter((line) => named.has(line));
return { faults: faults.slice(0, 5), seen, titles, gloss };
"""


@pytest.mark.parametrize("headed", [False, True], ids=["titles beside", "titles above"])
@pytest.mark.parametrize("name", KINDS)
def test_what_the_canvas_writes_and_frames_is_what_the_svg_does(name: str, headed: bool) -> None:
    memory = KINDS[name]
    record = trace(memory, random_stream(TOKENS, 3, 2, 2, seed=5), name)
    sent = payload(record, memory.lanes(TOKENS), 7, "t", memory.reads)
    told = evaluated(
        f"async ([packed, headed]) => {{ {PAGE} {DRAWN} }}", [base64.b64encode(sent.packed).decode(), headed]
    )
    assert told["faults"] == []
    assert told["gloss"] == ([] if headed else GLOSSED.get(name, []))  # above the bands there is no room
    assert told["titles"] and told["seen"]["texts"] > 10 * TOKENS and told["seen"]["boxes"] > TOKENS
