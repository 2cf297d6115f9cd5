from catalog.models.memorial import NFTMemorial
from catalog.models.track import Track

__all__ = ["NFTMemorial", "Track"]
