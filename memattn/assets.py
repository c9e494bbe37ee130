"""Where the files stand that are not Python: trained weights, scripts and style of the stage, pictures.

In a checkout they are `assets/`, beside the package; a wheel carries the same folder inside the package.
"""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
INSTALLED = PACKAGE / "_assets"  # as pyproject.toml maps it


def folder() -> Path:
    """The folder of all of them."""
    return INSTALLED if INSTALLED.is_dir() else PACKAGE.parent / "assets"


def workplace() -> Path:
    """Where commands leave what they make: the checkout, or, run from a wheel, the folder that they are called in."""
    return Path.cwd() if INSTALLED.is_dir() else PACKAGE.parent
