"""The rules for house numbers and slugs: what they say, and that SQL and Python say the same."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.cleaning import (
    fold,
    fold_sql,
    house_number_key,
    house_number_sql,
    row_slug_of,
    row_slug_sql,
    slug_of,
    slug_sql,
)
from operations.sandbox import Sandbox

LETTERS = "aZ09๑๙ผลไม้น้ำÀéßΣςЖёİıſÅ&+-_/ \t\u00a0\u3000\u200b\u0301🍎🥦'\"%\\中にか한ກນमि"
TEXTS = st.text(
    st.sampled_from(LETTERS) | st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30
)


@pytest.fixture(scope="module", params=["LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'", "LOCALE 'C'"])
def postgres(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[psycopg.Connection[Any]]:
    """Databases that know all letters, and that know those of ASCII alone."""
    with sandbox.primary.connect("postgres") as primary:
        primary.execute(f"CREATE DATABASE cleaning TEMPLATE template0 ENCODING 'UTF8' {request.param}")
        with sandbox.primary.connect("cleaning") as connection:
            yield connection
        primary.execute("DROP DATABASE cleaning WITH (FORCE)")


@pytest.mark.parametrize(
    ("spelled", "cleaned"),
    [
        ("12", "12"), (" 12", "12"), ("12\n", "12"), ("๑๒", "12"), ("1๒", "12"), ("12/1", "12/1"), ("12 / 1", "12 / 1"),
        ("บ้าน 12", "บ้าน 12"), ("บ้าน  ๑๒", "บ้าน 12"), ("12A", "12a"), ("12\u00a0ก", "12 ก"), ("\u200b12", "12"),
        ("", None), ("  ", None), ("\u200b", None), (None, None),
    ],
)  # fmt: skip
def test_a_house_number_is_cleaned(spelled: str | None, cleaned: str | None) -> None:
    assert house_number_key(spelled) == cleaned


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Fruits", "fruits"), ("fruits ", "fruits"), ("FRUITS", "fruits"), ("Fresh  Fruits", "fresh-fruits"),
        ("ผลไม้", "ผลไม้"), (" ผลไม้สด ", "ผลไม้สด"), ("เมนู ๗", "เมนู-7"), ("Épices", "épices"),
        ("", None), (" \t", None), (None, None),
    ],
)  # fmt: skip
def test_a_category_keeps_its_letters_in_its_slug(text: str | None, slug: str | None) -> None:
    assert slug_of(text) == slug


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        ("Fruits & Veg", "fruits-veg"), ("fruits-veg", "fruits-veg"), ("🍎 Fruits", "fruits"), ("🍎", "category"),
        ("&", "category"), ("-", "category"),
    ],
)  # fmt: skip
def test_a_slug_that_says_less_than_its_text_ends_with_digits_of_it(text: str, beginning: str) -> None:
    assert slug_of(text) == f"{beginning}-{hashlib.md5(text.lower().encode(), usedforsecurity=False).hexdigest()[:8]}"


def test_a_long_text_has_a_slug_that_fits() -> None:
    first, second = slug_of("น้ำ" * 500), slug_of("น้ำ" * 501)

    assert first
    assert second
    assert first != second
    assert max(len(first), len(second)) <= 90


def test_a_row_without_a_slug_gets_one_of_its_own() -> None:
    assert row_slug_of("Thai Rice!", "ckey1", "product").startswith("thai-rice-")
    assert row_slug_of("Thai Rice!", "ckey1", "product") != row_slug_of("Thai Rice!", "ckey2", "product")
    assert re.fullmatch("product-[0-9a-f]{12}", row_slug_of("🍚", "ckey1", "product"))


@given(TEXTS, TEXTS)
def test_texts_share_a_slug_only_if_they_are_the_same_when_folded(one: str, other: str) -> None:
    assert (slug_of(one) == slug_of(other)) == (fold(one) == fold(other))


@given(TEXTS)
def test_folding_what_is_folded_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(text=TEXTS, key=TEXTS)
def test_sql_and_python_agree(postgres: psycopg.Connection[Any], text: str, key: str) -> None:
    found = postgres.execute(
        f"SELECT {fold_sql('t')}, {house_number_sql('t')}, {slug_sql('t')}, {row_slug_sql('t', 'k', 'product')} "
        "FROM (SELECT %s::text, %s::text) AS given (t, k)",
        [text, key],
    ).fetchone()

    assert found == (fold(text), house_number_key(text), slug_of(text), row_slug_of(text, key, "product"))
