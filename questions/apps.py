"""The one app of the site."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class QuestionsConfig(AppConfig):
    """Questions, practice and progress."""

    name = "questions"
    verbose_name = "Question bank and practice"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Permissions exist after a migration; the instructors' group is given them then."""
        post_migrate.connect(_ensure_roles, sender=self)


def _ensure_roles(**kwargs: Any) -> None:
    from questions.actions.people import ensure_roles  # models are not loaded before

    ensure_roles()
