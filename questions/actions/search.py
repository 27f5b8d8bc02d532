"""What search looks through, brought to what the bank says now. The database follows with its index by itself."""

from __future__ import annotations

from questions.domain import search
from questions.models import ItemVersion, NoteSection, SearchText, writing

BATCH = 200


def refresh_index() -> int:
    """Bring the searchable texts to the notes and approved items of now; how many rows changed. Safe to run twice."""
    wanted = _sections() | _versions()
    with writing():
        known = {(row.section_id, row.version_id): row for row in SearchText.objects.all()}
        gone = [row.pk for key, row in known.items() if key not in wanted]
        SearchText.objects.filter(pk__in=gone).delete()
        new, changed = [], []
        for (section, version), (title, text) in wanted.items():
            row = known.get((section, version))
            if row is None:
                new.append(SearchText(section_id=section, version_id=version, title=title, text=text))
            elif (row.title, row.text) != (title, text):
                row.title, row.text = title, text
                changed.append(row)
        SearchText.objects.bulk_create(new, batch_size=BATCH)
        SearchText.objects.bulk_update(changed, ["title", "text"], batch_size=BATCH)
    return len(gone) + len(new) + len(changed)


def index_version(version: ItemVersion) -> None:
    """Make the explanation of a version that was approved just now searchable, without a look at all the others."""
    title, text = search.explanation(version.value)
    SearchText.objects.update_or_create(version=version, defaults={"title": title, "text": text})


Texts = dict[tuple[int | None, int | None], tuple[str, str]]
"""(section, version) -> (title, text); one of the two keys is None."""


def _sections() -> Texts:
    rows = NoteSection.objects.filter(note__in_bank=True).values_list("pk", "note__title", "heading", "text")
    return {(pk, None): (f"{note}: {heading}", search.note_text(text)) for pk, note, heading, text in rows}


def _versions() -> Texts:
    rows = ItemVersion.objects.filter(state=ItemVersion.APPROVED)
    return {(None, row.pk): search.explanation(row.value) for row in rows.iterator(chunk_size=BATCH)}
