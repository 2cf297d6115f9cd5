"""How house numbers and category texts are cleaned, and how slugs are made of them.

Each rule stands here twice, as PostgreSQL expression and as Python, made of the same tables; a test holds them against
each other. The expressions are immutable and ask neither the server's locale nor functions younger than PostgreSQL 9,
so that they say the same on a legacy server and in a generated column here.

- **Folding**: Thai digits become ASCII ones; capital letters of the Latin, Greek and Cyrillic alphabets become small;
  blanks of all kinds, several in a row too, become one space, none at either end; what has no width is dropped.
- **A house number's cleaned form** is the folded text, None where nothing is left. Nothing else is taken to mean the
  same: `12`, `12/1` and `บ้าน 12` are three houses.
- **A slug** keeps the folded text's letters and digits in their own script (URLs percent-encode them) and has a hyphen
  for everything between. A slug that says less than its text ends with eight digits of the text's MD5, and one of
  which nothing is left is a word with those digits: so two texts do not share a slug, whatever else is there.
"""

from __future__ import annotations

import hashlib
import re

_SMALL = "".join(
    chr(code)
    for first, last in ((0x41, 0x5A), (0xC0, 0xDE), (0x100, 0x17E), (0x386, 0x3AB), (0x400, 0x42F), (0x460, 0x4FF))
    for code in range(first, last + 1)
    if len(chr(code).lower()) == 1 and chr(code).lower() != chr(code)
)
_BLANKS = "\t\n\v\f\r\x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
_WITHOUT_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"
_FROM = "๐๑๒๓๔๕๖๗๘๙" + _BLANKS + _SMALL + _WITHOUT_WIDTH
_TO = "0123456789" + " " * len(_BLANKS) + _SMALL.lower()
_FOLDED = {ord(char): _TO[place] if place < len(_TO) else None for place, char in enumerate(_FROM)}

# Letters, marks and digits that a slug keeps, by first and last: what is written in Thailand and in its neighbourhood,
# and the great scripts beside it. Pictures, currencies and punctuation are none of them.
_KEPT = (
    "09", "az", "ßö", "øÿ", "\u0101\u024f", "\u0300\u036f", "\u0370\u0373", "\u0376\u0377", "\u037b\u037d", "άώ",
    "\u0430\u0481", "\u0483\u052f", "\u0561\u0586", "\u05d0\u05ea", "\u0620\u0669", "\u066e\u06d3", "\u0900\u0963",
    "\u0966\u0df3", "\u0e01\u0e3a", "\u0e40\u0e4e", "\u0e81\u0edf", "\u1000\u1049", "\u1780\u17d3", "\u17e0\u17e9",
    "\u1e00\u1fbc", "\u3041\u3096", "\u30a1\u30fa", "\u30fc\u30fe", "\u3400\u4dbf", "\u4e00\u9fff", "\uac00\ud7a3",
)  # fmt: skip
_BETWEEN = "[^" + "".join(f"{kept[0]}-{kept[1]}" for kept in _KEPT) + "]+"
_LONGEST = 80  # of a slug, before its digits


def fold(text: str) -> str:
    return re.sub(" +", " ", text.translate(_FOLDED)).strip(" ")


def fold_sql(text: str) -> str:
    """`text` is an SQL expression, here and below."""
    return f"btrim(regexp_replace(translate({text}, {_literal(_FROM)}, {_literal(_TO)}), ' +', ' ', 'g'))"


def house_number_key(text: str | None) -> str | None:
    """The cleaned form of a house number."""
    return fold(text or "") or None


def house_number_sql(text: str) -> str:
    return f"nullif({fold_sql(text)}, '')"


def slug_of(text: str | None, word: str = "category") -> str | None:
    """The slug of a text; None where the text is empty. `word` stands where nothing of the text is left."""
    folded = fold(text or "")
    if not folded:
        return None
    whole = re.sub(_BETWEEN, "-", folded).strip("-")
    if len(whole) <= _LONGEST and whole.replace("-", " ") == folded:
        return whole
    return f"{whole[:_LONGEST].strip('-') or word}-{digits_of(folded)}"


def slug_sql(text: str, word: str = "category") -> str:
    """A scalar subquery: not for a generated column."""
    short = f"coalesce(nullif(btrim(left(whole, {_LONGEST}), '-'), ''), {_literal(word)})"
    return (
        f"(SELECT CASE WHEN length(whole) <= {_LONGEST} AND replace(whole, '-', ' ') = folded THEN whole"
        f" ELSE {short} || '-' || {digits_sql('folded')} END"
        f" FROM (SELECT folded, btrim(regexp_replace(folded, {_literal(_BETWEEN)}, '-', 'g'), '-') AS whole"
        f" FROM (SELECT {fold_sql(text)} AS folded) AS one) AS two WHERE folded <> '')"
    )


def row_slug_of(name: str, key: str, word: str) -> str:
    """The slug of a row that has none: made of its name, and its own by twelve digits of its key's MD5.

    Rows with one name may be many: eight digits would meet now and then.
    """
    whole = re.sub(_BETWEEN, "-", fold(name)).strip("-")
    return f"{whole[:_LONGEST].strip('-') or word}-{digits_of(key, 12)}"


def row_slug_sql(name: str, key: str, word: str) -> str:
    whole = f"btrim(regexp_replace({fold_sql(name)}, {_literal(_BETWEEN)}, '-', 'g'), '-')"
    short = f"coalesce(nullif(btrim(left({whole}, {_LONGEST}), '-'), ''), {_literal(word)})"
    return f"({short} || '-' || {digits_sql(key, 12)})"


def digits_of(text: str, count: int = 8) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:count]


def digits_sql(text: str, count: int = 8) -> str:
    return f"left(md5({text}), {count})"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
