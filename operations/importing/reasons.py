"""Why records are rejected: each reason's code, and the sentence that staff read."""

from __future__ import annotations

SENTENCES = {
    "conflicting_proof": "{column} {value} belongs to one person and another proof of this record to somebody else.",
    "disagrees": "{column} {value} is not what the record's key says.",
    "duplicate_key": "Another record has the same key.",
    "duplicate_value": "{column} {value} is taken by another record.",
    "empty_key": "The record has no key.",
    "invalid_json": "{column} {value} is not JSON.",
    "key_too_long": "The key has more than 255 characters.",
    "missing": "{column} is empty, and the record means nothing without it.",
    "missing_reference": "{column} refers to {value}, which the source does not have.",
    "negative": "{column} {value} is below zero.",
    "not_a_number": "{column} {value} is not a number.",
    "not_a_time": "{column} {value} is not a time.",
    "not_a_uuid": "The key is not a UUID.",
    "not_an_id": "{column} {value} is not an id.",
    "not_an_object": "{column} {value} is JSON, but not an object.",
    "not_boolean": "{column} {value} is neither true nor false.",
    "not_integer": "{column} {value} is not a whole number.",
    "out_of_range": "{column} {value} is beyond what can be meant.",
    "precision_loss": "{column} {value} is so small that it would become zero.",
    "refused_by_database": "PostgreSQL refuses the record: {value}",
    "rejected_reference": "{column} refers to {value}, which was rejected itself.",
    "reserved_key": "The key begins with 'rowid:', which names records without a key.",
    "too_deep": "{column} {value} is nested deeper than 500 levels.",
    "too_long": "{column} {value} is longer than its column.",
    "unknown_value": "{column} {value} is none of the words that are known.",
    "unstorable_json": "{column} {value} holds characters that PostgreSQL cannot store (NUL or half a surrogate pair).",
    "unstorable_number": "{column} {value} holds a number beyond those that PostgreSQL can store.",
    "unstorable_text": "{column} holds bytes that are not text.",
}
OF_EARLIER_VERSIONS = "An earlier version of the importer rejected this; replay_rejections tries it again."
VALUE_SHOWN = 200


def shown(value: object) -> str:
    """A value for people: text as it is, cut to a length that a list can show."""
    text = "" if value is None else str(value)
    return text if len(text) <= VALUE_SHOWN else text[: VALUE_SHOWN - 1] + "…"


def sentence(reason: str, column: str, value: object) -> str:
    quoted = shown(value) if reason == "refused_by_database" else repr(shown(value))
    return SENTENCES.get(reason, OF_EARLIER_VERSIONS).format(column=column or "The key", value=quoted)
