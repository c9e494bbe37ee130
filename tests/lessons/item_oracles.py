"""The answers of all items once more, by hand: plain arithmetic over the numbers that were drawn, none of our code."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

Numbers = Mapping[str, Any]
Offered = Sequence[str]
Oracle = Callable[[Numbers, Offered], Any]  # a number, the set of what is true, or the one that is right

NOT_RECURRENT = {
    "the mean of the newest 5 pairs so far",
    "a mean that gives up 1/5 at each pair",
    "the median of all pairs up to now",
    "the mean of all pairs, number by number",
}
NEEDS = {
    **dict.fromkeys(("cumulative", "window", "maximum", "learned", "second"), "the state as it was left"),
    **dict.fromkeys(("median", "anew"), "pairs before it"),
    "moving": "one pair of the past",
}
FORMS: Mapping[str, Callable[[int, float, float], float]] = {
    "½ Mem + ½ x": lambda i, mem, x: 0.5 * mem + 0.5 * x,
    "½ Mem + x": lambda i, mem, x: 0.5 * mem + x,
    "Mem + (x − Mem)/i": lambda i, mem, x: mem + (x - mem) / i,
    "max(Mem, x)": lambda i, mem, x: x if x > mem else mem,
    "x − Mem": lambda i, mem, x: x - mem,
}
TRAINED = {
    (True, False): "f_c alone",
    (False, False): "f_c, and what wrote the pairs",
    (True, True): "nothing at all",
    (False, True): "only what wrote the pairs",
}
BORDER = ("read", "push", "pop", "compress", "append", "drop")
TOKENS = 22  # of the longest text


def ints(text: str) -> list[int]:
    return [int(found.replace(",", "")) for found in re.findall(r"\d[\d,]*", text)]


def with_numbers(offered: Offered, numbers: list[int], *parts: str) -> int:
    (found,) = (at for at, one in enumerate(offered) if ints(one) == numbers and all(part in one for part in parts))
    return found


def with_words(offered: Offered, *parts: str) -> int:
    (found,) = (at for at, one in enumerate(offered) if all(part in one for part in parts))
    return found


def true(offered: Offered, holds: Callable[[str], bool]) -> set[int]:
    return {at for at, one in enumerate(offered) if holds(one)}


def border(n: Numbers, offered: Offered) -> set[int]:
    query = n["query"]

    def holds(one: str) -> bool:
        if one.startswith("blocks of"):
            (size,) = ints(one)
            return (query - 1) // size == query // size
        return not one.startswith("let k")  # a later word of the same block reads no more of the block before

    return true(offered, holds)


def work(n: Numbers, offered: Offered) -> float:
    mem = float(n["start"][0])
    for i, (key, _) in enumerate(n["pairs"], 1):
        mem = FORMS[n["form"]](i, mem, float(key))
    return mem


def gradient(n: Numbers, offered: Offered) -> set[int]:
    n_s, end = n["n_s"], n["step"]

    def holds(one: str) -> bool:
        if "once more" in one:
            return False
        _, other = (number - 1 for number in ints(one))
        if "corrects" in one:
            return other // n_s == end // n_s
        return end // n_s - other // n_s <= n["m"]

    return true(offered, holds)


def fault(n: Numbers, offered: Offered) -> int:
    held = list(range(n["shown"][0] - n["n_c"] + 1, n["shown"][0] + 1))  # positions from 1
    found = []
    for at, one in enumerate(offered):
        _, came, gone = ints(one)
        held.append(came)
        if gone != min(held):
            found.append(at)
        held.remove(gone)
    (only,) = found
    return only


def turned(n: Numbers, offered: Offered) -> set[int]:
    keys, values = n["keys"], n["values"]

    def reads(many: int, sign: int) -> float:
        weights = [math.exp(sign * key) for key in keys[-many:]]
        return sum(w * v for w, v in zip(weights, values[-many:], strict=True)) / sum(weights)

    def holds(one: str) -> bool:
        many = ints(one)[0]
        return "average" not in one and abs(reads(many, 1) - reads(many, -1)) > 1e-9

    return true(offered, holds)


def slip(n: Numbers, offered: Offered) -> int:
    wrong = []
    for at, one in enumerate(offered):
        count, before, after, key = map(
            float, re.fullmatch(r"pair (\d+): (\S+) becomes (\S+) with (\d+)", one).groups()
        )  # type: ignore[union-attr]
        if abs(before + (key - before) / count - after) > 0.002:
            wrong.append(at)
    (only,) = wrong
    return only


def aggressive(n: Numbers, offered: Offered) -> int:
    def reads(c: int) -> bool:
        running, mem, cmem = [], [], list[list[int]]()
        for token in range(TOKENS):
            running.append(token)
            if token == TOKENS - 1:  # the last reads before the memory changes
                break
            if len(running) == n["n_s"]:
                mem, running = mem + running, []
                while len(mem) - n["n_s"] >= c:
                    cmem.append(mem[:c])
                    mem = mem[c:]
                cmem = cmem[-n["n_cm"] :]
        return any(n["wanted"] in part for part in (running, mem, *cmem))

    least = min(c for c in (1, 2, 3, 4, 6) if reads(c))
    return offered.index(f"c = {least}")


def entropy(n: Numbers, offered: Offered) -> int:
    def spread(shares: list[float]) -> float:
        total = sum(shares)
        return -sum(one / total * math.log(one / total) for one in shares if one > 0)

    rest = [share for share, pin in zip(n["weights"], n["pinned"], strict=True) if not pin]
    return offered.index("it rises" if spread(n["weights"]) > spread(rest) else "it falls")


def repair(n: Numbers, offered: Offered) -> set[int]:
    w, far = n["w"], n["far"]

    def holds(one: str) -> bool:
        if "global" in one:
            return "2 layers" in one
        if "layers" in one:
            return ints(one)[0] * w >= far
        return "window" in one and ints(one)[0] >= far

    return true(offered, holds)


def merged(slots: int, tokens: int) -> list[list[int]]:
    """What shares a slot: of all neighbours the two with the fewest tokens become one, the oldest of several."""
    parts: list[list[int]] = []
    for token in range(tokens):
        parts.append([token])
        if len(parts) > slots:
            sums = [len(one) + len(other) for one, other in pairwise(parts)]
            at = sums.index(min(sums))
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return parts


def left(n: Numbers, offered: Offered) -> int:
    if n["name"] == "window":
        what = "own pair" if n["at"] >= n["tokens"] - n["n"] else "nothing"
    elif n["name"] == "merging":
        (part,) = (one for one in merged(n["n"], n["tokens"]) if n["at"] in one)
        what = "own pair" if len(part) == 1 else "part in a mean"
    else:
        what = {"full": "own pair", "cumulative_average": "part in a mean"}[n["name"]]
    return with_words(offered, what)


def legal(n: Numbers, offered: Offered) -> set[int]:
    at, pair = n["at"], 2 * 64 * 2

    def holds(one: str) -> bool:
        numbers = ints(one)
        if one.startswith("full"):
            return TOKENS * pair <= n["budget"]
        if "pinned" in one:
            g, window = numbers
            return (g + window) * pair <= n["budget"] and (at < g or at >= TOKENS - window)
        if "merged" in one:
            return numbers[0] * pair <= n["budget"] and [at] in merged(numbers[0], TOKENS)
        return numbers[0] * pair <= n["budget"] and at >= TOKENS - numbers[0]

    return true(offered, holds)


def stream(n: Numbers, offered: Offered) -> set[int]:
    def pairs(one: str) -> int:
        numbers = ints(one)
        if one == "full attention":
            return int(n["tokens"])
        if one == "a mean of everything":
            return 1
        if "moving average" in one:
            return numbers[0] + 1  # and the running sum
        return math.prod(numbers)

    return true(offered, lambda one: pairs(one) <= n["room"])


ORACLES: Mapping[str, Oracle] = {
    "fifo": lambda n, _: set(range(n["n_s"])),
    "stale": lambda n, _: n["step"] % n["n_s"] + 1,
    "block": lambda n, offered: with_numbers(offered, [n["tokens"] // n["n_s"], n["tokens"], n["n_s"]]),
    "border": border,
    "recurrent": lambda n, offered: next(at for at, one in enumerate(offered) if one in NOT_RECURRENT),
    "work": work,
    "needs": lambda n, offered: with_words(offered, NEEDS[n["rule"]]),
    "length": lambda n, _: min(n["step"] // n["n_s"], n["m"]) * n["n_s"] + n["step"] % n["n_s"] + 1,
    "reach": lambda n, offered: offered.index(f"Segment {'ABCDEFGHIJK'[max(0, n['step'] // n['n_s'] - 2 * n['m'])]}"),
    "gradient": gradient,
    "fault": fault,
    "moving": lambda n, _: sum(n["keys"][-n["n_c"] :]) / n["n_c"],
    "weighted": lambda n, _: sum(b * k for b, k in zip(n["betas"], n["keys"], strict=True)) / sum(n["betas"]),
    "cumulative": lambda n, _: (n["before"] * (n["many"] - 1) + n["new"]) / n["many"],
    "fading": lambda n, _: 100 * n["gamma"] * (1 - n["gamma"]) ** n["age"],
    "turned": turned,
    "detail": lambda n, _: sum(n["values"]) / len(n["values"]),
    "slip": slip,
    "sources": lambda n, _: set(range(n["c"])),
    "order": lambda n, offered: [with_words(offered, f"{word}:") for word in BORDER],
    "network": lambda n, offered: (
        with_numbers(offered, [n["many"] // n["c"]], "keeps")
        if n["kind"] == "keep"
        else with_numbers(offered, [n["many"] // n["c"], n["c"]], "makes")
    ),
    "rate": lambda n, _: n["after"] * n["n_s"] // n["c"],
    "aggressive": aggressive,
    "detached": lambda n, offered: offered.index(TRAINED[n["stopped"]]),
    "infinite": lambda n, offered: true(
        offered,
        lambda one: not n["g"] < int(re.match(r"k(\d+)", one)[1]) <= n["tokens"] - n["n_c"],  # type: ignore[index]
    ),
    "damp": lambda n, _: n["before"] * (100 - n["taken"]) / 100,
    "factor": lambda n, offered: with_words(offered, f"each becomes {1 - n['taken']:.3f} times"),
    "entropy": entropy,
    "repair": repair,
    "more": lambda n, _: n["budget"] - n["many"],
    "first": lambda n, _: 1 / sum(n["before"]),
    "dropped": lambda n, _: (sum(n["row"]) - n["row"][n["gone"]]) / (1 - n["p"]),
    "left": left,
    "crowded": lambda n, _: n["tokens"] / n["n"],
    "dynamic": lambda n, _: max(n["start"], math.ceil(math.sqrt(n["early"]))),
    "legal": legal,
    "storage": lambda n, _: (n["n_c"] + 1) * (n["width"] + n["width"]),
    "constant": lambda n, _: n["times"] if n["name"] == "full" else 1,
    "stream": stream,
    "masked": lambda n, _: n["tokens"],
    "grows": lambda n, offered: with_numbers(offered, 2 * [n["before"] + n["more"], n["width"]]),
}
