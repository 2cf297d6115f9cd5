from catalog.models.address import Address
from catalog.models.category import ProductCategory
from catalog.models.family import Family, FamilyMember
from catalog.models.ingredient import Ingredient, IngredientPackaging
from catalog.models.meal import Meal, MealIngredient, QuickMeal
from catalog.models.meal_entry import MealEntry, MealEntryIngredient, MealEntryMeal, MealEntryQuickMeal
from catalog.models.memorial import NFTMemorial
from catalog.models.order import Order, OrderItem, OrderStatusHistory, PaymentSlip
from catalog.models.portion import PortionHistory
from catalog.models.product import Product, ProductImage, ProductVariant
from catalog.models.shop import Shop, ShopCustomer
from catalog.models.shopping import ShoppingList, ShoppingListItem
from catalog.models.track import Track

__all__ = [
    "Address",
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
    "Order",
    "OrderItem",
    "OrderStatusHistory",
    "PaymentSlip",
    "PortionHistory",
    "Product",
    "ProductCategory",
    "ProductImage",
    "ProductVariant",
    "QuickMeal",
    "Shop",
    "ShopCustomer",
    "ShoppingList",
    "ShoppingListItem",
    "Track",
]
