"""Password hashes that legacy systems left."""

from __future__ import annotations

import bcrypt
from django.contrib.auth.hashers import BCryptPasswordHasher

SEEN_BY_BCRYPT = 72  # bytes


class LegacyBcryptHasher(BCryptPasswordHasher):
    """bcrypt as the legacy systems called it: of a long password they compared the beginning, and never refused one."""

    def encode(self, password: str, salt: bytes) -> str:  # type: ignore[override]  # bytes are what Django gives
        hashed = bcrypt.hashpw(password.encode()[:SEEN_BY_BCRYPT], salt)
        return f"{self.algorithm}${hashed.decode('ascii')}"
