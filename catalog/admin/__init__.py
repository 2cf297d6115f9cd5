"""What staff see of the catalogue: music, and the village shop."""

from catalog.admin import music, orders, products, shops

__all__ = ["music", "orders", "products", "shops"]
