"""What an author writes is text everywhere in the workshop, never markup."""

from __future__ import annotations

from tests.admin.desk import ADD, CHOICE, LIST, YAML, Desk, edit_address, typed

ATTACK = "<script>alert(1)</script><img src=x onerror=alert(2)>"
PARTS = ("<script>alert(1)", "<img src=x")


def safe(page: str) -> bool:
    """None of the attack stands in the page as markup, though its text does."""
    return "alert(1)" in page and not any(part in page for part in PARTS)


def test_scripts_in_a_question_are_shown_as_text_on_its_page_in_the_difference_and_in_the_form(desk: Desk) -> None:
    options = [
        {**row, "text": f"{row['text']} {ATTACK}", "rationale": f"{row['rationale']} {ATTACK}"}
        for row in CHOICE["options"]
    ]
    item = desk.write(CHOICE)
    attacked = typed(CHOICE, started_from="1", stem=f"{CHOICE['stem']} {ATTACK}", options=options)
    assert desk.post(edit_address(item), attacked).status_code == 302
    assert safe(desk.page(item))
    assert safe(desk.get(edit_address(item)).content.decode())
    assert safe(desk.post(edit_address(item), attacked).content.decode())


def test_scripts_in_reasons_and_refused_input_are_shown_as_text(desk: Desk) -> None:
    item = desk.write(CHOICE, wish="submit")
    desk.decide(item, "rejected", why=ATTACK)
    assert safe(desk.page(item))
    assert safe(desk.get("/admin/questions/reviewevent/").content.decode())
    assert safe(desk.post(ADD, typed(CHOICE, slug=ATTACK)).content.decode())
    assert safe(desk.post(YAML, {"text": f"- id: {ATTACK}"}).content.decode())


def test_pages_of_the_workshop_carry_no_inline_script_or_style(desk: Desk) -> None:
    item = desk.write(CHOICE)
    for route in ("/admin/", LIST, ADD, YAML, f"/admin/questions/item/{item.pk}/change/", "/admin/questions/fact/"):
        answer = desk.get(route)
        page = answer.content.decode()
        assert "<style" not in page
        assert " style=" not in page
        assert "<script>" not in page
        assert " onclick=" not in page
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
