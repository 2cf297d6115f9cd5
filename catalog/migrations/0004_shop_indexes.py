from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F


class Migration(migrations.Migration):
    """Indexes apart from their tables: built concurrently, a filled table keeps taking writes meanwhile."""

    atomic = False

    dependencies = [("catalog", "0003_shop")]

    operations = [
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                F("customer"),
                models.OrderBy(F("created_at"), descending=True),
                models.OrderBy(F("id"), descending=True),
                name="catalog_order_by_customer",
            ),
        ),
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                F("status"),
                models.OrderBy(F("created_at"), descending=True),
                models.OrderBy(F("id"), descending=True),
                name="catalog_order_by_status",
            ),
        ),
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(fields=["address", "id"], name="catalog_order_by_address"),
        ),
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                models.OrderBy(F("created_at"), descending=True),
                models.OrderBy(F("id"), descending=True),
                name="catalog_order_created",
            ),
        ),
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                models.OrderBy(F("created_at"), descending=True),
                models.OrderBy(F("id"), descending=True),
                condition=models.Q(("total_difference__lt", 0), ("total_difference__gt", 0), _connector="OR"),
                name="catalog_order_not_adding_up",
            ),
        ),
        AddIndexConcurrently(
            model_name="orderstatushistory",
            index=models.Index(fields=["order", "changed_at", "id"], name="catalog_history_by_order"),
        ),
        AddIndexConcurrently(
            model_name="paymentslip",
            index=models.Index(fields=["order", "id"], name="catalog_slip_by_order"),
        ),
        AddIndexConcurrently(
            model_name="paymentslip",
            index=models.Index(
                F("status"),
                models.OrderBy(F("created_at"), descending=True, nulls_last=True),
                models.OrderBy(F("id"), descending=True),
                name="catalog_slip_by_status",
            ),
        ),
        AddIndexConcurrently(
            model_name="paymentslip",
            index=models.Index(
                models.OrderBy(F("created_at"), descending=True, nulls_last=True),
                models.OrderBy(F("id"), descending=True),
                name="catalog_slip_created",
            ),
        ),
        AddIndexConcurrently(
            model_name="productcategory",
            index=models.Index(fields=["parent", "sort_order", "id"], name="catalog_category_menu"),
        ),
        AddIndexConcurrently(
            model_name="productvariant",
            index=models.Index(fields=["product", "position", "id"], name="catalog_variant_by_product"),
        ),
        AddIndexConcurrently(
            model_name="productvariant",
            index=models.Index(fields=["stock", "id"], name="catalog_variant_stock"),
        ),
        AddIndexConcurrently(
            model_name="shop",
            index=models.Index(fields=["owner", "id"], name="catalog_shop_by_owner"),
        ),
        AddIndexConcurrently(
            model_name="shop",
            index=models.Index(fields=["address", "id"], name="catalog_shop_by_address"),
        ),
        AddIndexConcurrently(
            model_name="shop",
            index=models.Index(
                models.OrderBy(F("created_at"), descending=True, nulls_last=True),
                models.OrderBy(F("id"), descending=True),
                name="catalog_shop_created",
            ),
        ),
        AddIndexConcurrently(
            model_name="product",
            index=models.Index(
                F("category"),
                F("is_available"),
                models.OrderBy(F("rating"), descending=True, nulls_last=True),
                models.OrderBy(F("order_count"), descending=True, nulls_last=True),
                F("id"),
                name="catalog_product_listing",
            ),
        ),
        AddIndexConcurrently(
            model_name="product",
            index=models.Index(
                F("shop"),
                models.OrderBy(F("created_at"), descending=True, nulls_last=True),
                models.OrderBy(F("id"), descending=True),
                name="catalog_product_by_shop",
            ),
        ),
        AddIndexConcurrently(
            model_name="product",
            index=models.Index(
                models.OrderBy(F("created_at"), descending=True, nulls_last=True),
                models.OrderBy(F("id"), descending=True),
                name="catalog_product_created",
            ),
        ),
        AddIndexConcurrently(
            model_name="orderitem",
            index=models.Index(fields=["order", "id"], name="catalog_item_by_order"),
        ),
        AddIndexConcurrently(
            model_name="orderitem",
            index=models.Index(fields=["product", "id"], name="catalog_item_by_product"),
        ),
        AddIndexConcurrently(
            model_name="orderitem",
            index=models.Index(fields=["shop", "status", "order"], name="catalog_item_by_shop"),
        ),
        AddIndexConcurrently(
            model_name="orderitem",
            index=models.Index(fields=["variant"], name="catalog_item_by_variant"),
        ),
        AddIndexConcurrently(
            model_name="shopcustomer",
            index=models.Index(fields=["user", "id"], name="catalog_customer_by_user"),
        ),
        AddIndexConcurrently(
            model_name="shopcustomer",
            index=models.Index(fields=["address", "id"], name="catalog_customer_by_address"),
        ),
    ]
