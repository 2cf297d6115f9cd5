from operations.models.imports import EntityProgress, ImportRun
from operations.models.landing import LandedRecord, LegacyEntity, Mend, Outcome, Rejection

__all__ = ["EntityProgress", "ImportRun", "LandedRecord", "LegacyEntity", "Mend", "Outcome", "Rejection"]
