"""How moments read: written out, or as a number since 1970."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal as Number

from operations.importing import sql
from operations.importing.expectation import microseconds
from operations.importing.inspection.readings import Reading, is_digits, reads_as

EPOCH, MOMENT = re.compile(sql.EPOCH), re.compile(sql.MOMENT)
LONG_EPOCH = re.compile(r"-?[0-9]{16,}(\.0+)?")
DIGITS_AS_ZEROS = str.maketrans("123456789", "000000000")
MILLISECONDS = reads_as("epoch ms")
SECONDS = reads_as("epoch s")
BEFORE = reads_as("before year 1000", "out_of_range")
BEYOND = reads_as("beyond year 9999", "out_of_range")
LATER = 253_402_300_800 * 1_000_000  # 10000-01-01, in microseconds: what an offset can make of the end of 9999


def time_reading(text: str, stored: str) -> Reading:
    if len(text) == 13 and text[0] != "0" and is_digits(text):
        return MILLISECONDS if stored == "integer" else reads_as(f"epoch ms as {stored}")
    if MOMENT.fullmatch(text) or _is_common_moment(text):
        return _moment(text)
    if EPOCH.fullmatch(text):
        return _epoch(int(Number(text)), stored)
    if LONG_EPOCH.fullmatch(text):
        return BEYOND
    return reads_as("other text" if stored == "text" else f"other {stored}", "not_a_time")


def _is_common_moment(text: str) -> bool:
    common = text.translate(DIGITS_AS_ZEROS) in sql.COMMON_MOMENTS
    return common and text[11:13] != "24" and text[17:19] != "60"


def bad_day(text: str) -> Reading | None:
    """What is wrong with the day that the text begins with; None if nothing is."""
    if text[:4] < "1000":
        return BEFORE
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return reads_as("impossible date", "not_a_time")
    return None


def _moment(text: str) -> Reading:
    if bad := bad_day(text):
        return bad
    clock = text[10:]
    if not clock:
        return reads_as("date only")
    if not MOMENT.fullmatch(text):
        return reads_as("impossible time", "not_a_time")
    if text[:4] == "9999" and microseconds(text) >= LATER:
        return BEYOND
    return reads_as(f"{'ISO' if clock[0] == 'T' else 'SQL'} text, {_zone(clock)}")


def _zone(clock: str) -> str:
    if clock[-1] in "Zz":
        return "Z"
    return "offset" if "+" in clock or "-" in clock else "no zone"


def _epoch(number: int, stored: str) -> Reading:
    if not sql.EARLIEST <= number <= sql.LATEST:
        return BEYOND if number > 0 else BEFORE
    found = SECONDS if 10**9 <= number < 10**10 else MILLISECONDS
    return found if stored == "integer" else reads_as(f"{found.form} as {stored}")
