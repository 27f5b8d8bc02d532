"""The site as somebody without JavaScript has it: pages with text and forms, and a visitor who fills the forms in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from django.test import Client

from questions.models import ItemVersion, ServedItem, User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass
class Element:
    """A tag with its attributes and what stands in it."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Element]:
        """Every element below, in reading order."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child

    @property
    def text(self) -> str:
        """The words in it, spaces as a reader sees them."""
        return re.sub(r"\s+", " ", self._raw()).strip()

    def _raw(self) -> str:
        if self.tag in ("script", "style", "template"):
            return ""
        return "".join(child if isinstance(child, str) else f" {child._raw()} " for child in self.children)

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """The elements of a tag with these attributes; ``class_`` asks for one of the classes."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [e for e in self if e.tag == tag and all(e._has(*pair) for pair in wanted.items())]

    def _has(self, name: str, value: str) -> bool:
        own = self.attributes.get(name)
        return own is not None and (value in own.split() if name == "class" else own == value)


class _Reader(HTMLParser):
    def __init__(self, html: str):
        super().__init__(convert_charrefs=True)
        self.open = [Element("#page")]
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if any(element.tag == tag for element in self.open[1:]):
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(html: str) -> Element:
    """The tree of a page."""
    return _Reader(html).open[0]


class Form:
    """A form: its fields as a browser would send them, what they offer, and its buttons by their words."""

    def __init__(self, element: Element, page: Element):
        self.action = element.attributes.get("action", "")
        self.values: dict[str, list[str]] = {}
        self.offers: dict[str, set[str]] = {}
        self.buttons: dict[str, tuple[str, str]] = {}
        for part in element:
            name, value = part.attributes.get("name", ""), part.attributes.get("value", "")
            kind = part.attributes.get("type", "")
            if part.tag == "button" and "disabled" not in part.attributes:
                self.buttons[part.text] = (name, value)
            elif part.tag == "select":
                options = part.all("option")
                chosen = [o for o in options if "selected" in o.attributes] or options[:1]
                self._offer(name, {o.attributes["value"] for o in options}, [o.attributes["value"] for o in chosen])
            elif part.tag == "textarea":
                self._offer(name, set(), [part.text])
            elif part.tag == "input" and kind in ("radio", "checkbox"):
                self._offer(name, {value or "on"}, [value or "on"] if "checked" in part.attributes else [])
            elif part.tag == "input" and name:
                self._offer(name, set(), [value])

    def _offer(self, name: str, offered: set[str], sent: list[str]) -> None:
        self.offers.setdefault(name, set()).update(offered)
        self.values.setdefault(name, []).extend(sent)

    def filled(self, button: str, changes: Mapping[str, str | list[str]], forged: bool) -> list[tuple[str, str]]:
        """What is sent when ``button`` is pressed after these changes; only a forged form names what is not offered."""
        values = {name: list(sent) for name, sent in self.values.items()}
        for name, value in changes.items():
            sent = [value] if isinstance(value, str) else list(value)
            if not forged:
                assert name in self.offers, f"no field {name!r} among {sorted(self.offers)}"
                assert not self.offers[name] or set(sent) <= self.offers[name], (name, sent, self.offers[name])
            values[name] = sent
        name, value = self.buttons.get(button, ("", ""))
        pressed = [(name, value)] if name else []
        return [(name, value) for name, sent in values.items() for value in sent] + pressed


class Page:
    """A response that was read."""

    def __init__(self, response: Any):
        self.response = response
        self.status: int = response.status_code
        self.path: str = response.request["PATH_INFO"]
        self.html: str = response.content.decode() if not response.streaming else ""
        self.tree = read(self.html)
        self.text = self.tree.text

    def form(self, button: str) -> tuple[Form, str]:
        """The form with this button, and the whole of the button's words; ``button`` is how they begin, in any case."""
        known: list[str] = []
        for element in self.tree.all("form"):
            form = Form(element, self.tree)
            known += form.buttons
            for words in form.buttons:
                if words.casefold().startswith(button.casefold()):
                    return form, words
        raise AssertionError(f"no button {button!r} on {self.path} ({self.status}); there are {known}")

    def buttons(self) -> list[str]:
        """The words of all buttons that send a form."""
        return [words for element in self.tree.all("form") for words in Form(element, self.tree).buttons]

    @property
    def messages(self) -> list[str]:
        """What the site says to the visitor above or in the page."""
        return [element.text for tag in ("li", "p", "div") for element in self.tree.all(tag, class_="message")]

    def by_id(self, name: str) -> Element | None:
        """The element with this id."""
        return next((element for element in self.tree if element.attributes.get("id") == name), None)

    @property
    def served(self) -> ServedItem:
        """The served item that this page shows."""
        _, _, session, _, position, *_ = self.path.split("/")
        rows = ServedItem.objects.select_related("version", "session")
        return rows.get(session_id=session, position=position)


class Visitor:
    """Somebody at the site, with cookies, without JavaScript. CSRF is checked as in real life."""

    def __init__(self, user: User | None = None):
        self.client = Client(enforce_csrf_checks=True)
        if user is not None:
            self.client.force_login(user, backend=BACKEND)

    def get(self, path: str) -> Page:
        """Open a page, wherever it leads."""
        return Page(self.client.get(path, follow=True))

    def press(
        self,
        page: Page,
        button: str,
        *,
        htmx: bool = False,
        forged: bool = False,
        action: str | None = None,
        **changes: str | list[str],
    ) -> Page:
        """Fill in the form that has this button, press it, and go where it leads."""
        form, words = page.form(button)
        return self._send(page, action or form.action or page.path, form.filled(words, changes, forged), htmx)

    def autosave(self, page: Page, **changes: str | list[str]) -> Page:
        """What the script of a mock exam sends after each change: the form, and no button."""
        form, _ = page.form("Clear my answer")
        body = form.filled("", changes, forged=False)
        return self._send(page, form.action, [*body, ("intent", "save"), ("goto", "")], htmx=True)

    def _send(self, page: Page, action: str, body: list[tuple[str, str]], htmx: bool) -> Page:
        headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{page.path}"} if htmx else {}
        kind = "application/x-www-form-urlencoded"
        return Page(self.client.post(action, urlencode(body), content_type=kind, follow=True, headers=headers))


def fields_of(served: ServedItem, response: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """A response in the form fields of its kind."""
    if "pairs" in response:
        return {f"pair_{prompt}": option for prompt, option in response["pairs"].items()}
    if served.version.kind == "ordering":
        return {f"order_{place}": option for place, option in enumerate(response["options"], start=1)}
    return {"option": list(response["options"])}


def chosen(form: Form, fields: Mapping[str, str | list[str]]) -> bool:
    """Whether the form shows these choices; boxes may be ticked in any order."""
    return all(sorted(form.values[name]) == sorted([v] if isinstance(v, str) else v) for name, v in fields.items())


def foreign(page: Page) -> dict[str, str]:
    """A choice of another question in the form fields of this one."""
    served = page.served
    item = served.version.value
    mine = {option.id for option in item.options}
    versions = ItemVersion.objects.exclude(item_id=served.item_id)
    other = next(option.id for version in versions for option in version.value.options if option.id not in mine)
    if item.prompts:
        return {f"pair_{item.prompts[0].id}": other}
    return {"order_1" if item.kind == "ordering" else "option": other}
