"""From settings to a run: the model reads the words with the memory, and one layer of it is written down as a trace."""

from functools import lru_cache
from typing import Any

from memattn.lessons.answering import Answer, Foretold, Output, Ranked, Run, ranked, whereabouts
from memattn.lessons.echo import EchoReader
from memattn.lessons.echo import missing as missing_echo
from memattn.lessons.freetext.reading import FreeText, next_word
from memattn.lessons.lesson import LAST, TURN, Settings
from memattn.lessons.memories import SELF_COMPARED, Choice, learned_by, served_by
from memattn.lessons.models import PlantedFacts, StoryModel, missing_weights, trained
from memattn.lessons.numbers import NumberPairs
from memattn.lessons.peaks import DIALS, PEAK, SINK, Peaks
from memattn.memory.base import Memory
from memattn.reader import Fact, Story, Truth, parse, truth
from memattn.records import Trace
from memattn.streams import Stream
from memattn.trace import difference, full_attention, trace


def model_of(settings: Settings) -> StoryModel:
    """Who reads.

    Raises:
        WeightsError: its weights cannot be used.
    """
    match settings.model:
        case "planted":
            return PlantedFacts(settings.seed)
        case "free":
            return FreeText()
        case "pairs":
            return NumberPairs(int(dict(settings.extras).get(TURN, 0)))
        case "echo":
            return EchoReader()
        case "peaks":
            own = dict(settings.extras)
            return Peaks(float(own.get(PEAK, DIALS[PEAK].start)), float(own.get(SINK, DIALS[SINK].start)))
        case _:
            return trained(settings.choice)


def memories_of(settings: Settings) -> tuple[Memory[Any], ...]:
    """The mechanism in every layer; errors as for `run`."""
    return model_of(settings).memories(settings.choice)


def memory_of(settings: Settings) -> Memory[Any]:
    """The mechanism on the stage; errors as for `run`."""
    return memories_of(settings)[settings.layer]


def stream_of(settings: Settings) -> Stream:
    """What the mechanism on the stage reads; errors as for `run`."""
    model = model_of(settings)
    return model.stream(settings.words, model.memories(settings.choice), settings.layer)


def run(settings: Settings) -> Run:
    """Read the words; not yet checked, so that the picture need not wait.

    Raises:
        WeightsError: the model's weights cannot be used.
        ValueError: the settings do not go together, or the text is too long for a trace.
    """
    model = model_of(settings)
    memories = model.memories(settings.choice)
    stream = model.stream(settings.words, memories, settings.layer)
    written = trace(memories[settings.layer], stream, settings.choice.name, verify=False)
    if settings.layer != LAST:
        return Run(written, None)
    if settings.model in ("pairs", "peaks"):
        last, full_last = (tuple(outputs[0, -1].tolist()) for outputs in (written.outputs, written.full_outputs))
        return Run(written, Output(last, full_last))
    own = model.answers(settings.words, memories, written.outputs)
    if settings.model == "free":
        full = ranked(model.answers(settings.words, memories, written.full_outputs))
        return Run(written, next_word(written, ranked(own), full))
    if settings.model == "echo":
        return Run(
            written, Foretold(ranked(own), ranked(model.answers(settings.words, memories, written.full_outputs)))
        )
    full = ranked(own) if settings.choice.name == "full" else _full(settings, written, model)
    return Run(written, _answer(settings, written, ranked(own), full, model.context))


def _full(settings: Settings, written: Trace, model: StoryModel) -> Ranked:
    """The answer under full attention: of the same model where it knows how, else of the base reader."""
    if settings.model == "planted" or (served_by(settings.choice) in SELF_COMPARED and model.layers == 1):
        return ranked(model.answers(settings.words, model.memories(Choice("full")), written.full_outputs))
    return _by_base(settings.words, settings.choice.layers)


@lru_cache(maxsize=16)
def _by_base(words: tuple[str, ...], layers: int) -> Ranked:
    """The answer of the base reader under full attention, beside which every move of a slider stands again."""
    choice = Choice("full", layers=layers)
    base = trained(choice)
    memories = base.memories(choice)
    stream = base.stream(words, memories)
    return ranked(base.answers(words, memories, full_attention(stream)))


def _answer(settings: Settings, written: Trace, own: Ranked, full: Ranked, context: int) -> Answer:
    story = parse(settings.words)
    if not story.questions or story.questions[-1].end != len(story.words):
        raise ValueError("the story must end in a question, got one that does not")
    true: Truth = truth(story, story.questions[-1])
    fact = true.fact
    if fact is None:
        return Answer(own, full, true, None)
    last = written.steps[-1]
    place = whereabouts(written, last, range(fact.start, fact.end))
    return Answer(own, full, true, place, _knowing(written, fact, context))


def _knowing(written: Trace, fact: Fact, context: int) -> tuple[int, ...]:
    """Positions behind a fact whose pairs came with its answer's word in view, and are not lost when the last reads."""
    behind = range(fact.end, min(fact.answer_at + context, len(written.tokens)))
    place = whereabouts(written, written.steps[-1], behind)
    return tuple(position for position in behind if position not in place.lost)


def check(settings: Settings, run: Run) -> float:
    """Largest difference between the outputs of this run and those of the naive computation."""
    return difference(memory_of(settings), stream_of(settings), run.trace.outputs)


def looking_head(run: Run, truth: Truth | None) -> int | None:
    """The head whose last query, under full attention, looks at the fact asked for most; None where none was told."""
    fact = truth.fact if truth else None
    if fact is None:
        return None
    return int(run.trace.full_weights(len(run.trace.steps) - 1)[:, fact.start : fact.end].sum(axis=-1).argmax())


def missing(choice: Choice) -> str:
    """Why the trained model for a memory cannot read, or "" when it can; the base reader gives the answer beside it."""
    own = missing_weights(served_by(choice), learned_by(choice))
    return own or ("" if served_by(choice) in SELF_COMPARED else missing_weights("base-1"))


def unread(settings: Settings) -> str:
    """Why the trained model that these settings need cannot read, or "" when it can, or none is needed."""
    if settings.model == "echo":
        return missing_echo()
    return missing(settings.choice) if settings.model == "trained" else ""


def layers_of(settings: Settings) -> int:
    """Layers of the model that reads; 0 where it cannot be used."""
    if settings.model == "trained" and missing(settings.choice):
        return 0
    return model_of(settings).layers


def story_of(settings: Settings) -> Story:
    """The words with the facts and questions found in them."""
    return parse(settings.words)
