"""The operation that puts a table's history under way in one step of a migration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState
from pgtrigger.compiler import Trigger
from pgtrigger.migrations import AddTrigger


class AddTriggers(Operation):
    """All triggers of a table at once.

    The same as one `AddTrigger` for each of them. After each of those Django makes the classes of the model and of all
    that refer to it anew; with five triggers on each of forty tables that took most of the time of `migrate`. Triggers
    change nothing of a class but this option of it, so the class that there is gets it.
    """

    category = OperationCategory.ADDITION

    def __init__(self, model_name: str, triggers: Sequence[Trigger]) -> None:
        self.model_name = model_name
        self.triggers = triggers

    def _operations(self) -> list[AddTrigger]:
        return [AddTrigger(self.model_name, trigger) for trigger in self.triggers]

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        options = state.models[app_label, self.model_name.lower()].options
        options["triggers"] = [*options.get("triggers", []), *self.triggers]
        if "apps" in state.__dict__:  # the attribute itself would make all classes
            state.apps.get_model(app_label, self.model_name)._meta.triggers = options["triggers"]

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for operation in self._operations():
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for operation in reversed(self._operations()):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def references_model(self, name: str, app_label: str) -> bool:
        return name.lower() == self.model_name.lower()

    def describe(self) -> str:
        return f"Create {len(self.triggers)} triggers on model {self.model_name}"

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return type(self).__name__, [], {"model_name": self.model_name, "triggers": self.triggers}

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.model_name.lower()}_triggers"
