"""Who made a change that no request made: the command that a process runs.

Requests are told apart by pghistory's middleware; a job adds its own name with `pghistory.context(job=...)`.
"""

from __future__ import annotations

import json
import uuid

from django.db import connections

from operations.servers import PRIMARY, is_configured

SERVING = ("worker", "runserver")


def name_command(command: str) -> None:
    """Let every connection to the primary that this process will make say which command it works for.

    It is said once, when a connection is made, and holds for all threads; pghistory's own context would put a statement
    in front of every other one, and only in the thread that entered it.
    """
    if not is_configured(PRIMARY):
        return
    metadata = json.dumps({"command": command}, separators=(",", ":"))
    escaped = metadata.replace("\\", "\\\\").replace(" ", "\\ ")
    said = f"-c pghistory.context_id={uuid.uuid4()} -c pghistory.context_metadata={escaped}"
    options = connections.settings[PRIMARY]["OPTIONS"]
    options["options"] = f"{options.get('options', '')} {said}".strip()
    if command not in SERVING:
        options.pop("pool", None)
