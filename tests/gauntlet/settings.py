"""The site's own settings with the addresses of the long runs on reading."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "tests.gauntlet.urls"
