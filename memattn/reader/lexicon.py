"""The language of law for a model that learned stories: every word of the story world under another name.

A model knows its words by number alone. Whoever renames all of them one to one, in every text that it was trained on
and in every text that it reads, has the same model: "Anna owes rent." is "Anna likes soup." to it, number by number.
So nothing has to be trained anew, and what it recalls of a contract is what it would recall of the story beneath.
"""

from collections.abc import Mapping, Sequence

from memattn.reader.grammar import WORDS, vocabulary, words_of
from memattn.reader.world import readable

# List by list in the order of `WORDS`; the twelve colours count. The first half of the objects are what a party can be,
# the other half what can be deposited.
LAW: Mapping[str, tuple[str, ...]] = {
    "colour": words_of("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"),
    "object": words_of(
        "tenant lessor guarantor agent trustee buyer seller lender borrower carrier insurer witness "
        "deed key seal ledger lease bond title receipt warrant invoice voucher certificate"
    ),
    "place": words_of(
        "registry archive vault safe chancery strongroom treasury depot warehouse library cabinet office "
        "chamber bureau secretariat repository lodge annex cellar gallery drawer chest locker file"
    ),
    "name": WORDS["name"],
    "food": words_of(
        "rent interest tax wages damages costs fees tolls dividends royalties premiums arrears "
        "pensions salaries brokerage compensation tuition freight postage storage maintenance insurance repairs "
        "expenses"
    ),
    "trip": words_of(
        "court tribunal council senate ministry embassy consulate parliament board committee assembly mayor "
        "notary registrar auditor bailiff sheriff ombudsman regulator arbitrator comptroller chancellor governor judge"
    ),
    "animal": words_of("notice consent waiver claim remedy licence charge pledge permit warranty indemnity covenant"),
    "mood": words_of("written oral prior express implied general special joint mutual partial"),
    "does": words_of("continues begins ends prevails performs applies stands yields resumes answers"),
    "near": words_of("within beyond under besides despite"),
    "thing": words_of("statute code treaty act ordinance by-law charter custom rule policy protocol regulation"),
    "when": words_of("forthwith thereafter meanwhile hereafter henceforth likewise"),
    "weather": words_of("expires vests accrues terminates"),
}
FUNCTION_WORDS = {  # those of the patterns themselves; the others stay as they are
    "belongs": "refers",
    "owns": "becomes",
    "like": "owe",
    "likes": "owes",
    "go": "report",
    "went": "reports",
    "did": "must",
    "wait": "concur",
    "all": "without",
    "day": "delay",
}
LEGAL: Mapping[str, str] = {  # story word → word of the law
    **{word: word for word in vocabulary()},
    **FUNCTION_WORDS,
    **{word: law for kind, words in WORDS.items() for word, law in zip(words, LAW[kind], strict=True)},
}
ROLES, THINGS = WORDS["object"][:12], WORDS["object"][12:]  # in words of the story


def in_law(words: Sequence[str]) -> tuple[str, ...]:
    """Story words as a contract writes them."""
    return tuple(LEGAL[word] for word in words)


def written(words: Sequence[str]) -> str:
    """Story words as a sentence of a contract."""
    return readable(in_law(words))
