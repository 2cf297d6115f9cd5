"""What PostgreSQL must know of tables that have just been filled."""

from __future__ import annotations

from django.apps import apps

from operations.importing import sql
from operations.importing.declaration import Plan
from operations.importing.session import Session


def analyze(plans: tuple[Plan, ...], session: Session) -> None:
    filled = {model for plan in plans if plan.entity for model in plan.entity.models}
    for table in sorted(apps.get_model(model)._meta.db_table for model in filled | {"operations.LandedRecord"}):
        session.execute(f"ANALYZE {sql.name(table)}")
