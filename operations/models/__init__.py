from operations.models.control import ImportJob, Inspection, RunControl
from operations.models.imports import EntityProgress, ImportRun
from operations.models.landing import LandedRecord, LegacyEntity, Mend, Outcome, Rejection
from operations.models.requests import IdempotentAnswer, LimitCount
from operations.models.verification import Verification, VerifiedPart

__all__ = [
    "EntityProgress",
    "IdempotentAnswer",
    "ImportJob",
    "ImportRun",
    "Inspection",
    "LandedRecord",
    "LegacyEntity",
    "LimitCount",
    "Mend",
    "Outcome",
    "Rejection",
    "RunControl",
    "Verification",
    "VerifiedPart",
]
