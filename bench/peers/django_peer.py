"""A Django peer as its documentation installs it, with nothing more than it needs. PEER names which.

Nobody is sent anything. State lies in SQLite (the file PEER_DATABASE); no log line is written.
"""

from __future__ import annotations

import os

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

PEER = os.environ["PEER"]
APPS = {
    "phone_verify": ["rest_framework", "phone_verify"],
    "passwordless": ["rest_framework", "rest_framework.authtoken", "depositors", "drfpasswordless"],
    "two_factor": [
        "django.contrib.sites",
        "django_otp",
        "two_factor",
        "two_factor.plugins.phonenumber",
    ],
}

settings.configure(
    SECRET_KEY="k" * 50,
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ["PEER_DATABASE"],
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
            },
        }
    },
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", *APPS[PEER]],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    USE_TZ=True,
    AUTH_USER_MODEL="depositors.Depositor" if PEER == "passwordless" else "auth.User",
    LOGGING_CONFIG="logging.config.dictConfig",
    DEBUG=False,
    SITE_ID=1,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    LANGUAGES=[("en", "English")],
    PHONE_VERIFICATION={
        "BACKEND": f"{__name__}.Nobody",
        "OPTIONS": {"SID": "x", "SECRET": "x", "FROM": "+81345678900", "SANDBOX_TOKEN": ""},
        "TOKEN_LENGTH": 6,
        "MESSAGE": "{security_code}",
        "APP_NAME": "bank",
        "SECURITY_CODE_EXPIRATION_SECONDS": 600,
        "VERIFY_SECURITY_CODE_ONLY_ONCE": True,
    },
    PASSWORDLESS_AUTH={
        "PASSWORDLESS_AUTH_TYPES": ["MOBILE"],
        "PASSWORDLESS_MOBILE_NOREPLY_NUMBER": "+81345678900",
        "PASSWORDLESS_TEST_SUPPRESSION": True,
    },
)
django.setup()
call_command("migrate", verbosity=0, run_syncdb=True)

if PEER == "phone_verify":
    from phone_verify.backends.base import BaseBackend

    class Nobody(BaseBackend):
        """Sends nothing."""

        def __init__(self, **options: str) -> None:
            """Take what the setting OPTIONS holds."""
            super().__init__(**options)
            self.exception_class = ValueError

        def send_sms(self, number: str, message: str) -> None:
            """Send nothing."""

        def send_bulk_sms(self, numbers: list[str], message: str) -> None:
            """Send nothing."""


def ready(_: HttpRequest) -> HttpResponse:
    """Say that it serves."""
    return HttpResponse("ready")


def _urls() -> list[object]:
    if PEER == "phone_verify":
        from phone_verify.api import VerificationViewSet
        from rest_framework.routers import DefaultRouter

        router = DefaultRouter(trailing_slash=False)
        router.register("phone", VerificationViewSet, basename="phone")
        return [path("api/", include(router.urls))]
    if PEER == "passwordless":
        return [path("", include("drfpasswordless.urls"))]
    from two_factor.gateways.twilio.urls import urlpatterns as twilio

    return [path("", include(twilio))]


urlpatterns = [path("ready", ready), *_urls()]
app = get_wsgi_application()
