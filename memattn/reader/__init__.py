"""The reader: a small transformer, trained on stories of our own making, that can read with any memory."""

from memattn.reader.config import ReaderConfig
from memattn.reader.grammar import START, FactKind, vocabulary
from memattn.reader.reader import Answer, Candidate, Memories, Reader
from memattn.reader.stories import story
from memattn.reader.tokenizer import Tokenizer, Unknown, UnknownWords
from memattn.reader.weights import WeightsError
from memattn.reader.world import (
    Fact,
    Question,
    Status,
    Story,
    Truth,
    parse,
    question_words,
    readable,
    truth,
)

__all__ = [
    "START",
    "Answer",
    "Candidate",
    "Fact",
    "FactKind",
    "Memories",
    "Question",
    "Reader",
    "ReaderConfig",
    "Status",
    "Story",
    "Tokenizer",
    "Truth",
    "Unknown",
    "UnknownWords",
    "WeightsError",
    "parse",
    "question_words",
    "readable",
    "story",
    "truth",
    "vocabulary",
]
