"""Settings, all from the environment. `.env.example` documents every variable; junk is refused at start, by name."""

from datetime import timedelta
from pathlib import Path

import pghistory
from django.core.exceptions import ImproperlyConfigured

from config import environment

BASE_DIR = Path(__file__).resolve().parent.parent
environment.read_dotenv()

DEBUG = environment.flag("DEBUG", default=False)
SECRET_KEY = (
    environment.text("SECRET_KEY", "for-development-only")
    if DEBUG
    else environment.required_text(
        "SECRET_KEY",
        "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(50))', or set DEBUG=on to develop.",
    )
)
ALLOWED_HOSTS = environment.hosts("ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]") if DEBUG else ())
CSRF_TRUSTED_ORIGINS = environment.origins("CSRF_TRUSTED_ORIGINS")
INTERNAL_IPS = ["127.0.0.1", "::1"]

# Served over HTTPS unless told otherwise; `make demo` and a developer's machine say HTTPS=off.
HTTPS = environment.flag("HTTPS", default=not DEBUG)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^health$"]  # asked by load balancers, over plain HTTP
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
BEHIND_PROXY = environment.flag("BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# How many proxies stand before the site, each of which adds to X-Forwarded-For who came to it.
TRUSTED_PROXIES = environment.number("TRUSTED_PROXIES", 1 if BEHIND_PROXY else 0, high=16)
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"

# Who may read /metrics beside staff: whoever sends this as a bearer token.
METRICS_TOKEN = environment.text("METRICS_TOKEN")

# Requests and seconds: what one address may ask of the public API.
API_LIMIT = environment.limit("API_LIMIT", "600/60")
# Hours: how long the answer to a request that came with an Idempotency-Key is kept.
IDEMPOTENCY_HOURS = environment.number("IDEMPOTENCY_HOURS", 24, low=1, high=8760)

# Telegram
BOT_TOKEN = environment.telegram_token("BOT_TOKEN")
TELEGRAM_BOT_ID = environment.number("TELEGRAM_BOT_ID", 0, high=2**53)
TELEGRAM_TEST_KEYS = environment.flag("TELEGRAM_TEST_KEYS", default=False)
ADMIN_IDS = environment.telegram_ids("ADMIN_IDS")
# Seconds: how long init data is good, and how long a token that was given for it.
INIT_DATA_TTL = environment.number("INIT_DATA_TTL", 3600, low=1)
TELEGRAM_TOKEN_TTL = environment.number("TELEGRAM_TOKEN_TTL", 43_200, low=1)

# Giveaways: what a creator may ask for, and until when they may change their mind.
GIVEAWAYS = {
    "min_seconds": environment.number("GIVEAWAY_MIN_SECONDS", 5 if DEBUG else 300, low=1),
    "max_seconds": environment.number("GIVEAWAY_MAX_SECONDS", 31_622_400, low=1, high=3_162_240_000),
    "max_winners": environment.number("GIVEAWAY_MAX_WINNERS", 1000, low=1),
    "max_prizes": environment.number("GIVEAWAY_MAX_PRIZES", 1000),
    "max_requirements": environment.number("GIVEAWAY_MAX_REQUIREMENTS", 10),
    "max_sponsors": environment.number("GIVEAWAY_MAX_SPONSORS", 3),
    "max_tickets": environment.number("GIVEAWAY_MAX_TICKETS", 1_000_000_000, low=1, high=10**15),
    "edit_seconds": environment.number("GIVEAWAY_EDIT_SECONDS", 300),
    "cancel_seconds": environment.number("GIVEAWAY_CANCEL_SECONDS", 300),
    "cancel_participants": environment.number("GIVEAWAY_CANCEL_PARTICIPANTS", 10),
    "list_seconds": environment.number("GIVEAWAY_LIST_SECONDS", 86_400, low=1),
    "list_bytes": environment.number("GIVEAWAY_LIST_BYTES", 1_048_576, low=1, high=2_500_000),
}
# How often somebody may join, and set up giveaways: one person, and all who come from one address.
JOIN_LIMIT = environment.limit("JOIN_LIMIT", "60/60")
JOIN_ADDRESS_LIMIT = environment.limit("JOIN_ADDRESS_LIMIT", "1200/60")
CREATE_LIMIT = environment.limit("CREATE_LIMIT", "20/3600")
CREATE_ADDRESS_LIMIT = environment.limit("CREATE_ADDRESS_LIMIT", "200/3600")

# drand, the randomness beacon of draws that name a round of it: relays, asked one after the other; seconds for each.
DRAND_URLS = environment.web_addresses("DRAND_URLS", ("https://api.drand.sh", "https://drand.cloudflare.com"))
DRAND_TIMEOUT = environment.number("DRAND_TIMEOUT_MS", 3000, low=1) / 1000

INSTALLED_APPS = [
    "operations",
    "accounts",
    "catalog",
    "giveaways",
    "events",
    "config.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
    "pgtrigger",
    "pghistory",
    "ninja",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.ContentSecurityPolicyMiddleware",
    "operations.middleware.ProbesMiddleware",
    "config.routing.middleware.PositionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
if DEBUG:
    INSTALLED_APPS.append("django_migration_linter")  # for `make lint`
DEBUG_TOOLBAR = environment.flag("DEBUG_TOOLBAR", default=False)
if DEBUG_TOOLBAR:
    if not DEBUG:
        raise ImproperlyConfigured("DEBUG_TOOLBAR shows settings and queries: it goes with DEBUG=on only. Unset it.")
    INSTALLED_APPS.append("debug_toolbar")
    MIDDLEWARE.insert(3, "debug_toolbar.middleware.DebugToolbarMiddleware")

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = True
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Data
DATABASES = environment.databases()
DATABASE_ROUTERS = ["config.routing.router.ReplicaRouter"]
# Seconds: a replica further behind than this answers nobody; and how often each process looks.
REPLICA_MAX_LAG = environment.number("REPLICA_MAX_LAG", 5, low=1)
REPLICA_PROBE_SECONDS = environment.number("REPLICA_PROBE_MS", 25, low=5, high=1000) / 1000
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = environment.redis_url()
CACHES = {
    "default": {
        "BACKEND": "config.caching.backend.Cache",
        "LOCATION": REDIS_URL,
        "TIMEOUT": 300,
        "KEY_PREFIX": "slipway",
        "OPTIONS": {
            # A Redis that does not answer costs a request so much, once: then the breaker knows.
            "SOCKET_CONNECT_TIMEOUT": 0.05,
            "SOCKET_TIMEOUT": 0.05,
            "REDIS_CLIENT_CLASS": "config.caching.breaker.GuardedRedis",
            "CONNECTION_POOL_CLASS": "redis.BlockingConnectionPool",
            "CONNECTION_POOL_KWARGS": {
                "max_connections": environment.number("REDIS_POOL_SIZE", 50, low=1),
                "timeout": 0.25,  # seconds to wait for a connection of the pool
            },
            "IGNORE_EXCEPTIONS": True,
        },
    }
    if REDIS_URL
    else {"BACKEND": "config.caching.backend.LocalCache", "TIMEOUT": 300},
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

# Legacy systems: each name leads to its declaration, next to the models that it fills. A person whom several know shows
# what the first of them says.
LEGACY_SOURCES = {
    "normaldance": "catalog.legacy.normaldance.NORMALDANCE",
    "giveaways": "giveaways.legacy.giveaways.GIVEAWAY_TOOL",
    "events": "events.legacy.events.EVENT_STORE",
    "shop": "catalog.legacy.shop.VILLAGE_SHOP",
    "meals": "catalog.legacy.meals.MEAL_PLANNER",
}
# Where they are, for imports that are started in the admin: the one place where an address may hold a password.
LEGACY_ADDRESSES = {
    "normaldance": environment.text("LEGACY_NORMALDANCE_URL"),
    "giveaways": environment.text("LEGACY_GIVEAWAYS_URL"),
    "events": environment.text("LEGACY_EVENTS_URL"),
    "shop": environment.text("LEGACY_SHOP_URL"),
    "meals": environment.text("LEGACY_MEALS_URL"),
}
LEGACY_FILES_DIR = Path(environment.text("LEGACY_FILES_DIR")) if environment.text("LEGACY_FILES_DIR") else None

# Telegram's Bot API. Seconds: until connecting fails, until a read fails, and what one question may take in all.
TELEGRAM_API_URL = environment.web_address("TELEGRAM_API_URL", "https://api.telegram.org")
TELEGRAM_CONNECT_TIMEOUT = environment.number("TELEGRAM_CONNECT_TIMEOUT_MS", 2000, low=10, high=60_000) / 1000
TELEGRAM_TIMEOUT = environment.number("TELEGRAM_TIMEOUT_MS", 4000, low=10, high=60_000) / 1000
TELEGRAM_BUDGET = environment.number("TELEGRAM_BUDGET_MS", 5000, low=10, high=60_000) / 1000
TELEGRAM_ATTEMPTS = environment.number("TELEGRAM_ATTEMPTS", 3, low=1, high=10)
TELEGRAM_CALLS_PER_SECOND = environment.number("TELEGRAM_CALLS_PER_SECOND", 25, low=1, high=10_000)
# A message is dead after so many attempts; seconds between two to one person.
MESSAGE_ATTEMPTS = environment.number("MESSAGE_ATTEMPTS", 30, low=1)
MESSAGE_INTERVAL = environment.number("MESSAGE_INTERVAL_MS", 1000) / 1000
# Seconds: how long an answer of Telegram holds at the join, and how long a draw waits for answers that do not come.
REQUIREMENT_MET_KEPT = environment.number("REQUIREMENT_MET_KEPT", 300)
REQUIREMENT_UNMET_KEPT = environment.number("REQUIREMENT_UNMET_KEPT", 10)
REQUIREMENT_PATIENCE = environment.number("REQUIREMENT_PATIENCE", 86_400)
# Whether giveaways that the legacy tool began are drawn here: on from the moment that it is gone.
GIVEAWAYS_TAKE_OVER = environment.flag("GIVEAWAYS_TAKE_OVER", default=False)

# People
AUTH_USER_MODEL = "accounts.User"
# The first refuses whoever failed too often, and knows nobody.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "accounts.authentication.EmailBackend"]
# The first makes new hashes. bcrypt is how the village shop kept its passwords; whoever signs in gets a new hash.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "accounts.hashing.LegacyBcryptHasher",
]
# Failures to sign in are counted in the database, for a name and an address together: a stranger locks nobody out.
AXES_FAILURE_LIMIT = environment.number("LOGIN_FAILURES", 5, low=1)
AXES_COOLOFF_TIME = timedelta(minutes=environment.number("LOGIN_LOCK_MINUTES", 15, low=1))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "operations.login.guarded_name"
AXES_CLIENT_IP_CALLABLE = "operations.login.guarded_address"
AXES_LOCKOUT_CALLABLE = "operations.login.locked_out"
AXES_DISABLE_ACCESS_LOG = True  # it grows with every sign-in and is never read
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
# Whether staff must have a second factor, or may.
STAFF_OTP = environment.choice("STAFF_OTP", ("optional", "required"), "optional")
OTP_TOTP_ISSUER = "Slipway"
OTP_ADMIN_HIDE_SENSITIVE_DATA = True  # staff may take a lost device away, not look into it
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# Times are stored and shown in UTC: the legacy systems stand in several zones.
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

# History: rows as they were, free of what belongs to living rows. Requests that change nothing are not asked whose
# they are.
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")
PGHISTORY_CREATED_AT_FUNCTION = "STATEMENT_TIMESTAMP()"
PGHISTORY_OBJ_FIELD = pghistory.ObjForeignKey(db_index=False, related_name="+", related_query_name="+")
PGHISTORY_CONTEXT_FIELD = pghistory.ContextForeignKey(db_index=False, related_query_name="+")
PGHISTORY_FOREIGN_KEY_FIELD = pghistory.ForeignKey(db_index=False)
PGHISTORY_EXCLUDE_FIELD_KWARGS = {"django.db.models.Field": ["auto_now", "db_default", "default", "help_text"]}

STATIC_URL = "/static/"
STATIC_ROOT = Path(environment.text("STATIC_ROOT") or BASE_DIR / "staticfiles")
STATICFILES_DIRS = [BASE_DIR / "templates" / "static"]
if not DEBUG:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }

NINJA_PAGINATION_MAX_LIMIT = 100

LOG_LEVEL = environment.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"), "INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": []},  # its own would print every line twice, and mail what nobody reads
        "django.server": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "procrastinate": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},  # at INFO it writes addresses, and Telegram's hold the bot's token
    },
}
