class SandboxError(RuntimeError):
    """The sandbox cannot do what was asked of it; the message names the remedy."""
