"""What staff see of the catalogue: music, and the meal planner."""

from catalog.admin import families, food, meal_entries, music, shopping

__all__ = ["families", "food", "meal_entries", "music", "shopping"]
