"""Databases of the legacy giveaway tool made to order: real shape, plausible content, planned dirt."""

from .dirt import FULL_ENTRANTS, FULL_GIVEAWAYS, FULL_USERS, KINDS, Fate, Kind
from .store import DirtyRecord
from .write import ENTITIES, Sample, write_sample

__all__ = [
    "ENTITIES",
    "FULL_ENTRANTS",
    "FULL_GIVEAWAYS",
    "FULL_USERS",
    "KINDS",
    "DirtyRecord",
    "Fate",
    "Kind",
    "Sample",
    "write_sample",
]
