"""What is remembered of requests: how many there were, and how those that must not be done twice were answered."""

from __future__ import annotations

from django.db import models


class LimitCount(models.Model):
    """Requests that count towards a limit, while Redis does not count them. UNLOGGED: a crash empties it."""

    key = models.CharField(primary_key=True, max_length=255, db_collation="C")
    count = models.IntegerField()
    ends_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("ends_at",), name="operations_limit_ends"),)  # purging

    def __str__(self) -> str:
        return self.key


class IdempotentAnswer(models.Model):
    """The answer to a request that came with an Idempotency-Key; see `operations.idempotency`."""

    digest = models.BinaryField(primary_key=True, help_text="Of who asked and of the key.")
    request = models.BinaryField(help_text="Digest of method, address and body.")
    status = models.IntegerField(default=0, db_default=0)
    body = models.BinaryField(default=b"", db_default=b"")
    expires_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("expires_at",), name="operations_answer_expiry"),)  # purging

    def __str__(self) -> str:
        return bytes(self.digest).hex()
