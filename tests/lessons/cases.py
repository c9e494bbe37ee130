"""What many tests of lessons share: every memory of the registry at small unequal sizes, and short stories to read."""

from memattn.lessons import stories
from memattn.lessons.lesson import Model, Settings
from memattn.lessons.memories import Choice, Value, compressions
from memattn.memory import MEMORIES
from memattn.reader import Story

SIZES: dict[str, dict[str, Value]] = {
    "window": {"window": 17},
    "moving_average": {"window": 13},
    "weighted_average": {"betas": 11},
    "exponential_average": {"gamma": 0.07},
    "segments": {"segment_length": 7, "segments": 2},
    "segment_recurrence": {"segment_length": 7},
    "compressive": {"segment_length": 5, "memory_length": 11, "compressed_length": 7, "rate": 3},
    "global_tokens": {"pinned": 3, "window": 13},
    "hybrid": {"first.window": 7},
    "dynamic_global": {"slots_from": 5},
    "merging": {"slots_from": 7},
    "rebinned": {"slots_from": 11},
    "nearest": {"nearest": 3, "window": 7},
    "heavy_hitters": {"heavy": 5, "recent": 11},
    "linear": {"features": 13},
}
SMALL = {name: Choice(name, tuple(SIZES.get(name, {}).items())) for name in MEMORIES}
BARE = {  # the same without anything trained
    name: Choice(name, choice.settings, "mean") for name, choice in SMALL.items()
}
RATES = {key: 4 if one.learned_by else 3 for key, one in compressions().items()}  # that kernels were trained for
COMPRESSED = {
    key: Choice("compressive", tuple((SIZES["compressive"] | {"rate": rate}).items()), key)
    for key, rate in (RATES | {"e2e-dilated": 2}).items()
}
DEEP = {  # read in two layers: attention alone, means, a gated cell of its own in each layer, a window and a mean
    "window": Choice("window", (("window", 7),), layers=2),
    "compressive": Choice(
        "compressive",
        (("segment_length", 3), ("memory_length", 5), ("compressed_length", 11), ("rate", 2)),
        "most_used",
        layers=2,
    ),
    "exponential_average": Choice("exponential_average", (("gamma", 0.05),)),
    "recurrent": Choice("recurrent"),
    "hybrid": Choice("hybrid", (("first.window", 5),)),
}


def told(seed: int = 11, tokens: int = 61, facts: int = 3) -> Story:
    """A story without a question."""
    return stories.make_up(seed, tokens, facts).story


def asking(story: Story, at: int = 1) -> Story:
    """It with a question about one of its facts."""
    return story.with_question(story.facts[at])


def settings(choice: Choice, model: Model = "trained", story: Story | None = None, **others: object) -> Settings:
    """To read a short story that ends in a question."""
    return Settings(choice, (story or asking(told())).words, model, **others)  # type: ignore[arg-type]
