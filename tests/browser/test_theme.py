"""One theme: what the button in the bar says, the settings say, and what the settings save stands."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from questions.models import User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bank")]


def test_settings_show_the_theme_that_the_button_chose_and_saving_it_wins(tab: Page, learner: User) -> None:
    User.objects.filter(pk=learner.pk).update(theme="light")
    html = tab.locator("html")
    tab.goto("/practice/")
    tab.get_by_role("button", name="Dark theme").click()
    expect(html).to_have_attribute("data-theme", "dark")
    tab.goto("/settings/")
    dark, light = tab.get_by_label("Dark", exact=True), tab.get_by_label("Light", exact=True)
    expect(dark).to_be_checked()
    tab.get_by_role("button", name="Dark theme").click()
    expect(light).to_be_checked()
    expect(html).to_have_attribute("data-theme", "light")
    tab.get_by_role("button", name="Dark theme").click()
    expect(dark).to_be_checked()
    tab.get_by_role("button", name="Save", exact=True).click()
    expect(tab.get_by_text("Saved.")).to_be_visible()
    expect(dark).to_be_checked()
    expect(html).to_have_attribute("data-theme", "dark")
    learner.refresh_from_db()
    assert learner.theme == "dark"


def test_saving_as_the_device_undoes_the_button(tab: Page, learner: User) -> None:
    tab.goto("/practice/")
    tab.get_by_role("button", name="Dark theme").click()
    tab.goto("/settings/")
    tab.get_by_label("As the device").check(force=True)
    tab.get_by_role("button", name="Save", exact=True).click()
    expect(tab.get_by_text("Saved.")).to_be_visible()
    tab.goto("/practice/")
    expect(tab.locator("html")).to_have_attribute("data-theme", "system")
    assert tab.evaluate("localStorage.getItem('theme')") is None


def test_what_was_chosen_and_not_saved_is_forgotten(tab: Page, learner: User) -> None:
    User.objects.filter(pk=learner.pk).update(theme="light")
    tab.goto("/settings/")
    tab.get_by_label("Dark", exact=True).check(force=True)
    expect(tab.locator("html")).to_have_attribute("data-theme", "dark")  # to look at
    tab.goto("/practice/")
    expect(tab.locator("html")).to_have_attribute("data-theme", "light")
    tab.goto("/settings/")
    expect(tab.get_by_label("Light", exact=True)).to_be_checked()
