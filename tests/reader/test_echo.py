"""The echo model: its language, rotary reading by the place in the memory, and the sink of the shipped weights."""

import cmath
import json
import math
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

from memattn.attention import scores
from memattn.kv import KV, Slots
from memattn.memory import MEMORIES
from memattn.memory.full import Full
from memattn.memory.global_tokens import GlobalTokens
from memattn.memory.window import Window
from memattn.reader.echo import (
    AGAIN,
    ECHO,
    EchoConfig,
    Language,
    Recipe,
    Saved,
    encode,
    load,
    measure,
    save,
    trace,
    train,
)
from memattn.reader.echo import vocabulary as known_words
from memattn.reader.echo.language import BACK, FOLLOWERS, WORDS
from memattn.reader.echo.measure import (
    MEMORIES as CACHES,
)
from memattn.reader.echo.measure import (
    Mean,
    Observed,
    attention,
    full_surprise,
    observe,
    perplexities,
    ratio,
    texts,
    value_norms,
)
from memattn.reader.echo.model import embed, forward, logits_of, project, random_weights, read_by_rank, rotate, steps
from memattn.reader.grammar import START
from memattn.reader.weights import WeightsError, card_path
from memattn.records import Role

TOKENS = 23
ROWS = {"dog": ["runs", "over", "above"], "behind": ["song", "key", "drum"]}  # the three most frequent followers
CONFIG = EchoConfig(len(known_words()), d_model=10, widen=3, base=100.0)


def weights_of(config: EchoConfig = CONFIG, dtype: torch.dtype = torch.float64) -> dict[str, Tensor]:
    """Untrained weights, large enough for attention to be anything but uniform."""
    return {
        name: (tensor if "norm" in name else 20 * tensor).to(dtype)
        for name, tensor in random_weights(config, 3).items()
    }


def some_ids(*shape: int) -> Tensor:
    return torch.randint(CONFIG.vocabulary, shape, generator=torch.Generator().manual_seed(7))


# The language


def test_the_words_are_different_and_the_start_word_comes_first() -> None:
    words = known_words()
    assert len(set(words)) == len(words) == 142 and words[:2] == (START, AGAIN)
    assert encode(words) == tuple(range(142))


@given(st.integers(0, 10**6), st.integers(0, 5))
def test_after_again_comes_the_last_word_but_one_and_else_a_follower(seed: int, table: int) -> None:
    language = Language(seed=table)
    ids = language.draw(np.random.default_rng(seed), 3, 101)
    start, again = encode((START, AGAIN))
    for text in ids.tolist():
        assert text[0] == start and start not in text[1:] and again not in text[: BACK + 1]
        for at in range(1, len(text)):
            if text[at - 1] == again:
                assert text[at] == text[at - 1 - BACK]
            else:
                assert text[at] == again or text[at] in language.table[text[at - 1]]
    assert np.isfinite(language.surprise(ids)).all()


def test_followers_are_twelve_others_of_the_right_parts_of_speech() -> None:
    words, part_of = known_words(), {word: part for part, words in WORDS.items() for word in words}
    for word, row in zip(words, Language().table, strict=True):
        if word == AGAIN:
            continue
        followers = [words[at] for at in row]
        assert len(set(followers)) == 12 and word not in followers
        assert Counter(part_of[follower] for follower in followers) == FOLLOWERS[part_of.get(word, START)]


def test_the_table_is_the_one_that_the_weights_were_trained_on() -> None:
    language, words = Language(), known_words()
    rows = {word: [words[at] for at in language.table[encode((word,))[0]][:3]] for word in ("dog", "behind")}
    assert rows == ROWS
    assert not np.array_equal(language.table, Language(seed=1).table)


def test_surprise_by_hand() -> None:
    language, words = Language(rate=0.2), known_words()
    follower = lambda word, rank: words[language.table[encode((word,))[0], rank - 1]]  # noqa: E731
    first = follower(START, 1)
    second = follower(first, 4)
    third = follower(second, 2)
    text = (START, first, second, AGAIN, first, AGAIN, AGAIN, third)
    harmonic = sum(1 / k for k in range(1, 13))
    expected = [math.log(harmonic), math.log(4 * harmonic), math.log(5), 0.0, math.log(5), 0.0, math.inf]
    assert language.surprise(np.array([encode(text)]))[0] == pytest.approx(expected)
    surprise = language.surprise(np.array([encode((START, first, second, third))]))[0, -1]
    assert surprise == pytest.approx(math.log(2 * harmonic / 0.8))  # four words in five go on by the table


@pytest.mark.parametrize("rate", [0.15, 0.4])
def test_the_entropy_of_the_language_is_what_its_texts_surprise_by(rate: float) -> None:
    language = Language(rate=rate)
    ids = language.draw(np.random.default_rng(11), 200, 1009)
    by_text = language.surprise(ids)[:, 9:].mean(axis=1)
    assert abs(by_text.mean() - language.entropy) < 4 * by_text.std() / math.sqrt(200)
    share = rate * (1 + rate) / (1 + rate + rate**2)
    assert (ids[:, 9:] == encode((AGAIN,))[0]).mean() == pytest.approx(share, abs=0.005)


def test_what_the_language_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match=r'of the echo world, got "foxx" \(fox.*"agein" \(again'):
        encode((START, "foxx", "agein", "foxx"))
    with pytest.raises(ValueError, match="at least one word"):
        encode(())
    for rate in (0.0, 1.0):
        with pytest.raises(ValueError, match=f"rate must be > 0 and < 1.* got {rate}"):
            Language(rate=rate)


# Rotary positions


def test_rotation_is_multiplication_by_complex_numbers() -> None:
    rows = torch.randn(3, 7, 10, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    turned = rotate(rows, torch.arange(7), 100.0)
    for text, token, channel in ((0, 0, 0), (1, 4, 3), (2, 6, 4)):
        number = complex(rows[text, token, channel], rows[text, token, channel + 5])
        number *= cmath.exp(1j * token * 100.0 ** (-channel / 5))
        found = complex(turned[text, token, channel], turned[text, token, channel + 5])
        assert found == pytest.approx(number, abs=1e-12)


@given(st.integers(0, 5000), st.lists(st.integers(0, 2000), min_size=2, max_size=7))
def test_shifting_all_positions_leaves_the_scores_alone(shift: int, positions: list[int]) -> None:
    at = torch.tensor(positions)
    queries, keys = torch.randn(2, len(at), 24, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    here = rotate(queries, at, 1e4) @ rotate(keys, at, 1e4).mT
    there = rotate(queries, at + shift, 1e4) @ rotate(keys, at + shift, 1e4).mT
    torch.testing.assert_close(there, here, rtol=0, atol=1e-9)


def test_the_query_stands_at_the_last_place_of_the_memory() -> None:
    keys, values = torch.randn(2, 1, 5, 10, dtype=torch.float64, generator=torch.Generator().manual_seed(4))
    query = keys[:, -1:]
    slots = Slots(keys, values, (Role.RECENT,) * 5, (0, 11, 12, 13, 14))  # ids do not matter, places do
    logits = torch.stack([rotate(query, torch.tensor([4 - at]), 50.0)[0, 0] @ keys[0, at] for at in range(5)])
    expected = (logits / math.sqrt(10)).softmax(dim=-1)
    torch.testing.assert_close(read_by_rank(Full(), query, slots, 50.0).weights[0, 0], expected, rtol=0, atol=1e-12)
    assert not torch.allclose(scores(query, slots).softmax(dim=-1)[0, 0], expected)


# Reading with a memory


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
@pytest.mark.parametrize("lead", [(), (3,), (2, 3)])
def test_token_by_token_with_the_full_memory_is_the_training_forward(
    lead: tuple[int, ...], dtype: torch.dtype, tolerance: float
) -> None:
    weights, ids = weights_of(dtype=dtype), some_ids(*lead, TOKENS)
    expected = logits_of(weights, CONFIG, ids)
    assert expected.shape == (*lead, TOKENS, CONFIG.vocabulary)
    torch.testing.assert_close(forward(weights, CONFIG, ids, Full()), expected, rtol=0, atol=tolerance)


def naive_logits(weights: dict[str, Tensor], ids: list[int], visible: list[list[int]], ranked: bool) -> NDArray[Any]:
    """The model in NumPy: word i sees the words `visible[i]`, at their places among them or at their positions."""
    w = {name: tensor.numpy() for name, tensor in weights.items()}
    norm = lambda x, gain: x / np.sqrt((x * x).mean() + 1e-6) * gain  # noqa: E731
    d = CONFIG.d_model
    speeds = CONFIG.base ** (-np.arange(d // 2) / (d // 2))
    turn = lambda x, at: (x[: d // 2] + 1j * x[d // 2 :]) * np.exp(1j * at * speeds)  # noqa: E731
    x = [norm(w["embedding"][id_], w["norm_embedding"]) for id_ in ids]
    q, k, v = ([w["qkv"][part * d : (part + 1) * d] @ row for row in x] for part in range(3))
    logits = []
    for i, seen in enumerate(visible):
        places = range(len(seen)) if ranked else seen
        query = turn(q[i], places[-1])
        dots = np.array([(query * turn(k[j], at).conj()).real.sum() for j, at in zip(seen, places, strict=True)])
        mass = np.exp(dots / math.sqrt(d))
        y = x[i] + w["out"] @ sum(m * v[j] for m, j in zip(mass / mass.sum(), seen, strict=True))
        inner = w["mlp_in"] @ norm(y, w["norm_mlp"])
        gelu = inner * np.array([0.5 * (1 + math.erf(z / math.sqrt(2))) for z in inner])
        logits.append(w["head"] @ norm(y + w["mlp_out"] @ gelu, w["norm"]))
    return np.array(logits)


def test_a_window_is_a_mask_over_the_whole_text() -> None:
    weights, ids = weights_of(), some_ids(TOKENS)
    visible = [list(range(max(0, i - 4), i + 1)) for i in range(TOKENS)]
    expected = naive_logits(weights, ids.tolist(), visible, ranked=False)  # distances are the same as by places
    np.testing.assert_allclose(forward(weights, CONFIG, ids, Window(5)), expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("evict", ["before", "after"])
def test_pinned_tokens_move_up_to_the_window(evict: str) -> None:
    weights, ids = weights_of(), some_ids(TOKENS)
    memory = GlobalTokens(3, 5, evict=evict)  # type: ignore[arg-type]
    reach = 5 if evict == "before" else 6
    visible = [sorted({*range(min(3, i + 1)), *range(max(0, i - reach + 1), i + 1)}) for i in range(TOKENS)]
    found = forward(weights, CONFIG, ids, memory)
    by_place, by_position = (naive_logits(weights, ids.tolist(), visible, ranked) for ranked in (True, False))
    np.testing.assert_allclose(found, by_place, rtol=0, atol=1e-10)
    assert abs(by_position[3 + reach :] - by_place[3 + reach :]).max() > 1e-3  # once something is gone, this differs


@pytest.mark.parametrize("name", MEMORIES)
def test_every_memory_reads_texts_side_by_side_and_in_pieces(name: str) -> None:
    weights, ids, memory = weights_of(), some_ids(3, TOKENS), MEMORIES[name]()
    whole = forward(weights, CONFIG, ids, memory)
    for row in range(3):
        torch.testing.assert_close(forward(weights, CONFIG, ids[row], memory), whole[row], rtol=0, atol=1e-10)
    outputs, state = [], None
    for piece in ids.split(9, dim=-1):
        for step in steps(weights, CONFIG, piece, memory, state):
            outputs.append(step.reading.output)
            state = step.state
    expected = torch.cat([step.reading.output for step in steps(weights, CONFIG, ids, memory)], dim=-2)
    torch.testing.assert_close(torch.cat(outputs, dim=-2), expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", MEMORIES)
def test_the_future_cannot_be_seen(name: str) -> None:
    weights, ids, memory = weights_of(), some_ids(TOKENS), MEMORIES[name]()
    other = ids.clone()
    other[13] = (ids[13] + 1) % CONFIG.vocabulary
    before, after = forward(weights, CONFIG, ids, memory), forward(weights, CONFIG, other, memory)
    assert torch.equal(after[:13], before[:13]) and not torch.equal(after[13], before[13])


def test_the_memory_holds_keys_without_positions() -> None:
    weights, ids, memory = weights_of(), some_ids(2, TOKENS), Window(5)
    keys = project(weights, embed(weights, ids))[1]
    last = list(steps(weights, CONFIG, ids, memory))[-1]
    assert keys.shape == (2, 1, TOKENS, 10) and last.slots.ids == tuple(range(TOKENS - 5, TOKENS))
    assert torch.equal(last.slots.keys, keys[..., -5:, :])
    assert torch.equal(last.state.window.keys, KV.trusted(keys, keys)[TOKENS - 5 :].keys)


def test_impossible_sizes() -> None:
    for settings, message in (
        ({"vocabulary": 0}, "vocabulary must be ≥ 1, got 0"),
        ({"vocabulary": 5, "d_model": 7}, "d_model must be even and ≥ 2.* got 7"),
        ({"vocabulary": 5, "widen": 0}, "widen must be ≥ 1, got 0"),
        ({"vocabulary": 5, "base": 1.0}, r"base must be > 1, got 1\.0"),
    ):
        with pytest.raises(ValueError, match=message):
            EchoConfig(**settings)  # type: ignore[arg-type]


# The trace


def test_a_trace_says_what_the_model_computed() -> None:
    words = [known_words()[at] for at in some_ids(TOKENS)]
    memory, weights = GlobalTokens(1, 5), weights_of()
    run = trace(weights, CONFIG, words, memory)
    chances = forward(weights, CONFIG, some_ids(TOKENS), memory).softmax(dim=-1).numpy()
    next_ids = some_ids(TOKENS).numpy()[1:]
    np.testing.assert_allclose(run.surprise, -np.log(chances[np.arange(TOKENS - 1), next_ids]), rtol=0, atol=1e-12)
    assert run.perplexity == pytest.approx(np.exp(run.surprise.mean()))
    assert run.guesses == tuple(known_words()[at] for at in chances.argmax(axis=-1))
    np.testing.assert_allclose(run.chances, chances.max(axis=-1), rtol=0, atol=1e-12)
    assert run.ids[17] == (0, 13, 14, 15, 16, 17) and run.roles[17] == (Role.GLOBAL, *(Role.RECENT,) * 5)
    for at, row in enumerate(run.weights):
        assert row.sum() == pytest.approx(1) and len(row) == len(run.ids[at]) == min(at + 1, 6)
        assert run.entropy[at] == pytest.approx(-sum(share * math.log(share) for share in row))
        assert run.largest[at] == max(row) and run.first[at] == row[0]
    with pytest.raises(ValueError, match="read-only"):
        run.weights[3][0] = 0.0


def test_a_first_word_that_is_gone_has_no_weight() -> None:
    words = [known_words()[at] for at in some_ids(TOKENS)]
    run = trace(weights_of(), CONFIG, words, Window(5))
    assert (run.first[:5] > 0).all() and (run.first[5:] == 0).all()


# Training


def pair_entropy(ids: NDArray[np.int64]) -> float:
    """Nats of a word given the one before, from counts: what a model without a memory is left with."""
    pairs = Counter(zip(ids[:, :-1].ravel().tolist(), ids[:, 1:].ravel().tolist(), strict=True))
    firsts = Counter(ids[:, :-1].ravel().tolist())
    total = sum(firsts.values())
    return -sum(count / total * math.log(count / firsts[first]) for (first, _), count in pairs.items())


def test_training_finds_what_pairs_of_words_cannot_tell() -> None:
    losses: list[float] = []
    train(Recipe(seed=1, steps=600), report=lambda step, loss: losses.append(loss))
    ids = Language().draw(np.random.default_rng(5), 3000, 65)
    best, without_memory = Language().surprise(ids).mean(), pair_entropy(ids)
    assert losses[0] == pytest.approx(math.log(142), abs=0.1)
    assert len(losses) == 600 and best < np.mean(losses[-100:]) < without_memory - 0.3


def test_training_is_the_same_every_time_and_another_with_another_seed() -> None:
    def prints(seed: int) -> list[float]:
        trained = train(Recipe(seed=seed, steps=7, texts=3, tokens=11))
        assert trained.recipe.seed == seed and trained.seconds > 0
        assert all(not tensor.requires_grad for tensor in trained.weights.values())
        return [tensor.double().sum().item() for tensor in trained.weights.values()]

    assert prints(0) == prints(0) != prints(1)


def test_recipes_that_train_nothing_are_refused() -> None:
    for name in ("steps", "texts", "tokens"):
        with pytest.raises(ValueError, match=f"{name} must be ≥ 1, got 0"):
            Recipe(**{name: 0})


# The shipped weights


@pytest.fixture(scope="module")
def shipped() -> Saved:
    return load()


@pytest.fixture(scope="module")
def ids() -> Tensor:
    return texts(16, 2048, seed=77)


@pytest.fixture(scope="module")
def observed(shipped: Saved, ids: Tensor) -> dict[str, Observed]:
    return {name: observe(shipped.weights, shipped.config, ids, memory) for name, memory in CACHES.items()}


ONE_PINNED, WINDOW = "1 pinned + window 15", "window 16"


def test_a_window_costs_much_and_one_pinned_token_repairs_it(ids: Tensor, observed: dict[str, Observed]) -> None:
    assert ratio(observed[WINDOW].surprise, observed[ONE_PINNED].surprise).low > 1.15
    best = torch.from_numpy(Language().surprise(ids.numpy()))
    for low, high in ((16, 64), (64, 256), (256, 1024), (1024, 2048)):  # as good as it gets, to the end of the text
        above = (observed[ONE_PINNED].surprise - best)[:, low:high].mean()
        assert 0 < above < 0.05


def test_more_pinned_tokens_add_nothing(observed: dict[str, Observed]) -> None:
    for pinned, window in ((2, 14), (4, 12), (8, 8)):
        more = observed[f"{pinned} pinned + window {window}"].surprise
        assert ratio(more, observed[ONE_PINNED].surprise).value == pytest.approx(1, abs=0.01)


def test_the_window_fails_when_the_first_token_leaves(ids: Tensor, observed: dict[str, Observed]) -> None:
    window, pinned = (observed[name].surprise for name in (WINDOW, ONE_PINNED))
    torch.testing.assert_close(window[:, :16], pinned[:, :16])
    at_once = (ids[:, 16] != encode((AGAIN,))[0]).nonzero().squeeze()
    assert (window - pinned)[at_once, 16].mean() > 0.3


def test_full_attention_fails_beyond_the_texts_it_learned_from(shipped: Saved, ids: Tensor) -> None:
    full = full_surprise(shipped.weights, shipped.config, ids)
    above = full - torch.from_numpy(Language().surprise(ids.numpy()))
    assert 0 < above[:, 4:64].mean() < 0.05
    assert ratio(full, full - above, 128).low > 5 and ratio(full, full - above, 1024).low > 5


def test_the_head_rests_on_the_first_token_and_wakes_at_again(ids: Tensor, observed: dict[str, Observed]) -> None:
    pinned, window = (attention(observed[name].focus, ids) for name in (ONE_PINNED, WINDOW))
    rest, awake = pinned["other words"], pinned[AGAIN]
    assert rest["first"].low > 0.8 and awake["first"].high < 0.1 and awake["largest"].low > 0.8
    assert window["other words"]["first"].high == 0 == window[AGAIN]["first"].high
    assert window["other words"]["entropy"].low > rest["entropy"].high + 0.1
    assert window["other words"]["largest"].high < rest["largest"].low - 0.05


def test_what_the_head_rests_on_says_almost_nothing(shipped: Saved) -> None:
    start, others = value_norms(shipped.weights)
    assert start < 0.25 * others


def test_at_again_the_head_looks_at_the_word_that_comes_again(shipped: Saved) -> None:
    ids = Language().draw(np.random.default_rng(3), 1, 400)[0]
    run = trace(shipped.weights, shipped.config, [known_words()[at] for at in ids], GlobalTokens(1, 15))
    repeats = [at for at in range(64, 399) if run.words[at] == AGAIN]
    looked_at = [run.ids[at][int(run.weights[at].argmax())] for at in repeats]
    right = [run.guesses[at] == run.words[at + 1] for at in repeats]
    assert len(repeats) > 20 and looked_at == [at - BACK for at in repeats] and np.mean(right) > 0.95


def test_the_card_says_where_the_weights_come_from_and_what_they_do(
    shipped: Saved, observed: dict[str, Observed]
) -> None:
    card = shipped.card
    assert {"model", "data", "rebuild", "recipe", "cpu_seconds", "torch", "accuracy", "sha256"} <= set(card)
    assert ECHO.stat().st_size < 60_000 and card["recipe"]["seed"] == card["seed"] == 0
    for name, seen in observed.items():  # other texts, so only as near as two intervals allow
        for bin_, mean in perplexities(seen.surprise).items():
            written = card["accuracy"]["perplexity by position"][name][bin_]
            wide = mean.high - mean.low + written["interval95"][1] - written["interval95"][0]
            assert abs(mean.value - written["mean"]) < wide


def test_measuring_makes_a_table_of_numbers_for_the_card(shipped: Saved) -> None:
    tables = json.loads(json.dumps(measure(shipped.weights, shipped.config, 5, 128), allow_nan=False))
    rows = tables["perplexity by position"]
    assert list(rows) == ["the language itself", "full", *CACHES] and list(rows["full"]) == ["16-31", "32-63", "64-127"]
    assert rows["the language itself"]["32-63"]["mean"] < rows["full"]["32-63"]["mean"]
    for count, tokens in ((1, 128), (5, 64)):
        with pytest.raises(ValueError, match=f"tokens > 64, got count={count} and tokens={tokens}"):
            measure(shipped.weights, shipped.config, count, tokens)


def test_an_interval_over_texts_by_hand() -> None:
    mean = Mean.of(torch.tensor([1.0, 2.0, 6.0]))
    half = 1.959964 * math.sqrt(7) / math.sqrt(3)  # variance (4 + 1 + 9) / 2
    assert mean == pytest.approx((3.0, 3.0 - half, 3.0 + half))
    assert Mean(0.0, -math.log(2), math.log(3)).exp() == pytest.approx((1.0, 0.5, 3.0))


# Files


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "echo.safetensors"
    save(path, CONFIG, random_weights(CONFIG, 7), {"data": "none"})
    return path


def change_card(file: Path, **entries: object) -> None:
    card = json.loads(card_path(file).read_text())
    card_path(file).write_text(json.dumps({**card, **entries}))


def test_what_was_saved_is_loaded(file: Path) -> None:
    saved = load(file)
    assert saved.config == CONFIG and saved.card["data"] == "none"
    for name, tensor in random_weights(CONFIG, 7).items():
        assert torch.equal(saved.weights[name], tensor)


def test_missing_weights_say_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"echo\.safetensors are missing.*memattn\.reader\.train --only echo$"):
        load(tmp_path / "echo.safetensors")


def test_every_cut_and_every_changed_bit_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "echo.safetensors"
    for part in (ECHO, card_path(ECHO)):
        shutil.copy(part, tmp_path)
    whole = file.read_bytes()
    for length in (0, 8, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:length])
        with pytest.raises(WeightsError, match=f"{length} bytes, other SHA-256.*train --only echo"):
            load(file)
    file.write_bytes(whole[:-3] + bytes([whole[-3] ^ 1]) + whole[-2:])
    with pytest.raises(WeightsError, match="differ from what their card says"):
        load(file)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"language": "other"}, "another language"),
        ({"config": {"vocabulary": 142, "d_model": 8}}, "wrong shape: .*'embedding'"),
        ({"config": {"vocabulary": 142, "wings": 2}}, "wings"),
        ({"config": {"vocabulary": 142, "d_model": 9}}, "must be even"),
    ],
)
def test_a_card_that_does_not_fit_is_noticed(file: Path, entries: dict[str, object], message: str) -> None:
    change_card(file, **entries)
    with pytest.raises(WeightsError, match=message):
        load(file)


@pytest.mark.parametrize(
    ("card", "message"),
    [("{", "cannot be read"), ("[]", "card without entries"), ('{"config": {}}', "without language, sha256")],
)
def test_a_broken_card_is_noticed(file: Path, card: str, message: str) -> None:
    card_path(file).write_text(card)
    with pytest.raises(WeightsError, match=message):
        load(file)
    card_path(file).unlink()
    with pytest.raises(WeightsError, match="have no card"):
        load(file)


@pytest.mark.gpu
def test_cuda_learns_and_reads_the_same() -> None:
    trained = train(Recipe(steps=11, texts=3, tokens=17), device="cuda")
    here = train(Recipe(steps=11, texts=3, tokens=17))
    there = {name: tensor.cpu() for name, tensor in trained.weights.items()}
    torch.testing.assert_close(there, here.weights, rtol=1e-3, atol=1e-3)
    weights, ids, memory = weights_of(), some_ids(2, TOKENS), GlobalTokens(1, 5)
    moved = {name: tensor.cuda() for name, tensor in weights.items()}
    found = forward(moved, CONFIG, ids.cuda(), memory).cpu()
    torch.testing.assert_close(found, forward(weights, CONFIG, ids, memory), rtol=0, atol=1e-10)
