"""The echo model: a head that rests on the first token, and what becomes of it when a memory forgets that token."""

from memattn.reader.echo.language import AGAIN, Language, encode, vocabulary
from memattn.reader.echo.measure import measure
from memattn.reader.echo.model import EchoConfig, Step, forward, steps
from memattn.reader.echo.trace import EchoTrace, trace
from memattn.reader.echo.train import Recipe, Trained, train
from memattn.reader.echo.weights import ECHO, Saved, load, save

__all__ = [
    "AGAIN",
    "ECHO",
    "EchoConfig",
    "EchoTrace",
    "Language",
    "Recipe",
    "Saved",
    "Step",
    "Trained",
    "encode",
    "forward",
    "load",
    "measure",
    "save",
    "steps",
    "trace",
    "train",
    "vocabulary",
]
