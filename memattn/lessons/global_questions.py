"""Questions about global tokens: what they leave of a weight, and which way they turn the entropy. No torch."""

from typing import TYPE_CHECKING

from memattn.lessons import damping
from memattn.lessons.damping import largest, pinned, split, way
from memattn.lessons.lesson import Settings
from memattn.lessons.narration import slot_name
from memattn.lessons.prediction import At, Number, Prediction, Sentence
from memattn.lessons.prediction.question import wrong
from memattn.records import Step

if TYPE_CHECKING:
    from memattn.lessons.answering import Run

MOST_DIGITS = 6  # of what a question gives
NEAR = 0.49  # to a whole number, so that nobody has to round a half


def predictions(settings: Settings, run: "Run") -> tuple[Prediction, ...]:
    """What becomes of a weight and of the entropy where pins take part; asked of one head, where both are exact."""
    trace = run.trace
    full = [step for step in trace.steps if pinned(step).any() and (~pinned(step)).sum() > 1]
    if trace.heads > 1 or len(full) < 3:
        return ()
    return _what_is_left(full[len(full) // 3]), _which_way(full[2 * len(full) // 3])


def _what_is_left(step: Step) -> Prediction:
    taken, most = split(step, 0).taken, largest(step, 0)
    bare = damping.bare(step, 0)
    answer, choice = (round(100 * most),), Number("hundredths")
    enough = (digits for digits in range(2, MOST_DIGITS) if abs(_left(taken, bare, digits) - answer[0]) < NEAR)
    digits = next(enough, MOST_DIGITS)
    given, alone = f"{taken:.{digits}f}", f"{bare:.{digits}f}"
    said = (
        f"It is damped like all others: (1 − {given}) · {alone} = {most:.2f}, {answer[0]} hundredths. The "
        "pins are in the denominator of every weight."
    )
    beliefs = (
        (
            (round(100 * bare),),
            f"It does not keep its {alone}: all weights sum to 1, and the pins have {given}. {said}",
        ),
        (
            (round(100 * max(0.0, bare - taken)),),
            f"The {given} is not subtracted from the largest: each gives in proportion to what it has. {said}",
        ),
        ((round(100 * (1 - taken)),), f"That is what all others have together. {said}"),
    )
    return Prediction(
        name="damped",
        at=At(step.index, "attend"),
        shows="attend",
        title=f"What the largest weight of {slot_name(step.index)} becomes",
        prompt=f"Without the pins the largest weight of {slot_name(step.index)} would be {alone}. The pins take "
        f"a₀ = {given}. What is left of it, in hundredths?",
        choice=choice,
        answer=answer,
        truth=said,
        beliefs=wrong(answer, beliefs, choice),
    )


def _left(taken: float, bare: float, digits: int) -> float:
    """What is left, in hundredths, of the numbers as they are given."""
    return 100 * (1 - round(taken, digits)) * round(bare, digits)


def _which_way(step: Step) -> Prediction:
    one = split(step, 0)
    ways = ("rises", "falls", "stays")
    choice = Sentence(tuple(f"Entropy {said}." if said != "stays" else "Entropy stays as it is." for said in ways))
    answer = (ways.index(way(one)),)
    said = (
        f"H = h₂(a₀) + a₀ · H_pins + (1 − a₀) · H_rest = {one.between:.2f} + {one.taken:.2f} · {one.pins:.2f} + "
        f"{1 - one.taken:.2f} · {one.rest:.2f} = {one.entropy:.2f}, and {one.rest:.2f} without pins: it {way(one)}."
    )
    beliefs = (
        (
            (0,),
            "“A global token smooths” is not “it spreads”: it makes all other weights smaller by one factor. Where it "
            f"takes more than the others are worth, the row is peaked on the pin instead. {said}",
        ),
        (
            (1,),
            "A large new weight does not always sharpen: beside one sharp peak a second place to look adds a choice. "
            f"{said}",
        ),
        ((2,), f"The proportions of the others stay, but the choice between them and the pins is new. {said}"),
    )
    return Prediction(
        name="entropy",
        at=At(step.index, "attend"),
        shows="attend",
        title=f"Whether pins raise the entropy of {slot_name(step.index)}",
        prompt=f"The pins take a₀ = {one.taken:.2f} of what {slot_name(step.index)} reads. Against the same row "
        "without them, which way does its entropy go?",
        choice=choice,
        answer=answer,
        truth=said,
        beliefs=wrong(answer, beliefs, choice),
    )
