"""Markdown of the study notes to HTML that is safe to show."""

from __future__ import annotations

import re
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt

_TAG_MARK = re.compile(r"^\*\*Tags:\*\*.*$|\s*`#[\w-]+`", re.MULTILINE)
_ALLOWED = {
    "p", "br", "strong", "em", "code", "pre", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "blockquote",
    "a", "hr", "h2", "h3", "h4", "h5", "h6", "del",
}  # fmt: skip


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table").enable("strikethrough")


@lru_cache(maxsize=2048)
def html(markdown: str) -> str:
    """The text as HTML: headings begin at level 2, tag marks are left out, links carry no referrer, nothing can run."""
    rendered = _parser().render(_TAG_MARK.sub("", markdown))
    return nh3.clean(
        rendered,
        tags=_ALLOWED,
        attributes={"a": {"href"}, "td": set(), "th": set()},
        url_schemes={"http", "https"},
    )
