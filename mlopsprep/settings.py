"""All settings, in one file, driven by environment variables (``.env.example`` lists them).

``MODE=development`` (the default) runs on this machine with nothing to set up. ``MODE=production`` refuses to start
with anything that must not face a network: see ``refuse_unsafe_production``.
"""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import dj_database_url
import structlog
from csp.constants import NONE, SELF

from mlopsprep.environment import (
    DEVELOPMENT,
    DEVELOPMENT_KEY,
    PRODUCTION,
    Environment,
    celery_broker,
    mail_settings,
    redis_socket,
    refuse_unsafe_production,
)

ENVIRONMENT = env = Environment()
BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = env.path("VAR_DIR", default=BASE_DIR / "var")
MODE = env.choice("MODE", [DEVELOPMENT, PRODUCTION], default=DEVELOPMENT)
PRODUCTION_MODE = MODE == PRODUCTION
DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.text("SECRET_KEY", DEVELOPMENT_KEY)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", default=[] if PRODUCTION_MODE else ["localhost", "127.0.0.1", "[::1]"])
REDIS_SOCKET = redis_socket(VAR_DIR)
REDIS_URL = env.text("REDIS_URL", "" if PRODUCTION_MODE else f"unix://{quote(str(REDIS_SOCKET))}")
EMAIL_URL = env.text("EMAIL_URL", "" if PRODUCTION_MODE else "console:")
EMAIL_VERIFICATION = env.choice(
    "EMAIL_VERIFICATION",
    ["none", "optional", "mandatory"],
    default="mandatory" if PRODUCTION_MODE else "optional",
)
if PRODUCTION_MODE:
    refuse_unsafe_production(
        secret_key=SECRET_KEY,
        debug=DEBUG,
        hosts=ALLOWED_HOSTS,
        redis_url=REDIS_URL,
        mail_url=EMAIL_URL,
        verification=EMAIL_VERIFICATION,
    )

# Accounts with well-known passwords, for a first look. They exist in development only.
DEMO_ACCOUNTS = not PRODUCTION_MODE
# Promise that one process alone opens the database; it lifts the refusal of an old SQLite (questions/checks.py).
SINGLE_PROCESS = env.flag("SINGLE_PROCESS", default=False)
# RATE_LIMITS=off lets an outside load generator through. Never the default.
RATE_LIMITS = env.flag("RATE_LIMITS", default=True)

# --- The application ---

ROOT_URLCONF = "mlopsprep.urls"
WSGI_APPLICATION = "mlopsprep.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "questions.User"
INSTALLED_APPS = [
    "questions",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "mlopsprep.static.CollectedApps",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.headless",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "django_htmx",
    "django_structlog",
    "lucide",
    "csp",
]
MIDDLEWARE = [
    "questions.web.middleware.ReceivedAt",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "questions.web.middleware.RequestLog",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "questions.web.middleware.LearnersClock",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
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
                "questions.web.people.context",
            ],
        },
    },
]
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
TIME_ZONE = "UTC"
USE_TZ = True

# The question bank as text: notes, items, facts and the exam's format.
BANK_DIR = env.path("BANK_DIR", default=BASE_DIR / "bank")

# --- Database ---

SQLITE: dict[str, Any] = {
    # A transaction takes the write lock at BEGIN and waits for it. Taken later, it fails at once, whatever the timeout.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    # FULL: an acknowledged answer survives a power cut.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
}
DATABASE_URL = env.text("DATABASE_URL", f"sqlite:///{VAR_DIR / 'mlopsprep.sqlite3'}")
DATABASES: dict[str, Any] = {"default": dict(dj_database_url.parse(DATABASE_URL))}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    DATABASES["default"]["OPTIONS"] = SQLITE
    # A file, as in real life: threads of a test see one database and its locks.
    DATABASES["default"]["TEST"] = {"NAME": VAR_DIR / "test.sqlite3"}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.number("CONN_MAX_AGE", default=60, least=0, most=3600)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# --- Cache and sessions: learners go on when Redis is away, so nothing that matters is kept there ---

CACHES = {"default": {"BACKEND": "mlopsprep.cache.ForgivingCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "mlopsprep"}}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 30 * 24 * 3600
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

# --- Celery ---

CELERY_BROKER_URL = celery_broker(REDIS_URL)
CELERY_TASK_DEFAULT_QUEUE = "mlopsprep"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_ENABLE_UTC = True
CELERY_TIMEZONE = "UTC"
# A task is acknowledged when done and handed out again when its worker dies. All of them are safe to run twice.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
CELERY_VISIBILITY_TIMEOUT = 900
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Above the hard time limit, or a task that still runs would be started a second time.
    "visibility_timeout": CELERY_VISIBILITY_TIMEOUT,
    # What a killed worker held is looked for every 10 s instead of every 100 s.
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 1,
    "socket_keepalive": True,
    "health_check_interval": 10,
}
# Publishing gives up at once when Redis is away: the timetable's next tick does the work anyway.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_TIMEOUT = 1
# Workers, in contrast, wait for Redis as long as it takes.
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "timetable")

# --- Accounts ---

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "questions.web.accounts.AccountAdapter"
# A guest is signed in already, and must still reach the pages to sign up and sign in.
ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS = False
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = EMAIL_VERIFICATION
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PRODUCTION_MODE else "http"
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXIES", default=0, least=0, most=9)
MFA_ADAPTER = "questions.web.accounts.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_TOTP_ISSUER = "MLOps Prep"
# A passkey belongs to a host name: it works over https, and in development at http://localhost, not at 127.0.0.1.
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {"add_webauthn": "questions.web.forms.AddPasskeyForm"}
HEADLESS_CLIENTS = ("app", "browser")
if not RATE_LIMITS:
    ACCOUNT_RATE_LIMITS = False

# --- Mail ---

# Where links in mails lead that no request asked for: the daily reminder.
SITE_URL = env.text(
    "SITE_URL",
    f"https://{ALLOWED_HOSTS[0].lstrip('.')}"
    if PRODUCTION_MODE
    else f"http://127.0.0.1:{env.number('PORT', default=8000, least=1, most=65535)}",
)

DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "MLOps Prep <noreply@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
globals().update(mail_settings(EMAIL_URL or "console:"))

# --- REST API ---

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["questions.api.access.XSessionToken", "questions.api.access.Session"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "questions.api.schema.AutoSchema",
    "EXCEPTION_HANDLER": "questions.api.errors.handle",
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "rest_framework.throttling.UserRateThrottle",
    ],
    # No rate means no limit.
    "DEFAULT_THROTTLE_RATES": {
        "anon": env.rate("API_RATE_ANONYMOUS", default="60/min") if RATE_LIMITS else None,
        "user": env.rate("API_RATE_USER", default="600/min") if RATE_LIMITS else None,
    },
    "NUM_PROXIES": ALLAUTH_TRUSTED_PROXY_COUNT,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "MLOps Prep",
    "DESCRIPTION": "Practise for the MLOps half of the AWS Machine Learning Engineer - Associate exam.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {"ReportKindEnum": "questions.models.Report.KINDS"},
}

# --- Static files: collected, hashed and compressed; straight from their sources while somebody works on them ---

COLLECTED_STATIC = env.flag("COLLECTED_STATIC", default=not DEBUG)
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.path("STATIC_ROOT", default=VAR_DIR / "static") if COLLECTED_STATIC else None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "mlopsprep.static.HashedStatic"
        if COLLECTED_STATIC
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not COLLECTED_STATIC
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_AUTOREFRESH = DEBUG

# --- What browsers may do with our pages ---

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        **({"upgrade-insecure-requests": True} if PRODUCTION_MODE else {}),
    },
}
PERMISSIONS_POLICY = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
if PRODUCTION_MODE:
    # "__Host-" binds a cookie to this host and to TLS; the browser enforces it.
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = env.number("HSTS_SECONDS", default=365 * 24 * 3600, least=0, most=10 * 365 * 24 * 3600)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = env.flag("HSTS_SUBDOMAINS", default=False)
    SECURE_SSL_REDIRECT = env.flag("TLS_REDIRECT", default=True)
    # Health checks come from inside, without TLS.
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    CSRF_TRUSTED_ORIGINS = CSRF_TRUSTED_ORIGINS or [
        f"https://{'*' if host.startswith('.') else ''}{host}" for host in ALLOWED_HOSTS
    ]
    if ALLAUTH_TRUSTED_PROXY_COUNT:
        # Only a proxy that replaces the client's own header may be trusted with this.
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- Logs: one JSON object a line in production, readable lines in development ---

DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = 10
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = 20
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
# Looking the person up would cost statements on pages that need nobody; RequestLog names whoever was loaded anyway.
DJANGO_STRUCTLOG_USER_ID_FIELD = None
# Set by ReceivedAt, which runs before and overwrites whatever a client sent.
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True
LOG_LEVEL = env.choice("LOG_LEVEL", ["DEBUG", "INFO", "WARNING", "ERROR"], default="INFO")
LOG_FORMAT = env.choice("LOG_FORMAT", ["json", "console"], default="json" if PRODUCTION_MODE else "console")
_log_steps: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]
_log_ends: list[Any] = (
    [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
    if LOG_FORMAT == "json"
    else [structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)]
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "structured": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _log_steps,
            "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_log_ends],
        },
    },
    "handlers": {"stream": {"class": "logging.StreamHandler", "formatter": "structured"}},
    "root": {"handlers": ["stream"], "level": LOG_LEVEL},
    # RequestLog writes one line a request already.
    "loggers": {"django.request": {"level": "ERROR"}, "django.server": {"level": "ERROR"}},
}
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_log_steps,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
