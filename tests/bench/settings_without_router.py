"""As `tests.bench.settings`, on the primary alone, by Django's own backend: no router, no positions."""

from tests.bench.settings import *  # noqa: F403
from tests.bench.settings import DATABASES, MIDDLEWARE

DATABASES = {"default": DATABASES["default"] | {"ENGINE": "django.db.backends.postgresql"}}
DATABASE_ROUTERS: list[str] = []
MIDDLEWARE = [name for name in MIDDLEWARE if name != "config.routing.middleware.PositionMiddleware"]
