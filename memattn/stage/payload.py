"""Records → what the stage plays: one compact JSON value, deflated. Reads the trace, computes no attention."""

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memattn.lessons.lesson import Series
from memattn.lessons.narration import changes, met, titles
from memattn.lessons.prediction import Prediction, Slots
from memattn.records import Event, Floats, Lane, Role, Step, Trace
from memattn.stage.arrays import parts
from memattn.stage.attention_map import attention_map, influence_map
from memattn.stage.key_plane import key_plane
from memattn.stage.matrix import matrix
from memattn.stage.packed import Payload
from memattn.stage.weights import weights

ROLES = tuple(Role)
MOST_SOURCES = 8  # sources named per made slot; their number is always given in full
MOST_NAMED = 16_384  # sources named in a run; where many slots change at every step, each names fewer
DEFLATE_LEVEL = 5  # 7 takes 1.7 times as long for 1 % less
DEFLATE_MEMORY = 5  # of 9: blocks of 2,048 symbols, for numbers of one kind are soon followed by those of another
SMALL = 32_768  # bytes; up to here nothing is deflated: a browser inflates on the side, which costs it half a frame


@dataclass(frozen=True)
class Mark:
    """Words to mark wherever they are, and whatever slot they end up in: a fact, a question."""

    first: int
    last: int
    kind: str
    label: str


def payload(
    trace: Trace,
    lanes: Sequence[Lane],
    columns: int,
    title: str,
    reads: str,
    head: int | None = None,
    marks: Sequence[Mark] = (),
    predictions: Sequence[Prediction] = (),
    *,
    context: int = 1,
    series: Sequence[Series] = (),
    plane: bool = False,
    written: Mapping[int, Sequence[tuple[int, str]]] | None = None,
) -> Payload:
    """Pack a trace for the stage.

    Args:
        trace: what to play.
        lanes: bands from the oldest to the newest.
        columns: tiles per row.
        title: name of the mechanism for people.
        reads: "before" or "after", see `memattn.memory.base`.
        head: which head's attention to show; None is the mean of all heads.
        marks: spans of words to mark.
        predictions: questions to stop at.
        context: words that one pair knows of, its own and those before it: 6 behind a convolution over six words.
        series: curves of the sender's own.
        plane: whether to send the plane of the keys, and all that is in a summary where there is one.
        written: what stands on made slots in place of their sources, by slot, each text with the step it holds from.

    Raises:
        ValueError: there is no such head, or a pair would know of no word.
    """
    if context < 1:
        raise ValueError(f"context must be ≥ 1, got {context}")
    if head is not None and not 0 <= head < trace.heads:
        raise ValueError(f"head must lie in 0..{trace.heads - 1}, got {head}")
    shared = attention_map(trace, head)
    one_head = trace.heads == 1 or head is not None  # the mean of several softmaxes has no scores
    meaning, read = weights(trace, head)
    arrays: dict[str, NDArray[Any]] = {
        **read,
        **({"logsumexp": _logsumexp(trace, head or 0)} if one_head else {}),
        "largest": shared.largest.astype(np.float32),
        "map": shared.levels,
    }
    told: dict[str, Any] = {}
    if plane:
        told["plane"], lying = key_plane(trace, head)
        arrays |= lying
        if whole := influence_map(trace, head):
            arrays |= {"influence": whole.levels, "influence_largest": whole.largest}
    own, factors = matrix(trace, head)
    told |= {"matrix": own} if own else {}
    index, behind = parts(arrays | dict(factors))
    content: dict[str, Any] = {
        "tokens": trace.tokens,
        "marks": [vars(mark) for mark in marks],
        "mechanism": trace.memory,
        "title": title,
        "head": _head_name(trace.heads, head),
        "reads": reads,
        "start": role_runs(trace.steps[0].ids[:-1], trace.steps[0].roles[:-1]) if reads == "before" else [],
        "columns": columns,
        "context": context,
        "lanes": [vars(lane) for lane in lanes],
        "roles": ROLES,
        "steps": _steps(trace, titles(lanes)),
        "numbers": _numbers(trace, head),
        "weights": meaning,
        "made": _made(trace, head),
        "provenance": trace.provenance,
        "map": shared.size,
        "scale": {"min": 0, "max": 1},
        "predict": [_question(prediction) for prediction in predictions],
        "arrays": index,
        **({"series": [one._asdict() for one in series]} if series else {}),
        **told,
        **({"written": {str(slot): texts for slot, texts in written.items()}} if written else {}),
    }
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
    plain = [len(text).to_bytes(4, "little") + text, *behind]
    packed = b"\0" + b"".join(plain) if sum(map(len, plain)) <= SMALL else b"\1" + _deflated(plain)
    return Payload(hashlib.sha256(packed).hexdigest()[:16], packed)


def _deflated(parts: Iterable[bytes]) -> bytes:
    """All parts, each with a code of its own: bytes of one kind are then not written in the code of another."""
    deflate = zlib.compressobj(DEFLATE_LEVEL, memLevel=DEFLATE_MEMORY, strategy=zlib.Z_FILTERED)
    return b"".join(deflate.compress(part) + deflate.flush(zlib.Z_SYNC_FLUSH) for part in parts) + deflate.flush()


def _head_name(heads: int, head: int | None) -> str:
    if heads == 1:
        return "one head"
    return f"mean of {heads} heads" if head is None else f"head {head + 1} of {heads}"


def _question(prediction: Prediction) -> dict[str, Any]:
    """What is asked at which moment, and what is said to which choice; slots, many in a row, are told by their runs."""
    choice = prediction.choice
    of = _runs if isinstance(choice, Slots) else list
    told = choice._asdict() | ({"offered": _runs(choice.offered)} if isinstance(choice, Slots) else {})
    return {
        "name": prediction.name,
        "at": prediction.at._asdict(),
        "shows": prediction.shows,
        "prompt": prediction.prompt,
        "kind": type(choice).__name__.lower(),
        **told,
        "answer": of(prediction.answer),
        "truth": prediction.truth,
        "beliefs": [[of(belief.chosen), belief.text] for belief in prediction.beliefs],
    }


def _over_heads(array: Any, head: int | None) -> Any:
    return array.mean(axis=0) if head is None else array[head]


def _logsumexp(trace: Trace, head: int) -> NDArray[np.float32]:
    return np.array([step.logsumexp[head] for step in trace.steps], np.float32)


def _steps(trace: Trace, names: Mapping[Role, str]) -> list[dict[str, Any]]:
    """What is held after a step, unless that is what was held before and the token's own pair; events; sentences."""
    steps: list[dict[str, Any]] = []
    held: list[list[int]] = []
    made, current = 0, ROLES.index(Role.CURRENT)  # slots that were made before the step
    for found, step in zip((None, *trace.steps), trace.steps, strict=False):
        told: dict[str, Any] = {}
        expected = _joined([*held, [step.index, step.index, current]])
        if (held := _held(step, found, held, expected)) != expected:
            told |= {"h": [[*_near([first, last], step.index, made), role] for first, last, role in held]}
        if step.events:
            told |= {"e": [_event(event, step.index, made) for event in step.events]}
            told |= {"s": changes(trace, step, names)}
            made = max([made, *(-slot for event in step.events for slot in event.into)])
        steps.append(told)
    return steps


def _held(step: Step, found: Step | None, runs: list[list[int]], expected: list[list[int]]) -> list[list[int]]:
    """Runs of what is held after a step; of a memory that only grew, those before it with its pair behind them."""
    same = found and (step.held_ids[:-1], step.held_roles[:-1]) == (found.held_ids, found.held_roles)
    if not same or step.held_ids[-1:] != (step.index,):
        return role_runs(step.held_ids, step.held_roles)
    role = step.held_roles[-1]
    return expected if role is Role.CURRENT else _joined([*runs, [step.index, step.index, ROLES.index(role)]])


def _joined(runs: list[list[int]]) -> list[list[int]]:
    """The same runs, the last two made one where they follow each other."""
    if len(runs) > 1 and runs[-2][2] == runs[-1][2] and runs[-2][1] + 1 == runs[-1][0] > 0:
        return [*runs[:-2], [runs[-2][0], *runs[-1][1:]]]
    return runs


def _numbers(trace: Trace, head: int | None) -> dict[str, Any]:
    """What stands beside the counter, one list per quantity over all steps; what is read is counted by its pairs.

    Only where a query passes slots by, or looks at other numbers than keys and values, is that said for every step.
    """
    pair, passing = trace.d_k + trace.d_v, {}
    if any(step.read_floats != pair * len(step.ids) for step in trace.steps):
        passing["floats"] = [step.read_floats for step in trace.steps]
    if not np.isfinite(np.concatenate([step.scores for step in trace.steps], axis=1)).all():
        passing["met"] = [met(step) for step in trace.steps]
    error, retained = (
        _over_heads(np.stack(rows, axis=1), head).tolist()
        for rows in ([step.output_error for step in trace.steps], [step.retained for step in trace.steps])
    )
    return {
        "error": [_rounded(one) for one in error],
        "retained": [round(one, 2) for one in retained],  # in whole percent
        "pair": pair,
        **passing,
    }


def _event(event: Event, step: int, made: int) -> list[Any]:
    """Kind, slots, into, sources; raw slots are their own sources."""
    parts = [event.slots, event.into, *([] if event.slots == event.sources else [event.sources])]
    return [event.kind, *([_near(run, step, made) for run in _runs(part)] for part in parts)]


def _near(run: list[int], step: int, made: int) -> list[int]:
    """Slots told from where the step stands, so that one border reads like the next and deflates to little.

    A pair by twice the tokens since it came, a slot that the memory made by its number after those made before, twice
    and one.
    """
    return [2 * (step - slot) if slot >= 0 else 2 * (slot + made) + 1 for slot in run]


def _made(trace: Trace, head: int | None) -> dict[str, Any]:
    """What every made slot was made of, whenever that changed.

    Step, largest sources with their shares, their number, first and last: of those with a part for this head.
    """
    versions = sum(len(block.ids) for block in trace.blocks)
    most = max(1, min(MOST_SOURCES, MOST_NAMED // max(1, versions)))
    made: dict[str, list[Any]] = {str(slot): [] for slot in trace.made}
    for block in trace.blocks:
        for row, (slot, values) in enumerate(zip(block.ids, _over_heads(block.values, head), strict=True)):
            (own,) = (values > 0).nonzero()
            if not len(own):  # has a part in other heads, or in the key alone
                own = np.array(block.shares(row).sources, dtype=np.intp) - block.first
            if len(own):
                top = _largest(values, own, most)
                shares = list(map(_rounded, values[top].tolist()))
                ends = [block.first + int(own[0]), block.first + int(own[-1])]
                made[str(slot)].append([block.step, (block.first + top).tolist(), shares, len(own), ends])
    return made


def _largest(values: Floats, own: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    """Where the largest of some values stand, in order; of equal ones the first."""
    if len(own) <= most:
        return own
    if most == 1:  # in long runs in which many slots change with every token
        return own[[values[own].argmax()]]
    return np.sort(own[np.argsort(-values[own], kind="stable")[:most]])


def role_runs(ids: Sequence[int], roles: Sequence[Role]) -> list[list[int]]:
    """[first, last, role] for stretches of one role whose identities follow one another away from zero."""
    runs: list[list[int]] = []
    kind, following = None, 0
    for slot, role in zip(ids, roles, strict=True):
        if role is kind and slot == following:
            runs[-1][1] = slot
        else:
            runs.append([slot, slot, ROLES.index(role)])
        kind, following = role, slot + 1 if slot >= 0 else slot - 1
    return runs


def _runs(positions: Iterable[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for position in positions:
        if runs and position == runs[-1][1] + (1 if position >= 0 else -1) and position * runs[-1][1] >= 0:
            runs[-1][1] = position
        else:
            runs.append([position, position])
    return runs


def _rounded(number: float) -> float:
    return float(f"{number:.3g}")
