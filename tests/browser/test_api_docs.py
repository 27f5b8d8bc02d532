"""The page of the API's description works under the site's strict policy: it draws itself and sends requests."""

from __future__ import annotations

import pytest
from drf_spectacular.generators import SchemaGenerator
from playwright.sync_api import Page, expect


def _operations() -> int:
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return sum(len(methods) for methods in paths.values())


@pytest.mark.django_db(transaction=True)
def test_the_page_lists_every_operation_and_tries_one_out(page: Page):
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    described = _operations()
    page.goto("/api/v1/docs/")
    expect(page.locator(".opblock")).to_have_count(described)
    assert complaints == []
    tags = page.locator("#operations-exam-tags")
    tags.locator(".opblock-summary-control").click()
    tags.get_by_text("Try it out").click()
    tags.get_by_role("button", name="Execute").click()
    expect(tags.locator(".live-responses-table .response-col_status").nth(1)).to_contain_text("401")
    assert len(complaints) == 1  # the browser notes the 401, and nothing of the policy
    assert "401" in complaints[0]
    page.set_viewport_size({"width": 360, "height": 760})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
