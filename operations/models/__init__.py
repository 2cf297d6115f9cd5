from operations.models.control import ImportJob, Inspection, RunControl
from operations.models.imports import EntityProgress, ImportRun
from operations.models.landing import LandedRecord, LegacyEntity, Mend, Outcome, Rejection
from operations.models.verification import Verification, VerifiedPart

__all__ = [
    "EntityProgress",
    "ImportJob",
    "ImportRun",
    "Inspection",
    "LandedRecord",
    "LegacyEntity",
    "Mend",
    "Outcome",
    "Rejection",
    "RunControl",
    "Verification",
    "VerifiedPart",
]
