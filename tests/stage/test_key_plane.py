"""The key plane: what is drawn are the keys of the trace, projected; a mean stands in the middle of its points."""

import base64

import numpy as np
import pytest

from memattn.memory import MEMORIES
from memattn.memory.base import Memory
from memattn.memory.hybrid import Hybrid
from memattn.memory.recurrent import Recurrent
from memattn.memory.window import Window
from memattn.records import Trace
from memattn.stage.key_plane import Plane, plane_of
from memattn.stage.packed import unpacked
from memattn.stage.payload import payload
from memattn.streams import random_stream
from memattn.trace import trace
from tests.node import evaluated

SUMMARIES = {
    name: MEMORIES[name]()
    for name in ("cumulative_average", "moving_average", "weighted_average", "exponential_average")
}
OTHERS = {"recurrent": Recurrent(), "hybrid": Hybrid(Window(4)), "window": Window(4), "merging": MEMORIES["merging"]()}
TOKENS = 29


OPENED = """async ([packed]) => {
    const { unpack } = await from('codec');
    const { openTrace } = await from('trace');
    const { openPlane, planeAt, planeText } = await from('key-plane');
    const trace = openTrace(await unpack(packed));
    const plane = openPlane(trace);
    const at = (k, t = 1) => planeAt(trace, plane, { k, asks: k, progress: trace.groups(k).map(() => t) });
"""


def run(memory: Memory, width: int = 5, heads: int = 2, tokens: int = TOKENS) -> Trace:
    return trace(memory, random_stream(tokens, width, 3, heads, seed=5), "t")


def opened(record: Trace, memory: Memory, head: int | None, script: str) -> object:
    sent = payload(record, memory.lanes(len(record.tokens)), 8, "t", memory.reads, head, plane=True)
    return evaluated(OPENED + script + "}", [base64.b64encode(sent.packed).decode()])


def projected(record: Trace, head: int | None, keys: np.ndarray) -> np.ndarray:
    """(heads, n, d) keys onto the axes of greatest variance, found by singular values and up to the axes' signs."""
    own = np.concatenate(list(record.keys if head is None else record.keys[[head]]), axis=-1).astype(float)
    middle = own.mean(axis=0)
    axes = np.linalg.svd(own - middle)[2]
    rows = np.concatenate(list(keys if head is None else keys[[head]]), axis=-1)
    return (rows - middle) @ axes[:2].T


@pytest.mark.parametrize("head", [None, 1])
@pytest.mark.parametrize("name", [*SUMMARIES, *OTHERS])
def test_what_is_drawn_is_the_projection_of_the_keys_of_the_trace(name: str, head: int | None) -> None:
    memory = {**SUMMARIES, **OTHERS}[name]
    record = run(memory)
    drawn = opened(record, memory, head, "return Array.from({ length: trace.length }, (_, k) => at(k));")
    assert isinstance(drawn, list)
    places = np.array([[pair["at"] for pair in step["pairs"]][-1] for step in drawn])
    expected = projected(record, head, record.keys)
    signs = np.sign((places * expected).sum(axis=0))
    unit = np.abs(expected).max() / 32_000
    np.testing.assert_allclose(places, expected * signs, rtol=0, atol=2 * unit)
    made = 0
    for step, record_step in zip(drawn, record.steps, strict=True):
        assert {one["id"] for one in step["slots"]} == {slot for slot in record_step.held_ids if slot < 0}
        for one in step["slots"]:
            key = [key for at, key in record.slot_keys(one["id"]) if at <= record_step.index][-1]
            here = projected(record, head, key[:, None])[0] * signs
            np.testing.assert_allclose(one["at"], here, rtol=0, atol=2 * unit)
            made += 1
    assert made or name == "window"


@pytest.mark.parametrize("name", SUMMARIES)
def test_sigma_stands_at_the_mean_of_the_points_it_is_made_of(name: str) -> None:
    memory = SUMMARIES[name]
    record = run(memory, heads=1)
    drawn = opened(record, memory, 0, "return Array.from({ length: trace.length }, (_, k) => at(k));")
    assert isinstance(drawn, list)
    points = np.array([[pair["at"] for pair in step["pairs"]][-1] for step in drawn])
    unit = np.abs(points).max() / 32_000
    for step, one in enumerate(drawn):
        (sigma,) = one["slots"]
        shares = record.shares(-1, step)
        middle = shares.keys[0] @ points[list(shares.sources)]
        np.testing.assert_allclose(sigma["at"], middle, rtol=0, atol=3 * unit)
        assert sigma["trail"][-1] == sigma["at"] and len(sigma["trail"]) == step + 1


def test_keys_of_two_numbers_lie_as_they_are_and_all_of_them_lies_in_the_plane() -> None:
    memory = MEMORIES["cumulative_average"]()
    record = run(memory, width=2, heads=1)
    told = opened(record, memory, 0, "return [plane.share, plane.whole, plane.pair(7), at(11).slots[0].at];")
    assert isinstance(told, list)
    assert told[:2] == [1, True]
    np.testing.assert_allclose(told[2], record.keys[0, 7], atol=2e-4)
    np.testing.assert_allclose(told[3], record.keys[0, :12].mean(axis=0), atol=2e-4)


def test_the_share_of_the_variance_is_that_of_two_axes() -> None:
    spread = np.array([3.0, 2.0, 1.0, 0.5])
    corners = np.array([sign * size * row for size, row in zip(spread, np.eye(4), strict=True) for sign in (1, -1)])
    plane = plane_of(corners + 7)
    assert plane.share == pytest.approx((9 + 4) / (9 + 4 + 1 + 0.25))
    np.testing.assert_allclose(np.abs(plane.axes), np.eye(4)[:2], atol=1e-12)
    np.testing.assert_allclose(plane.origin, 7)
    assert not plane.whole
    assert plane_of(np.ones((1, 4))).share == plane_of(np.ones((5, 4))).share == 1, "where nothing varies"
    one = Plane(np.zeros(1), np.eye(2, 1), 1.0)
    assert (
        plane_of(np.array([[3.0], [4.0]])).places(np.array([[7.0]])).tolist() == one.places(np.array([[7.0]])).tolist()
    )


def test_the_part_of_a_query_in_the_plane_is_its_direction_there() -> None:
    memory = MEMORIES["cumulative_average"]()
    record = run(memory, width=2, heads=1)
    drawn = opened(record, memory, 0, "return Array.from({ length: trace.length }, (_, k) => at(k).query);")
    queries = record.queries[0] / np.linalg.norm(record.queries[0], axis=-1, keepdims=True)
    np.testing.assert_allclose(drawn, queries, atol=1e-4)
    wide = run(memory, width=5, heads=1)
    drawn = opened(
        wide, memory, 0, "return Array.from({ length: trace.length }, (_, k) => Math.hypot(...at(k).query));"
    )
    assert all(0 < length < 1 for length in drawn)  # type: ignore[attr-defined]


def test_pairs_keep_their_place_while_their_fate_changes() -> None:
    memory = Hybrid(Window(4))
    record = run(memory)
    fates = opened(
        record,
        memory,
        0,
        "return [3, 4, 28].map((k) => at(k).pairs.map((pair) => `${pair.fate} ${pair.role} ${pair.strength}`));",
    )
    held, carried = "held recent 1", "carried summary 1"
    assert fates == [[held] * 4, [carried] + [held] * 4, [carried] * 25 + [held] * 4]
    lost = run(Window(4))
    told = opened(lost, Window(4), 0, "return at(9).pairs.map((pair) => pair.fate);")
    assert told == ["lost"] * 6 + ["held"] * 4
    both = Hybrid(Window(4), second_reads="all")  # a pair that is held is in the mean as well
    assert opened(run(both), both, 0, "return at(9).pairs.map((pair) => pair.fate);") == ["carried"] * 6 + ["held"] * 4
    moving = MEMORIES["moving_average"]()
    fates = opened(run(moving), moving, 0, "return at(9).pairs.map((pair) => pair.fate);")
    assert fates == ["lost"] * 3 + ["carried"] * 7


def test_sigma_glides_from_where_it_stood_to_where_it_goes_and_back_by_the_same_way() -> None:
    memory = MEMORIES["cumulative_average"]()
    path = opened(
        run(memory),
        memory,
        0,
        "return [0, 0.25, 0.5, 0.75, 1].map((t) => at(8, t).slots[0]).map(({ at, from }) => [at, from]);",
    )
    assert isinstance(path, list)
    starts = np.array([start for _, start in path])
    places = np.array([place for place, _ in path])
    assert (starts == starts[0]).all() and (places[0] == starts[0]).all()
    parts = (places - places[0]) @ (places[-1] - places[0]) / ((places[-1] - places[0]) ** 2).sum()
    np.testing.assert_allclose(parts, [0, 4 / 64, 0.5, 1 - 4 / 64, 1], atol=1e-9)  # cubic in and out


def test_the_plane_is_told_in_words() -> None:
    memory = Hybrid(Window(4))
    record = run(memory, width=2, heads=1)
    told = opened(record, memory, 0, "return [planeText(2, at(2)), planeText(4, at(4))];")
    assert isinstance(told, list)
    x, y = (f"{number:.3g}".replace("-", "−") for number in record.keys[0, 0])
    assert told[0] == "Keys of 3 pairs: 3 held, 0 in a slot, 0 lost."
    assert told[1] == f"Keys of 5 pairs: 4 held, 1 in a slot, 0 lost. Σ at ({x}, {y})."


@pytest.mark.parametrize("name", [*SUMMARIES, "recurrent"])
def test_the_strip_of_sources_has_the_share_of_every_position(name: str) -> None:
    memory = {**SUMMARIES, **OTHERS}[name]
    record = run(memory)
    sent = payload(record, memory.lanes(TOKENS), 8, "t", memory.reads, 1, plane=True)
    drawn = evaluated(
        """async (packed) => {
            const { unpack } = await from('codec');
            const { openTrace } = await from('trace');
            const { shapeOf } = await from('influence-view');
            const trace = openTrace(await unpack(packed));
            return Array.from({ length: trace.length }, (_, k) => shapeOf(trace, -1, k));
        }""",
        base64.b64encode(sent.packed).decode(),
    )
    for step, shape in enumerate(drawn):
        shares = record.shares(-1, step)
        expected = np.zeros(step + 1)
        expected[list(shares.sources)] = shares.values[1]
        np.testing.assert_allclose(shape, expected, rtol=0, atol=expected.max() / 254)
        assert len(shape) == step + 1 and sum(shape) == pytest.approx(1, abs=0.03)


def test_without_being_asked_for_nothing_of_it_is_sent_and_with_it_little() -> None:
    memory = MEMORIES["cumulative_average"]()
    record = run(memory, heads=4, width=16, tokens=100)
    without, sent = (payload(record, [], 8, "t", "after", 0, plane=plane) for plane in (False, True))
    assert b"plane" not in unpacked(without.packed)
    assert b"plane_pairs" in unpacked(sent.packed)
    assert len(unpacked(sent.packed)) - len(unpacked(without.packed)) < 8 * 1024
