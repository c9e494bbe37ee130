"""A training run: its steps one after the other, reported, kept on disk, and resumed after a break.

Each phase of a run is one safetensors file: the weights, the optimiser's moments, the step and the state of the
random numbers. A run that is started again with the same recipe goes on where it stopped and ends with the same
weights.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from memattn.reader.learner import Learner

Report = Callable[[str, int, int, float], None]  # phase, step, steps of the phase, loss
SAVE_EVERY = 250  # steps


@dataclass
class TrainingRun:
    """How far the training of a model has got.

    Args:
        folder: of the phases' files; None keeps nothing.
        recipe: text that names recipe and seed; files of another recipe are not resumed.
        device: to train on.
        report: called after every step.
        seconds: CPU seconds of the phases so far, those of earlier runs included.
    """

    folder: Path | None = None
    recipe: str = ""
    device: str = "cpu"
    report: Report = lambda phase, step, steps, loss: None
    seconds: float = field(default=0.0, init=False)

    def steps(self, phase: str, learner: Learner, rng: np.random.Generator, steps: int) -> Iterator[int]:
        """The steps that are still to be done; call `learner.learn` once for each.

        Args:
            phase: its name, unique within the run.
            learner: restored in place to where the phase stopped.
            rng: the same.
            steps: of the whole phase.
        """
        start, before = time.process_time(), self.seconds
        done, spent = self._restore(phase, learner, rng)
        self.seconds = before + spent
        for step in range(done, steps):
            yield step
            self.report(phase, step, steps, learner.loss)
            self.seconds = before + spent + time.process_time() - start
            if (step + 1) % SAVE_EVERY == 0 or step + 1 == steps:
                self._keep(phase, learner, rng, step + 1, self.seconds - before)

    def _file(self, phase: str) -> Path | None:
        return None if self.folder is None else self.folder / f"{phase}.safetensors"

    def _keep(self, phase: str, learner: Learner, rng: np.random.Generator, done: int, seconds: float) -> None:
        if (file := self._file(phase)) is None:
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        state = json.dumps(rng.bit_generator.state)
        about = {"recipe": self.recipe, "done": str(done), "seconds": str(seconds), "rng": state}
        unfinished = file.with_suffix(".part")
        save_file(learner.tensors_by_name(), unfinished, about)
        unfinished.replace(file)  # a break while writing must not cost what was there

    def _restore(self, phase: str, learner: Learner, rng: np.random.Generator) -> tuple[int, float]:
        file = self._file(phase)
        if file is None or not file.exists():
            return 0, 0.0
        try:
            with safe_open(file, "pt") as kept:
                about = kept.metadata()
                if about.get("recipe") != self.recipe:
                    return 0, 0.0
                learner.restore({name: kept.get_tensor(name) for name in kept.keys()}, int(about["done"]))  # noqa: SIM118
        except (SafetensorError, OSError, KeyError):  # cut off: begin anew
            return 0, 0.0
        rng.bit_generator.state = json.loads(about["rng"])
        return int(about["done"]), float(about["seconds"])
