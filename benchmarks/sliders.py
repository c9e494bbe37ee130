"""How a measurement names a slider: by the symbol in its label, whatever the page calls it inside."""

import re

SYMBOL = re.compile(r"\$(.+?)\$|, ([^,]+)")  # as it is written, and as the page says it aloud


def name_of(label: str) -> str:
    """Letters of the formula in a label, as they stand in the link too: "ncm" of "CMem $n_{cm}$ (slots)".

    Likewise of "CMem, n_cm, slots". A label without a formula is its own name, in small letters.
    """
    symbol = SYMBOL.search(label)
    return re.sub("[^a-z]", "", symbol[0].lower()) if symbol else label.removeprefix("Help for ").lower()
