"""Today's designs, built from our parts at toy scale: what is the same, what is left out, and where one reads of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from memattn.lessons.lesson import Settings
from memattn.lessons.memories import Choice
from memattn.reader import readable, story

SEED, TOKENS, FACTS, ASKED = 10, 120, 6, 2  # the story that all of them read, and the fact that is asked for


@dataclass(frozen=True)
class Link:
    """A page opened at a design's settings.

    Args:
        page: script of the page.
        title: on the link.
        query: of the link, by name.
    """

    page: str
    title: str
    query: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True)
class Design:
    """One design.

    Args:
        title: in the list.
        model: key of a model that is built so.
        choice: our parts.
        ours: what of it plays here.
        left_out: what does not.
        source: where it is described.
        links: where to go on.
        view: of the stage, that shows the point of it; "" for none.
        lens: what is set there.
    """

    title: str
    model: str
    choice: Choice
    ours: str
    left_out: str
    source: str
    links: tuple[Link, ...]
    view: str = ""
    lens: str = ""


STORY = story(SEED, TOKENS, FACTS)
QUESTION = STORY.facts[ASKED].question
STORY_PAGE = "pages/7_story.py"
TOLD = {"seed": SEED, "n": TOKENS, "facts": FACTS, "q": readable(QUESTION)}


def _read(**query: Any) -> Link:
    return Link(STORY_PAGE, "Change it in Read a story", {**TOLD, **query})


def _softmax(lens: str) -> Link:
    query = {"story": "peaks", "memory": "window", "nc": 3, "step": 9, "view": "lens", "lens": lens}
    return Link("pages/4_global.py", "Its softmax, with peaks set by hand", query)


def _compressing(rate: int, slots: int) -> Choice:
    sizes = {"segment_length": rate, "memory_length": 16, "compressed_length": slots, "rate": rate}
    return Choice("compressive", tuple(sizes.items()), "ar-gated")


V4 = (
    "DeepSeek-V4 report (2026), §2.3; model_doc/deepseek_v4.md in huggingface/transformers. Our gates were trained by "
    "attention reconstruction on the frozen base reader"
)
SINK, GATE = "sink_b2", "gate_z0"

DESIGNS: Mapping[str, Design] = {
    "gpt-oss": Design(
        "gpt-oss: a window and a learned sink",
        "gpt-oss-20b",
        Choice("window", (("window", 16),)),
        "A window of 16 pairs in place of 128. The lens beside the stage adds the learned sink to the softmax of the "
        "step: a logit b without a value, which takes weight and gives nothing.",
        "Every other layer of gpt-oss sees all pairs; ours has one layer. Its sinks were learned, one per query head; "
        "here b is set by hand, and what is read on the stage is read without it.",
        "OpenAI: gpt-oss model card (2025), arXiv:2508.10925; gpt_oss/torch/model.py in openai/gpt-oss",
        (_softmax(SINK), _read(memory="window", nc=16)),
        "lens",
        SINK,
    ),
    "windows": Design(
        "Mistral 7B, Gemma 2: windows in a stack",
        "mistral-7b",
        Choice("window", (("window", 16),), layers=2),
        "The same window of 16 pairs in both layers in place of 4,096 in 32: what has left the window of one layer may "
        "still be in a pair that the next layer sees.",
        "Gemma 2 has a window in every other layer only, the others see all pairs; our two layers have the same. Our "
        "reader has no positions, theirs rotate keys by them.",
        "Jiang et al.: Mistral 7B (2023), arXiv:2310.06825, §2; Gemma 2 (2024), arXiv:2408.00118",
        (_read(memory="window", nc=16, layers=2),),
    ),
    "qwen3-next": Design(
        "Qwen3-Next: an output gate",
        "qwen3-next",
        Choice("full"),
        "Every pair, as in 12 of its 48 layers. The lens beside the stage multiplies what is read by a sigmoid gate: a "
        "head may say little without looking at a sink.",
        "Its gate is a learned function of the token, for each channel; here one number is set by hand, and what is "
        "read on the stage is read without it. The 36 layers with a gated delta rule are the next design of this list.",
        "Qiu et al.: Gated Attention for Large Language Models (2025), arXiv:2505.06708; configuration_qwen3_next.py "
        "in huggingface/transformers",
        (_softmax(GATE), _read(memory="full")),
        "lens",
        GATE,
    ),
    "qwen3-next-delta": Design(
        "Qwen3-Next: the delta rule",
        "qwen3-next",
        Choice("linear", (("features", 16), ("rule", "delta"))),
        "A matrix of 16 rows per head in place of 128, as in 36 of its 48 layers: every pair writes the difference to "
        "what its key is answered already, and no softmax runs over pairs.",
        "There learned gates say how much of the matrix fades with every token and how strongly a pair is written, and "
        "every fourth layer keeps all pairs. Here nothing fades, every pair is stored whole, and both layers have "
        "nothing but a matrix.",
        "Yang et al.: Gated Delta Networks (2024), arXiv:2412.06464; configuration_qwen3_next.py in "
        "huggingface/transformers",
        (_read(memory="linear", m=16, rule="delta"),),
    ),
    "v4-sparse": Design(
        "DeepSeek-V4: a window, and 4 : 1",
        "deepseek-v4-flash",
        _compressing(4, 24),
        "A window of 16 pairs in place of 128; what leaves it is pooled 4 to 1 by a softmax over learned gates.",
        "There blocks overlap, a query reads only the 512 compressed rows that an indexer finds for it, all rows are "
        "kept and cover the window too, key and value are one row, each channel has a gate of its own, and every head "
        "has a learned sink. Here blocks stand side by side, all 24 slots are read, the oldest are dropped.",
        V4,
        (_read(memory="compressive", ns=4, nm=16, ncm=24, c=4, f="ar-gated"), _softmax(SINK)),
    ),
    "v4-heavy": Design(
        "DeepSeek-V4: a window, and 128 : 1",
        "deepseek-v4-flash",
        _compressing(8, 12),
        "The same window; what leaves it is pooled 8 to 1 in place of 128, and every slot is read, as there.",
        "There key and value are one row, each channel has a gate of its own, and every head has a learned sink. 128 "
        "to 1 would leave no slot of a text as short as this.",
        V4,
        (_read(memory="compressive", ns=8, nm=16, ncm=12, c=8, f="ar-gated"), _softmax(SINK)),
    ),
}


def settings(design: Design) -> Settings:
    """The run of a design: the same story and question for all."""
    return Settings(design.choice, STORY.with_question(STORY.facts[ASKED]).words)
