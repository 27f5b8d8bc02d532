"""An instructor's browser, and good questions to type into it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.test import Client

from questions.models import Item, ItemVersion, User

ADD, LIST, YAML = "/admin/questions/item/add/", "/admin/questions/item/", "/admin/questions/item/yaml/"

CHOICE: dict[str, Any] = {
    "slug": "iced-for-sixty",
    "kind": "choice",
    "task": "2.1",
    "tags": ["water", "service"],
    "scenario": "2",
    "rows": "3, 14",
    "difficulty": "-0.5",
    "difficulty_reason": "One limit decides.",
    "note": "brewing#water",
    "facts": ["green-tea-heat"],
    "stem": "A terrace serves sixty cold glasses within an hour from one kettle that holds two litres.",
    "ask": "Which preparation has the LEAST waiting time for the guests?",
    "options": [
        {"text": "Cold infusion from the night before", "key": "on", "concept": "cold-infusion",
         "rationale": "The infusion stands ready, so sixty glasses do not wait for the kettle."},
        {"text": "Hot infusion that cools on the bar", "concept": "hot-infusion",
         "rationale": "Breaks the hour: a hot infusion cools for two hours on the bar."},
        {"text": "Fresh infusion for every guest", "concept": "fresh-infusion",
         "rationale": "Breaks the hour: the kettle holds two litres, and sixty glasses are twelve litres."},
        {"text": "Strong infusion poured over stones", "concept": "strong-infusion",
         "rationale": "Breaks the wait: stones cool one glass in four minutes."},
    ],
}  # fmt: skip
MULTIPLE: dict[str, Any] = {
    **CHOICE,
    "slug": "signs-of-old-leaf",
    "kind": "multiple",
    "stem": "A merchant checks a chest of green leaf that stood open for two years in a damp cellar.",
    "ask": "Which signs show that the leaf is old? (Select TWO.)",
    "options": [
        {"text": "A flat smell", "key": "on", "rationale": "A flat smell shows lost oils."},
        {"text": "A brown edge", "key": "on", "rationale": "A brown edge shows that air reached the leaf."},
        {"text": "A sweet smell", "rationale": "A sweet smell shows a fresh leaf."},
        {"text": "A green edge", "rationale": "A green edge shows a fresh leaf."},
        {"text": "A silver tip", "rationale": "A silver tip shows an early harvest."},
    ],
}
ORDERING: dict[str, Any] = {
    **CHOICE,
    "slug": "whisk-a-bowl",
    "kind": "ordering",
    "stem": "A guest learns to whisk a bowl of powdered tea for the first time.",
    "ask": "Put the steps in the right order.",
    "rationale": "The bowl is warm before the powder comes, and water comes before the whisk.",
    "options": [
        {"text": "Warm the bowl", "position": "1", "rationale": "A cold bowl takes the heat of the water."},
        {"text": "Sift the powder", "position": "2", "rationale": "Sifted powder leaves no lumps."},
        {"text": "Whisk the tea", "position": "3", "rationale": "The whisk makes the foam at the end."},
        {"text": "Add the milk", "rationale": "Milk belongs to another drink."},
    ],
}
MATCHING: dict[str, Any] = {
    **CHOICE,
    "slug": "vessel-for-each",
    "kind": "matching",
    "stem": "A shop lays out the vessels for three ways to serve tea on one table.",
    "ask": "Match each way with its vessel.",
    "rationale": "The vessel follows from how long the leaf stays in the water.",
    "options": [
        {"label": "A", "text": "Lidded bowl", "rationale": "A lidded bowl pours within seconds."},
        {"label": "B", "text": "Iron pot", "rationale": "An iron pot keeps its heat for an hour."},
        {"label": "", "text": "Glass jar", "rationale": "A glass jar stands in the cold overnight."},
    ],
    "prompts": [
        {"text": "Many short infusions", "option": "a", "rationale": "Short infusions are poured within seconds."},
        {"text": "One pot for the evening", "option": "B", "rationale": "The evening needs heat that lasts."},
        {"text": "Cold overnight", "option": "c", "rationale": "Overnight the jar stands in the cold."},
    ],
}  # fmt: skip
KINDS = {"choice": CHOICE, "multiple": MULTIPLE, "ordering": ORDERING, "matching": MATCHING}
PART: dict[str, Any] = {
    **CHOICE,
    "slug": "tea-house.evening",
    "stem": "",
    "ask": "Which drink suits the evening with the LEAST effort?",
    "case_slug": "tea-house",
    "case_title": "A tea house by the sea",
    "case_text": "A tea house by the sea serves sixty guests at noon, ten in the evening and two at night.",
    "case_part": "3",
    "case_of": "3",
}


def typed(question: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What a browser sends for this question: flat names, all rows of the form, empty ones too."""
    question = {**question, **changes}
    data = {"started_from": "0", **{k: v for k, v in question.items() if k not in ("options", "prompts")}}
    for name, rows, least in (("options", question["options"], 8), ("prompts", question.get("prompts", []), 7)):
        count = max(len(rows), least)
        data |= {f"{name}-TOTAL_FORMS": str(count), f"{name}-INITIAL_FORMS": "0"}
        fields = ("text", "concept", "position", "label", "option", "rationale")
        for number in range(count):
            row = rows[number] if number < len(rows) else {}
            data |= {f"{name}-{number}-{field}": row.get(field, "") for field in fields}
            if row.get("key"):
                data[f"{name}-{number}-key"] = "on"
    return data


class Desk:
    """A browser at the workshop."""

    def __init__(self, person: User | None = None):
        self.client = Client()
        if person is not None:
            self.client.force_login(person)

    def get(self, address: str) -> Any:
        """Open a page."""
        return self.client.get(address)

    def post(self, address: str, data: dict[str, Any]) -> Any:
        """Send a form and stay at its answer, whose messages are its own: earlier ones were read."""
        self.client.cookies.pop("messages", None)
        return self.client.post(address, data)

    def write(self, question: dict[str, Any], wish: str = "draft", **changes: Any) -> Item:
        """Store a new question that must be accepted."""
        answer = self.post(ADD, {**typed(question, **changes), "wish": wish})
        assert answer.status_code == 302, said(answer)
        return Item.objects.get(slug={**question, **changes}["slug"])

    def page(self, item: Item, version: int | None = None) -> str:
        """The page of a question."""
        answer = self.get(address(item) + (f"?version={version}" if version else ""))
        assert answer.status_code == 200
        return answer.content.decode()

    def decide(self, item: Item, deed: str, version: int = 1, why: str = "") -> Any:
        """Press one of the buttons of the page."""
        return self.post(f"/admin/questions/item/{item.pk}/review/", {"deed": deed, "version": version, "why": why})


def address(item: Item) -> str:
    """Where the page of a question is."""
    return f"/admin/questions/item/{item.pk}/change/"


def edit_address(item: Item) -> str:
    """Where its form is."""
    return f"/admin/questions/item/{item.pk}/edit/"


def states(item: Item) -> dict[int, str]:
    """State of every version by number."""
    return dict(ItemVersion.objects.filter(item=item).order_by("number").values_list("number", "state"))


def said(answer: HttpResponse) -> list[str]:
    """The messages of a page, and the problems of its form, as text."""
    context: Any = answer.context  # type: ignore[attr-defined]
    if context is None:
        return []
    told = [str(message) for message in context.get("messages", [])]
    if sheet := context.get("sheet"):
        told += sheet.problems
        told += [f"{name}: {text}" for name, texts in sheet.form.errors.items() for text in texts]
        for rows in (sheet.options, sheet.prompts):
            for number, errors in enumerate(rows.errors):
                told += [f"{rows.prefix} {number}: {name}: {text}" for name, texts in errors.items() for text in texts]
    return told + list(context.get("problems", []))
