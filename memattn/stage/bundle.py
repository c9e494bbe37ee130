"""The stage's script, markup and style, as Streamlit and the stand-alone player take them.

The stage is a handful of ES modules in `assets/stage/`. Streamlit takes one script per component, so they are joined
here: in the order of their imports, without the import and export lines. All top-level names are therefore unique
across modules, which a test checks.
"""

import json
import re
from functools import cache

from memattn import assets

FOLDER = assets.folder() / "stage"
ENTRY = "stage.js"

IMPORT = re.compile(r'^import\s[^;]*?from\s+"\./([\w-]+\.js)";[ \t]*\n', re.MULTILINE | re.DOTALL)
EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)
REMARK = re.compile(r"^\s*(//.*|/\*\*.*\*/)\n", re.MULTILINE)  # lines that hold nothing but a comment
INDENT = re.compile(r"^[ \t]+", re.MULTILINE)

# Streamlit sends a component's script again with every changed payload. So the stage itself is a short script that
# waits for the long one, which is a component of its own without data, in the frame of every page.
WAITING = """const shelf = (globalThis[Symbol.for("memattn.stage")] ??= {});
shelf.ready ??= new Promise((resolve) => (shelf.open = resolve));
export default function (component) {
  let gone = false;
  let cleanup = null;
  shelf.ready.then(({ mount, style, markup }) => {
    const place = component.parentElement;
    if (gone) return;
    if (!place.querySelector('[data-part="root"]')) {
      const box = document.createElement("template");
      box.innerHTML = `<style>${style}</style>${markup}`;
      place.append(box.content);
    }
    cleanup = mount(component);
  });
  return () => {
    gone = true;
    cleanup?.();
  };
}
"""
ARRIVING = """
const shelf = (globalThis[Symbol.for("memattn.stage")] ??= {{}});
shelf.ready ??= new Promise((resolve) => (shelf.open = resolve));
shelf.open({{ mount, style: {style}, markup: {markup} }});
export default function () {{}}
"""


def modules() -> tuple[str, ...]:
    """File names of the modules, each after all that it imports."""
    ordered: list[str] = []

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ValueError(f"modules of the stage must not import in a circle, got {' → '.join((*above, name))}")
        if name not in ordered:
            for needed in IMPORT.findall((FOLDER / name).read_text("utf-8")):
                visit(needed, (*above, name))
            ordered.append(name)

    visit(ENTRY, ())
    return tuple(ordered)


@cache
def script() -> str:
    """All modules as one, with a single default export."""
    parts = []
    for name in modules():
        text = EXPORT.sub("", IMPORT.sub("", (FOLDER / name).read_text("utf-8")))
        parts.append(f"// --- {name}\n{INDENT.sub('', REMARK.sub('', text))}")
    return "\n".join(parts)


@cache
def markup() -> str:
    """The HTML that the script fills."""
    return (FOLDER / "stage.html").read_text("utf-8")


@cache
def style() -> str:
    """The style sheet."""
    return (FOLDER / "stage.css").read_text("utf-8")


def code() -> str:
    """The long script: all modules, style and markup, handed to every stage that waits."""
    own = script().replace("export default function", "function", 1)
    return own + ARRIVING.format(style=json.dumps(style()), markup=json.dumps(markup()))
