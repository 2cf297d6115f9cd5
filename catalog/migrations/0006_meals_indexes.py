from django.contrib.postgres.indexes import OpClass
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    """Indexes apart from their tables: built concurrently, a filled table keeps taking writes meanwhile."""

    atomic = False

    dependencies = [("catalog", "0005_meals")]

    operations = [
        AddIndexConcurrently(
            model_name="family",
            index=models.Index(
                models.OrderBy(F("created_at"), descending=True, nulls_last=True),
                models.OrderBy(F("id"), descending=True),
                name="catalog_family_created",
            ),
        ),
        AddIndexConcurrently(
            model_name="familymember",
            index=models.Index(fields=["user", "family"], name="catalog_member_by_user"),
        ),
        AddIndexConcurrently(
            model_name="ingredient",
            index=models.Index(OpClass(Upper("name"), name="text_pattern_ops"), name="catalog_ingredient_prefix"),
        ),
        AddIndexConcurrently(
            model_name="ingredient",
            index=models.Index(fields=["name", "id"], name="catalog_ingredient_name"),
        ),
        AddIndexConcurrently(
            model_name="ingredient",
            index=models.Index(
                condition=models.Q(("family", None), ("user", None)),
                fields=["name", "id"],
                name="catalog_ingredient_public",
            ),
        ),
        AddIndexConcurrently(
            model_name="ingredient",
            index=models.Index(fields=["user", "name", "id"], name="catalog_ingredient_by_user"),
        ),
        AddIndexConcurrently(
            model_name="ingredient",
            index=models.Index(fields=["family", "name", "id"], name="catalog_ingredient_by_family"),
        ),
        AddIndexConcurrently(
            model_name="ingredient",
            index=models.Index(fields=["category", "name", "id"], name="catalog_ingredient_category"),
        ),
        AddIndexConcurrently(
            model_name="ingredientpackaging",
            index=models.Index(F("ingredient"), F("unit"), F("size"), F("id"), name="catalog_packaging_sizes"),
        ),
        AddIndexConcurrently(
            model_name="meal",
            index=models.Index(OpClass(Upper("name"), name="text_pattern_ops"), name="catalog_meal_prefix"),
        ),
        AddIndexConcurrently(
            model_name="meal",
            index=models.Index(fields=["name", "id"], name="catalog_meal_name"),
        ),
        AddIndexConcurrently(
            model_name="meal",
            index=models.Index(
                condition=models.Q(("family", None), ("user", None)), fields=["name", "id"], name="catalog_meal_public"
            ),
        ),
        AddIndexConcurrently(
            model_name="meal",
            index=models.Index(fields=["user", "name", "id"], name="catalog_meal_by_user"),
        ),
        AddIndexConcurrently(
            model_name="meal",
            index=models.Index(fields=["family", "name", "id"], name="catalog_meal_by_family"),
        ),
        AddIndexConcurrently(
            model_name="mealentry",
            index=models.Index(fields=["user", "date", "position", "id"], name="catalog_entry_by_user"),
        ),
        AddIndexConcurrently(
            model_name="mealentry",
            index=models.Index(fields=["family", "date", "position", "id"], name="catalog_entry_by_family"),
        ),
        AddIndexConcurrently(
            model_name="mealentry",
            index=models.Index(
                models.OrderBy(F("date"), descending=True, nulls_last=True),
                models.OrderBy(F("id"), descending=True),
                name="catalog_entry_date",
            ),
        ),
        AddIndexConcurrently(
            model_name="mealentry",
            index=models.Index(
                condition=models.Q(("family", None), ("user", None)), fields=["id"], name="catalog_entry_ownerless"
            ),
        ),
        AddIndexConcurrently(
            model_name="mealingredient",
            index=models.Index(F("ingredient"), F("meal"), name="catalog_mealingredient_meals"),
        ),
        AddIndexConcurrently(
            model_name="mealentrymeal",
            index=models.Index(fields=["meal", "entry"], name="catalog_entry_of_meal"),
        ),
        AddIndexConcurrently(
            model_name="mealentryingredient",
            index=models.Index(fields=["ingredient", "entry"], name="catalog_entry_of_ingredient"),
        ),
        AddIndexConcurrently(
            model_name="quickmeal",
            index=models.Index(OpClass(Upper("name"), name="text_pattern_ops"), name="catalog_quickmeal_prefix"),
        ),
        AddIndexConcurrently(
            model_name="quickmeal",
            index=models.Index(fields=["name", "id"], name="catalog_quickmeal_name"),
        ),
        AddIndexConcurrently(
            model_name="quickmeal",
            index=models.Index(fields=["user", "name", "id"], name="catalog_quickmeal_by_user"),
        ),
        AddIndexConcurrently(
            model_name="quickmeal",
            index=models.Index(fields=["family", "name", "id"], name="catalog_quickmeal_by_family"),
        ),
        AddIndexConcurrently(
            model_name="portionhistory",
            index=models.Index(
                F("user"),
                models.OrderBy(F("last_used"), descending=True, nulls_last=True),
                models.OrderBy(F("id"), descending=True),
                name="catalog_portion_by_user",
            ),
        ),
        AddIndexConcurrently(
            model_name="portionhistory",
            index=models.Index(fields=["user", "ingredient"], name="catalog_portion_by_ingredient"),
        ),
        AddIndexConcurrently(
            model_name="portionhistory",
            index=models.Index(fields=["user", "meal"], name="catalog_portion_by_meal"),
        ),
        AddIndexConcurrently(
            model_name="portionhistory",
            index=models.Index(fields=["user", "quick_meal"], name="catalog_portion_by_quick_meal"),
        ),
        AddIndexConcurrently(
            model_name="portionhistory",
            index=models.Index(fields=["ingredient"], name="catalog_portion_ingredient"),
        ),
        AddIndexConcurrently(
            model_name="portionhistory",
            index=models.Index(fields=["meal"], name="catalog_portion_meal"),
        ),
        AddIndexConcurrently(
            model_name="portionhistory",
            index=models.Index(fields=["quick_meal"], name="catalog_portion_quick_meal"),
        ),
        AddIndexConcurrently(
            model_name="mealentryquickmeal",
            index=models.Index(fields=["quick_meal", "entry"], name="catalog_entry_of_quick_meal"),
        ),
        AddIndexConcurrently(
            model_name="shoppinglist",
            index=models.Index(
                F("user"),
                models.OrderBy(F("created_at"), descending=True, nulls_last=True),
                models.OrderBy(F("id"), descending=True),
                name="catalog_list_by_user",
            ),
        ),
        AddIndexConcurrently(
            model_name="shoppinglist",
            index=models.Index(
                F("family"),
                models.OrderBy(F("created_at"), descending=True, nulls_last=True),
                models.OrderBy(F("id"), descending=True),
                name="catalog_list_by_family",
            ),
        ),
        AddIndexConcurrently(
            model_name="shoppinglist",
            index=models.Index(
                models.OrderBy(F("created_at"), descending=True, nulls_last=True),
                models.OrderBy(F("id"), descending=True),
                name="catalog_list_created",
            ),
        ),
        AddIndexConcurrently(
            model_name="shoppinglist",
            index=models.Index(
                condition=models.Q(("family", None), ("user", None)), fields=["id"], name="catalog_list_ownerless"
            ),
        ),
        AddIndexConcurrently(
            model_name="shoppinglistitem",
            index=models.Index(fields=["ingredient", "list"], name="catalog_list_of_ingredient"),
        ),
    ]
