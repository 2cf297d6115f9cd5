from catalog.models.family import Family, FamilyMember
from catalog.models.ingredient import Ingredient, IngredientPackaging
from catalog.models.meal import Meal, MealIngredient, QuickMeal
from catalog.models.meal_entry import MealEntry, MealEntryIngredient, MealEntryMeal, MealEntryQuickMeal
from catalog.models.memorial import NFTMemorial
from catalog.models.portion import PortionHistory
from catalog.models.shopping import ShoppingList, ShoppingListItem
from catalog.models.track import Track

__all__ = [
    "Family",
    "FamilyMember",
    "Ingredient",
    "IngredientPackaging",
    "Meal",
    "MealEntry",
    "MealEntryIngredient",
    "MealEntryMeal",
    "MealEntryQuickMeal",
    "MealIngredient",
    "NFTMemorial",
    "PortionHistory",
    "QuickMeal",
    "ShoppingList",
    "ShoppingListItem",
    "Track",
]
