"""Counts of several seeds as tables in Markdown, and as they stand on the cards."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from memattn.intervals import Proportion
from memattn.reader.evaluate.measure import COUNTS, FACTS, GAPS, Measured, Row
from memattn.reader.evaluate.setups import NETWORKS, RATES, SIZES, SLOTS
from memattn.reader.trained.globals import GLOBALS, STACKS


def together(measured: Sequence[Measured], table: str) -> dict[str, list[Row]]:
    """Rows of all seeds by title."""
    titles = list(dict.fromkeys(title for seed in measured for title in seed.tables[table]))
    return {title: [seed.tables[table][title] for seed in measured if title in seed.tables[table]] for title in titles}


def cell(counts: Sequence[tuple[int, int]]) -> str:
    """The share of all seeds with half of Wilson's interval, and in brackets the least and the most of any seed."""
    asked = [count for count in counts if count[1]]
    if not asked:
        return "–"
    share = Proportion(sum(right for right, _ in asked), sum(total for _, total in asked))
    low, high = share.interval
    own = [f"{right / total:.2f}" for right, total in sorted(asked, key=lambda count: count[0] / count[1])]
    spread = f" ({own[0]}–{own[-1]})" if own[0] != own[-1] else ""
    return f"{share.value:.2f} ±{(high - low) / 2:.2f}{spread}"


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table."""
    lines = [head, ["---", *("---:" for _ in head[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def shares(measured: Sequence[Measured], table: str, first: str) -> str:
    """A table of shares, one row per setup, and how many seeds stand behind each."""
    rows = together(measured, table)
    if not rows:
        return "Not measured.\n"
    columns = list(next(iter(rows.values()))[0])
    return markdown(
        [first, *columns, "seeds"],
        [
            [title, *(cell([row[column] for row in own]) for column in columns), str(len(own))]
            for title, own in rows.items()
        ],
    )


def gaps(measured: Sequence[Measured]) -> str:
    """One table for each number of facts."""
    rows = together(measured, "gaps")
    parts = []
    for facts in FACTS:
        body = [
            [title, *(cell([row[f"{facts} · {gap}"] for row in own]) for gap in GAPS), str(len(own))]
            for title, own in rows.items()
        ]
        name = "1 fact" if facts == 1 else f"{facts} facts"
        parts.append(markdown([f"{name}, gap in tokens", *map(str, GAPS), "seeds"], body))
    return "\n".join(parts)


def networks(measured: Sequence[Measured]) -> str:
    """Errors of attention, means over seeds, beside the recall they lead to."""
    rows = []
    for title, recall in together(measured, "networks").items():
        own = [seed.errors[title] for seed in measured if title in seed.errors]
        means = [f"{sum(one[scope] for one in own) / len(own):.3f}" for scope in ("block", "cache")]
        rows.append([title, *means, cell([row["recall"] for row in recall]), str(len(recall))])
    return markdown(["compression", "error, block", "error, cache", "recall", "seeds"], rows)


def card(measured: Measured, model: str) -> dict[str, Any]:
    """What the card of a model says: every row in which it reads."""
    found: dict[str, Any] = {}
    names: Mapping[str, set[str]] = {
        "distance": {setup.title for setup in SLOTS if setup.model == model and not setup.learned_by},
        "sizes": {setup.title for setup in SIZES if setup.model == model},
        "lengths": {model},
        "joined": {f"g = {count}" for count in COUNTS} if model == GLOBALS.name else set(),
        "relayed": {f"layers: {stack.recipe.layers}" for stack in STACKS if stack.name == model},
    }
    names = {**names, "gaps": names["distance"]}
    if model == "compressors":
        titles = {network.setup(rate).title for network in NETWORKS if network.learned_by for rate in RATES}
        found["relative squared error of attention"] = {t: e for t, e in measured.errors.items() if t in titles}
        names = {"networks": titles, "distance": {setup.title for setup in SLOTS if setup.learned_by}}
    for table, titles in names.items():
        rows = {title: _card_row(row) for title, row in measured.tables[table].items() if title in titles}
        if rows:
            found[HEADINGS[table]] = rows
    return found


def _card_row(row: Row) -> dict[str, Any]:
    return {column: _card_cell(*count) if count[1] else None for column, count in row.items()}


def _card_cell(right: int, total: int) -> dict[str, Any]:
    ends = Proportion(right, total).interval
    return {"right": right, "asked": total, "wilson95": [round(end, 4) for end in ends]}


HEADINGS = {
    "lengths": "full attention, by length of the story in tokens",
    "distance": "recall by distance, 320 tokens, 14 facts",
    "gaps": "recall by number of facts · gap of filler behind them",
    "sizes": "recall by number of facts told before the question",
    "networks": "recall at distances inside CMem",
    "joined": "recall by number of facts in the introduction, 128 tokens",
    "relayed": "recall by words of filler behind the only fact",
}


def perplexities(measured: Sequence[Measured]) -> str:
    """Perplexity of the echo model by position, one row per memory: means over seeds, and the range of the seeds."""
    own = [seed.echo["perplexity by position"] for seed in measured if seed.echo]
    if not own:
        return "Not measured.\n"
    columns = list(own[0]["full"])
    rows = [
        [name, *(_over_seeds([seed[name][column]["mean"] for seed in own]) for column in columns)] for name in own[0]
    ]
    return markdown(["memory", *columns], rows)


def ratios(measured: Sequence[Measured]) -> str:
    """How much the window loses to one pinned token, seed by seed."""
    found = [
        (seed.seed, name, seed.echo[name]) for seed in measured for name in seed.echo if name.startswith("window over")
    ]
    return "; ".join(
        f"seed {seed}: {card['mean']:.2f} ({card['interval95'][0]:.2f} to {card['interval95'][1]:.2f})"
        for seed, _, card in found
    )


def focus(measured: Sequence[Measured]) -> str:
    """Entropy, largest weight and weight on the first token, means over seeds."""
    rows: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for seed in measured:
        for title in seed.echo:
            if not title.startswith("attention"):
                continue
            full = title.startswith("attention of full")
            for memory, kinds in ({"full, learned lengths": seed.echo[title]} if full else seed.echo[title]).items():
                for kind, numbers in kinds.items():
                    rows.setdefault((memory, kind), []).append(numbers)
    if not rows:
        return "Not measured.\n"
    names = list(next(iter(rows.values()))[0])
    body = [
        [memory, kind, *(_over_seeds([one[name]["mean"] for one in own]) for name in names)]
        for (memory, kind), own in rows.items()
    ]
    return markdown(["memory", "read at", *names], body)


def _over_seeds(values: Sequence[float]) -> str:
    mean = sum(values) / len(values)
    return f"{mean:.2f}" if len(values) == 1 else f"{mean:.2f} ({min(values):.2f}–{max(values):.2f})"
