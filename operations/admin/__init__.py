"""The admin of operations, and what the other apps' admins are made of.

`records.RecordAdmin` is the class to start from.
"""

from operations.admin.jobs import JobAdmin
from operations.admin.rejections import RejectionAdmin
from operations.admin.runs import ImportRunAdmin
from operations.admin.work import ImportJobAdmin, InspectionAdmin

__all__ = ["ImportJobAdmin", "ImportRunAdmin", "InspectionAdmin", "JobAdmin", "RejectionAdmin"]
