"""docs/results.md: the tables with what one needs to read them."""

from collections.abc import Sequence

from memattn.reader.evaluate import tables
from memattn.reader.evaluate.measure import GAPS, LENGTHS, TOLD_IN, Measured, Sizes
from memattn.reader.grammar import FORMS, WORDS


def _guessed() -> str:
    """What a blind guess reaches, of every kind of question."""
    answers = [len(WORDS[form.answer]) for form in FORMS.values()]
    least, most = f"{100 / max(answers):.1f}", f"{100 / min(answers):.1f}"
    return f"{least} % of cases" if least == most else f"{least} to {most} % of cases"


def report(measured: Sequence[Measured], sizes: Sizes, seconds: dict[str, float]) -> str:
    """The whole page.

    Args:
        measured: one per seed.
        sizes: how many stories were asked, per seed.
        seconds: of CPU that training took, by model.
    """
    readers = _named([one.seed for one in measured if any(one.tables.values())])
    echoes = _named([one.seed for one in measured if one.echo])
    lengths = ", ".join(f"{facts} facts in {tokens}" for tokens, facts in LENGTHS.items())
    return f"""# What the trained models can remember

Written by `python -m memattn.reader.evaluate` from weights that `python -m memattn.reader.train` made: readers of
{readers}, echo models of {echoes}.
Every entry is a share of right answers over stories that no training saw. Each seed is asked stories of its own; the
share is that of all seeds taken together, ± half of Wilson's 95 % interval over their stories, and in brackets stand
the least and the most that any seed reached. A guess among all answers of a kind is right in {_guessed()}.
Every fact is asked once, and distance is counted from the answer's word to the question mark.

## Training

{tables.markdown(["model", "CPU seconds, seed 0"], [[name, f"{spent:.0f}"] for name, spent in seconds.items()])}
All together {sum(seconds.values()):.0f} s on one core.

## Full attention, by length of the story

{sizes.length} stories per length and seed: {lengths} tokens.

{tables.shares(measured, "lengths", "model")}
## Recall by distance, about 64 slots

{sizes.distance} stories of 320 tokens with 14 facts, one question each; columns are tokens from fact to question.
Segments of 8 tokens. "End to end" is the reader that was trained through compressive memories; on the frozen base
only the convolution was trained, by attention reconstruction over the whole cache.

{tables.shares(measured, "distance", "memory")}
## Facts and gap

Facts of one kind first, then a gap of filler of {", ".join(map(str, GAPS))} tokens, then one question;
{sizes.cell} stories per entry and seed.

{tables.gaps(measured)}
## Fixed memory, growing story

Facts one after the other, then one question; columns are facts, {sizes.cell} stories per entry and seed. "Binned anew"
keeps all raw pairs to make even bins at every read: a yardstick, not a streaming memory. "Merging" is streaming:
what was merged stays merged.

{tables.shares(measured, "sizes", "memory")}
## Compression functions on the frozen base

32 + 32 slots. Error: relative squared error of what is read over the compressed block alone, and over the whole
cache; means over seeds. Recall: at distances from 48 tokens to where CMem ends (at most 160).

{tables.networks(measured)}
## From the introduction to the conclusion, window ±16

Readers that see both ways. Facts of one kind at the beginning of {TOLD_IN} tokens, one of them asked for at the end;
columns are facts, rows global tokens that all words see.

{tables.shares(measured, "joined", "global tokens")}
One fact without global tokens, relayed from layer to layer, and with one; columns are words of filler between the fact
and the question.

{tables.shares(measured, "relayed", "reader")}
## Echo: perplexity by position

A model of one layer and one head that has learned texts of 64 tokens, read token by token on texts of 2,048. "The
language itself" is what is left to guess for one who knows it. Means over seeds, in brackets the seeds.

{tables.perplexities(measured)}
Perplexity of the window over that of one pinned token and a window one shorter, from position 64 on, with the 95 %
interval over texts: {tables.ratios(measured)}.

## Echo: where the head looks

From position 64 on, with 16 slots; "first" is the weight on the first token, entropy in nats.

{tables.focus(measured)}"""


def _named(seeds: Sequence[int]) -> str:
    if not seeds:
        return "no seed"
    return ("seed " if len(seeds) == 1 else "seeds ") + ", ".join(map(str, seeds))
