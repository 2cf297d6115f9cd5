from __future__ import annotations

import bcrypt
import pytest
from django.contrib.auth.hashers import check_password

WORD = "ก" * 24 + "!"  # 73 bytes


@pytest.mark.parametrize("kind", [b"2a", b"2b", b"2y"])
def test_a_hash_of_any_kind_is_read(kind: bytes) -> None:
    made = bcrypt.hashpw(b"lotus pond", bcrypt.gensalt(4))
    kept = "bcrypt$" + made.replace(b"2b", kind, 1).decode()

    assert check_password("lotus pond", kept)
    assert not check_password("lotus", kept)


def test_of_a_long_password_the_beginning_counts_as_it_did() -> None:
    kept = "bcrypt$" + bcrypt.hashpw(WORD.encode()[:72], bcrypt.gensalt(4)).decode()

    assert check_password(WORD, kept)
    assert check_password(WORD + "more", kept)
    assert not check_password(WORD[1:], kept)
