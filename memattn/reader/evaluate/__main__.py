"""Measure the trained models: `python -m memattn.reader.evaluate` fills in the cards and writes docs/results.md."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import torch
from joblib import Parallel, delayed

from memattn import assets
from memattn.reader.evaluate import tables
from memattn.reader.evaluate.measure import Measured, Sizes, measure
from memattn.reader.evaluate.report import report
from memattn.reader.train import ECHO, NAMES, folder_of
from memattn.reader.weights import card_path, file_of, write_card

RESULTS = assets.workplace() / "docs" / "results.md"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, write."""
    parser = argparse.ArgumentParser(prog="python -m memattn.reader.evaluate", description="Measure the models.")
    parser.add_argument("--seeds", type=int, default=2, help="how many; those that were not trained are left out")
    parser.add_argument("--jobs", type=int, default=1, help="processes; -1 for one per core")
    parser.add_argument("--stories", type=int, default=Sizes().distance, help="for recall by distance; others follow")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args(arguments)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    sizes = Sizes(options.stories, max(1, options.stories // 6), max(1, options.stories // 3))
    seeds = [seed for seed in range(options.seeds) if any(folder_of(seed).glob("*.safetensors"))]
    measured = Parallel(n_jobs=options.jobs)(delayed(measure)(seed, sizes, device) for seed in seeds)
    for one in measured:
        write_cards(one)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    seconds = {name: _seconds(file_of(name)) for name in NAMES if card_path(file_of(name)).exists()}
    options.out.write_text(report(measured, sizes, seconds), encoding="utf-8")
    print(f"wrote {options.out.name} and the cards of {len(seeds)} seeds")


def write_cards(measured: Measured) -> None:
    """Put the tables of one seed on the cards of its models."""
    folder = folder_of(measured.seed)
    for name in NAMES:
        path = card_path(file_of(name, folder))
        found = measured.echo if name == ECHO else tables.card(measured, name)
        if path.exists() and found:
            card = json.loads(path.read_text(encoding="utf-8"))
            write_card(file_of(name, folder), {**card, "accuracy": found})


def _seconds(path: Path) -> float:
    return float(json.loads(card_path(path).read_text(encoding="utf-8"))["cpu_seconds"])


if __name__ == "__main__":
    main()
