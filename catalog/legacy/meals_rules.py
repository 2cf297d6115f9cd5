"""Rules that the meal planner's entities share."""

from __future__ import annotations

from catalog.legacy.meals_views import NO_UNIT, UNITS
from operations.importing.declaration import Choice, Decimal, Reference, Text, Time

# NULL where a generation did not record it.
MADE = (Time(field="created_at", names=("createdAt",)), Time(field="updated_at", names=("updatedAt",)))
# Neither: public, or lost.
OWNER = (
    Reference(field="user", names=("userId",), entity="people"),
    Reference(field="family", names=("familyId",), entity="families"),
)
FIGURES = ("calories", "proteins", "fats", "carbs")
NAME = Text(field="name", names=("name",), required=True, empty_is_null=True)


def same(*words: str) -> dict[str, str]:
    return {word: word for word in words}


def amount(field: str, *names: str, required: bool = False, unknown: tuple[str, ...] = ()) -> Decimal:
    """A double as it is meant: 22.69 is 22.69."""
    return Decimal(field=field, names=names, digits=24, places=12, required=required, unknown=unknown)


def unit(field: str = "unit", name: str = "unit", *, default: str | None = NO_UNIT) -> Choice:
    return Choice(field=field, names=(name,), values={**UNITS, **same(*UNITS.values())}, default=default)


# What is in 100 g.
NUTRITION = (
    amount("calories", "calories", "caloriesPer100g"),
    amount("proteins", "proteins", "protein", "proteinsPer100g"),
    amount("fats", "fat", "fatsPer100g"),
    amount("carbs", "carbs", "carbsPer100g"),
)
