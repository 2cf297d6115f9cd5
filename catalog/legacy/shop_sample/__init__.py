"""Databases of the legacy village shop made to order: real shape, plausible content, planned dirt."""

from .dirt import KINDS, Fate, Kind
from .people import KNOWN_PASSWORD
from .schema import GENERATIONS, Generation
from .world import DirtyRecord
from .write import ShopSample, write_shop_sample

__all__ = [
    "GENERATIONS",
    "KINDS",
    "KNOWN_PASSWORD",
    "DirtyRecord",
    "Fate",
    "Generation",
    "Kind",
    "ShopSample",
    "write_shop_sample",
]
