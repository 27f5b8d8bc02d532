"""The exam that this deployment is about, and its tags."""

from __future__ import annotations

from questions.models import (
    Exam,
    Tag,
)


class NoExam(LookupError):
    """The bank is not loaded."""


def current_exam() -> Exam:
    """The exam that this deployment is about. NoExam says how to load one."""
    exam = Exam.objects.order_by("pk").first()
    if exam is None:
        raise NoExam("The question bank is empty. Load it with: python manage.py load_bank")
    return exam


def tag_names() -> dict[str, str]:
    """Tag slug -> name."""
    return dict(Tag.objects.values_list("slug", "name"))
