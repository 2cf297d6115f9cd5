"""Databases of the legacy event store made to order: real shape, plausible content, planned dirt."""

from .dirt import FULL_EVENTS, KINDS, Fate, Kind
from .write import GENERATIONS, DirtyRecord, Generation, Sample, write_sample

__all__ = [
    "FULL_EVENTS",
    "GENERATIONS",
    "KINDS",
    "DirtyRecord",
    "Fate",
    "Generation",
    "Kind",
    "Sample",
    "write_sample",
]
