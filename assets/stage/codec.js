// From the packed text that the server sends to plain arrays. Nothing here knows what is drawn.

/** Bytes of a base64 text. */
export function bytesOf(base64) {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Bytes from the server: length of a JSON header, the header, what is packed. An object passes as it is. */
export function openEnvelope(data) {
  if (!(data instanceof Uint8Array)) return data;
  const [header, packed] = headOf(data);
  return { ...header, packed };
}

/**
 * A payload (bytes, or base64 of them) as what `openTrace` takes: at once, or as a promise where it must be inflated.
 * The first byte says which; `open` takes the bytes as they were packed.
 */
export function unpack(packed, open = read) {
  const bytes = typeof packed === "string" ? bytesOf(packed) : packed;
  return bytes[0] === 0 ? open(bytes.subarray(1)) : inflated(bytes.subarray(1)).then(open);
}

async function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The JSON at the beginning of bytes, behind its length, and the bytes behind it. */
export function headOf(plain) {
  const length = new DataView(plain.buffer, plain.byteOffset).getUint32(0, true);
  return [JSON.parse(new TextDecoder().decode(plain.subarray(4, 4 + length))), plain.subarray(4 + length)];
}

function read(plain) {
  const [raw, behind] = headOf(plain);
  let made = 0; // slots, before the step
  raw.steps.forEach((step, k) => {
    complete(step, k, raw, made);
    for (const event of step.e) for (const run of event[2]) made = Math.max(made, ...run.map((slot) => -slot));
  });
  raw.arrays = arraysByName(raw.arrays, behind);
  return raw;
}

const KINDS = { u1: Uint8Array, u2: Uint16Array, i2: Int16Array, f4: Float32Array };

/** The arrays behind the JSON, `index` being {name: [first byte, count, kind]}; each is opened when it is asked for. */
export function arraysByName(index, bytes) {
  const arrays = {};
  for (const [name, [first, count, kind]] of Object.entries(index)) {
    let opened = null;
    const open = () => opened ?? (opened = numbersOf(bytes.subarray(first), count, KINDS[kind]));
    Object.defineProperty(arrays, name, { enumerable: true, get: open });
  }
  return arrays;
}

/** Numbers of which all lowest bytes were sent first, then all second ones. Browsers stand on low-end-first machines. */
function numbersOf(bytes, count, Kind) {
  const width = Kind.BYTES_PER_ELEMENT;
  if (width === 1) return bytes.subarray(0, count);
  const plain = new Uint8Array(width * count);
  for (let byte = 0; byte < width; byte++)
    for (let i = 0, from = byte * count; i < count; i++) plain[width * i + byte] = bytes[from + i];
  return new Kind(plain.buffer);
}

/** Slots in some runs. */
export function countOf(runs) {
  return runs.reduce((sum, run) => sum + Math.abs(run[1] - run[0]) + 1, 0);
}

/** What the sender left out of a step because it follows: slots read, sources of raw slots, numbers by name. */
function complete(step, k, raw, made) {
  const current = raw.roles.indexOf("current");
  const before = k > 0 ? raw.steps[k - 1].h : raw.start;
  const slotOf = (near) => (near & 1 ? (near - 1) / 2 - made : k - near / 2);
  const joined = [...before, [k, k, current]];
  step.h = step.h?.map(([first, last, role]) => [slotOf(first), slotOf(last), role]) ?? joined;
  step.r = raw.reads === "before" ? joined : step.h;
  step.e ??= [];
  step.s ??= [];
  for (const event of step.e) {
    for (const runs of event.slice(1)) for (const run of runs) run.forEach((near, i) => (run[i] = slotOf(near)));
    event[3] ??= event[1];
  }
  const { error, retained, pair, floats, met } = raw.numbers;
  step.x = {
    error: error[k],
    retained: retained[k],
    floats: floats ? floats[k] : pair * countOf(step.r),
    fullFloats: pair * (k + 1),
    met: met ? met[k] : countOf(step.r),
  };
}

/** [[first, last], …] → every identity in between, upwards for raw pairs, downwards for made slots. */
export function expandRuns(runs) {
  const ids = [];
  for (const run of runs) {
    if (typeof run === "number") ids.push(run);
    else for (let id = run[0], by = run[1] < run[0] ? -1 : 1; by * id <= by * run[1]; id += by) ids.push(id);
  }
  return ids;
}
