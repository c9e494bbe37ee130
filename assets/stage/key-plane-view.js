// The key plane as a view: pairs as points, made slots with their trail, the pull of the newest pair, the query's direction.
import { openPlane, placeText, planeAt, planeText, scaleOf } from "./key-plane.js";
import { penOf } from "./pen.js";
import { slotName } from "./trace.js";

const MARGIN = 1.7; // em around the outermost point
const MOST_NAMED = 10; // pairs that all bear their names
const POINT = 0.36; // em, half the side of a point
const REACH = 0.9; // em from a point that still means it

const head = `<span data-part="plane-share"></span>`;
const body = `<div class="plane-box" data-room><canvas data-part="plane" role="img"></canvas></div>
<footer class="plane-key"><span><i class="is-held"></i>held</span><span><i class="is-carried"></i>in a slot</span><span><i class="is-lost">×</i>lost</span><span><i class="is-sigma"></i>made slot, its trail</span><span><b>→</b> pull of this token</span></footer>`;

function make(box) {
  const part = (name) => box.querySelector(`[data-part="${name}"]`);
  const canvas = part("plane");
  let trace = null;
  let theme = null;
  let plane = null;
  let room = { width: 0, height: 0, em: 12 };
  let drawn = []; // {id, x, y} of what can be pointed at

  const hueOf = (role) => theme.roles[role]?.hue ?? theme.lost;

  function line(pen, points) {
    pen.beginPath();
    for (const [x, y] of points) pen.lineTo(x, y);
    pen.stroke();
  }

  function arrow(pen, [ax, ay], [bx, by], size) {
    const length = Math.hypot(bx - ax, by - ay);
    if (length < 1) return;
    const [ux, uy] = [(bx - ax) / length, (by - ay) / length];
    const tip = Math.min(size, length);
    line(pen, [[ax, ay], [bx - ux * tip * 0.8, by - uy * tip * 0.8]]);
    pen.beginPath();
    pen.moveTo(bx, by);
    pen.lineTo(bx - ux * tip - uy * tip * 0.5, by - uy * tip + ux * tip * 0.5);
    pen.lineTo(bx - ux * tip + uy * tip * 0.5, by - uy * tip - ux * tip * 0.5);
    pen.fill();
  }

  function axes(pen, scale) {
    const [x, y] = scale([0, 0]);
    pen.fillStyle = theme.hair;
    pen.fillRect(0, Math.round(y), room.width, 1);
    pen.fillRect(Math.round(x), 0, 1, room.height);
  }

  function point(pen, { fate, role, strength }, [x, y], lit) {
    const r = POINT * room.em;
    pen.globalAlpha = strength;
    pen.lineWidth = Math.max(1.25, 0.12 * room.em);
    pen.strokeStyle = pen.fillStyle = fate === "lost" ? theme.muted : hueOf(role);
    if (fate === "lost") {
      for (const side of [1, -1]) line(pen, [[x - r * 0.8, y - r * 0.8 * side], [x + r * 0.8, y + r * 0.8 * side]]);
    } else if (fate === "held" && role !== "current") pen.fillRect(x - r, y - r, 2 * r, 2 * r);
    else pen.strokeRect(x - r, y - r, 2 * r, 2 * r);
    pen.globalAlpha = 1;
    if (!lit) return;
    pen.strokeStyle = theme.ink;
    pen.lineWidth = 1.5;
    pen.strokeRect(x - r - 3, y - r - 3, 2 * r + 6, 2 * r + 6);
  }

  function slot(pen, { id, role, strength }, [x, y], lit) {
    const r = (role === "summary" ? 0.85 : 0.5) * room.em;
    pen.globalAlpha = strength;
    pen.fillStyle = hueOf(role);
    pen.beginPath();
    pen.arc(x, y, r, 0, 7);
    pen.fill();
    if (lit) {
      pen.strokeStyle = theme.ink;
      pen.lineWidth = 2;
      pen.stroke();
    }
    if (role === "summary") {
      pen.fillStyle = theme.roles[role].on;
      pen.font = `700 ${room.em}px ${theme.font}`;
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.fillText(slotName(id, role), x, y);
    }
    pen.globalAlpha = 1;
  }

  /** A name beside a place, on the side where there is room, over whatever lies there. */
  function name(pen, text, [x, y], strong) {
    pen.font = `${strong ? 650 : 400} ${room.em}px ${theme.font}`;
    pen.textBaseline = "middle";
    const wide = pen.measureText(text).width;
    const right = x + 1.1 * room.em + wide < room.width;
    pen.textAlign = right ? "left" : "right";
    const at = right ? x + 0.95 * room.em : x - 0.95 * room.em;
    const line = Math.min(room.height - 0.7 * room.em, Math.max(0.7 * room.em, y - 0.9 * room.em));
    pen.strokeStyle = theme.page;
    pen.lineWidth = 3;
    pen.lineJoin = "round";
    pen.strokeText(text, at, line);
    pen.lineJoin = "miter";
    pen.fillStyle = strong ? theme.ink : theme.muted;
    pen.fillText(text, at, line);
  }

  /** Where the query points, in a corner of its own: a direction has no place. Its length is what lies in the plane. */
  function compass(pen, [x, y]) {
    const r = 1.5 * room.em;
    const [cx, cy] = [room.width - r - 2, room.height - r - 2];
    pen.fillStyle = theme.page;
    pen.strokeStyle = theme.line;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.arc(cx, cy, r, 0, 7);
    pen.fill();
    pen.stroke();
    pen.strokeStyle = pen.fillStyle = theme.accent;
    pen.lineWidth = Math.max(1.5, 0.16 * room.em);
    arrow(pen, [cx, cy], [cx + x * r, cy - y * r], 0.6 * room.em);
    pen.fillStyle = theme.muted;
    pen.font = `${room.em}px ${theme.font}`;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    pen.fillText("query", cx - r - 0.4 * room.em, cy + r - 0.6 * room.em);
  }

  function paint(moment) {
    const { width, height, em } = room;
    if (!width || !plane) return;
    const state = planeAt(trace, plane, moment);
    const text = planeText(moment.k, state);
    if (canvas.getAttribute("aria-label") !== text) canvas.setAttribute("aria-label", text);
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const pen = penOf(canvas);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const scale = scaleOf(plane.extent, width, height, MARGIN * em);
    const { pairs, slots, query, newest } = state;
    const lit = (id) => Boolean(moment.focus?.ids.has(id));
    const numbers = (at) => (plane.whole ? ` ${placeText(at)}` : "");
    if (plane.whole) axes(pen, scale);
    for (const { trail, role, strength } of slots) {
      pen.globalAlpha = 0.55 * strength;
      pen.strokeStyle = hueOf(role);
      pen.lineWidth = Math.max(1.5, 0.14 * em);
      line(pen, trail.map(scale));
      pen.globalAlpha = 1;
    }
    for (const pair of pairs) point(pen, pair, scale(pair.at), lit(pair.id));
    for (const { at, from, strength } of slots) {
      if (!from) continue;
      pen.globalAlpha = strength;
      pen.setLineDash([0.25 * em, 0.3 * em]);
      pen.strokeStyle = theme.muted;
      pen.lineWidth = 1;
      line(pen, [scale(at), scale(plane.pair(newest))]);
      pen.setLineDash([]);
      pen.globalAlpha = 1;
    }
    for (const one of slots) slot(pen, one, scale(one.at), lit(one.id));
    for (const { at, from } of slots) {
      if (!from) continue;
      pen.strokeStyle = pen.fillStyle = theme.ink;
      pen.lineWidth = Math.max(1.5, 0.16 * em);
      arrow(pen, scale(from), scale(at), 0.7 * em);
    }
    const few = newest < MOST_NAMED;
    const named = slots.filter(({ role }) => role === "summary" && plane.whole).map(({ at }) => scale(at));
    const covered = ([x, y]) => named.some(([sx, sy]) => Math.hypot(x - sx, y - sy) < room.em);
    for (const { id, at, strength } of pairs)
      if (strength >= 0.5 && !covered(scale(at)) && (few || id === newest || moment.focus?.id === id))
        name(pen, `${slotName(id)}${numbers(at)}`, scale(at), id === newest || lit(id));
    for (const { id, at, role } of slots)
      if (role === "summary" && plane.whole) name(pen, `${slotName(id, role)}${numbers(at)}`, scale(at), true);
    compass(pen, query);
    drawn = [...pairs, ...slots].map(({ id, at, fate }) => ({ id, fate, at: scale(at) }));
  }

  return {
    open(next, look) {
      trace = next;
      theme = look;
      plane = openPlane(trace);
      const axes = plane?.whole ? "the keys as they are" : `${Math.round(100 * (plane?.share ?? 0))} % of their variance`;
      part("plane-share").textContent = plane ? `${axes} · ${trace.head}` : "";
    },
    lay(em, width, height) {
      const ratio = Math.min(2, window.devicePixelRatio || 1);
      room = { width, height, em };
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    },
    paint,
    hit(event, { k }) {
      const { left, top } = canvas.getBoundingClientRect();
      const away = ({ at: [x, y] }) => Math.hypot(event.clientX - left - x, event.clientY - top - y);
      const found = drawn.reduce((best, one) => (best && away(best) < away(one) ? best : one), null);
      if (!found || away(found) > REACH * room.em) return null;
      return { id: found.id, k, role: ["carried", "lost"].find((fate) => fate === found.fate) ?? null, row: null };
    },
  };
}

export const keyPlaneView = { name: "plane", title: "Key plane", head, body, make };
