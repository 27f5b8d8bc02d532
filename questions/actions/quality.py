"""What the item-writing rules say of an item, given what the database knows. The workshop shows it; approval heeds it."""

from __future__ import annotations

from questions.domain import records, rules
from questions.domain.items import Item as ItemValue
from questions.domain.lint import ERROR, Finding, References, lint
from questions.domain.lint_copies import copies
from questions.models import Exam, Fact, ItemVersion, NoteSection, Tag


def findings(value: ItemValue, exam: Exam) -> list[Finding]:
    """Every flaw of ``value``, errors first, duplicates of what is served among them. Five statements at most."""
    found = [*lint(value, _references(value, exam)), *_duplicates(value, exam)]
    return sorted(found, key=lambda finding: finding.level != ERROR)


def ensure_publishable(version: ItemVersion) -> None:
    """Refusal ``lint-errors`` that lists every error; warnings leave the decision to the reviewer."""
    errors = [found for found in findings(version.value, version.item.exam) if found.level == ERROR]
    if errors:
        listed = "; ".join(_sentence(found) for found in errors)
        raise rules.Refusal("lint-errors", f"Mend these errors before it is approved: {listed}.")


def _sentence(finding: Finding) -> str:
    place = finding.where.partition(": ")[2]
    return f"{place}: {finding.message}" if place else finding.message


def _references(value: ItemValue, exam: Exam) -> References:
    """Of the ledger, the vocabulary and the notes only what ``value`` names: the cost does not grow with the bank."""
    facts = Fact.objects.filter(slug__in=value.facts)
    stem, _, anchor = value.note.partition("#")
    known_notes = NoteSection.objects.filter(note__stem=stem, anchor=anchor).exists() if value.note else False
    return References(
        facts={fact.slug: _fact(fact) for fact in facts},
        tags=set(Tag.objects.filter(slug__in=value.tags).values_list("slug", flat=True)),
        tasks={str(task["id"]) for domain in exam.format["domains"] for task in domain["tasks"]},
        scenarios={int(scenario["number"]) for scenario in exam.format.get("scenarios", [])},
        notes={value.note} if known_notes else set(),
    )


def _fact(fact: Fact) -> records.Fact:
    return records.Fact(
        id=fact.slug,
        statement=fact.statement,
        notes_value=fact.notes_value or None,
        aws_value=fact.aws_value or None,
        status=fact.status,
        source=fact.source,
        checked_on=fact.checked_on,
        audit_row=fact.audit_row,
        limits=tuple(records.Limit(**limit) for limit in fact.limits),
    )


def _duplicates(value: ItemValue, exam: Exam) -> list[Finding]:
    """Served items that ask the same, or nearly. An authored question shares a tag with its copy."""
    served = ItemVersion.objects.filter(state=ItemVersion.APPROVED, kind=value.kind, item__exam=exam)
    others = served.exclude(item__slug=value.slug).filter(item__tags__slug__in=value.tags).distinct()
    posed = [version.value for version in ItemVersion.objects.filter(pk__in=others.values("pk"))]
    return [found for found in copies([*posed, value]) if found.slug == value.slug]
