// The one writer of the address: what the server says of the settings, and what the stage says of the moment.

const SHELF = Symbol.for("memattn.link");
const shelf = (globalThis[SHELF] ??= {});

/** Name of the page in the address, as the server calls it. */
const pageShown = () => location.pathname.split("/").filter(Boolean).pop() ?? "start";

function query() {
  const own = new URLSearchParams(shelf.query);
  const { moment } = shelf;
  if (moment && moment.page === pageShown()) {
    own.set("step", String(moment.step));
    if (moment.phase) own.set("phase", moment.phase);
  }
  return own.toString();
}

/** Write the address of the page that the server spoke of; never that of a page which is just leaving or coming. */
function write() {
  if (shelf.page !== pageShown()) return false;
  const search = query();
  const address = `${location.pathname}${search ? `?${search}` : ""}${location.hash}`;
  if (address === `${location.pathname}${location.search}${location.hash}`) return true;
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

// A stage says where it stands; which page it stood on is noted here, since pages change under it.
let told = shelf.moment ? { ...shelf.moment, page: pageShown() } : null; // a stage may have been quicker than this
Object.defineProperty(shelf, "moment", {
  configurable: true,
  get: () => told,
  set(moment) {
    told = moment && { ...moment, page: pageShown() };
  },
});
Object.assign(shelf, { write, copy });

export default function ({ data }) {
  if (!data) return;
  if (shelf.page !== data.page && told?.page !== data.page) told = null;
  Object.assign(shelf, { page: data.page, query: data.query });
  write();
}
