"""What stands under the stage: formulas, experiments, prediction, code, cost, sources. Only the open tab is drawn."""

import streamlit as st

from memattn.attention import read
from memattn.cost import MODELS, bytes_in_words, cost
from memattn.figures.draw import Result, draw, in_words
from memattn.lessons.asking import Asked, Recall
from memattn.lessons.compressive import content
from memattn.lessons.compressive import runs as lesson
from memattn.lessons.narration import slot_name, span
from memattn.lessons.prediction import first_compression
from memattn.lessons.results import AnsweredFact, AttentionMap, LossCurve, RealSize, RealSizes, RecallByAge, StateGrowth
from memattn.memory.compressive import Compressive
from memattn.reader import readable
from memattn.ui import controls, frame
from memattn.ui import lesson as parts
from memattn.ui.compressive.shared import by_age, by_rate
from memattn.ui.notes import explained

REAL_TOKENS = 131_072  # the context length that today's long-context models promise
REAL_MODELS = ("gpt2", "mistral-7b", "llama-3-8b", "llama-2-7b", "llama-3-70b")
TABS = ("What happens", "Experiment", "Predict", "Code", "Cost", "Read on")
PLOT = {"displaylogo": False, "displayModeBar": False}
EXPERIMENTS = ("Loss, token by token", "Attention map", "Every fact, by age", "c from 1 to 8")


def tabs(chosen: lesson.Settings, asked: Asked, step: int, head: int | None) -> None:
    """What stands under the stage; only the open tab is drawn."""
    match controls.views(TABS):
        case "What happens":
            sizes = (chosen.segment_length, chosen.memory_length, chosen.compressed_length, chosen.rate)
            parts.formulas(content.formulas(*sizes, asked.trace, step, head))
            parts.in_words(asked.trace, step, head)
        case "Experiment":
            _experiment(chosen, asked, head)
        case "Predict":
            _predict(chosen, asked)
        case "Code":
            parts.code((Compressive._border, Compressive.update, type(chosen.memory().compression).compress, read))
        case "Cost":
            _cost(chosen, asked)
        case _:
            parts.read_on(content.READ_ON)


def _experiment(chosen: lesson.Settings, asked: Asked, head: int | None) -> None:
    which = controls.choice("exp", "Experiment", {name: name for name in EXPERIMENTS}, EXPERIMENTS[0])
    theme = frame.theme()
    with explained():
        if which == EXPERIMENTS[0]:
            result: Result = LossCurve(asked.trace, head)
        elif which == EXPERIMENTS[1]:
            result = AttentionMap(asked.trace, head)
        elif which == EXPERIMENTS[2]:
            with st.spinner("Asking for every fact of the story …"):
                series = {name: tuple(_answered(r, r.age) for r in found) for name, found in by_age(chosen).items()}
            result = RecallByAge(series, {"n_m": chosen.memory_length, "n_m + c·n_cm": chosen.memory().reach})
        else:
            with st.spinner("Reading the story with c = 1 … 8 …"):
                swept = {"the fact asked for": tuple(_answered(found, rate) for rate, found in by_rate(chosen))}
            result = RecallByAge(swept, {}, "compression rate c (pairs per slot)")
        figure, words = draw(result, theme), in_words(result)
    st.plotly_chart(figure, key=f"figure_{EXPERIMENTS.index(which)}", theme=None, alt=words, config=PLOT)
    st.caption(f"{words} {content.EXPERIMENT_NOTES[EXPERIMENTS.index(which)]}")


def _answered(found: Recall, x: int) -> AnsweredFact:
    return AnsweredFact(x, found.probability, found.right, readable(found.fact.words))


def _predict(chosen: lesson.Settings, asked: Asked) -> None:
    questions = first_compression(asked.trace, rate=chosen.rate)
    if not questions:
        st.markdown(
            "With n_cm = 0 there is no CMem: what leaves Mem is lost at once. Give it some slots."
            if chosen.compressed_length == 0
            else "Here nothing is compressed: the story ends before Mem overflows. Make it longer, or n_m smaller."
        )
        return
    question = questions[0]
    st.markdown(
        f"**Before you press play:** while *Predict* is on (key `p`), the stage stops at {slot_name(question.step)}, "
        f"before the first compression, and asks: *{question.prompt}* Click the pairs, choose a number, reveal."
    )
    with st.expander("Reveal it here instead"):
        pairs = " ".join(asked.trace.tokens[slot] for slot in question.answer)
        told = str(question.feedback["right"]).removeprefix("Right: ").capitalize()
        st.markdown(f"{told} They are {span(question.answer)}: “{pairs}”.")


def _cost(chosen: lesson.Settings, asked: Asked) -> None:
    trace = asked.trace
    last = trace.steps[-1]
    width = trace.d_k + trace.d_v
    full_floats, full_read = width * len(trace.steps), 2 * width * len(trace.steps)
    figures = (
        ("Slots the last query read", f"{len(last.ids)}", f"{len(trace.steps)} with full attention"),
        ("Numbers stored per head", f"{last.state_floats:,}", f"{full_floats:,} with full attention"),
        ("Operations per read and head", f"{last.read_flops:,}", f"{full_read:,} with full attention"),
        ("Stands for", f"{chosen.memory().reach} tokens", "n_m + c·n_cm"),
    )
    for column, (name, value, beside) in zip(st.columns(4), figures, strict=True):
        column.metric(name, value, beside, delta_color="off", delta_arrow="off")
    left, right = st.columns(2, gap="medium")
    grown = StateGrowth(trace)
    left.plotly_chart(
        draw(grown, frame.theme()),
        key="figure_state",
        theme=None,
        config=PLOT,
        alt=in_words(grown),
    )
    memory = chosen.memory()
    sizes = []
    for model in (MODELS[name] for name in REAL_MODELS):
        priced = cost(memory, REAL_TOKENS, model)
        sizes.append(
            RealSize(
                model.name,
                priced.state_bytes,
                bytes_in_words(priced.state_bytes),
                priced.full_state_bytes,
                bytes_in_words(priced.full_state_bytes),
            )
        )
    real = RealSizes(tuple(sizes), REAL_TOKENS)
    right.plotly_chart(
        draw(real, frame.theme()),
        key="figure_real",
        theme=None,
        config=PLOT,
        alt=in_words(real),
    )
    st.caption(
        "The same settings in models of real size, computed from their published shapes; the state counts all that "
        "must be stored to go on. Nobody would run them with so few slots: the figure shows the order of magnitude."
    )
