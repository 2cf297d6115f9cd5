from events.models.archive import EventArchive
from events.models.event import Event

__all__ = ["Event", "EventArchive"]
