"""The site's own settings with one more address: an empty view, behind the same middleware as every other."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.urls"
