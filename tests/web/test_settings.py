"""Settings: the plan, the daily mail and its link, time zone and dates; what cannot be changes nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.template import Context, Template
from django.test import Client
from django.utils import timezone

from questions.actions import people, reminders
from questions.models import User
from tests.cast import NOON
from tests.web.pages import Page, Visitor

TODAY = NOON.date()


def kept(learner: User, *names: str) -> tuple[object, ...]:
    """Columns as they are stored now."""
    return User.objects.values_list(*names).get(pk=learner.pk)


def test_exam_date_minutes_zone_and_date_style_are_kept_and_shown_again(visitor: Visitor, learner: User):
    wanted = {
        "exam_date": "2026-06-01",
        "minutes_a_day": "25",
        "time_zone": "Europe/Berlin",
        "date_style": "iso",
        "reminders": "on",
    }
    page = visitor.press(visitor.get("/settings/"), "Save", **wanted)
    assert page.messages == ["Saved."]
    columns = kept(learner, "exam_date", "minutes_a_day", "time_zone", "date_style")
    assert columns == (date(2026, 6, 1), 25, "Europe/Berlin", "iso")
    assert User.objects.get(pk=learner.pk).reminders_since is not None
    form, _ = page.form("Save")
    assert {name: form.values[name] for name in wanted} == {name: [value] for name, value in wanted.items()}


def test_reminders_turned_on_twice_keep_their_first_day_and_off_is_off(visitor: Visitor, learner: User):
    visitor.press(visitor.get("/settings/"), "Save", reminders="on")
    (since,) = kept(learner, "reminders_since")
    visitor.press(visitor.get("/settings/"), "Save", theme="dark")
    assert kept(learner, "reminders_since", "theme") == (since, "dark")
    visitor.press(visitor.get("/settings/"), "Save", reminders=[])
    assert kept(learner, "reminders_since") == (None,)


@pytest.mark.parametrize(
    "fields",
    [
        {"exam_date": "2026-03-01"},
        {"exam_date": "2036-03-01"},
        {"exam_date": "soon"},
        {"minutes_a_day": "0"},
        {"minutes_a_day": "601"},
        {"minutes_a_day": "1e3"},
        {"time_zone": "Mars/Olympus"},
        {"time_zone": ""},
        {"date_style": "roman"},
    ],
    ids=str,
)
def test_what_cannot_be_is_said_and_changes_nothing(fields: dict[str, str], visitor: Visitor, learner: User):
    before = User.objects.values().get()
    page = visitor.press(visitor.get("/settings/"), "Save", forged=True, **fields)
    assert (page.status, len(page.messages)) == (422, 1)
    assert page.messages[0].startswith("Nothing was saved yet.")
    assert User.objects.values().get() == before


def test_after_the_exam_the_other_settings_can_still_be_changed(visitor: Visitor, learner: User):
    User.objects.filter(pk=learner.pk).update(exam_date=TODAY - timedelta(days=1))
    page = visitor.press(visitor.get("/settings/"), "Save", theme="dark")
    assert (page.status, kept(learner, "theme", "exam_date")) == (200, ("dark", TODAY - timedelta(days=1)))


def test_the_day_of_the_exam_is_judged_by_the_learners_own_calendar(visitor: Visitor, learner: User):
    people.change_settings(learner, now=NOON, time_zone="Pacific/Kiritimati")  # where it is tomorrow already
    page = visitor.press(visitor.get("/settings/"), "Save", exam_date=TODAY.isoformat())
    assert page.status == 422
    assert "That day has passed" in page.messages[0]


def test_a_zone_that_only_the_browser_knew_stays_on_offer(visitor: Visitor, learner: User):
    people.welcome(learner, now=NOON, time_zone="Etc/GMT+3")
    form, _ = visitor.get("/settings/").form("Save")
    assert form.values["time_zone"] == ["Etc/GMT+3"]
    assert visitor.press(visitor.get("/settings/"), "Save").messages == ["Saved."]


def test_only_settings_are_settings(learner: User):
    with pytest.raises(TypeError, match="is_staff"):
        people.change_settings(learner, now=NOON, is_staff=True)


def test_a_guest_is_offered_no_mail(guest: User):
    page = Visitor(guest).get("/settings/")
    assert "reminders" not in page.form("Save")[0].offers
    assert "Sign up to get one mail a day at most" in page.text


def test_where_the_mail_goes_is_said_and_an_unconfirmed_address_too(visitor: Visitor, learner: User):
    assert f"To {learner.email}, once a day at most" in visitor.get("/settings/").text
    learner.emailaddress_set.update(verified=False)
    assert "It comes once your address is confirmed" in visitor.get("/settings/").text


# --- The link in a reminder ---


def leave(learner: User) -> str:
    return f"/reminders/{reminders.leave_token(learner)}/"


def test_the_link_shows_a_button_and_the_button_ends_the_mails_without_signing_in(learner: User, stranger: Visitor):
    people.change_settings(learner, now=NOON, reminders=True)
    page = stranger.get(leave(learner))
    assert kept(learner, "reminders_since") != (None,), "looking changes nothing: mail scanners open every link"
    assert "No more reminders?" in page.text
    page = stranger.press(page, "Stop the reminders")
    assert "Reminders are off" in page.text
    assert kept(learner, "reminders_since") == (None,)
    assert "Reminders are off" in stranger.get(leave(learner)).text
    assert "sessionid" not in stranger.client.cookies


def test_a_mail_program_ends_them_with_its_own_button(learner: User):
    people.change_settings(learner, now=NOON, reminders=True)
    client = Client(enforce_csrf_checks=True)
    assert client.post(leave(learner), {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert kept(learner, "reminders_since") == (None,)


def test_a_link_that_is_not_ours_is_not_there(learner: User, stranger: Visitor):
    people.change_settings(learner, now=NOON, reminders=True)
    for path in ("/reminders/1/", leave(learner)[:-2] + "/", f"/reminders/{learner.pk}:x/"):
        assert stranger.get(path).status == 404
        assert Page(stranger.client.post(path)).status in (403, 404)
    assert kept(learner, "reminders_since") != (None,)


# --- Dates ---


def shown(template: str, learner: User | None) -> str:
    return Template("{% load dates %}" + template).render(Context({"at": NOON.replace(hour=23), "learner": learner}))


def test_dates_follow_the_learners_style_and_the_active_zone(learner: User):
    assert shown("{{ at|day:learner }} {{ at.date|day }} {{ None|day:learner }}", None) == "2 Mar 2026 2 Mar 2026 "
    learner.date_style = "month"
    with timezone.override("Europe/Berlin"):
        assert shown("{{ at|day:learner }}", learner) == "Mar 3, 2026"
        assert shown("{{ at|moment:learner }}", learner) == "Mar 3, 2026, 00:00"


def test_pages_tell_times_of_the_learners_zone_and_the_next_visitor_gets_utc(visitor: Visitor, learner: User):
    people.change_settings(learner, now=NOON, time_zone="Asia/Tokyo", date_style="iso")
    visitor.client.logout()
    visitor.press(visitor.get("/accounts/login/"), "Sign in", login=learner.email, password="a-cup-of-tea-at-noon")
    assert "Signed in 2026-03-02, 21:00" in visitor.get("/accounts/sessions/").text
    assert timezone.get_current_timezone_name() == "UTC"


def test_the_ways_to_write_a_date_have_a_name(visitor: Visitor):
    (picks,) = [
        fieldset for fieldset in visitor.get("/settings/").tree.all("fieldset")
        if fieldset.all("input", name="date_style") and not fieldset.all("select")
    ]  # fmt: skip
    assert picks.all("legend")[0].text == "How dates are written"
    assert len(picks.all("input", name="date_style")) == 3
