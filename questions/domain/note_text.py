"""Words of a study note: Markdown to plain text, slugs, and the terms by which two phrases are compared.

Everything here is a function of its text. Comparison is deliberately crude (English suffixes, a short stop list): it only
ever *removes* a doubtful distractor, so a false alarm costs one draft and a miss is seen by the reviewer.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache

from markdown_it import MarkdownIt

_INLINE = MarkdownIt("commonmark", {"html": True}).enable("strikethrough")
_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\U000e0020-\U000e007f\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\ufe0e\ufe0f\u200d\u20e3\u2122]"
)
_YES, _NO = frozenset("✅✔☑🟢👍"), frozenset("❌✖✗✘🔴👎🚫")
_CODE_SPAN = re.compile(r"(`+)(?:(?!`).)+?\1(?!`)")
# An ASCII arrow needs spaces around it: "a->b" is code, "slow -> cache" is an arrow.
ARROW = re.compile(r"\s*[→⇒⟶➡➜]\ufe0f?\s*|\s+(?:-{1,2}|={1,2})>\s+")
_REMARK = re.compile(r"\s*\([a-z][^()]*\)")
_STOP = re.compile(
    r"an?|and|are|as|at|be|by|for|from|in|into|is|its?|of|on|or|that|the|their|then|this|to|use|using|via|with"
)
_SUFFIXES = ("ations", "ation", "ings", "ing", "ers", "ies", "ed", "es", "s")


def plain(markdown: str) -> str:
    """``markdown`` (one paragraph or cell) as plain text on one line: no marks, links, HTML or emoji.

    A cell that holds nothing but a tick or a cross says "Yes" or "No".
    """
    parts = []
    for token in _INLINE.parseInline(markdown.replace("\n", " "))[0].children or []:
        if token.type in ("text", "code_inline", "text_special") or token.type == "image":
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak", "html_inline"):
            parts.append(" ")
    raw = "".join(parts)
    text = " ".join(_EMOJI.sub(" ", raw).split())
    if not text and (marks := {char for char in raw if char in _YES | _NO}):
        return "Yes" if marks <= _YES else "No" if marks <= _NO else ""
    return text


def slugify(text: str) -> str:
    """Lower-case words joined by hyphens, "CI/CD for ML" -> "cicd-for-ml".

    A text without any Latin letter or digit gets eight hex digits of its hash, so that it still has a stable name.
    """
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^\w\s-]", "", ascii_text)
    slug = re.sub(r"[-_\s]+", "-", words).strip("-")
    return slug or (f"x{short_hash(text)}" if text.strip() else "")


def short_hash(text: str) -> str:
    """Eight hex digits that stand for ``text``."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


@lru_cache(maxsize=4096)
def terms(text: str) -> frozenset[str]:
    """The content words of plain ``text``, without their endings: "Quality Monitoring" -> {"quality", "monitor"}."""
    words = re.findall(r"[^\W_]+", text.lower())
    found = frozenset(_stem(word) for word in words if not _STOP.fullmatch(word))
    return found or frozenset([text.strip().lower()])


def _stem(word: str) -> str:
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and not word.endswith("ss") and len(word) - len(suffix) >= 3:
            word = word[: -len(suffix)]
            break
    return word.rstrip("ey") if len(word) > 3 else word


def overlaps(one: str, other: str) -> bool:
    """Whether the terms of one phrase are all found in the other, so that both may name the same thing.

    A remark in brackets, "(needs labels)", names nothing; a name in brackets, "(Data Quality)", does.
    """
    first, second = _named(one), _named(other)
    return first <= second or second <= first


@lru_cache(maxsize=4096)
def _named(text: str) -> frozenset[str]:
    return terms(_REMARK.sub("", text))


def likeness(one: str, other: str) -> float:
    """Share of common terms (Jaccard index, 0 to 1)."""
    first, second = terms(one), terms(other)
    return len(first & second) / len(first | second)


def split_arrow(markdown: str) -> list[str]:
    """The parts between arrows that stand outside code spans; one part when there is no arrow."""
    masked = _CODE_SPAN.sub(lambda match: "x" * len(match.group()), markdown)
    parts, start = [], 0
    for match in ARROW.finditer(masked):
        parts.append(markdown[start : match.start()])
        start = match.end()
    return [part.strip() for part in [*parts, markdown[start:]]]


def without_emoji(markdown: str) -> str:
    """``markdown`` without emoji, spaces kept as they are."""
    return _EMOJI.sub("", markdown).strip()
