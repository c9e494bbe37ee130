"""What counts as a fault: what a page said, what it shows, and whether it still answers."""

import time
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, WebSocket
from playwright.sync_api import Error as PlaywrightError
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

# On a deep link like /compressive Streamlit's client asks below the page first, gets 404, asks at the root.
PROBES = ("/_stcore/health", "/_stcore/host-config")
OPENING = 60.0  # seconds
DROPPED = 10.0  # seconds; Streamlit does not answer a fragment that a whole run has meanwhile left out
BLINK_MS = 30  # until a page has sent what it has to say
POLL_MS = 50  # else it looks with every frame, and the browser draws as many as it can
LEFT = "ERR_ABORTED"  # a request that a reload cut off

RESTS = """() => {
  const app = document.querySelector('[data-testid="stApp"]');
  return app?.dataset.testScriptState === 'notRunning' && app.dataset.testConnectionState === 'CONNECTED';
}"""
STATE = """() => ({
  address: location.href, document: document.readyState, page: document.querySelector('#root')?.innerText.slice(0, 80),
  late: performance.getEntriesByType('resource').filter((one) => !one.responseEnd).map((one) => one.name).slice(0, 5),
  ...document.querySelector('[data-testid="stApp"]')?.dataset })"""
SHOWN = """() => {
  const shown = [];
  for (const box of document.querySelectorAll('[data-testid="stException"], .ma-guard[data-kind="fault"]'))
    shown.push(`error box: ${box.innerText.slice(0, 80)}`);
  for (const box of document.querySelectorAll('[role="dialog"] h2'))
    if (/Connection error|Bad message|Script execution/.test(box.textContent)) shown.push(`dialog: ${box.textContent}`);
  return shown;
}"""
STANDS = """() => {
  const ready = (node) => node.querySelector?.('[data-part="root"][data-ready]')
    ?? [...node.querySelectorAll('*')].map((n) => n.shadowRoot && ready(n.shadowRoot)).find(Boolean);
  const still = '[class*="pick_open"], .st-key-check_of'; // the frontier and many a question: there nothing is played
  return Boolean(ready(document) || document.querySelector(`.ma-problem, [data-testid="stAlert"], ${still}`));
}"""


class Watch:
    """Listens to a page; `faults` is what was wrong so far."""

    def __init__(self, page: Page, patience: float) -> None:
        """Begin; before the page is opened.

        Args:
            page: to listen to.
            patience: seconds that a run of the script may take.
        """
        self.page, self.patience = page, patience
        self.faults: list[str] = []
        self.asked = False  # whether a message to the server has not been answered by a run yet
        self.of_part = False  # whether a fragment sent the last one
        page.on("websocket", self._socket)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))
        page.on("crash", lambda _: self.faults.append("the page crashed"))
        page.on("dialog", lambda dialog: (self.faults.append(f"alert: {dialog.message}"), dialog.dismiss()))

    def _console(self, message: ConsoleMessage) -> None:
        probed = urlsplit(message.location.get("url", "")).path.endswith(PROBES)
        if message.type == "error" and not probed and LEFT not in message.text:
            self.faults.append(f"console: {message.text[:300]}")

    def _socket(self, socket: WebSocket) -> None:
        self.asked = False
        socket.on("framesent", self._sent)
        socket.on("framereceived", self._received)

    def _sent(self, frame: str | bytes) -> None:
        said = BackMsg()
        said.ParseFromString(frame.encode() if isinstance(frame, str) else frame)
        if said.WhichOneof("type") == "rerun_script":
            self.asked, self.of_part = True, bool(said.rerun_script.fragment_id)

    def _received(self, frame: str | bytes) -> None:
        told = ForwardMsg()
        told.ParseFromString(frame.encode() if isinstance(frame, str) else frame)
        if told.WhichOneof("type") == "new_session":
            self.asked = False

    def settle(self, opening: bool = False) -> bool:
        """Wait until the script rests; where it does not, that is a fault.

        Args:
            opening: whether the server may be busy with its own start.
        """
        began = time.monotonic()
        self.page.wait_for_timeout(BLINK_MS)
        while self.asked and time.monotonic() - began < (DROPPED if self.of_part else self.patience):
            self.page.wait_for_timeout(BLINK_MS)
        if self.asked and not self.of_part:
            self.faults.append(f"ignored: the server did not answer a move within {self.patience:g} s")
            return False
        try:
            self.page.wait_for_function(RESTS, timeout=1e3 * max(self.patience, OPENING * opening), polling=POLL_MS)
        except PlaywrightError:
            state = self.page.evaluate(STATE)
            self.faults.append(f"dead: the page does not come to rest within {self.patience:g} s, {state}")
            return False
        return True

    def look(self, stage: bool) -> None:
        """Note what the page shows that it should not, or lacks.

        Args:
            stage: whether a stage should stand here, or a message that says why there is none.
        """
        self.faults += self.page.evaluate(SHOWN)
        if stage and not self.faults:
            try:
                self.page.wait_for_function(STANDS, timeout=self.patience * 1e3, polling=POLL_MS)
            except PlaywrightError:
                self.faults.append("empty: neither a stage nor a message that says why")
