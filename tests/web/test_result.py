"""The result of a session as a learner reads it."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from xml.etree import ElementTree

from questions.actions import sessions
from questions.models import MemoryState, PracticeSession, User
from tests.cast import NOON, Give, right, wrong
from tests.web.pages import Page, Visitor

MINUTE = timedelta(minutes=1)


def rows(page: Page) -> list[list[str]]:
    """The list of questions: number, ask, verdict, time."""
    table = page.tree.all("table", class_="asked")[0]
    return [[cell.text for cell in row if cell.tag in ("td", "th")] for row in table.all("tbody")[0].all("tr")]


def table_of(page: Page, title: str) -> list[list[str]]:
    """The table of a picture."""
    box = page.tree.all("div", aria_label=f"Table: {title}")[0]
    return [[cell.text for cell in row if cell.tag in ("td", "th")] for row in box.all("tbody")[0].all("tr")]


def sit(mock: PracticeSession, give: Give, *answers: tuple[int, bool, float], ended: float = 10) -> str:
    """Answer (position, right?, minute) and submit at ``ended``; the address of the result."""
    served = {row.position: row for row in mock.served.select_related("version", "session")}
    for position, correct, minute in answers:
        row = served[position]
        give(row, right(row) if correct else wrong(row), at=NOON + minute * MINUTE)
    sessions.finish(learner=mock.learner, session_id=mock.pk, now=NOON + ended * MINUTE)
    return f"/sessions/{mock.pk}/result/"


def test_each_question_tells_how_long_it_took(visitor: Visitor, mock: PracticeSession, give: Give) -> None:
    page = visitor.get(sit(mock, give, (1, True, 1), (2, False, 3.5), (1, True, 4), (4, True, 6)))
    assert [(row[0], row[3]) for row in rows(page)] == [
        ("1", "1:30"), ("2", "2:30"), ("3", ""), ("4", "2:00"), ("5", ""), ("6", ""),
    ]  # fmt: skip
    assert table_of(page, "time per question") == [
        ["1", "1:30", "right"], ["2", "2:30", "wrong"], ["3", "–", "no answer"], ["4", "2:00", "right"],
        ["5", "–", "no answer"], ["6", "–", "no answer"],
    ]  # fmt: skip
    assert "Half of the questions took you 2:00 or less. Question 2 took longest: 2:30." in page.text
    assert "even pace, 2:00 each" in page.text


def test_the_time_that_a_client_measured_counts(visitor: Visitor, mock: PracticeSession, give: Give) -> None:
    served = mock.served.select_related("version", "session").get(position=1)
    give(served, at=NOON + 5 * MINUTE, took_ms=42_000)
    assert rows(visitor.get(sit(mock, give)))[0][3] == "0:42"


def test_pace_is_held_against_the_clock_in_a_mock_exam_and_in_study_there_is_none(
    visitor: Visitor, mock: PracticeSession, study: PracticeSession, give: Give, learner: User
) -> None:
    page = visitor.get(sit(mock, give, (1, True, 1), (2, True, 2), (3, True, 5), (4, True, 11), ended=12))
    assert "At half time you had answered 3 of 6: at the even pace." in page.text
    assert "The last new answer came after 11:00 of 12:00, number 4." in page.text
    assert table_of(page, "pace against the clock") == [
        ["3:00", "2", "2"], ["6:00", "3", "3"], ["9:00", "3", "4"], ["12:00", "4", "6"],
    ]  # fmt: skip
    give(study.served.select_related("version", "session").get())
    sessions.finish(learner=learner, session_id=study.pk, now=NOON + MINUTE)
    assert "Pace against the clock" not in visitor.get(f"/sessions/{study.pk}/result/").text


def test_changed_answers_are_counted_by_their_way_and_listed(
    visitor: Visitor, mock: PracticeSession, give: Give
) -> None:
    page = visitor.get(
        sit(
            mock,
            give,
            (1, False, 1),
            (1, True, 2),
            (2, True, 3),
            (2, False, 4),
            (3, False, 5),
            (3, True, 6),
            (4, True, 7),
        )
    )
    assert (
        "You changed 3 answers: 2 from wrong to right, 1 from right to wrong and 0 from wrong to another" in page.text
    )
    assert "Changing gained you 1 question." in page.text
    shown = visitor.get(f"{page.path}?show=changed")
    assert [(row[0], row[2]) for row in rows(shown)] == [
        ("1", "Right changed, wrong to right"),
        ("2", "Wrong changed, right to wrong"),
        ("3", "Right changed, wrong to right"),
    ]


def test_who_changed_nothing_reads_nothing_of_changes(visitor: Visitor, mock: PracticeSession, give: Give) -> None:
    page = visitor.get(sit(mock, give, (1, True, 1), (1, True, 2)))
    assert "Answers that you changed" not in page.text


def test_the_list_is_narrowed_by_a_link(visitor: Visitor, mock: PracticeSession, give: Give, learner: User) -> None:
    flagged = mock.served.get(position=5)
    sessions.set_flag(learner=learner, served_id=flagged.pk, flagged=True, now=NOON)
    path = sit(mock, give, (1, True, 1), (2, False, 2), (3, False, 3))
    filters = visitor.get(path).tree.all("nav", aria_label="Which questions")[0]
    assert [link.text for link in filters.all("a")] == ["All 6", "Wrong 2", "No answer 3", "Flagged 1"]
    numbers = {}
    for show in ("all", "wrong", "unanswered", "flagged", "nonsense", ""):
        page = visitor.get(f"{path}?show={show}")
        numbers[show] = [row[0] for row in rows(page)]
        current = page.tree.all("nav", aria_label="Which questions")[0].all("a", aria_current="true")
        assert len(current) == 1
    everything = ["1", "2", "3", "4", "5", "6"]
    assert numbers == {
        "all": everything, "wrong": ["2", "3"], "unanswered": ["4", "5", "6"], "flagged": ["5"],
        "nonsense": everything, "": everything,
    }  # fmt: skip
    assert "None." in visitor.get(f"{path}?show=changed").text


def test_domains_sections_and_topics_stand_against_the_line(
    visitor: Visitor, mock: PracticeSession, give: Give
) -> None:
    page = visitor.get(sit(mock, give, (1, True, 1)))
    for title in ("By domain", "By section", "By topic, weakest first"):
        assert title in page.text
    bars = page.tree.all("svg", class_="bar")
    assert len(bars) == 2 + 2 + 3
    assert all(len(bar.all("line", class_="bar-pass")) == 1 for bar in bars)


def test_confusions_of_the_session_lead_to_their_practice(
    visitor: Visitor, learner: User, give: Give, mock: PracticeSession
) -> None:
    choice = mock.served.filter(version__kind="choice").select_related("version", "session").first()
    assert choice is not None
    page = visitor.get(sit(mock, give, (choice.position, False, 1)))
    item = choice.version.value
    chosen = item.option(wrong(choice)["options"][0]).concept
    key = item.option(item.keys[0]).concept
    table = page.tree.all("div", aria_label="Table: what you took for what")[0]
    assert [cell.text for cell in table.all("td")][:3] == [
        chosen,
        f"{key} Practise {chosen} against {key}",
        "1",
    ]
    link = table.all("a")[0].attributes["href"]
    practice = visitor.get(link)
    assert f"You chose {chosen} for {key}" in practice.text
    assert practice.status == 200


def test_what_was_missed_is_asked_again_by_a_button(visitor: Visitor, mock: PracticeSession, give: Give) -> None:
    page = visitor.get(
        sit(mock, give, (1, True, 1), (2, False, 2), (3, False, 3), (4, True, 4), (5, True, 5), (6, True, 6))
    )
    missed = set(mock.served.filter(position__in=(2, 3)).values_list("item_id", flat=True))
    question = visitor.press(page, "Retry what you missed")
    session = PracticeSession.objects.get(mode="study")
    assert (session.focus, session.length) == ("missed", 2)
    served = session.served.get()
    assert (served.stands_for_id or served.item_id) in missed
    assert question.served == served
    assert MemoryState.objects.filter(item_id__in=missed).count() == 2


def test_who_missed_nothing_is_not_asked_to_retry(visitor: Visitor, mock: PracticeSession, give: Give) -> None:
    page = visitor.get(sit(mock, give, *[(position, True, position) for position in range(1, 7)]))
    assert not [words for words in page.buttons() if words.startswith("Retry")]


# --- The picture to share ----------------------------------------------------------------------------------------------


def test_the_picture_to_share_says_how_it_went_and_not_who_it_was(
    mock: PracticeSession, give: Give, learner: User
) -> None:
    User.objects.filter(pk=learner.pk).update(first_name="Robin", last_name="Teapot")
    visitor = Visitor(learner)
    path = sit(mock, give, (1, True, 1), (2, True, 2), (3, False, 3))
    page = visitor.get(path)
    link = next(
        a for a in page.tree.all("a") if "download" in a.attributes and a.attributes["href"].endswith("card.svg")
    )
    reply = visitor.client.get(link.attributes["href"])
    assert (reply.status_code, reply["Content-Type"]) == (200, "image/svg+xml")
    assert "unsafe" not in reply["Content-Security-Policy"]
    drawing = reply.content.decode()
    words = " ".join(ElementTree.fromstring(drawing).itertext())  # noqa: S314 - our own drawing
    for told in ("33 %", "2 of 6 right", "Full mock", "2 Mar 2026", "Leaves", "Water", "72 % line"):
        assert told in words, told
    for secret in (
        "Robin",
        "Teapot",
        "robin",
        "tea.example",
        str(learner.pk) + "/",
        str(mock.pk),
        mock.learner.username,
    ):
        assert secret not in drawing, secret
    assert not re.search(r"style=|<script|<style|on\w+=", drawing)


def test_a_running_session_has_no_picture(visitor: Visitor, mock: PracticeSession) -> None:
    assert visitor.get(f"/sessions/{mock.pk}/result/card.svg").status == 404


def test_nobody_else_sees_the_picture(other: User, mock: PracticeSession, give: Give) -> None:
    path = sit(mock, give, (1, True, 1))
    assert Visitor(other).get(f"{path}card.svg").status == 404


def test_a_study_session_with_one_answer_has_a_result_without_pictures(
    visitor: Visitor, learner: User, give: Give
) -> None:
    study = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, length=1)
    give(study.served.select_related("version", "session").get())
    sessions.finish(learner=learner, session_id=study.pk, now=NOON + 2 * MINUTE)
    page = visitor.get(f"/sessions/{study.pk}/result/")
    assert "100 %" in page.text
    assert [row[3] for row in rows(page)] == ["1:00"]
    assert "Time per question" not in page.text


# --- From the list to a question and back -------------------------------------------------------------------------------


def links(page: Page) -> dict[str, str]:
    """The ways on from a question, by their words."""
    (row,) = page.tree.all("div", class_="actions")
    return {a.text: a.attributes["href"] for a in row.all("a")}


def test_going_through_the_wrong_ones_keeps_to_them_and_leads_back_to_the_place(
    visitor: Visitor, mock: PracticeSession, give: Give
) -> None:
    address = sit(mock, give, (1, True, 1), (2, False, 2), (3, True, 3), (4, False, 4), (6, False, 5))
    items = address.replace("result", "items")
    page = visitor.get(f"{address}?show=wrong")
    table = page.tree.all("table", class_="asked")[0]
    hrefs = [a.attributes["href"] for a in table.all("a")]
    assert hrefs == [f"{items}{number}/?show=wrong" for number in (2, 4, 6)]
    assert links(visitor.get(hrefs[0])) == {
        "Back to the result": f"{address}?show=wrong#question-2", "Next": f"{items}4/?show=wrong",
    }  # fmt: skip
    middle = visitor.get(hrefs[1])
    assert links(middle) == {
        "Back to the result": f"{address}?show=wrong#question-4",
        "Previous": f"{items}2/?show=wrong",
        "Next": f"{items}6/?show=wrong",
    }
    assert "Wrong: 2 of 3" in middle.text
    assert "Next" not in links(visitor.get(hrefs[2]))
    assert page.by_id("question-4") is not None
    hooks = [a.attributes for a in middle.tree.all("a")]
    assert [sum(name in one for one in hooks) for name in ("data-previous", "data-next", "data-primary")] == [1, 1, 1]


def test_a_bookmark_on_the_way_loses_nothing_of_it(visitor: Visitor, mock: PracticeSession, give: Give) -> None:
    address = sit(mock, give, (1, False, 1), (2, True, 2), (3, False, 3))
    page = visitor.get(f"{address.replace('result', 'items')}1/?show=wrong")
    before = links(page)
    assert links(visitor.press(page, "Bookmark")) == before
    assert links(visitor.press(page, "Save the note", text="Look again")) == before
    assert links(visitor.press(page, "Send the report", kind="typo")) == before
    part = visitor.press(page, "Bookmarked" if "Bookmarked" in page.buttons() else "Bookmark", htmx=True)
    assert part.form("Bookmark")[0].action.endswith("/bookmark/?show=wrong")


def test_the_whole_list_is_gone_through_by_place_and_ends_where_the_session_ended(
    visitor: Visitor, study: PracticeSession, give: Give
) -> None:
    give(study.served.select_related("version", "session").get())
    second = sessions.serve_next(learner=study.learner, session_id=study.pk, now=NOON)
    assert second is not None
    sessions.finish(learner=study.learner, session_id=study.pk, now=NOON)
    address = f"/sessions/{study.pk}/result/"
    items = address.replace("result", "items")
    for odd in ("", "?show=nonsense", "?show=all"):
        assert links(visitor.get(f"{items}1/{odd}")) == {
            "Back to the result": f"{address}#question-1", "Next": f"{items}2/",
        }  # fmt: skip
    assert links(visitor.get(f"{items}2/")) == {
        "Back to the result": f"{address}#question-2", "Previous": f"{items}1/",
    }  # fmt: skip
