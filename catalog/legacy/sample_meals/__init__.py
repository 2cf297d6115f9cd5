"""Databases of the legacy meal planner made to order: real shape, plausible content, planned dirt."""

from .schema import GENERATIONS, Generation
from .world import KINDS, DirtyRecord, Fate
from .write import MealsSample, write_meals_sample

__all__ = ["GENERATIONS", "KINDS", "DirtyRecord", "Fate", "Generation", "MealsSample", "write_meals_sample"]
