"""What staff see of the catalogue: music, the village shop and the meal planner."""

from catalog.admin import families, food, meal_entries, music, orders, products, shopping, shops

__all__ = ["families", "food", "meal_entries", "music", "orders", "products", "shopping", "shops"]
