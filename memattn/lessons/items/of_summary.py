"""Items of *Summary vectors*: means by hand, what a mean is made of, and what a lone summary tells whom."""

from dataclasses import replace
from random import Random

import numpy as np

from memattn.lessons.items.item import Item, Posed, Redraw, faulty, several, typed
from memattn.lessons.items.runs import pairs_by, run_of, shows, words_of
from memattn.lessons.lesson import TURN, Settings
from memattn.lessons.narration import slot_name
from memattn.lessons.numbers import ARROW, sides
from memattn.lessons.rules import Past, cumulative_average
from memattn.lessons.summary_questions import HALF_TURN, SIGMA
from memattn.quantities import rounded
from memattn.records import Trace, counted

LARGEST = 12  # of numbers that are drawn
TEXTS = 20
OFTEN = {1: "once", 2: "twice", 3: "three times"}
SAME = 1e-9  # answers that differ by less are the same, but for rounding
BETAS = ("0.1,0.3,0.6", "0.2,0.3,0.5", "0.1,0.2,0.7", "0.2,0.4,1", "0.25,0.5,1")


def _drawn(rng: Random, many: int) -> tuple[str, ...]:
    """Pairs of numbers, a number in the key and one in the value, as words; no two keys alike."""
    keys = rng.sample(range(1, LARGEST + 1), many)
    return tuple(f"{key}{ARROW}{rng.randint(1, LARGEST)}" for key in keys)


def _listed(words: tuple[str, ...]) -> str:
    return "keys k: " + ", ".join(word.split(ARROW)[0] for word in words)


def _key(trace: Trace) -> float:
    """Of Σ, after the last pair."""
    return float(trace.slot_keys(SIGMA)[-1][1][0, 0])


def moving(rng: Random) -> Posed:
    """The mean of the newest pairs."""
    n_c = rng.choice((2, 4, 5))
    words = _drawn(rng, n_c + rng.choice((1, 2, 3)))
    settings = pairs_by("moving_average", words, window=n_c)
    keys, _ = sides(words)
    own = keys[:, 0]
    answer, last = _key(run_of(settings)), own[-n_c:]
    denied = (
        (float(own.mean()), f"That is the mean of all {len(own)}: {counted(len(own) - n_c, 'pair')} left the window. "),
        (float(last.sum()), "That is their sum; Σ is their mean. "),
        (float(own[-1]), "That is the newest pair alone; Σ mixes it with those before. "),
        (float(own[-n_c - 1 : -1].mean()), "That is Σ before the last pair came. "),
        (float(last.sum() / len(own)), f"Σ divides by the n_c = {n_c} pairs it is made of, not by all that came. "),
    )
    return Posed(
        {"n_c": n_c, "keys": own.tolist()},
        f"Σ is a moving average over n_c = {n_c} pairs. What is its key after the last of these pairs?",
        typed(answer, "", denied),
        f"Σ = ({' + '.join(f'{one:g}' for one in last)}) / {n_c} = {rounded(answer, 4)}.",
        shows("summary", settings, len(words) - 1),
        (_listed(words),),
    )


def weighted(rng: Random) -> Posed:
    """A weighted mean."""
    text = rng.choice(BETAS)
    betas = np.array([float(one) for one in text.split(",")])
    words = _drawn(rng, 3)
    settings = pairs_by("weighted_average", words, betas=text)
    own = sides(words)[0][:, 0]
    answer = _key(run_of(settings))
    denied = (
        (float(own.mean()), "That is their plain mean: β weighs them differently. "),
        (float(betas[::-1] @ own / betas.sum()), "Those are the weights from the other end: β₃ is the newest's. "),
        (float(own[-1]), "The newest weighs most, but it does not weigh alone. "),
        (float(betas @ own), f"The weights sum to {betas.sum():g}, and Σ divides by that. "),
    )
    parts = " + ".join(f"{beta:g} · {key:g}" for beta, key in zip(betas, own, strict=True))
    return Posed(
        {"betas": betas.tolist(), "keys": own.tolist()},
        f"Σ is a weighted average of three pairs, β = {text.replace(',', ', ')}, the oldest first. What is its key?",
        typed(answer, "", denied),
        f"Σ = ({parts}) / {betas.sum():g} = {rounded(answer, 4)}.",
        shows("summary", settings, len(words) - 1),
        (_listed(words),),
    )


def cumulative(rng: Random) -> Posed:
    """How far a new pair moves the mean of all."""
    words = _drawn(rng, rng.choice((4, 5, 8)))
    settings = pairs_by("cumulative_average", words)
    trace = run_of(settings)
    before = float(trace.slot_keys(SIGMA)[-2][1][0, 0])
    many, new, after = len(words), float(sides(words)[0][-1, 0]), _key(trace)
    if abs(new - before) < 1:
        raise Redraw
    denied = (
        ((before + new) / 2, f"Half of the way would be a mean of two pairs. Σ already stands for {many - 1}. "),
        (new, "Σ does not become the new pair; it moves towards it. "),
        (before, "Every pair moves the mean of all, the later the less. "),
        (before + (new - before) / (many - 1), f"The new pair counts too: the step is 1/{many} of the way. "),
    )
    return Posed(
        {"before": before, "new": new, "many": many},
        f"Σ is the mean of {many - 1} keys and stands at {rounded(before, 4)}. The next key is {new:g}. "
        "Where does Σ go?",
        typed(after, "", denied),
        f"Σ moves by 1/{many} of the way: {rounded(before, 4)} + ({new:g} − {rounded(before, 4)}) / {many} = "
        f"{rounded(after, 4)}.",
        shows("summary", settings, many - 1),
    )


def fading(rng: Random) -> Posed:
    """What is left of an older pair."""
    gamma, age, many = rng.choice((0.2, 0.3, 0.4)), rng.choice(tuple(OFTEN)), 11
    settings = Settings(pairs_by("exponential_average", (), gamma=gamma).choice, words_of(rng, many), "free")
    shares = run_of(settings).shares(SIGMA, many - 1)
    at = many - 1 - age
    answer = 100 * float(shares.values[0, shares.sources.index(at)])
    denied = (
        (100 * gamma, f"With γ = {gamma:g} it came in; every pair since has taken its part of that. "),
        (100 / many, "That would be a mean in which all weigh alike. "),
        (100 * (1 - gamma) ** age, f"Faded {OFTEN[age]}, but it came in as γ = {gamma:g} of Σ, not as all of it. "),
        (100 * gamma * (1 - gamma) ** (age + 1), f"{counted(age, 'pair')} came behind it, one less than you counted. "),
        (100 * gamma**age, "What stays with every new pair is 1 − γ, not γ. "),
    )
    return Posed(
        {"gamma": gamma, "age": age},
        f"Σ is an exponential average, γ = {gamma:g}. {many} pairs have come. How many percent of Σ is "
        f"{slot_name(at)}, "
        f"behind which {counted(age, 'more pair')} came?",
        typed(answer, "percent", denied),
        f"γ (1 − γ)^{age} = {gamma:g} · {1 - gamma:g}^{age} = {rounded(answer, 3)} %.",
        shows("summary", settings, many - 1, view="influence"),
    )


def turned(rng: Random) -> Posed:
    """Which memories tell another query something else."""
    words = _drawn(Random(rng.randrange(TEXTS)), 7)  # of few texts, since each is read ten times
    sizes = rng.sample((2, 3, 5), 2)
    asked = {
        f"a window of {sizes[0]} pairs": pairs_by("window", words, window=sizes[0]),
        f"a moving average of {sizes[1]} pairs": pairs_by("moving_average", words, window=sizes[1]),
        "a window of 1 pair": pairs_by("window", words, window=1),
        "full attention over all 7 pairs": pairs_by("full", words),
        "an average of all 7 pairs": pairs_by("cumulative_average", words),
    }

    def told(name: str) -> tuple[str, bool, str]:
        runs = [run_of(replace(asked[name], extras=((TURN, turn),) if turn else ())) for turn in (0, HALF_TURN)]
        own, other = (float(run.outputs[0, -1, 0]) for run in runs)
        slots = len(runs[0].steps[-1].ids)
        why = (
            f"{name[:1].upper()}{name[1:]}: {counted(slots, 'slot')}, {rounded(own, 3)} and turned {rounded(other, 3)}."
        )
        return name, abs(own - other) > SAME, why

    return Posed(
        {"sizes": sizes, "keys": sides(words)[0][:, 0].tolist(), "values": sides(words)[1][:, 0].tolist()},
        "7 pairs of numbers have come. The last query is turned by 180°, so that it looks the other way. Which "
        "of these "
        "memories give it another answer?",
        several(rng, [told(name) for name in asked]),
        "A single slot gets weight 1 from every query; only among several slots is there anything to look up.",
        shows("summary", asked["an average of all 7 pairs"], 6),
        (_listed(words), "values v: " + ", ".join(word.split(ARROW)[1] for word in words)),
    )


def detail(rng: Random) -> Posed:
    """What one summary pair tells of one fact among many."""
    many = rng.choice((4, 5, 8))
    words = _drawn(rng, many)
    keys, values = (side[:, 0] for side in sides(words))
    wanted = int(keys.argmax())
    settings = pairs_by("cumulative_average", words)
    trace = run_of(settings)
    answer = float(trace.outputs[0, -1, 0])
    window = run_of(pairs_by("window", words, window=many))
    own = window.steps[-1].weights[0]
    raw = float(window.outputs[0, -1, 0])
    denied = (
        (float(values[wanted]), f"That is what {slot_name(wanted)} says. In Σ it is 1/{many} of a mean. "),
        (float(values.sum()), "That is the sum; Σ is the mean. "),
        (float(values[-1]), "That is the newest value. Σ has all of them in it. "),
        (raw, f"That is what {many} raw pairs answer, {own[wanted]:.2f} of it {slot_name(wanted)}. Σ is one pair. "),
    )
    return Posed(
        {"values": values.tolist()},
        f"{many} facts have come, and the query fits {slot_name(wanted)} best. The memory is one pair, the mean "
        "of all. "
        "What does the query read?",
        typed(answer, "", denied),
        f"From one pair every query reads its value, the mean: {rounded(answer, 3)}. {many} raw pairs would say "
        f"{rounded(raw, 3)}.",
        shows("summary", settings, many - 1),
        (_listed(words), "values v: " + ", ".join(f"{value:g}" for value in values)),
    )


def slip(rng: Random) -> Posed:
    """A mean of all that once moved too far."""
    many = 7
    keys, wrong = [rng.randint(1, LARGEST) for _ in range(many)], rng.randrange(2, many)
    state, states = (np.zeros(1), 0), list[float]()
    for at, key in enumerate(keys):
        pair, count = np.array([float(key)]), state[1]
        # The wrong update takes the mean for one of two pairs, which it stands for the sum of `count`.
        mean, _ = cumulative_average(pair, (state[0], 1 if at == wrong else count), Past(np.zeros((0, 1)), True))
        state = (mean, count + 1)
        states.append(float(mean[0]))
    if abs(keys[wrong] - states[wrong - 1]) < 1:
        raise Redraw

    def told(at: int) -> str:
        return f"pair {at + 1}: {states[at - 1]:.3f} becomes {states[at]:.3f} with {keys[at]}"

    def way(at: int) -> str:
        return f"{states[at - 1]:.3f} + ({keys[at]} − {states[at - 1]:.3f}) / {at + 1}"

    denied = {
        told(at): f"{way(at)} = {states[at]:.3f}: that step is right, whatever it began with. "
        for at in range(1, many)
        if at != wrong
    }
    should = states[wrong - 1] + (keys[wrong] - states[wrong - 1]) / (wrong + 1)
    return Posed(
        {"keys": keys, "wrong": wrong},
        "A cumulative average goes on from its state, pair by pair. One of these updates was run with a wrong weight; "
        "all others are right, given what they began with. Which?",
        faulty(told(wrong), denied, [told(at) for at in range(1, many)]),
        f"{way(wrong)} = {should:.3f}, not {states[wrong]:.3f}, which is half of the way.",
        shows("summary", pairs_by("cumulative_average", tuple(f"{key}{ARROW}1" for key in keys)), wrong),
    )


ITEMS = (
    Item("moving", "A moving average by hand", "summary", moving, "the course's numbers"),
    Item("weighted", "A weighted average by hand", "summary", weighted, "the course's numbers"),
    Item("cumulative", "How far the mean moves", "summary", cumulative, "cumulative average"),
    Item("fading", "What is left of an older pair", "summary", fading, "influence in an exponential average"),
    Item("turned", "Another query", "summary", turned, "256 raw pairs versus a summary pair"),
    Item("detail", "One fact among many", "summary", detail, "256 raw pairs versus a summary pair"),
    Item("slip", "The faulty update of a mean", "summary", slip, "recurrent update of a mean"),
)
