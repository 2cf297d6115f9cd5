"""Orders with what was ordered, what was paid and how they went.

History is kept as it was: totals that clients sent and that do not add up, prices of 0, deliveries long past, houses
that customers have left since.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now

from catalog.models.address import Address
from catalog.models.product import Product, ProductVariant
from catalog.models.shop import Shop
from operations.history import tracked
from operations.keys import UUID7, KeyField, UUID7Text

NEWEST_FIRST = ("-created_at", "-id")
NOT_ADDING_UP = Q(total_difference__lt=0) | Q(total_difference__gt=0)


class OrderQuerySet(models.QuerySet["Order"]):
    def of_customer(self, user_id: str) -> OrderQuerySet:
        """What a person has ordered, newest first."""
        return self.filter(customer_id=user_id).order_by(*NEWEST_FIRST)

    def of_shop(self, shop_id: str, item_status: str | None = None) -> OrderQuerySet:
        """Orders with something of a shop in them, newest first; with `item_status`, those where that is its state."""
        items = OrderItem.objects.filter(shop_id=shop_id)
        if item_status is not None:
            items = items.filter(status=item_status)
        return self.filter(pk__in=items.values("order")).order_by(*NEWEST_FIRST)

    def not_adding_up(self) -> OrderQuerySet:
        """Orders whose total is not what its parts come to, newest first."""
        return self.filter(NOT_ADDING_UP).order_by(*NEWEST_FIRST)

    def with_everything(self) -> OrderQuerySet:
        """Orders with customer and address, and all that belongs to them."""
        return self.select_related("customer", "address").prefetch_related(
            models.Prefetch("items", OrderItem.objects.select_related("product", "variant", "shop").order_by("id")),
            models.Prefetch("slips", PaymentSlip.objects.order_by("created_at", "id")),
            models.Prefetch("history", OrderStatusHistory.objects.order_by("changed_at", "id")),
        )


@tracked(exclude=("total_difference",))
class Order(models.Model):
    """What somebody ordered to a house. Money is as it was; NULL is what nobody recorded."""

    class Status(models.TextChoices):
        PENDING = "PENDING"
        CONFIRMED = "CONFIRMED"
        PREPARING = "PREPARING"
        READY_FOR_DELIVERY = "READY_FOR_DELIVERY"
        OUT_FOR_DELIVERY = "OUT_FOR_DELIVERY"
        DELIVERED = "DELIVERED"
        CANCELLED = "CANCELLED"
        REFUNDED = "REFUNDED"

    id = KeyField(primary_key=True, db_collation="C", db_default=UUID7Text(), editable=False)
    order_number = models.CharField(max_length=255, db_collation="C")
    customer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="orders", db_index=False)
    house_number = models.TextField(null=True, blank=True, help_text="Where it was to go, as it was spelled then.")
    address = models.ForeignKey(Address, models.PROTECT, related_name="orders", null=True, blank=True, db_index=False)
    delivery_time = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=32, choices=Status, default=Status.PENDING, db_default=Status.PENDING)
    notes = models.TextField(null=True, blank=True)

    currency = models.CharField(max_length=3, default="THB", db_default="THB")
    subtotal = models.DecimalField(max_digits=24, decimal_places=2, null=True, blank=True)
    tax = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    shipping = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    discount = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    total = models.DecimalField(max_digits=14, decimal_places=2, help_text="As it was asked for.")
    total_difference = models.GeneratedField(
        expression=F("total")
        - F("subtotal")
        - Coalesce("tax", 0, output_field=models.DecimalField(max_digits=12, decimal_places=2))
        - Coalesce("shipping", 0, output_field=models.DecimalField(max_digits=12, decimal_places=2))
        + Coalesce("discount", 0, output_field=models.DecimalField(max_digits=12, decimal_places=2)),
        output_field=models.DecimalField(max_digits=26, decimal_places=2),
        db_persist=True,
        help_text="What the total is above the sum of its parts.",
    )

    confirmed_at = models.DateTimeField(null=True, blank=True)
    preparing_at = models.DateTimeField(null=True, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    out_for_delivery_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    refunded_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(auto_now=True, db_default=Now())

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("order_number",), name="catalog_order_number_unique"),
            models.CheckConstraint(condition=~Q(id=""), name="catalog_order_id_not_empty"),
            models.CheckConstraint(condition=~Q(order_number=""), name="catalog_order_number_not_empty"),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "PENDING",
                        "CONFIRMED",
                        "PREPARING",
                        "READY_FOR_DELIVERY",
                        "OUT_FOR_DELIVERY",
                        "DELIVERED",
                        "CANCELLED",
                        "REFUNDED",
                    ]
                ),
                name="catalog_order_status_known",
            ),
        )
        indexes = (
            # What a person has ordered, newest first.
            models.Index(F("customer"), F("created_at").desc(), F("id").desc(), name="catalog_order_by_customer"),
            # Orders in one state, newest first; orders of a house.
            models.Index(F("status"), F("created_at").desc(), F("id").desc(), name="catalog_order_by_status"),
            models.Index(fields=("address", "id"), name="catalog_order_by_address"),
            # What came last, for staff: of all orders, and of those that do not add up.
            models.Index(F("created_at").desc(), F("id").desc(), name="catalog_order_created"),
            models.Index(
                F("created_at").desc(), F("id").desc(), condition=NOT_ADDING_UP, name="catalog_order_not_adding_up"
            ),
        )

    def __str__(self) -> str:
        return self.order_number


@tracked()
class OrderItem(models.Model):
    """Something in an order: with its name and price as they were, whatever has become of the product since."""

    class Status(models.TextChoices):
        PENDING = "PENDING"
        CONFIRMED = "CONFIRMED"
        PREPARING = "PREPARING"
        READY = "READY"
        DELIVERED = "DELIVERED"
        CANCELLED = "CANCELLED"

    id = KeyField(primary_key=True, db_collation="C", db_default=UUID7Text(), editable=False)
    order = models.ForeignKey(Order, models.PROTECT, related_name="items", db_index=False)
    product = models.ForeignKey(Product, models.PROTECT, related_name="order_items", db_index=False)
    variant = models.ForeignKey(
        ProductVariant, models.SET_NULL, related_name="order_items", null=True, blank=True, db_index=False
    )
    shop = models.ForeignKey(Shop, models.PROTECT, related_name="order_items", db_index=False)
    product_name = models.TextField(help_text="As it was; for history, as it was when it was taken over.")
    quantity = models.IntegerField()
    unit_price = models.DecimalField(max_digits=12, decimal_places=2)
    total_price = models.DecimalField(max_digits=22, decimal_places=2)
    status = models.CharField(max_length=16, choices=Status, default=Status.PENDING, db_default=Status.PENDING)
    created_at = models.DateTimeField(null=True, blank=True, db_default=Now())

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~Q(id=""), name="catalog_item_id_not_empty"),
            # 0 is a price: clients could send it.
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="catalog_item_price_not_negative"),
            models.CheckConstraint(
                condition=Q(status__in=["PENDING", "CONFIRMED", "PREPARING", "READY", "DELIVERED", "CANCELLED"]),
                name="catalog_item_status_known",
            ),
        )
        indexes = (
            models.Index(fields=("order", "id"), name="catalog_item_by_order"),
            models.Index(fields=("product", "id"), name="catalog_item_by_product"),
            # What a shop has to do: its items in one state, and the orders that they are in.
            models.Index(fields=("shop", "status", "order"), name="catalog_item_by_shop"),
            # Looked through when a variant goes.
            models.Index(fields=("variant",), name="catalog_item_by_variant"),
        )

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_name}"


@tracked()
class OrderStatusHistory(models.Model):
    """One step of an order. The legacy shop recorded none: steps before the take-over are not invented."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    order = models.ForeignKey(Order, models.CASCADE, related_name="history", db_index=False)
    old_status = models.CharField(max_length=32, choices=Order.Status, null=True, blank=True)
    new_status = models.CharField(max_length=32, choices=Order.Status)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", null=True, blank=True)
    notes = models.TextField(null=True, blank=True)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "order status history"
        # How an order went.
        indexes = (models.Index(fields=("order", "changed_at", "id"), name="catalog_history_by_order"),)

    def __str__(self) -> str:
        return f"{self.old_status or 'nothing'} → {self.new_status}"


@tracked()
class PaymentSlip(models.Model):
    """A picture that shall prove a payment. Its amount is NULL where nobody wrote it down."""

    class Status(models.TextChoices):
        PENDING = "PENDING"
        VERIFIED = "VERIFIED"
        REJECTED = "REJECTED"

    id = KeyField(primary_key=True, db_collation="C", db_default=UUID7Text(), editable=False)
    order = models.ForeignKey(Order, models.PROTECT, related_name="slips", db_index=False)
    image_url = models.TextField("image URL")
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    status = models.CharField(max_length=16, choices=Status, default=Status.PENDING, db_default=Status.PENDING)
    notes = models.TextField(null=True, blank=True)
    created_at = models.DateTimeField(null=True, blank=True, db_default=Now())
    updated_at = models.DateTimeField(null=True, blank=True, auto_now=True, db_default=Now())

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~Q(id=""), name="catalog_slip_id_not_empty"),
            models.CheckConstraint(
                condition=Q(status__in=["PENDING", "VERIFIED", "REJECTED"]), name="catalog_slip_status_known"
            ),
        )
        indexes = (
            models.Index(fields=("order", "id"), name="catalog_slip_by_order"),
            # What waits to be looked at, and what came last.
            models.Index(
                F("status"),
                F("created_at").desc(nulls_last=True),
                F("id").desc(),
                name="catalog_slip_by_status",
            ),
            models.Index(F("created_at").desc(nulls_last=True), F("id").desc(), name="catalog_slip_created"),
        )

    def __str__(self) -> str:
        return f"slip {self.id}"
