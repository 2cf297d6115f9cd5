"""A throwaway PostgreSQL primary, a streaming replica of it and a Valkey server, from wheels.

`with Sandbox() as sandbox` runs all three on Unix sockets inside one folder of their own; `servers()` starts only
what the environment does not name already. Nothing outlives the process that opened a sandbox: see `guard`.

Everything here but the handles of `server` is plain standard library, and stays so at import: the guard runs
without site-packages, to be up early.
"""

from operations.sandbox.environment import VARIABLES, missing_servers, servers
from operations.sandbox.errors import SandboxError
from operations.sandbox.sandbox import Sandbox

__all__ = ["VARIABLES", "Sandbox", "SandboxError", "missing_servers", "servers"]
