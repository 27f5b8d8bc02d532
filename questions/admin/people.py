"""Accounts, for operators alone: instructors have no permission to see them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest

from questions.models import User


@admin.register(User)
class PersonAdmin(UserAdmin):
    """Roles and access. An account is closed by ``is_active``: deleting it would take its answers with it."""

    list_display = ("username", "email", "is_staff", "is_active", "guest_since", "date_joined")
    list_filter = ("is_staff", "is_active", "groups", ("guest_since", admin.EmptyFieldListFilter))
    search_fields = ("username", "email")
    ordering = ("-date_joined",)
    readonly_fields = ("guest_since", "claimed_at", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "email", "password")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Practice", {"fields": ("allowance", "theme", "text_size", "shortcuts")}),
        ("Dates", {"fields": ("guest_since", "claimed_at", "last_login", "date_joined")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People sign up themselves; an operator gives them roles."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: the log of answers stays."""
        return False
