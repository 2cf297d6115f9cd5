"""What may come in as the data of an event: checked before it is stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from events.models import Event

MOST_BYTES = 256 * 1024
MOST_LEVELS = 50
WORKFLOWS = {"support": Event.Workflow.SUPPORT, "helpdesk": Event.Workflow.HELPDESK}


def refuse_unfit(data: Any) -> None:
    """Raises ValidationError with the codes `type`, `depth`, `text`, `number` or `size`.

    Fit is a JSON object that jsonb can hold and give back as it is: at most `MOST_LEVELS` deep and `MOST_BYTES` long
    as UTF-8, without NUL characters, lone surrogates, NaN and infinite numbers.
    """
    if not isinstance(data, dict):
        raise ValidationError("The data of an event must be a JSON object.", code="type")
    _refuse_depth(data)
    try:
        text = json.dumps(data, ensure_ascii=False, allow_nan=False)
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise ValidationError("A text in the data is no Unicode: it has half of a character.", code="text") from error
    except ValueError as error:
        raise ValidationError("NaN and infinite numbers are no JSON.", code="number") from error
    except TypeError as error:
        raise ValidationError(f"The data must be JSON: {error}.", code="type") from error
    if "\\u0000" in text.replace("\\\\", ""):
        raise ValidationError("A text in the data has a NUL character.", code="text")
    if size > MOST_BYTES:
        raise ValidationError(f"The data is {size:,} bytes long, more than {MOST_BYTES:,}.", code="size")


def _refuse_depth(data: Any) -> None:
    """Level by level: what is too deep must not be walked by recursion."""
    level = [data]
    for _ in range(MOST_LEVELS):
        values = (each.values() if isinstance(each, dict) else each for each in level)
        level = [value for group in values for value in group if isinstance(value, dict | list)]
        if not level:
            return
    raise ValidationError(f"The data is nested more than {MOST_LEVELS} levels deep.", code="depth")


def workflow_of(data: Mapping[str, Any]) -> str:
    """By the local part of the address that the event went to, in any case."""
    address = data.get("to_email")
    local = address.partition("@")[0].strip().lower() if isinstance(address, str) else ""
    return WORKFLOWS.get(local, Event.Workflow.OTHER)
