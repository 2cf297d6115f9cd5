"""Refusals of the JSON API that say more than a status and a sentence."""

from __future__ import annotations

from ninja.errors import HttpError


class Refused(HttpError):
    """Raised anywhere below a view; `config.api` answers it in the one envelope, with these headers.

    `fields` says what is wrong, by the name of the parameter or field. Without `code` it is that of the status.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str = "",
        fields: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(status, message)
        self.code = code
        self.fields = fields or {}
        self.headers = headers or {}
