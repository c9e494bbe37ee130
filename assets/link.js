// The one writer of the address: what the server says of the settings, and what the stage says of the moment.

const shelf = (globalThis[Symbol.for("memattn.link")] ??= {});

/** Name of the page in the address, as the server calls it. */
const pageShown = () => location.pathname.split("/").filter(Boolean).pop() ?? "start";

// A stage says where it stands; on which page it stood is noted here, since pages change under it.
let moment = shelf.moment ?? null; // a stage may have been quicker than this
let pageOfMoment = pageShown();
Object.defineProperty(shelf, "moment", {
  configurable: true,
  get: () => moment,
  set(now) {
    moment = now;
    pageOfMoment = pageShown();
  },
});

function query() {
  const own = new URLSearchParams(shelf.query);
  if (moment && pageOfMoment === shelf.page) {
    own.set("step", String(moment.step));
    for (const name of ["phase", "view", "lens"]) if (moment[name]) own.set(name, moment[name]);
  }
  return own.toString();
}

/** Write the address of the page that the server spoke of; never that of a page which is just leaving or coming. */
function write() {
  if (shelf.page !== pageShown()) return false;
  const search = query();
  const address = `${location.pathname}${search ? `?${search}` : ""}${location.hash}`;
  if (address !== `${location.pathname}${location.search}${location.hash}`)
    history.replaceState(history.state, "", address);
  return true;
}

async function copy() {
  if (!write()) return false;
  try {
    await navigator.clipboard.writeText(location.href);
    return true;
  } catch {
    return false;
  }
}

/** Take over what the server says of the settings: it may have come before this script. */
function say() {
  if (!shelf.said) return;
  Object.assign(shelf, shelf.said);
  write();
}

Object.assign(shelf, { write, copy, say });
window.dispatchEvent(new CustomEvent("memattn:link"));
say();

export default function () {}
