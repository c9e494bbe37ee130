"""The softmax lens: its arithmetic is torch's and NumPy's, and what a reader sets comes back from the link."""

import base64
import re
from random import Random
from typing import Any

import numpy as np
import pytest
import torch

from memattn.memory import MEMORIES
from memattn.memory.base import Memory
from memattn.memory.global_tokens import GlobalTokens
from memattn.records import Trace
from memattn.stage.payload import payload
from memattn.streams import random_stream
from memattn.trace import trace
from memattn.ui.link import LENS
from tests.node import evaluated

VERSIONS = ("none", "plus", "pin", "sink", "gate")
SETTINGS = 1000
THROUGH = """async (settings) => {
    const { through } = await from('lens');
    const plain = (value) => Number.isFinite(value) ? value : String(value);
    return settings.map(([version, logits, extra, arithmetic]) => {
        const { shares, taken, entropy, rest, largest, effective } = through(version, logits, extra, arithmetic);
        return [shares, taken, entropy, rest, largest, effective].flat().map(plain);
    });
}"""


def by_torch(version: str, logits: list[float], extra: float) -> list[float]:
    """The same numbers, from torch."""
    row = torch.tensor(logits, dtype=torch.float64)
    plain = row.softmax(0)
    if version in ("none", "gate"):
        taken = 0.0 if version == "none" else float(torch.sigmoid(torch.tensor(-extra, dtype=torch.float64)))
        shares, whole = plain * (1 - taken), plain
    else:
        more = torch.tensor([0.0 if version == "plus" else extra], dtype=torch.float64)
        whole = torch.cat([row, more]).softmax(0)
        shares, taken = whole[:-1], float(whole[-1])
    entropy, rest = (float(torch.special.entr(part).sum()) for part in (whole, plain))
    return [*shares.tolist(), taken, entropy, rest, float(shares.max()), float(np.exp(entropy))]


def test_every_version_is_that_of_torch_over_a_thousand_settings() -> None:
    rng = Random(5)
    settings = []
    for number in range(SETTINGS):
        scale = rng.choice((0.1, 3, 40, 600))
        logits = [rng.gauss(0, scale) for _ in range(rng.choice((1, 2, 3, 7, 13, 31)))]
        settings.append((VERSIONS[number % len(VERSIONS)], logits, rng.gauss(0, scale), {}))
    for (version, logits, extra, _), found in zip(settings, evaluated(THROUGH, settings), strict=True):
        assert found == pytest.approx(by_torch(version, logits, extra), abs=1e-6), (version, logits, extra)


def test_what_is_taken_damps_every_share_alike_and_entropy_splits() -> None:
    """[0.01, 0.98, 0.01] and 16 equal logits, by hand: in the first entropy rises, in the second it falls."""
    peak, flat = [0.0, 4.585, 0.0], [0.0] * 16
    rises, falls, alone, even = evaluated(
        THROUGH, [["pin", peak, 4.585, {}], ["sink", flat, 4, {}], ["none", peak, 0, {}], ["none", flat, 0, {}]]
    )
    assert alone[:3] == pytest.approx([0.01, 0.98, 0.01], abs=2e-5)
    assert rises[:3] == pytest.approx([(1 - rises[3]) * share for share in alone[:3]], abs=1e-12)
    assert (rises[3], rises[4], alone[4]) == pytest.approx((0.495, 0.750, 0.112), abs=5e-4)
    assert (falls[17], even[17]) == pytest.approx((1.164, 2.773), abs=5e-4)
    taken = falls[16]
    split = -taken * np.log(taken) - (1 - taken) * np.log(1 - taken) + (1 - taken) * np.log(16)
    assert falls[17] == pytest.approx(split, abs=1e-12)


# --- numbers of 16 bits -----------------------------------------------------------------------------------------------


def test_sixteen_bits_are_rounded_as_numpy_does() -> None:
    rng = np.random.default_rng(3)
    halves = np.arange(0, 0x7C00, 11, dtype=np.uint16).view(np.float16).astype(np.float64)
    between = (halves[:-1] + np.nextafter(halves[:-1].astype(np.float16), np.float16(np.inf)).astype(np.float64)) / 2
    beside = [np.nextafter(between, way) for way in (-np.inf, np.inf)]
    others = rng.standard_normal(2003) * 10.0 ** rng.uniform(-9, 6, 2003)
    values = np.concatenate([halves, between, *beside, others, [65504, 65519.99, 65520, 1e9, 2**-25, 2**-24, 0]])
    values = np.concatenate([values, -values])
    with np.errstate(over="ignore"):
        expected = values.astype(np.float16).astype(np.float64)
    found = evaluated(
        "async (values) => { const { toHalf } = await from('half'); return values.map((one) => String(toHalf(one))); }",
        values.tolist(),
    )
    assert np.array_equal(np.array([float(one.replace("Infinity", "inf")) for one in found]), expected)
    assert np.isinf(expected).any() and (np.abs(expected[expected != 0]) < 2**-14).any()


def half_softmax(logits: list[float], shifted: bool) -> np.ndarray:
    """Every result rounded to 16 bits, in NumPy."""
    with np.errstate(over="ignore", invalid="ignore"):
        row = np.array(logits).astype(np.float16)
        top = row.max() if shifted else np.float16(0)
        exps = np.exp((row - top).astype(np.float64)).astype(np.float16)
        total = np.float16(0)
        for one in exps:
            total = np.float16(total + one)
        return (exps / total).astype(np.float64)


@pytest.mark.parametrize("shifted", [False, True])
def test_a_softmax_of_sixteen_bits_is_numpys_to_the_last_bit(shifted: bool) -> None:
    rng = Random(7)
    rows = [[rng.uniform(-9, 13) for _ in range(rng.choice((1, 3, 7)))] for _ in range(211)]
    arithmetic = {"half": True, "shifted": shifted}
    found = evaluated(THROUGH, [["none", row, 0, arithmetic] for row in rows])
    broken = 0
    for row, numbers in zip(rows, found, strict=True):
        expected = half_softmax(row, shifted)
        broken += bool(np.isnan(expected).any())
        assert np.array_equal([float(one) for one in numbers[: len(row)]], expected, equal_nan=True)
    assert broken == 0 if shifted else broken > 10


def test_an_overflow_is_told_with_its_numbers_and_the_repair() -> None:
    said = evaluated(
        """async () => {
            const { through } = await from('lens');
            const { saysOf } = await from('lens-words');
            const said = (logits, shifted) => {
                const state = { version: 'none', half: true, shifted };
                const found = through('none', logits, 0, state);
                return saysOf(state, logits, found, found);
            };
            return [said([12, 1], false), said([11, 11], false), said([12, 1], true)];
        }"""
    )
    assert "<sup>12.00</sup> = 1.6·10⁵ is above 65,504" in said[0] and "∞\xa0/\xa0∞ is no number" in said[0]
    assert "The sum, 1.2·10⁵, is above 65,504" in said[1] and "all shares become 0" in said[1]
    assert said[2].startswith("No exponent is above 0") and "∞" not in said[2]


def test_what_is_said_holds_the_numbers_of_every_version() -> None:
    alone, held, pin, gate = evaluated(
        """async () => {
            const { through } = await from('lens');
            const { saysOf } = await from('lens-words');
            const logits = [0, 4.585, 0];
            const said = (version, extra, pins) =>
                saysOf({ version }, logits, through(version, logits, extra), through('none', logits, 0), pins);
            return [said('none', 0), said('none', 0, 0.4), said('pin', 4.585), said('gate', 1)];
        }"""
    )
    assert "H = 0.112 of at most ln 3 = 1.099: as many as 1.12 tokens alike. The dashed line is 1/N." in alone
    assert held.endswith("Pins hold 0.400 of it.")
    assert "Every other share is 0.505 times what it was. Entropy rises:" in pin
    assert pin.endswith("= 0.693 + 0.505 · 0.112 = 0.750.")
    assert "H = 0.112; its output is multiplied by g = σ(z) = 0.731." in gate


# --- logits of a run, and what a reader moves -------------------------------------------------------------------------


def sent(record: Trace, memory: Memory[Any], head: int | None) -> str:
    return base64.b64encode(payload(record, memory.lanes(37), 8, "t", memory.reads, head).packed).decode()


LOGITS = """async (packed, k, most, moved) => {
    const { unpack } = await from('codec');
    const { openTrace } = await from('trace');
    const { columnsOf, logitsAt, movedLogits } = await from('lens-state');
    const row = logitsAt(openTrace(await unpack(packed)), k);
    const columns = columnsOf(row, most);
    return { ...row, roles: null, columns, moved: movedLogits(row, columns, new Map(moved)) };
}"""


SUM = """async (packed, k) => {
    const { unpack } = await from('codec');
    const { openTrace } = await from('trace');
    const { sumLine } = await from('softmax');
    return sumLine(openTrace(await unpack(packed)), k);
}"""


def test_the_logits_of_a_step_are_its_scores_and_those_of_a_mean_give_its_weights() -> None:
    memory = GlobalTokens(2, 17)
    record = trace(memory, random_stream(37, 5, 3, 2, seed=7))
    step = record.steps[29]
    one = evaluated(LOGITS, sent(record, memory, 1), 29, 7, [])
    assert (one["scored"], tuple(one["ids"])) == (True, step.ids)
    assert one["logits"] == pytest.approx(step.scores[1].tolist(), abs=5e-3)
    mean = evaluated(LOGITS, sent(record, memory, None), 29, 7, [])
    assert mean["scored"] is False
    assert np.exp(mean["logits"]) == pytest.approx(step.weights.mean(axis=0), abs=1e-4)


def test_slots_that_a_query_passes_by_take_no_part() -> None:
    memory = MEMORIES["nearest"]()
    record = trace(memory, random_stream(97, 5, 3, 2, seed=7))
    passed = 0
    for k in (5, 41, 96):
        step = record.steps[k]
        met = np.isfinite(step.scores)
        one = evaluated(LOGITS, sent(record, memory, 1), k, 7, [])
        assert one["ids"] == [slot for slot, own in zip(step.ids, met[1], strict=True) if own]
        assert one["logits"] == pytest.approx(step.scores[1][met[1]].tolist(), abs=5e-3)
        mean = evaluated(LOGITS, sent(record, memory, None), k, 7, [])
        assert mean["ids"] == [slot for slot, own in zip(step.ids, met.any(axis=0), strict=True) if own]
        passed += len(step.ids) - len(one["ids"])
        read = int(met[1].sum())
        many = f"{read} of {len(step.ids)}" if read < len(step.ids) else str(read)
        assert evaluated(SUM, sent(record, memory, 1), k) == f"Σ over {many} slots = 1.000"
        assert evaluated(SUM, sent(record, memory, None), k) == f"Σ over {len(step.ids)} slots = 1.000"
    assert passed > 30


def test_the_largest_stand_alone_and_all_others_move_together() -> None:
    memory = GlobalTokens(2, 17)
    record = trace(memory, random_stream(37, 5, 3, 2, seed=7))
    found = evaluated(LOGITS, sent(record, memory, 0), 29, 5, [["rest", 4], [f"k{30}", -2.5]])
    *single, rest = found["columns"]
    order = np.argsort(-record.steps[29].scores[0])
    assert [column["members"] for column in single] == [[i] for i in sorted(order[:5].tolist())]
    assert sorted(rest["members"]) == sorted(order[5:].tolist())
    own, moved = np.array(found["logits"]), np.array(found["moved"])
    assert np.log(np.exp(moved[rest["members"]]).sum()) == pytest.approx(4)
    assert np.ptp((moved - own)[rest["members"]]) < 1e-9
    at = record.steps[29].ids.index(29)
    alone = [column["members"] for column in single]
    assert moved[at] == (-2.5 if [at] in alone else own[at] + (moved - own)[rest["members"][0]])


def states() -> list[dict[str, Any]]:
    rng = Random(11)
    found = []
    for number in range(60):
        moved = {rng.choice(("k1", "k102", "c3", "rest")): round(rng.uniform(-20, 20), 2) for _ in range(number % 4)}
        found.append(
            {
                "version": VERSIONS[number % 5],
                "extras": {"none": 0, "plus": 0, "pin": rng.choice((2, 4.585)), "sink": -3.25, "gate": 1},
                "half": number % 2 == 0,
                "shifted": number % 3 == 0,
                "step": 11 if moved else None,
                "moved": [*moved.items()],
            }
        )
    return found


def test_what_was_set_comes_back_from_a_short_text_that_a_link_may_carry() -> None:
    texts, back, begins = evaluated(
        """async (states) => {
            const { begin, fromText, toText } = await from('lens-state');
            const texts = states.map((state) => toText({ ...state, moved: new Map(state.moved) }));
            const back = texts.map(fromText).map((state) => ({ ...state, moved: [...state.moved] }));
            return [texts, back, toText(begin())];
        }""",
        states(),
    )
    assert back == [{**state, "moved": [list(one) for one in state["moved"]]} for state in states()]
    assert begins == ""
    for text in texts:
        assert LENS.fullmatch(text) and len(text) < 80, text
        assert re.fullmatch(r"[\w.*-]+", text), "an address takes it as it stands"


def test_a_text_that_means_little_sets_what_it_can() -> None:
    back = evaluated(
        """async () => {
            const { fromText } = await from('lens-state');
            return ['nonsense', 'sink_k4*2', 'pin_s0_k1*1', 'gate_z-2_x'].map(fromText)
                .map(({ version, extras, step, moved }) => [version, extras.gate, step, moved.size]);
        }"""
    )
    assert back == [["none", 1, None, 0], ["sink", 1, None, 0], ["pin", 1, None, 0], ["gate", -2, None, 0]]
    assert not LENS.fullmatch("nonsense") and not LENS.fullmatch("gate_z-2_x")
