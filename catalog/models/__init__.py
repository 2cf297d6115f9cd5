from catalog.models.address import Address
from catalog.models.category import ProductCategory
from catalog.models.memorial import NFTMemorial
from catalog.models.order import Order, OrderItem, OrderStatusHistory, PaymentSlip
from catalog.models.product import Product, ProductImage, ProductVariant
from catalog.models.shop import Shop, ShopCustomer
from catalog.models.track import Track

__all__ = [
    "Address",
    "NFTMemorial",
    "Order",
    "OrderItem",
    "OrderStatusHistory",
    "PaymentSlip",
    "Product",
    "ProductCategory",
    "ProductImage",
    "ProductVariant",
    "Shop",
    "ShopCustomer",
    "Track",
]
