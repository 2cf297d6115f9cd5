"""Legacy NormalDance databases made to order: real shape, plausible content, planned dirt."""

from .dirt import FULL_TABLE, KINDS, Fate, Kind
from .generations import GENERATIONS, Generation
from .write import DirtyRecord, Sample, write_sample

__all__ = [
    "FULL_TABLE",
    "GENERATIONS",
    "KINDS",
    "DirtyRecord",
    "Fate",
    "Generation",
    "Kind",
    "Sample",
    "write_sample",
]
