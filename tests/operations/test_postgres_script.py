from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from operations.importing.postgres_script import Scanner

WORDS = ("'", "''", "\\", "$$", "$a$", '"', "/*", "*/", "--", ";", "x", "E", "\n", " ")


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def escaped(text: str) -> str:
    return "E'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def dollars(text: str) -> str:
    return f"$q$ {text}$q$"


def name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def comment(text: str) -> str:
    return "/* " + text.replace("/*", "").replace("*/", "").replace("/", "").replace("*", "") + " /* x */ */"


@given(
    parts=st.lists(
        st.tuples(
            st.sampled_from([literal, escaped, dollars, name, comment]),
            st.lists(st.sampled_from(WORDS), max_size=8).map("".join),
        ),
        max_size=4,
    )
)
def test_a_statement_ends_at_its_own_semicolon_alone(parts: list[tuple[Callable[[str], str], str]]) -> None:
    statement = "SELECT " + ", ".join(quote(text) for quote, text in parts) + " -- the end\n;\n"
    scanner = Scanner()

    ends = [scanner.ends(line) for line in statement.encode().splitlines(keepends=True)]

    assert ends == [False] * (len(ends) - 1) + [True]
