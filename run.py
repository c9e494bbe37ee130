"""Set MemAttn up and run it: `python3 run.py` starts the app, `python3 run.py test` runs every check.

Standard library only, and old syntax only, so that a Python that is too old can still read it and say so.
"""

import argparse
import contextlib
import hashlib
import os
import platform
import shutil
import socket
import subprocess
import sys
import webbrowser
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
NEEDED = (3, 11)
HOST = "127.0.0.1"
SCRIPTS = ("assets", "assets/stage")  # folders of JavaScript, the first with the settings of its type checker
FIRST_PORT = 8501
PORTS_TRIED = 20
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = BROWSERS[:2]  # in Debian; the first has no windows, whose frames would be drawn for every page of a test
MAC_CHROME = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


class SetupError(Exception):
    """Something outside this repository has to be put right; the text says what."""


def say(text):
    """Tell the reader what is going on, at once."""
    print(text, flush=True)


# --- Python and its packages --------------------------------------------------------------------------------


def check_python(version=tuple(sys.version_info[:3])):
    """Refuse a Python that is too old."""
    if tuple(version[:2]) < NEEDED:
        found = ".".join(str(part) for part in version)
        raise SetupError(
            "MemAttn needs Python {}.{} or newer, but this is Python {} ({}).\n"
            "Install a newer one and name it: `python3.11 run.py`, or `make app PYTHON=python3.11`.".format(
                *NEEDED, found, sys.executable
            )
        )


def check_venv_module():
    """Refuse a Python that cannot make virtual environments (Debian ships that part on its own)."""
    for module in ("venv", "ensurepip"):
        try:
            __import__(module)
        except ImportError:
            raise SetupError(
                "This Python has no `{}` module, so it cannot make a virtual environment.\n"
                "On Debian and Ubuntu: `apt-get install python3-venv`; then run this again.".format(module)
            ) from None


def venv_python():
    """The interpreter inside the virtual environment."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def fingerprint(requirements):
    """Hash of everything an installation depends on: the pins, and the Python they were installed for."""
    parts = [platform.python_version().encode(), platform.platform().encode()]
    parts += [(ROOT / name).read_bytes() for name in requirements]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def usable(python):
    """Whether a virtual environment is there and whole enough to install into."""
    try:
        return subprocess.run([str(python), "-m", "pip", "--version"], capture_output=True).returncode == 0
    except OSError:
        return False


def make_venv():
    """Start the virtual environment afresh."""
    check_venv_module()
    if VENV.exists():
        say("The virtual environment in .venv is incomplete or belongs to another Python; making a new one.")
        shutil.rmtree(VENV)
    say("Making a virtual environment in .venv ...")
    if subprocess.run([sys.executable, "-m", "venv", str(VENV)]).returncode:
        raise SetupError("Could not make a virtual environment in .venv; Python's own message is above.")


def install(requirements):
    """Install pinned packages once; a stamp with their hash makes the next run skip this."""
    stamp = VENV / (requirements[-1] + ".stamp")
    wanted = fingerprint(requirements)
    if stamp.is_file() and stamp.read_text() == wanted and venv_python().exists():
        return
    fresh = not usable(venv_python())
    if fresh:
        make_venv()
    stamp.unlink(missing_ok=True)
    say("Installing {} (the first time this takes some minutes) ...".format(" and ".join(requirements)))
    # Nothing is compiled ahead: that takes as long as the rest, and most of it is never imported.
    command = [str(venv_python()), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    for name in requirements:
        command += ["-r", str(ROOT / name)]
    failed = subprocess.run(command).returncode
    if failed and not fresh:  # a half-made environment can block pip: once more, from nothing
        make_venv()
        failed = subprocess.run(command).returncode
    if failed:
        raise SetupError(
            "pip could not install the packages; its message is above. Is the network there? "
            "Is there a torch for this Python and machine ({}, {} {})?".format(
                platform.python_version(), platform.system(), platform.machine()
            )
        )
    for number, name in enumerate(requirements, 1):  # what tests need includes what the app needs
        (VENV / (name + ".stamp")).write_text(fingerprint(requirements[:number]))


# --- Chromium, for the browser tests ------------------------------------------------------------------------


def find_chromium():
    """Path of a Chromium or Chrome that starts, or None (then Playwright's own is used)."""
    for name in (*BROWSERS, MAC_CHROME):
        path = shutil.which(name)
        if path and works([path, "--version"]):
            return path
    return None


def works(command):
    """Whether a command ends well; Ubuntu's `chromium-browser` may be a stub that does not."""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        return subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=60).returncode == 0
    return False


def playwright_has_chromium():
    """Whether Playwright brought its own browser on an earlier run."""
    script = (
        "import os, playwright.sync_api as p\n"
        "with p.sync_playwright() as play:\n"
        "    raise SystemExit(not os.path.exists(play.chromium.executable_path))"
    )
    return works([str(venv_python()), "-c", script])


def package_chromium():
    """Have Debian's package, where packages can be installed and no browser is there."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if not root or not shutil.which("apt-get") or find_chromium():
        return
    say("Installing Chromium for the browser tests (apt-get) ...")
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    for arguments in (
        ["update", "-qq"],
        *(["install", "-y", "-qq", "--no-install-recommends", p] for p in PACKAGES),
    ):
        subprocess.run(["apt-get", *arguments], env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr)
        if find_chromium():
            return


def ensure_chromium():
    """Have a browser: one that is there, else Debian's package, else Playwright's own."""
    if find_chromium() or playwright_has_chromium():
        return
    package_chromium()
    if find_chromium():
        return
    say("Installing Chromium for the browser tests (Playwright) ...")
    command = [str(venv_python()), "-m", "playwright", "install", "chromium"]
    if hasattr(os, "geteuid") and os.geteuid() == 0 and sys.platform.startswith("linux"):
        command.append("--with-deps")
    if subprocess.run(command, stdin=subprocess.DEVNULL).returncode or not playwright_has_chromium():
        raise SetupError(
            "The browser tests need Chromium and none could be installed. Install Chromium or Chrome, "
            "so that one of {} is on the PATH, then run this again.".format(", ".join(BROWSERS))
        )


# --- the commands -------------------------------------------------------------------------------------------


def port_is_free(port):
    """Whether the app could listen there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def choose_port(asked):
    """The port asked for; without a wish the first free one from 8501 on."""
    if asked is not None:
        if not 1 <= asked <= 65535:
            raise SetupError("--port must be from 1 to 65535, got {}.".format(asked))
        if not port_is_free(asked):
            raise SetupError(
                "Port {0} is in use by another program, or not yours to use. Name another one: "
                "`python3 run.py app --port {1}` or `make app PORT={1}`.".format(asked, min(asked + 1, 65535))
            )
        return asked
    for port in range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        if port_is_free(port):
            if port != FIRST_PORT:
                say("Port {} is in use; taking {} (choose another with --port).".format(FIRST_PORT, port))
            return port
    raise SetupError(
        "Ports {} to {} are all in use. Name a free one: `python3 run.py app --port 9000`.".format(
            FIRST_PORT, FIRST_PORT + PORTS_TRIED - 1
        )
    )


def has_screen():
    """Whether opening a browser makes sense here."""
    if os.environ.get("CI") or not sys.stdout.isatty():
        return False
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    with contextlib.suppress(webbrowser.Error):
        webbrowser.get()
        return True
    return False


def run_app(arguments):
    """Install what is missing and serve the app on this machine only."""
    port = choose_port(arguments.port)
    install(["requirements.txt"])
    headless = arguments.no_browser or not has_screen()
    say("MemAttn: http://{}:{} (stop it with Ctrl-C)".format(HOST, port))
    command = [str(venv_python()), "-m", "memattn.ui.serve", str(ROOT / "app.py")]
    command += ["--server.address", HOST, "--server.port", str(port)]
    command += ["--server.headless", "true" if headless else "false"]
    return call(command)


def run_tests(arguments):
    """Lint, types and all tests; with arguments, pytest alone with just these."""
    with ThreadPoolExecutor(2) as meanwhile:
        if not any(Path.home().glob(".cache/ms-playwright/chromium*")):  # which may be what is needed, or too old
            meanwhile.submit(package_chromium)
        install(["requirements.txt", "requirements-dev.txt"])
        if not arguments.pytest:
            meanwhile.submit(compile_all)
        failed = 0 if arguments.pytest else run_lint(arguments)
    ensure_chromium()
    if failed:
        return failed
    if arguments.pytest:
        return call([str(venv_python()), "-m", "pytest", *arguments.pytest])
    workers = str(min(4, 1 + (os.cpu_count() or 2)))  # one that drives a browser often waits
    return call([str(venv_python()), "-m", "pytest", "-n", workers, "--dist", "loadfile", "--no-loadscope-reorder"])


def compile_all():
    """Compile what the tests import, once: each of the workers would do so by itself."""
    call([str(venv_python()), "-m", "pytest", "--collect-only", "-qq"], stdout=subprocess.DEVNULL)


def run_lint(arguments):
    """Lint, format and types."""
    install(["requirements.txt", "requirements-dev.txt"])
    scripts = [str(path) for folder in SCRIPTS for path in sorted((ROOT / folder).glob("*.js"))]
    deno = ["deno", "check", "--quiet", "--config", str(ROOT / SCRIPTS[0] / "deno.json")]
    for tool in (["ruff", "check"], ["ruff", "format", "--check"], ["mypy"], [*deno, *scripts]):
        name = " ".join(tool[:2])
        say("$ " + name)
        failed = call([str(venv_python()), "-m", *tool])
        if failed:
            say("{} found something, see above. `make format` mends layout and simple cases.".format(name))
            return failed
    return 0


def run_format(arguments):
    """Mend what can be mended by machine."""
    install(["requirements.txt", "requirements-dev.txt"])
    fixed = call([str(venv_python()), "-m", "ruff", "check", "--fix"])
    return call([str(venv_python()), "-m", "ruff", "format"]) or fixed


def run_bench(arguments):
    """Print the tables of `benchmarks/`, all or those named."""
    install(["requirements.txt", "requirements-dev.txt"])
    scripts = (ROOT / "benchmarks").glob("*.py")
    there = sorted(path.stem for path in scripts if "def main(" in path.read_text(encoding="utf-8"))
    unknown = sorted(set(arguments.name) - set(there))
    if unknown or not there:
        raise SetupError("No such benchmark: {}. There are: {}.".format(", ".join(unknown), ", ".join(there) or "none"))
    return max(call([str(venv_python()), "-m", "benchmarks." + name]) for name in arguments.name or there)


def call(command, **streams):
    """Run in the repository, wait, give back the exit code; Ctrl-C is a normal end."""
    environment = dict(os.environ)
    environment.setdefault("OMP_NUM_THREADS", "1")  # tiny tensors: more threads only cost
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # or every process would compile all of torch anew
    try:
        return subprocess.call(command, cwd=str(ROOT), env=environment, **streams)
    except KeyboardInterrupt:
        return 130


def parse(argv):
    """Read the command line; `app` is what a bare `run.py` means."""
    if not argv or (argv[0].startswith("-") and argv[0] not in ("-h", "--help")):
        argv = ["app", *argv]
    parser = argparse.ArgumentParser(prog="run.py", description="Set MemAttn up and run it.")
    commands = parser.add_subparsers(dest="command")
    app = commands.add_parser("app", help="start the app (default)")
    app.add_argument("--port", type=int, help="port to serve on (default: first free one from 8501 on)")
    app.add_argument("--no-browser", action="store_true", help="do not open a browser")
    app.set_defaults(run=run_app)
    test = commands.add_parser("test", help="lint, types and all tests; with arguments: pytest with just these")
    test.set_defaults(run=run_tests)
    commands.add_parser("lint", help="lint and types").set_defaults(run=run_lint)
    commands.add_parser("format", help="format the code").set_defaults(run=run_format)
    bench = commands.add_parser("bench", help="measure and print tables")
    bench.add_argument("name", nargs="*", help="which ones (default: all)")
    bench.set_defaults(run=run_bench)
    arguments, rest = parser.parse_known_args(argv)
    if rest and arguments.command != "test":
        parser.error("unknown arguments: " + " ".join(rest))
    arguments.pytest = rest
    return arguments


def main(argv):
    """Check, set up, run; what the reader has to mend is told in words."""
    try:
        check_python()
        arguments = parse(argv)
        return arguments.run(arguments)
    except SetupError as error:
        print(str(error), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
