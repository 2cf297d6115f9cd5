"""What an event says, and what the pipelines made of it."""

from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from .words import (
    ANSWERS,
    BODIES,
    CUSTOMER_INTENTS,
    DOMAINS,
    INTERNAL_INTENTS,
    KNOWLEDGE,
    REASONING,
    RECIPIENTS,
    SENDERS,
    SUBJECTS,
)

_BIG_NUMBERS = (2**63, 12_345_678_901_234_567_890_123, -(2**64), 1e22, 0.1, 1.10, 1e-7)


def ticket(random: Random, at: datetime, workflow: str, position: int) -> dict[str, Any]:
    """The data of an event as the API stored it: the fields of its schema, in their order."""
    pick = random.random
    sender, mailbox = SENDERS[int(pick() * len(SENDERS))]
    recipients = RECIPIENTS[workflow]
    data: dict[str, Any] = {
        "ticket_id": str(UUID(int=random.getrandbits(128), version=4)),
        "timestamp": f"{at.replace(tzinfo=None).isoformat(timespec='microseconds')}Z",
        "from_email": f"{mailbox}{position % 977}@{DOMAINS[int(pick() * len(DOMAINS))]}",
        "to_email": recipients[int(pick() * len(recipients))],
        "sender": sender,
        "subject": SUBJECTS[int(pick() * len(SUBJECTS))],
        "body": BODIES[int(pick() * len(BODIES))],
    }
    if position % 500 == 7:  # a client sent more than it was asked for
        data["order"] = _BIG_NUMBERS[position // 500 % len(_BIG_NUMBERS)]
    return data


def misfit(random: Random, at: datetime, position: int) -> dict[str, Any]:
    """Data that does not fit the schema: put there by other programs."""
    if position % 2:
        return {
            "title": "Қазан төңкерісі / Октябрьская революция",
            "date": "7 ноября 1917",
            "description": BODIES[int(random.random() * len(BODIES))],
            "key_figures": ["В. И. Ленин", "Л. Д. Троцкий"],
        }
    return {"content": KNOWLEDGE[position % len(KNOWLEDGE)], "metadata": {"page": position, "source": "manual.pdf"}}


def usage(random: Random) -> dict[str, Any]:
    prompt, completion = 400 + int(random.random() * 900), 20 + int(random.random() * 300)
    return {
        "completion_tokens": completion,
        "prompt_tokens": prompt,
        "total_tokens": prompt + completion,
        "completion_tokens_details": {"reasoning_tokens": 0},
    }


def context(random: Random, data: dict[str, Any], workflow: str, *, stops: bool) -> dict[str, Any]:
    """What a pipeline that came to its end left: a copy of the event, and what each node said."""
    intents = CUSTOMER_INTENTS if workflow == "support" else INTERNAL_INTENTS
    intent = intents[int(random.random() * len(intents))]
    analysis: dict[str, Any] = {
        "reasoning": REASONING[int(random.random() * len(REASONING))],
        "intent": intent,
        "confidence": round(random.random(), 2),
    }
    if workflow == "support":
        analysis["escalate"] = False
    first = {"AnalyzeTicket": {"response_model": analysis, "usage": usage(random)}}
    nodes = first | _ROUTES.get(intent, _answered)(random)
    made: dict[str, Any] = {"event": dict(data), "nodes": nodes, "metadata": {}}
    return made | {"should_stop": False} if stops else made


def _answered(random: Random) -> dict[str, Any]:
    found = [KNOWLEDGE[int(random.random() * len(KNOWLEDGE))] for _ in range(int(random.random() * 4))]
    response = {
        "reasoning": REASONING[int(random.random() * len(REASONING))],
        "response": ANSWERS[int(random.random() * len(ANSWERS))],
        "confidence": round(random.random(), 2),
    }
    return {
        "TicketRouter": {"next_node": "GenerateResponse"},
        "GenerateResponse": {"response_model": response, "rag_context": found, "usage": usage(random)},
    }


def _invoiced(random: Random) -> dict[str, Any]:
    return {"TicketRouter": {"next_node": "ProcessInvoice"}, "ProcessInvoice": {"invoice_retrieved": True}}


_ROUTES: dict[str, Callable[[Random], dict[str, Any]]] = {"billing/invoice": _invoiced}
