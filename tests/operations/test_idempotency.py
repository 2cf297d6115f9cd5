"""Requests with an Idempotency-Key are done once, and answered as often as they come."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection, connections
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone
from ninja import Schema

from operations.idempotency import idempotent
from operations.models import IdempotentAnswer
from operations.refusals import Refused


class Made(Schema):
    name: str


class Maker:
    """Makes a group at each run."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self) -> tuple[int, Any]:
        self.runs += 1
        group = Group.objects.create(name=f"group {Group.objects.count()}")
        return 201, Made(name=group.name)


def send(
    make: Any, key: str | None = "k1", body: str = "{}", who: str = "user:1", path: str = "/api/x"
) -> HttpResponse:
    headers = {"Idempotency-Key": key} if key is not None else {}
    request = RequestFactory().post(path, body, content_type="application/json", headers=headers)
    return idempotent(request, who, make)


@pytest.mark.django_db
def test_a_repeated_request_is_answered_and_not_done_again() -> None:
    make = Maker()

    first, again = send(make), send(make)

    assert make.runs == Group.objects.count() == 1
    assert (first.status_code, first.content) == (again.status_code, again.content) == (201, b'{"name":"group 0"}')
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Content-Type"] == "application/json"
    assert again.headers["Cache-Control"] == "no-store"


@pytest.mark.django_db
@pytest.mark.parametrize("changed", [{"key": "k2"}, {"who": "user:2"}, {"key": None}])
def test_another_key_or_person_is_another_request(changed: dict[str, Any]) -> None:
    make = Maker()

    send(make)
    send(make, **changed)

    assert make.runs == Group.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("changed", [{"body": '{"a":1}'}, {"path": "/api/y"}, {"path": "/api/x?b=1"}])
def test_a_key_cannot_be_used_for_another_request(changed: dict[str, Any]) -> None:
    make = Maker()
    send(make)

    with pytest.raises(Refused) as refusal:
        send(make, **changed)

    assert refusal.value.status_code == 422
    assert refusal.value.fields == {"Idempotency-Key": "Used before."}
    assert make.runs == 1


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "a b", "é", "k" * 256])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    make = Maker()

    with pytest.raises(Refused) as refusal:
        send(make, key=key)

    assert (refusal.value.status_code, make.runs) == (422, 0)


@pytest.mark.django_db
def test_a_request_that_was_refused_leaves_nothing_and_may_be_sent_again() -> None:
    def refuse() -> tuple[int, Any]:
        Group.objects.create(name="half")
        raise Refused(409, "Not now.")

    with pytest.raises(Refused):
        send(refuse)

    assert Group.objects.count() == IdempotentAnswer.objects.count() == 0
    assert send(Maker()).status_code == 201


@pytest.mark.django_db
def test_a_key_expires_and_is_forgotten() -> None:
    make = Maker()
    send(make)
    send(make, key="k2")
    IdempotentAnswer.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    again = send(make, body='{"another":"request"}')

    assert "Idempotent-Replayed" not in again.headers
    assert make.runs == 3
    assert IdempotentAnswer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_parallel_requests_one_is_done_and_the_others_wait_for_it() -> None:
    make = Maker()
    at_once = threading.Barrier(8)

    def once(_: int) -> tuple[int, bytes, str | None]:
        try:
            at_once.wait(10)
            answer = send(make)
            return answer.status_code, answer.content, answer.headers.get("Idempotent-Replayed")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        answers = sorted(threads.map(once, range(8)), key=str)

    body = b'{"name":"group 0"}'
    assert answers == [(201, body, "true")] * 7 + [(201, body, None)]
    assert make.runs == Group.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_waits_too_long_is_told_to_come_again() -> None:
    working, done = threading.Event(), threading.Event()

    def slowly() -> tuple[int, Any]:
        working.set()
        assert done.wait(20)
        return 201, {}

    def first() -> int:
        try:
            return send(slowly).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(first)
        assert working.wait(20)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
            try:
                with pytest.raises(Refused) as refusal:
                    send(Maker())
            finally:
                done.set()
                cursor.execute("RESET lock_timeout")
        assert running.result(20) == 201

    assert refusal.value.status_code == 409
    assert refusal.value.headers == {"Retry-After": "1"}
