"""JavaScript without a browser, run by the Node that Playwright ships."""

import json
import subprocess
from pathlib import Path
from typing import Any

import playwright

from memattn.stage import bundle

NODE = Path(playwright.__file__).parent / "driver" / "node"


def run_in_node(script: str) -> str:
    """What an ES module writes to its console."""
    done = subprocess.run(
        [NODE, "--input-type=module", "-"], input=script, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def evaluated(function: str, *arguments: Any) -> Any:
    """What an async function gives, in which `from(name)` is a module of the stage."""
    given = ", ".join(map(json.dumps, arguments))
    return json.loads(
        run_in_node(
            f"const from = (name) => import(`{bundle.FOLDER.as_uri()}/${{name}}.js`);\n"
            f"console.log(JSON.stringify(await ({function})({given})));"
        )
    )
