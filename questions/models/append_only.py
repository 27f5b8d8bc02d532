"""Rows that are written once: the log of answers and reviews, and the content of question versions."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models


class Frozen(Exception):
    """Somebody tried to change what must stay as it was written."""


class FrozenQuerySet(models.QuerySet[Any]):
    """Refuses bulk updates of frozen columns and bulk deletes."""

    def update(self, **values: Any) -> int:
        """Update of the mutable columns only; Frozen otherwise."""
        changeable = self.model.mutable
        if frozen := set(values) - changeable:
            raise Frozen(f"{self.model.__name__}.{sorted(frozen)[0]} is written once and never changes.")
        return super().update(**values)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Always Frozen: :func:`forget` takes them along when a learner leaves, nothing else removes rows."""
        raise Frozen(f"{self.model.__name__} rows are never deleted.")


def forget(model: type[models.Model], **whose: Any) -> None:
    """Delete all rows of somebody who leaves in one statement: the one way in which rows that are written once go.

    Only for a model that nothing else hangs on any more; a database constraint refuses it otherwise.
    """
    rows: models.QuerySet[Any] = models.QuerySet(model).filter(**whose)
    rows._raw_delete(rows.db)


class WrittenOnce(models.Model):
    """A row of which only the columns in ``mutable`` may change after the insert."""

    mutable: ClassVar[frozenset[str]] = frozenset()
    objects = FrozenQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert, or update of named mutable columns; Frozen otherwise."""
        if not self._state.adding and not set(kwargs.get("update_fields") or ["everything"]) <= self.mutable:
            raise Frozen(f"{type(self).__name__} {self.pk} is written once and never changes.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Always Frozen."""
        raise Frozen(f"{type(self).__name__} rows are never deleted.")
