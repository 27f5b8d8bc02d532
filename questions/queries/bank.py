"""The exam that this deployment is about, and its tags."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import yaml
from django.conf import settings

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


@lru_cache(maxsize=1)
def _spelling(folder: Path) -> Mapping[str, str]:
    path = folder / "spelling.yaml"
    if not path.exists():
        return {}
    words = yaml.safe_load(path.read_text(encoding="utf-8"))["words"]
    return {"".join(filter(str.isalnum, word)).casefold(): word for word in words}


def spelling() -> Mapping[str, str]:
    """Words of concept slugs that are not written in small letters, from the bank's folder: "iam" -> "IAM". Read once."""
    return _spelling(Path(settings.BANK_DIR))


def tag_names() -> dict[str, str]:
    """Tag slug -> name."""
    return dict(Tag.objects.values_list("slug", "name"))
