"""Figures that this process counts, by name and label: what `/metrics` and the admin show.

Whoever counts registers nothing: the first `count` of a name makes it. A figure that is read when somebody looks (a
lag, a state) is given as a function to `watch`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

Labels = Mapping[str, str]
Reading = tuple[Labels, float]
"""Labels and the value at this moment."""

_counters: dict[str, Counter[tuple[tuple[str, str], ...]]] = {}
_gauges: dict[str, Callable[[], list[Reading]]] = {}
_kept_here: set[str] = set()


@dataclass(frozen=True)
class Figure:
    name: str
    kind: str
    readings: tuple[Reading, ...]


def count(name: str, /, **labels: str) -> None:
    """One more. Threads may lose one in a race, which figures can bear and locks in every read cannot."""
    found = _counters.get(name)
    if found is None:
        found = _counters.setdefault(name, Counter())
    found[tuple(labels.items())] += 1


def watch(name: str, read: Callable[[], list[Reading]], *, exported: bool = True) -> None:
    """Not `exported` is what the admin alone shows: labels of ever new values would fill a Prometheus."""
    _gauges[name] = read
    (_kept_here.discard if exported else _kept_here.add)(name)


def counted(name: str) -> list[Reading]:
    """All that was counted under the name, in the order in which it was first seen."""
    return [(dict(labels), value) for labels, value in list(_counters.get(name, {}).items())]


def watched(name: str) -> list[Reading]:
    return _gauges[name]() if name in _gauges else []


def figures() -> Iterator[Figure]:
    for name in sorted(_counters):
        yield Figure(name, "counter", tuple(counted(name)))
    for name in sorted(_gauges.keys() - _kept_here):
        yield Figure(name, "gauge", tuple(watched(name)))


def exposition() -> str:
    """Everything in the text format of Prometheus."""
    lines = []
    for figure in figures():
        name = f"slipway_{figure.name}" + ("_total" if figure.kind == "counter" else "")
        lines.append(f"# TYPE {name} {figure.kind}")
        lines += [f"{name}{_written(labels)} {value:.10g}" for labels, value in figure.readings]
    return "\n".join(lines) + "\n"


def _written(labels: Labels) -> str:
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
