"""The WSGI entrance: `granian --interface wsgi config.wsgi:application`."""

import gc
import os
import sys

import django
from django.core.exceptions import ImproperlyConfigured

from config import environment
from config.requests import Handler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def start() -> Handler:
    """The application; a site that cannot serve ends here, in a sentence, and not at its first request."""
    try:
        environment.read_dotenv()
        # Requests are short; what operators run by manage.py may take its time and sets no limit.
        environment.prefer("STATEMENT_TIMEOUT_MS", "15000")
        environment.prefer("LOCK_TIMEOUT_MS", "5000")
        environment.prefer("IDLE_IN_TRANSACTION_TIMEOUT_MS", "60000")
        django.setup(set_prefix=False)
        application = Handler()
    except ImproperlyConfigured as error:
        sys.exit(f"Slipway cannot start: {error}")
    # Models may be imported only now that the applications are loaded.
    from operations.checks import check_database_is_configured

    for problem in check_database_is_configured():
        sys.exit(f"Slipway cannot start: {problem.msg} {problem.hint}")
    _settle()
    return application


def _settle() -> None:
    """Load all views now, and let the garbage collector pass over what stays for as long as the process does.

    Every some thousand requests it would walk over all of that, while the one under way waits a fifth of a second.
    """
    from django.urls import get_resolver

    get_resolver().url_patterns  # noqa: B018 - a property that loads
    gc.collect()
    gc.freeze()


application = start()
