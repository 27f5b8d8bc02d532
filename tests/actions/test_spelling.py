"""Concepts as learners read them."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from questions import queries


@pytest.mark.parametrize(
    ("slug", "words"),
    [
        ("iam-pass-role", "IAM pass role"),
        ("sagemaker-projects", "SageMaker projects"),
        ("xray", "X-Ray"),
        ("multi-model-endpoint", "multi model endpoint"),
    ],
)
def test_names_of_services_are_written_as_their_owner_writes_them(slug: str, words: str):
    assert queries.in_words(slug) == words


def test_a_bank_without_spellings_writes_small_letters(settings_of_bank: Path):
    assert queries.in_words("iam-pass-role") == "iam pass role"


@pytest.fixture
def settings_of_bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "BANK_DIR", tmp_path)
    return tmp_path
