"""What can end an import, in words that name the remedy."""


class LegacyError(Exception):
    """An import cannot start or go on. The message says what to do about it."""


class SourceUnreadable(LegacyError):
    """The legacy store is missing, locked, encrypted, damaged or of another kind."""


class SchemaUnknown(LegacyError):
    """The legacy store opens, but does not hold what the declaration expects."""


class ImportBusy(LegacyError):
    """Another import of the same source is running."""


class DatabaseFailed(LegacyError):
    """The connection to PostgreSQL was lost, its disk is full, or it is not ready."""


class ImportStopped(Exception):
    """An operator asked to stop; what was finished is written. The message is who it was, if it was in the admin."""
