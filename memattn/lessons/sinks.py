"""What of *Global tokens & the softmax* is trained or measured: sinks, pins, two ends of a text. No torch."""

from memattn.dials import Dial, Option
from memattn.lessons.lesson import Experiment, Scenario, Settings
from memattn.lessons.moments import first
from memattn.records import EventKind

PERPLEXITY = "Perplexity by position"
RESTING = "Trained with and without a resting place"
JOINED = "From the introduction to the conclusion"
BUDGET = "More always helps?"

SCENARIOS = (
    Scenario(
        "The first token leaves",
        {"story": "echo", "memory": "window", "nc": 16},
        "Next <start> leaves, on which this head rests. Every other weight is multiplied by the same factor, "
        "1/(1 − a0), and a head that had nothing to look for looks at something.",
        shows=first(EventKind.DROP),
    ),
    Scenario(
        "One pin repairs it",
        {"story": "echo", "memory": "global_tokens", "g": 1, "nc": 15},
        "As many slots, and <start> is pinned: next the second word leaves, and this head still rests where it did.",
        shows=first(EventKind.DROP),
    ),
    Scenario(
        "More pins add nothing",
        {"story": "echo", "memory": "global_tokens", "g": 8, "nc": 8, "tab": "Experiment", "exp": PERPLEXITY},
        "Below: perplexity by position, with as many slots. One pin repairs the window; eight do no better.",
    ),
    Scenario(
        "±16: two ends of a text",
        {"tab": "Experiment", "exp": JOINED},
        "Below: a window of ±16 cannot join introduction and conclusion. One global token can, for one fact; of "
        "several it keeps little more than which places were told. More tokens keep more.",
    ),
    Scenario(
        "Until it hurts",
        {"tab": "Experiment", "exp": BUDGET},
        "Below: of 64 slots, more and more are pinned. The introduction is won, then the recent past is lost.",
    ),
    Scenario(
        "Trained without and with",
        {"tab": "Experiment", "exp": RESTING},
        "Below: two models learn side by side, one with a place to rest: loss, gradients, movement as they come out.",
    ),
)

RATES = {"0.015": "0.015", "0.15": "0.15, too high", "0.4": "0.4, far too high"}
READ_ON = (
    (
        "Guo et al.: Active-Dormant Attention Heads (2024)",
        "arXiv:2410.13835 — §2, the task behind our echo language: a head that works at one word and rests at others.",
    ),
)

PERPLEXITY_NOTE = (
    "The echo model has learned texts of 64 words; these have 512. Positions are counted within the memory. Bars are "
    "95 % intervals over texts (normal); “against one pin” is paired, text by text. A pin gives fluency, not recall."
)
RESTING_NOTE = (
    "Two echo models of one head and a window of 8, from the same first weights and on the same texts, 8 texts a step. "
    "Each mark is the mean of 20 steps and of all seeds, bands reach from the least to the most of any seed. Movement "
    "is the total variation between the rows of neighbouring words; the resting place counts as a slot. “Beyond doubt” "
    "is where Student’s 95 % interval of the paired differences does not hold 0."
)
JOINED_NOTE = (
    "Readers that see 16 words on both sides, trained while the window narrowed from the whole text. Global tokens see "
    "all and are seen by all. One kind of fact, texts that no training saw; training had up to 4 facts in 96 words. "
    "Whoever knows which places were told, but not of whom, is right in 1/F + (1 − 1/F)/24 of F facts: “one of F told "
    "places”. Bars are 95 % intervals (Wilson). A stack reaches layers × (16 + 5) words at most, the 5 by its "
    "convolution; that it may does not say that it learns to."
)
BUDGET_NOTE = (
    "Stories: the base reader on 40 stories, every fact asked for right behind the story; bars are 95 % intervals "
    "(Wilson), and numbers of pins are compared on the same questions (sign test, 5 %). Echo language: perplexity from "
    "the 65th word on, bars over texts."
)


def experiments() -> tuple[Experiment, ...]:
    """Perplexity by position, two ends of a text, more and more pins, training with and without a resting place."""
    from memattn.lessons import budget, introduction, learned_rest, pins

    return (
        Experiment(
            PERPLEXITY,
            PERPLEXITY_NOTE,
            pins.by_position,
            long=True,
            counts="positions",
            about=_alone,
            guess=lambda values: pins.HOW_MANY,
        ),
        Experiment(
            JOINED,
            JOINED_NOTE,
            introduction.joined,
            {"ways": Option("g", introduction.WAYS, "What stands below the figure.", "Accuracy by", "g")},
            long=True,
            about=_alone,
            guess=lambda values: introduction.FOUR if values["ways"] == "g" else None,
        ),
        Experiment(
            BUDGET,
            BUDGET_NOTE,
            budget.measured,
            {"budget": Option("fixed", budget.BUDGETS, "Where the pins take their room from.", "Budget", "fixed")},
            long=True,
            counts="memories",
            about=_alone,
            guess=lambda values: budget.BEST if values["budget"] == "fixed" else None,
        ),
        Experiment(
            RESTING,
            RESTING_NOTE,
            learned_rest.training,
            {
                "rest": Option(
                    "off-by-one", learned_rest.OFFERED, "Of the second model.", "Resting place", "off-by-one"
                ),
                "rrate": Option("0.015", RATES, "The highest; it falls to the end.", "Learning rate", "0.015"),
                "rseeds": Dial(3, 2, 5, "", "", "Pairs of models that learn in step.", "Seeds", 3, 1),
            },
            long=True,
            counts="training steps",
            verbs=("Train", "Trained"),
            about=_alone,
            guess=lambda values: learned_rest.LOSS,
        ),
    )


def _alone(settings: Settings) -> Settings:
    """Nothing on the stage decides these."""
    from memattn.lessons.memories import Choice

    return Settings(Choice("window"), ())
