"""What search looks through: the text of each section of the notes and of each explanation, in one table."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from questions.models.bank import ItemVersion, NoteSection


class SearchText(models.Model):
    """The searchable text of a section or of a version's explanation. ``actions.search`` writes it; all of it can be redone.

    The database keeps the words by itself: PostgreSQL in a generated column with a GIN index, SQLite in an FTS5 table that
    triggers follow (migration 0005). Django knows neither. A later migration that remakes this table on SQLite must lay the
    triggers again.
    """

    section = models.OneToOneField(NoteSection, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    version = models.OneToOneField(ItemVersion, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    title = models.TextField()
    text = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(section__isnull=True, version__isnull=False)
                | Q(section__isnull=False, version__isnull=True),
                name="search_text_of_one_thing",
            )
        ]

    def __str__(self) -> str:
        return self.title[:80]
