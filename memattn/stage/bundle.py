"""Script, markup and style of stage and wall, as Streamlit and the stand-alone player take them.

Both are a handful of ES modules in `assets/stage/`. Streamlit takes one script per component, so they are joined
here: in the order of their imports, each a function of its own that gives what it exports. `MODULES["codec.js"].unpack`
is then what `import { unpack } from "./codec.js"` says in a module.
"""

import json
import re
from functools import cache
from typing import NamedTuple

from memattn import assets

FOLDER = assets.folder() / "stage"


class Part(NamedTuple):
    """What is mounted as one.

    Args:
        name: of the component, and of the shelf in the browser from which it takes its script.
        entry: the module that mounts it.
        markup: what that fills.
        styles: sheets, in order.
    """

    name: str
    entry: str
    markup: str
    styles: tuple[str, ...]


STAGE = Part(
    "stage",
    "stage.js",
    "stage.html",
    ("stage.css", "conveyor.css", "views.css", "lens.css", "transport.css", "cards.css", "screens.css"),
)
WALL = Part("wall", "wall.js", "wall.html", ("stage.css", "transport.css", "wall.css"))
PARTS = (STAGE, WALL)

IMPORT = re.compile(r'^import\s+\{([^}]*)\}\s+from\s+"\./([\w-]+\.js)";[ \t]*\n', re.MULTILINE)
EXPORT = re.compile(r"^export ((?:default )?(?:async )?(?:const|function\*?|class) +(\w+))", re.MULTILINE)
REMARK = re.compile(r"^\s*(//.*|/\*\*(?:[^*]|\*(?!/))*\*/)\n", re.MULTILINE)  # lines that hold nothing but a comment
INDENT = re.compile(r"^[ \t]+", re.MULTILINE)

# Streamlit sends a component's script again with every changed payload. So what is mounted is a short script that
# waits for the long one, which is a component of its own without data, in the frame of every page. That brings the long
# script along, or fetches it.
SHELF = """const shelf = (globalThis[Symbol.for("memattn.NAME")] ??= {});
shelf.ready ??= new Promise((open, fail) => Object.assign(shelf, { open, fail }));
"""
WAITING = (
    SHELF
    + """export default function (component) {
  const place = component.parentElement;
  let gone = false;
  let cleanup = null;
  shelf.ready.then(({ mount, style, markup }) => {
    if (gone) return;
    if (!place.querySelector('[data-part="root"]')) {
      const box = document.createElement("template");
      box.innerHTML = `<style>${style}</style>${markup}`;
      place.append(box.content);
    }
    cleanup = mount(component);
  }, (missed) => gone || (place.innerHTML = missed));
  return () => {
    gone = true;
    cleanup?.();
  };
}
"""
)
ARRIVING = (
    SHELF
    + """shelf.open({ mount: MODULES["ENTRY"].mount, style: STYLE, markup: MARKUP });
export default function () {}
"""
)
MISSED = (
    '<p role="alert">The picture did not come: the server or the network is away. '
    '<a href="">Reload this page</a>; your settings are in its address.</p>'
)
LOADING = (
    SHELF
    + """const address = new URL("ADDRESS", location.href).href;
async function load() {
  for (const wait of WAITS) {
    await new Promise((end) => setTimeout(end, wait));
    try {
      return await import(wait ? `${address}?after=${wait}` : address); // what failed is not asked for again
    } catch (error) {
      console.warn(error.message);
    }
  }
  const { ready, fail } = shelf;
  ready.catch(() => {}); // where nobody waits
  for (const name of ["ready", "loads"]) delete shelf[name]; // the next page tries again
  fail(`MISSED`);
}
shelf.loads ??= load();
export default function () {}
"""
)
WAITS_MS = (0, 500, 4000)  # before each try to fetch it


def modules(part: Part = STAGE) -> tuple[str, ...]:
    """File names of the modules, each after all that it imports."""
    ordered: list[str] = []

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ValueError(f"modules of the stage must not import in a circle, got {' → '.join((*above, name))}")
        if name not in ordered:
            for _, needed in IMPORT.findall((FOLDER / name).read_text("utf-8")):
                visit(needed, (*above, name))
            ordered.append(name)

    visit(part.entry, ())
    return tuple(ordered)


@cache
def script(part: Part = STAGE) -> str:
    """All modules as one text that exports nothing; `MODULES` has what each gives."""
    return "\n".join(["const MODULES = {};", *map(_wrapped, modules(part))])


def _wrapped(name: str) -> str:
    text = (FOLDER / name).read_text("utf-8")
    given = ", ".join(found[2] for found in EXPORT.finditer(text))
    body = IMPORT.sub(_taken, EXPORT.sub(lambda found: found[1].removeprefix("default "), text))
    return f'MODULES["{name}"] = (() => {{\n{INDENT.sub("", REMARK.sub("", body))}return {{ {given} }};\n}})();'


def _taken(found: re.Match[str]) -> str:
    names = found[1].replace(" as ", ": ").strip()
    return f'const {{ {names} }} = MODULES["{found[2]}"];\n'


@cache
def markup(part: Part = STAGE) -> str:
    """The HTML that the script fills."""
    return (FOLDER / part.markup).read_text("utf-8")


@cache
def style(part: Part = STAGE) -> str:
    """The style sheets, as one."""
    return "\n".join((FOLDER / name).read_text("utf-8") for name in part.styles)


def waiting(part: Part = STAGE) -> str:
    """The short script, which travels with every payload."""
    return _filled(WAITING, NAME=part.name)


def code(part: Part = STAGE) -> str:
    """The long script: all modules, style and markup, handed to all that wait."""
    sheets, html = json.dumps(style(part)), json.dumps(markup(part))
    return f"{script(part)}\n{_filled(ARRIVING, NAME=part.name, ENTRY=part.entry, STYLE=sheets, MARKUP=html)}"


def loading(part: Part, address: str) -> str:
    """A short script that fetches the long one.

    Args:
        part: whose.
        address: where that is, relative to the page.
    """
    return _filled(LOADING, NAME=part.name, ADDRESS=address, WAITS=json.dumps(WAITS_MS), MISSED=MISSED)


def _filled(text: str, **words: str) -> str:
    return re.sub("|".join(words), lambda found: words[found[0]], text)
