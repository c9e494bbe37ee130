"""What presenter mode listens with, in Node: one script of two modules, and the time on the speaker's window."""

from typing import Any

from memattn.ui import presenting
from tests.node import run_in_node


def said(body: str) -> Any:
    script = presenting.script().replace("export default function", "function whenMounted")
    page = "globalThis.document = { documentElement: {} }; globalThis.window = { addEventListener() {} };"
    return run_in_node(f"{page}\n{script}\n{body}")


def test_the_time_runs_from_start_to_pause_and_again_and_is_reset_while_it_runs() -> None:
    told = said(
        """
        let now = 5000;
        const timer = makeTimer(() => now);
        const seen = [timer.passed()];
        const after = (ms) => { now += ms; seen.push(timer.passed()); };
        after(3000);
        timer.toggle(); after(61000);
        timer.toggle(); after(7000);
        timer.toggle(); after(2000);
        timer.reset(); after(1500);
        console.log(seen.join(), timer.running);
        """
    )
    assert told == "0,0,61000,61000,63000,1500 true"


def test_the_time_is_written_as_a_clock_does() -> None:
    told = said("console.log([0, 999, 61_000, 599_999, 3_723_000].map(clockText).join());")
    assert told == "0:00,0:00,1:01,9:59,1:02:03"


def test_the_script_imports_nothing() -> None:
    assert "import " not in presenting.script() and presenting.script().count("export default") == 1
