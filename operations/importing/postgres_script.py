"""Runs the SQL that pg_dump and pg_restore write, as far as it brings records.

No psql is asked: that obeys commands which open files and start programs, and after a COPY that failed it takes the
records for statements. Statements end at the end of a line here, as pg_dump writes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from psycopg import Connection
from psycopg.pq import ExecStatus

from operations.importing.errors import SourceUnreadable

COMPLETE = b"-- PostgreSQL database dump complete"
CLUSTER = b"-- PostgreSQL database cluster dump"
BLOCK = 2**18  # bytes of records on their way to the server
# Whose it is, who may see it, what happens when it changes and what makes it quick are no concern of a copy that is
# read once; nor may it reach for another server.
PASSED_OVER = re.compile(
    rb"GRANT |REVOKE |COMMENT ON |SECURITY LABEL |REFRESH |SET SESSION AUTHORIZATION |SET default_tablespace "
    rb"|CREATE (?:INDEX|(?:CONSTRAINT |EVENT )?TRIGGER|RULE|POLICY|PUBLICATION|SUBSCRIPTION|DATABASE|SERVER|USER|ROLE) "
    rb"|ALTER (?:DEFAULT PRIVILEGES|DATABASE|ROLE|EVENT TRIGGER|PUBLICATION|SUBSCRIPTION) "
    rb"|ALTER [^;]*(?: OWNER TO | FOREIGN KEY |ROW LEVEL SECURITY| REPLICA IDENTITY | CLUSTER ON | (?:EN|DIS)ABLE )"
)
# Without these there are records missing, or the keys that they are found by.
NEEDED = re.compile(
    rb"CREATE (?:UNLOGGED )?TABLE |COPY |INSERT INTO |ALTER TABLE [^;]*(?: PRIMARY KEY | UNIQUE |ATTACH PARTITION )"
)
TOKENS = re.compile(rb"""--.*|/\*|(?<![\w$])[eE]'|'|"|(?<![\w$])\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$""")
# How what a token opens is left again; what stands before the end of it is passed over.
PLAIN, ESCAPED, NAME = re.compile(rb"''|'"), re.compile(rb"\\.|''|'", re.DOTALL), re.compile(rb'"')
COMMENT = re.compile(rb"/\*|\*/")


class Scanner:
    """Knows whether a place in a script is inside of a text, a quoted name, a comment or the body of a function."""

    def __init__(self) -> None:
        self._end: re.Pattern[bytes] | None = None
        self._depth = 0
        self._in_body = False

    def ends(self, line: bytes) -> bool:
        """Whether a statement ends with this line, the next of the script."""
        code = self._code(line).strip()
        if code.upper().startswith(b"BEGIN ATOMIC"):
            self._in_body = True
        elif self._in_body and code.upper() == b"END;":
            self._in_body = False
        return self._end is None and not self._in_body and code.endswith(b";")

    def _code(self, line: bytes) -> bytes:
        """The line without what is quoted or commented out."""
        kept, place = b"", 0
        while place < len(line):
            if self._end is None:
                token = TOKENS.search(line, place)
                kept += line[place : token.start() if token else None]
                place = token.end() if token else len(line)
                if token:
                    self._enter(token[0])
            else:
                found = self._end.search(line, place)
                place = found.end() if found else len(line)
                if found:
                    self._pass(found[0])
        return kept

    def _enter(self, token: bytes) -> None:
        if token == b"/*":
            self._end, self._depth = COMMENT, 1
        elif token == b"'":
            self._end = PLAIN
        elif token in (b"e'", b"E'"):
            self._end = ESCAPED
        elif token == b'"':
            self._end = NAME
        elif token.startswith(b"$"):
            self._end = re.compile(re.escape(token))

    def _pass(self, found: bytes) -> None:
        if self._end is COMMENT:
            self._depth += 1 if found == b"/*" else -1
            self._end = COMMENT if self._depth else None
        elif self._end is NAME or found == b"'" or found.startswith(b"$"):
            self._end = None


class Script:
    """The lines of a dump. `complete` when its last line has been seen."""

    def __init__(self, lines: Iterable[bytes], shown: str) -> None:
        self._lines = iter(lines)
        self._shown = shown
        self.complete = False

    def statements(self) -> Iterator[bytes]:
        """One after the other. Whoever gets a COPY … FROM stdin takes its `records` before going on."""
        scanner = Scanner()
        statement: list[bytes] = []
        for line in self._lines:
            if not statement and (line.startswith((b"--", b"\\")) or not line.strip()):
                self._note(line)
                continue
            statement.append(line)
            if scanner.ends(line):
                yield b"".join(statement)
                statement = []
        if statement:
            self.complete = False

    def records(self) -> Iterator[bytes]:
        """What stands between COPY and its end, in blocks."""
        block: list[bytes] = []
        weight = 0
        for line in self._lines:
            if line.rstrip(b"\r\n") == b"\\.":
                break
            block.append(line)
            weight += len(line)
            if weight > BLOCK:
                yield b"".join(block)
                block, weight = [], 0
        yield b"".join(block)

    def _note(self, line: bytes) -> None:
        if line.startswith(COMPLETE):
            self.complete = True
        elif line.startswith(CLUSTER):
            raise SourceUnreadable(
                f"{self._shown} was made by pg_dumpall and holds several databases. Make a dump of the one: "
                "pg_dump --format=custom --file=one.dump DATABASE."
            )
        elif line.startswith(b"\\") and not line.startswith((b"\\restrict ", b"\\unrestrict ", b"\\connect ")):
            raise SourceUnreadable(
                f"{self._shown} holds a command for psql ({line[:40].decode(errors='replace').strip()}), which pg_dump "
                "does not write. Restore it with psql into a server, and give the address of that."
            )


def run(script: Script, connection: Connection[Any], shown: str) -> None:
    """Run what brings records. Raises SourceUnreadable for what fails of it, and for an end that is missing."""
    server = connection.pgconn
    for statement in script.statements():
        if PASSED_OVER.match(statement):
            continue
        result = server.exec_(statement)
        while result.status == ExecStatus.COPY_IN:
            for block in script.records():
                server.put_copy_data(block)
            server.put_copy_end()
            result = server.get_result() or result
            while server.get_result():
                pass
        if result.status in (ExecStatus.FATAL_ERROR, ExecStatus.BAD_RESPONSE) and NEEDED.match(statement):
            raise _failure(statement, result.get_error_message("utf-8"), shown)
    if not script.complete:
        raise SourceUnreadable(f"{shown} has no end: it is cut off, or was changed by hand. Make the dump again.")


def _failure(statement: bytes, text: str, shown: str) -> SourceUnreadable:
    beginning = " ".join(statement[:60].decode(errors="replace").split())
    return SourceUnreadable(
        f"{shown} could not be restored: {' '.join(text.split()).rstrip('.')} (at {beginning} …). If it wants an "
        "extension that is not there, restore it into a server that has it, and give the address of that."
    )
