"""The pages in reading order, those to come among them; a page opens by itself once its file is there."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Stop:
    """One page.

    Args:
        title: as it stands in the navigation.
        file: script, relative to the repository.
        claim: what the page shows, in one sentence.
    """

    title: str
    file: str
    claim: str

    @property
    def name(self) -> str:
        """In its address, and of its settings in the session."""
        return Path(self.file).stem.partition("_")[2] or "start"

    @property
    def ready(self) -> bool:
        """Whether the page exists yet."""
        return (ROOT / self.file).is_file()


HOME = Stop("Start", "app.py", "A model's memory at work: every number is its own.")

LESSONS = (
    Stop(
        "Segments & FIFO",
        "pages/1_segments.py",
        "A memory that is refreshed per segment is cheap, and blind to what happens inside the segment.",
    ),
    Stop(
        "Summary vectors",
        "pages/2_summary.py",
        "One averaged pair costs next to nothing, and answers every query alike.",
    ),
    Stop(
        "Compressive memory",
        "pages/3_compressive.py",
        "Pairs that leave the short-term memory live on, several to a slot.",
    ),
    Stop(
        "Global tokens",
        "pages/4_global.py",
        "A token that everyone can see soaks up attention and damps what the others get.",
    ),
    Stop(
        "Information loss",
        "pages/5_loss.py",
        "A memory of fixed size must forget more the longer the text grows.",
    ),
    Stop(
        "Compare",
        "pages/6_compare.py",
        "Every memory, the same text, one clock: who still has the fact, and what does it cost to keep it?",
    ),
)

BESIDE = (
    Stop(
        "Read a story",
        "pages/7_story.py",
        "A small trained transformer reads your text with the memory you choose.",
    ),
    Stop("Check yourself", "pages/8_check.py", "Predict, run, explain."),
    Stop("Cost", "pages/9_cost.py", "What a memory costs on paper, on this machine and in real models."),
)

GROUPS: tuple[tuple[str, tuple[Stop, ...]], ...] = (("The six ideas", LESSONS), ("Beside", BESIDE))


def page_named(name: str) -> Stop:
    """The page with this name in its address; "start" is the landing page."""
    return next(stop for stop in (HOME, *LESSONS, *BESIDE) if stop.name == name)
