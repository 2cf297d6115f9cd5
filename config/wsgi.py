"""The WSGI entrance: `granian --interface wsgi config.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Requests are short; what operators run by manage.py may take its time and sets no limit.
os.environ.setdefault("STATEMENT_TIMEOUT_MS", "15000")
os.environ.setdefault("LOCK_TIMEOUT_MS", "5000")
os.environ.setdefault("IDLE_IN_TRANSACTION_TIMEOUT_MS", "60000")

application = get_wsgi_application()
