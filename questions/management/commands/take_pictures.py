"""``manage.py take_pictures``: the pictures of the README, from the running site in a real browser."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

PICTURES = Path(settings.BASE_DIR) / "docs" / "pictures"
FLAGS = [
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SESSIONS = 3
"""Sessions of ten questions practised first, so that there is progress to show."""


class Command(BaseCommand):
    """Practise as a guest, then photograph a question, its feedback, and the progress page."""

    help = "Make docs/pictures/*.png from the running site (make run). Needs the test requirements and Chromium."

    def add_arguments(self, parser: Any) -> None:
        """``--url`` of the running site."""
        parser.add_argument("--url", default="http://127.0.0.1:8000")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the browser."""
        try:
            from playwright.sync_api import sync_playwright  # a test requirement
        except ImportError as error:
            raise CommandError("Playwright is missing. Run make test once; it installs what this needs.") from error
        chromium = shutil.which("chromium")
        if chromium is None:
            raise CommandError("Chromium is missing. Install it with: apt-get install chromium")
        PICTURES.mkdir(parents=True, exist_ok=True)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, "--no-sandbox"])
            page = browser.new_page(viewport={"width": 1120, "height": 760}, device_scale_factor=1.5)
            for _ in range(SESSIONS):
                self._practise(page, options["url"])
            page.goto(f"{options['url']}/progress/")
            page.screenshot(path=PICTURES / "progress.png")
            browser.close()
        self.stdout.write(
            f"Pictures in {PICTURES.relative_to(settings.BASE_DIR)}/: item.png, feedback.png, progress.png"
        )

    def _practise(self, page: Any, url: str) -> None:
        """One session of ten: the first option everywhere, and honest ignorance where that is not enough."""
        page.goto(f"{url}/practice/")
        page.get_by_role("button", name="Start studying").click()
        for number in range(10):
            page.wait_for_selector("#answer-form")
            single = page.locator("input[name=option][type=radio]")
            if single.count():
                page.locator(".option-label").nth(number % single.count()).click()
                if number == 4:
                    page.screenshot(path=PICTURES / "item.png")
                page.get_by_role("button", name="Check answer").click()
            else:
                page.get_by_role("button", name="I don’t know yet").click()
            page.wait_for_selector("#verdict")
            if number == 4:
                page.screenshot(path=PICTURES / "feedback.png")
            page.locator("form[action$='/next/'] button").click()
        page.wait_for_url("**/result/")
