"""Who calls: a session token in a header (apps) or the site's session cookie (browsers). Anonymous callers get 401."""

from __future__ import annotations

from typing import Any

from allauth.core.internal.sessionkit import get_session_user
from allauth.headless.contrib.rest_framework.authentication import XSessionTokenAuthentication
from allauth.headless.internal.sessionkit import lookup_session
from django.contrib.auth.models import AbstractBaseUser
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

TOKEN_HEADER = "X-Session-Token"  # noqa: S105 - the name of a header


class XSessionToken(XSessionTokenAuthentication):
    """The token that ``/_allauth/app/v1/auth/…`` hands out, in the header ``X-Session-Token``.

    Costs two statements, session and user: the inherited look-up asks for the session twice.
    """

    def authenticate(self, request: Any) -> tuple[AbstractBaseUser, Any] | None:
        """(user, session) of the token; None without one; AuthenticationFailed (401) for one that is of no use."""
        token = self.get_session_token(request)
        if not token:
            return None
        session = lookup_session(token)
        user = get_session_user(session) if session is not None else None
        if user is None:
            raise AuthenticationFailed("This session token is unknown or has ended. Sign in again for a new one.")
        return user, session

    def authenticate_header(self, request: Request) -> str:
        """What WWW-Authenticate names; without it the framework would answer 403 instead of 401."""
        return TOKEN_HEADER


class Session(SessionAuthentication):
    """The site's session cookie, guests' included; writing requests carry the CSRF token in ``X-CSRFToken``."""

    def authenticate_header(self, request: Request) -> str:
        """As above: no session means 401, a wrong CSRF token 403."""
        return TOKEN_HEADER
