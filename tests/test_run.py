"""The set-up script says clearly what is wrong and repairs what it can."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import run


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as server:
        server.bind((run.HOST, 0))
        server.listen()
        yield server.getsockname()[1]


def test_an_old_python_is_named_with_what_is_needed() -> None:
    with pytest.raises(run.SetupError, match=r"needs Python 3\.11 or newer, but this is Python 3\.9\.18"):
        run.check_python((3, 9, 18))
    run.check_python((3, 11, 0))


def test_a_port_in_use_is_named_with_the_way_out(taken_port: int) -> None:
    with pytest.raises(run.SetupError, match=rf"Port {taken_port} is in use .* --port {taken_port + 1}"):
        run.choose_port(taken_port)


def test_without_a_wish_the_next_free_port_is_taken_and_said(
    taken_port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "FIRST_PORT", taken_port)
    chosen = run.choose_port(None)
    assert taken_port < chosen <= taken_port + run.PORTS_TRIED
    assert f"Port {taken_port} is in use; taking {chosen}" in capsys.readouterr().out


@pytest.mark.parametrize("port", [0, -3, 65536])
def test_an_impossible_port_is_refused(port: int) -> None:
    with pytest.raises(run.SetupError, match=f"from 1 to 65535, got {port}"):
        run.choose_port(port)


def test_a_missing_venv_module_is_named_with_the_debian_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)  # makes its import fail
    with pytest.raises(run.SetupError, match="python3-venv"):
        run.check_venv_module()


@pytest.mark.parametrize(
    ("line", "command", "rest"),
    [
        ([], "app", []),
        (["--port", "8701"], "app", []),
        (["test"], "test", []),
        (["test", "tests/ui", "-k", "link", "-x"], "test", ["tests/ui", "-k", "link", "-x"]),
    ],
)
def test_the_command_line(line: list[str], command: str, rest: list[str]) -> None:
    arguments = run.parse(line)
    assert (arguments.command, arguments.pytest) == (command, rest)


def test_the_stamp_changes_with_any_pin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "ROOT", tmp_path)
    (tmp_path / "pins.txt").write_text("alpha==1.2.3\n", encoding="utf-8")
    before = run.fingerprint(["pins.txt"])
    assert run.fingerprint(["pins.txt"]) == before
    (tmp_path / "pins.txt").write_text("alpha==1.2.4\n", encoding="utf-8")
    assert run.fingerprint(["pins.txt"]) != before


def test_a_half_made_environment_is_made_anew_and_a_whole_one_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setattr(run, "VENV", tmp_path / ".venv")
    (tmp_path / "pins.txt").write_text("# nothing needed\n", encoding="utf-8")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").write_text("not a program", encoding="utf-8")
    run.install(["pins.txt"])
    assert run.usable(run.venv_python())
    monkeypatch.setattr(subprocess, "run", None)  # a second run must not start anything
    run.install(["pins.txt"])


def test_what_is_wrong_is_told_in_words_and_not_as_a_traceback(
    taken_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.main(["app", "--port", str(taken_port)]) == 2
    assert f"Port {taken_port} is in use" in capsys.readouterr().err
