"""Train the models of the app: `python -m memattn.reader.train` makes all weights anew from their seed.

Models that build on others wait for them; those that do not depend on each other, and the same model with
several seeds, go through joblib: over the cores of this machine, or over a Dask cluster whose address is given.
A run that was interrupted goes on where it stopped. Only weights and cards without tables are written here;
`python -m memattn.reader.evaluate` measures them and fills in the tables.
"""

import argparse
import asyncio
import hashlib
import shutil
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import torch
from joblib import Parallel, delayed, effective_n_jobs, parallel_config

from memattn import assets
from memattn.reader import echo
from memattn.reader.trained import TRAINED_MODELS, TrainedModel, TrainingResult
from memattn.reader.training_run import Report, TrainingRun
from memattn.reader.weights import FOLDER, REBUILD, WeightsError, file_of, load, save

ECHO = "echo"  # a model of its own shape, with a language of its own
NAMES = (*TRAINED_MODELS, ECHO)
UNFINISHED = assets.workplace() / ".training"
BUILT = assets.workplace() / "build" / "weights"
PATIENCE = 10  # seconds to wait for a Dask scheduler, and for its first worker


def folder_of(seed: int, out: Path | None = None) -> Path:
    """Where the weights of a seed stand: those of seed 0 with the app, others beside it."""
    if out is not None:
        return out if seed == 0 else out / f"seed-{seed}"
    return FOLDER if seed == 0 else BUILT / f"seed-{seed}"


def training_order(names: Sequence[str]) -> list[list[str]]:
    """Waves of models: each needs only what came in waves before, or is not asked for.

    Raises:
        ValueError: there is no such model.
    """
    if unknown := [name for name in names if name not in NAMES]:
        raise ValueError(f"models must be among {', '.join(NAMES)}, got {', '.join(unknown)}")
    left, waves = list(dict.fromkeys(names)), list[list[str]]()
    while left:
        wave = [name for name in left if name == ECHO or not set(TRAINED_MODELS[name].needs) & set(left)]
        waves.append(wave)
        left = [name for name in left if name not in wave]
    return waves


def fingerprint(name: str, seed: int) -> str:
    """Equal for equal recipes, those of the models it builds on included."""
    if name == ECHO:
        parts = [repr(echo.Recipe(seed))]
    else:
        model = TRAINED_MODELS[name]
        parts = [repr(model.recipe), str(seed), *(fingerprint(needed, seed) for needed in model.needs)]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


def train(
    name: str, seed: int, folder: Path, unfinished: Path | None = None, device: str = "cpu", quiet: bool = False
) -> float:
    """Train one model and write it; what it needs is read from the same folder. Gives the CPU seconds.

    Raises:
        WeightsError: a model it builds on has not been trained.
        TrainingError: it did not learn what it should.
    """
    torch.set_num_threads(1)  # the tensors are so small that more threads only wait for each other
    own = None if unfinished is None else unfinished / f"{name}-{seed}"
    label = name if seed == 0 else f"{name}, seed {seed}"

    def report(phase: str, step: int, steps: int, loss: float) -> None:
        if not quiet and ((step + 1) % 100 == 0 or step + 1 == steps):
            done = 30 * (step + 1) // steps
            bar = f"[{'#' * done}{'.' * (30 - done)}]"
            print(f"{label:>18} {phase:<18} {bar} step {step + 1} of {steps}, loss {loss:.3f}", file=sys.stderr)

    about = {
        "rebuild": f"{REBUILD} --only {name}" + (f" --seed {seed}" if seed else ""),
        "trained_on": device,
        "torch": torch.__version__.split("+")[0],
    }
    if name == ECHO:
        seconds = _train_echo(seed, folder, device, report, about)
    else:
        run = TrainingRun(own, fingerprint(name, seed), device, report)
        seconds = _train_model(TRAINED_MODELS[name], seed, folder, run, about)
    if own is not None:
        own.mkdir(parents=True, exist_ok=True)
        (own / "done").write_text(fingerprint(name, seed))
    return seconds


def _train_model(model: TrainedModel, seed: int, folder: Path, run: TrainingRun, about: dict[str, str]) -> float:
    result = model.train(model.recipe, seed, {name: _load_result(name, folder) for name in model.needs}, run)
    card = {
        "model": model.task,
        "data": "texts of memattn.reader.batches, drawn anew in every step; nothing else",
        "seed": result.seed,
        "recipe": asdict(model.recipe),
        "needs": list(model.needs),
        "cpu_seconds": round(run.seconds, 1),
        **about,
    }
    save(file_of(model.name, folder), result.config, result.weights, result.compressors, card, model.half)
    return run.seconds


def _train_echo(seed: int, folder: Path, device: str, report: Report, about: dict[str, str]) -> float:
    recipe = echo.Recipe(seed)
    trained = echo.train(recipe, device, lambda step, loss: report("echo", step, recipe.steps, loss))
    card = {
        "model": "foretells the next word of the echo world; one head, whose sink is the first token",
        "data": "texts of memattn.reader.echo.language, drawn anew in every step; nothing else",
        "seed": seed,
        "recipe": asdict(recipe),
        "cpu_seconds": round(trained.seconds, 1),
        **about,
    }
    echo.save(file_of(ECHO, folder), trained.config, trained.weights, card)
    return trained.seconds


def train_all(
    names: Sequence[str],
    seeds: Sequence[int],
    out: Path | None = None,
    jobs: int = 1,
    backend: AbstractContextManager[Any] | None = None,
    device: str = "cpu",
    unfinished: Path | None = None,
) -> dict[tuple[str, int], float]:
    """Train models with seeds, wave after wave; gives the CPU seconds of what had to be trained.

    Models that an interrupted run had finished are left as they are.

    Raises:
        ValueError: there is no such model, or a worker elsewhere wrote to a folder that is not seen from here.
        WeightsError, TrainingError: as for `train`.
    """
    unfinished = unfinished or UNFINISHED
    spent: dict[tuple[str, int], float] = {}
    with backend or nullcontext():
        for wave in training_order(names):
            todo = [
                (name, seed)
                for name in wave
                for seed in seeds
                if not _done(unfinished / f"{name}-{seed}", fingerprint(name, seed))
                or not file_of(name, folder_of(seed, out)).exists()
            ]
            calls = (delayed(train)(name, seed, folder_of(seed, out), unfinished, device) for name, seed in todo)
            spent |= dict(zip(todo, Parallel(n_jobs=jobs)(calls), strict=True))
            if unseen := [file for name, seed in todo if not (file := file_of(name, folder_of(seed, out))).exists()]:
                raise ValueError(f"all workers must share this machine's folders, but {unseen[0]} is not there")
    shutil.rmtree(unfinished, ignore_errors=True)
    return spent


def _done(folder: Path, recipe: str) -> bool:
    mark = folder / "done"
    return mark.exists() and mark.read_text() == recipe


def _load_result(name: str, folder: Path) -> TrainingResult:
    saved = load(file_of(name, folder))
    return TrainingResult(saved.config, saved.weights, saved.compressors, saved.card.get("seed", 0))


@contextmanager
def cluster(address: str) -> Iterator[None]:
    """Let joblib's work run on the Dask cluster at this address, as long as the context lasts.

    Its workers must see the same folders as this machine: each reads what was trained before and writes its own.

    Args:
        address: of the scheduler; what names no protocol is tcp://.

    Raises:
        ValueError: Dask is not installed, this is no address, no scheduler answers there, or it has no worker.
        ConnectionError: scheduler or workers were lost on the way.
    """
    _check_address(address)
    try:
        from distributed import CancelledError, Client, KilledWorker, Security
        from distributed.core import rpc
    except ImportError as error:
        raise ValueError("a Dask cluster needs the package distributed: pip install distributed") from error

    async def kind() -> str:
        keys = Security().get_connection_args("client")
        async with asyncio.timeout(PATIENCE), rpc(address, timeout=PATIENCE, connection_args=keys) as peer:
            return str((await peer.identity())["type"])

    try:  # asked before a client is made: one that fails leaves threads behind
        with ThreadPoolExecutor(1) as apart:  # whoever calls may run an event loop of their own, as notebooks do
            found = apart.submit(asyncio.run, kind()).result()
    except (OSError, TypeError) as error:  # a TypeError tells of certificates that are missing
        why = str(error) or f"nothing was heard within {PATIENCE} s"
        raise ValueError(f"no Dask scheduler answers at {address}: {why}; start one with: dask scheduler") from error
    if found != "Scheduler":
        raise ValueError(f"the address must be that of a Dask scheduler, got {address}, where a {found} answers")
    with (
        Client(address, timeout=PATIENCE, set_as_default=False) as client,
        parallel_config(backend="dask", client=client, wait_for_workers_timeout=PATIENCE),
    ):
        try:
            effective_n_jobs()
        except TimeoutError as error:
            raise ValueError(
                f"the Dask scheduler at {address} has no worker; start one with: dask worker {address}"
            ) from error
        try:
            yield
        except (CancelledError, KilledWorker) as error:
            lost = f"the Dask cluster at {address} was lost on the way; the same command goes on where it stopped"
            raise ConnectionError(f"{lost}: {error}") from error


def _check_address(address: str) -> None:
    try:
        parts = urlsplit(address if "://" in address else f"tcp://{address}")
        good = parts.scheme in ("tcp", "tls") and parts.hostname and parts.port
    except ValueError:  # a port that is no number from 0 to 65535
        good = False
    if not good:
        raise ValueError(
            f"the address of a Dask scheduler must read tcp://host:port or tls://host:port, got {address!r}"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Train what is asked for."""
    parser = argparse.ArgumentParser(prog=REBUILD, description="Train the models of the app.")
    parser.add_argument("--only", nargs="+", metavar="NAME", help=f"some of: {', '.join(NAMES)}")
    parser.add_argument("--seed", type=int, default=0, help="first seed; 0 makes the weights of the app")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds")
    parser.add_argument("--jobs", type=int, default=1, help="processes; -1 for one per core")
    parser.add_argument(
        "--dask",
        metavar="ADDRESS",
        help="of a Dask scheduler, tcp://host:port; its workers must share this machine's folders",
    )
    parser.add_argument("--out", type=Path, help="folder for the weights; the app's own otherwise")
    parser.add_argument("--device", help="cpu, cuda or mps; CUDA where there is one otherwise")
    options = parser.parse_args(arguments)
    device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
    seeds = range(options.seed, options.seed + options.seeds)
    try:
        spent = train_all(
            options.only or list(NAMES),
            seeds,
            options.out and options.out.resolve(),  # a worker may stand in another folder
            options.jobs,
            cluster(options.dask) if options.dask is not None else None,
            device,
        )
    except (ValueError, WeightsError, ConnectionError) as error:
        parser.exit(2, f"{error}\n")
    for (name, seed), seconds in spent.items():
        print(f"{name} with seed {seed}: {seconds:.0f} s of CPU")
    print(f"in all {sum(spent.values()):.0f} s of CPU; measure with: python -m memattn.reader.evaluate")


if __name__ == "__main__":
    main()
