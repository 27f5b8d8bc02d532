"""Markdown study note -> sections, tables and lists, each with the lines that it stands on.

Blocks and their lines come from the CommonMark parser (token ``map``); this module only names what they mean: a scenario
table, a comparison, a "Choose X when" list, arrows, definitions, steps. Nothing is dropped in silence: what looks like a
table or a list of facts and cannot be read stands in ``Document.unread``.

Lines are 1-based. Texts of cells and entries stay Markdown; ``note_text.plain`` cleans them where they are used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from markdown_it import MarkdownIt
from markdown_it.rules_block.table import escapedSplit
from markdown_it.tree import SyntaxTreeNode

from questions.domain import note_tables
from questions.domain.note_entries import (
    ARROWS,
    BULLETS,
    CHOOSE,
    CHOOSE_LINE,
    CODE_TAG,
    DEFINITIONS,
    NEGATED,
    STEPS,
    Entry,
    read_entry,
    without_tags,
)
from questions.domain.note_text import plain, slugify

# Longer names are cut: they are handles, the text keeps every word.
MAX_TITLE, MAX_ANCHOR, MAX_STEM = 200, 150, 100

_MARKDOWN = MarkdownIt("commonmark", {"maxNesting": 100}).enable("table")
_BARE_TAG = re.compile(r"(?<=\s)#([A-Za-z][\w-]*)(?=\s|$)")
_TAGS_LINE = re.compile(r"\s*(?:\*\*|__)?\s*tags?\s*(?:\*\*|__)?\s*:\s*(?:\*\*|__)?(.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Unread:
    """A passage that was not read or not derived from, and why."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the text up to the next heading of any level. Level 0 is text before the first heading.

    ``topic`` is the anchor of the nearest heading of level 2 or above, ``parent`` that of the enclosing heading.
    """

    title: str
    level: int
    anchor: str
    tags: tuple[str, ...]
    line_from: int
    line_to: int
    text: str
    parent: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One body row of a table; ``cells`` are as many as the header has."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; ``kind`` and ``columns`` say how its columns are to be read (see ``note_tables``)."""

    line: int
    anchor: str
    lead: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    columns: note_tables.Columns

    @property
    def kind(self) -> str:
        return self.columns.kind


@dataclass(frozen=True, slots=True)
class NoteList:
    """A list with its nested entries, flattened; ``lead`` is the line that introduces it ("Choose X when:")."""

    line: int
    anchor: str
    lead: str
    kind: str
    entries: tuple[Entry, ...]
    term: str = ""

    @property
    def top(self) -> tuple[Entry, ...]:
        """The entries of the outermost level."""
        return tuple(entry for entry in self.entries if entry.depth == 0)


@dataclass(frozen=True, slots=True)
class Document:
    """A note as read; ``stem`` is the slug of its file name."""

    path: str
    stem: str
    title: str
    tags: tuple[str, ...]
    sections: tuple[Section, ...]
    tables: tuple[Table, ...]
    lists: tuple[NoteList, ...]
    unread: tuple[Unread, ...]

    def section(self, anchor: str) -> Section:
        """The section with this anchor; KeyError when the note has none."""
        for section in self.sections:
            if section.anchor == anchor:
                return section
        raise KeyError(anchor)


def parse(text: str, path: str) -> Document:
    """The note ``text`` of the file ``path``. Never raises: any text is some note."""
    return _Reader(text, path).read()


@dataclass(slots=True)
class _Open:
    """A section that is being read."""

    title: str
    level: int
    anchor: str
    line_from: int
    parent: str = ""
    topic: str = ""
    tags: list[str] = field(default_factory=list)


class _Reader:
    """One pass over the top-level blocks of one note."""

    def __init__(self, text: str, path: str):
        self.path = path
        # The parser's own idea of a line end, so that its line numbers are ours.
        self.lines = re.sub(r"\r\n?", "\n", text.removeprefix("\ufeff").replace("\0", "\ufffd")).split("\n")
        self.opened: list[_Open] = []
        self.above: list[_Open] = []  # the open headings, outermost first
        self.anchors: dict[str, int] = {"top": 0}  # anchors given out -> the last number put behind it
        self.tables: list[Table] = []
        self.lists: list[NoteList] = []
        self.unread: list[Unread] = []
        self.comments: set[int] = set()
        self.tags = self._front_matter()
        self.lead = ""

    def read(self) -> Document:
        root = SyntaxTreeNode(_MARKDOWN.parse("\n".join(self.lines)))
        self._blocks(root.children)
        sections = self._sections()
        title = next((section.title for section in sections if section.level == 1), "")
        tags = [*self.tags, *(tag for section in self.opened if section.level <= 1 for tag in section.tags)]
        return Document(
            path=self.path,
            stem=slugify(PurePosixPath(self.path.replace("\\", "/")).stem)[:MAX_STEM].strip("-") or "note",
            title=title,
            tags=tuple(dict.fromkeys(tags)),
            sections=sections,
            tables=tuple(self.tables),
            lists=tuple(self.lists),
            unread=tuple(sorted(self.unread, key=lambda entry: (entry.line, entry.why))),
        )

    # --- sections ---------------------------------------------------------------------------------------------------------

    def _front_matter(self) -> list[str]:
        """Blank out a leading "---" block, which would read as a heading, and return its tags."""
        if self.lines[0].strip() != "---" or "---" not in (rest := [line.rstrip() for line in self.lines[1:]]):
            return []
        end = rest.index("---") + 1
        block = self.lines[1:end]
        # A rule that merely opens the note is no front matter: that is "name: value" lines and their continuations.
        if not block or not all(re.match(r"[\w-]+\s*:|\s+\S|- |#|$", line) for line in block):
            return []
        self.lines[: end + 1] = [""] * (end + 1)
        match = re.search(r"^tags\s*:(.*(?:\n\s*- .*)*)", "\n".join(block), re.MULTILINE | re.IGNORECASE)
        return [tag for name in re.findall(r"[\w-]{2,}", match[1]) if (tag := slugify(name))] if match else []

    def _current(self, line: int) -> _Open:
        if not self.opened:
            self.opened.append(_Open("", 0, "top", line, topic="top"))
        return self.opened[-1]

    def _heading(self, node: SyntaxTreeNode, line: int) -> None:
        raw = node.children[0].content if node.children else ""
        tags = [*CODE_TAG.findall(raw), *_BARE_TAG.findall(CODE_TAG.sub("", raw))]
        title = plain(_BARE_TAG.sub("", CODE_TAG.sub("", raw))) or raw.strip()
        title = title[:MAX_TITLE]
        level = int(node.tag[1])
        above = [section for section in self.above if section.level < level]
        anchor = self._free_anchor(slugify(title)[:MAX_ANCHOR].strip("-") or "section")
        parent = above[-1].anchor if above else ""
        topic = anchor if level <= 2 or not above else above[-1].topic
        opened = _Open(title, level, anchor, line, parent, topic, [slugify(tag) for tag in tags])
        self.opened.append(opened)
        self.above = [*above, opened]
        self.lead = ""

    def _free_anchor(self, anchor: str) -> str:
        number, free = self.anchors.get(anchor, 0), anchor
        while free in self.anchors:
            number += 1
            free = f"{anchor}-{number + 1}"
        self.anchors[anchor] = number
        self.anchors.setdefault(free, 0)
        return free

    def _sections(self) -> tuple[Section, ...]:
        sections = []
        ends = [after.line_from - 1 for after in self.opened[1:]] + [len(self.lines)]
        for opened, end in zip(self.opened, ends, strict=False):  # no sections: no need of an end
            first = opened.line_from if opened.level == 0 else opened.line_from + 1
            kept = [self.lines[line - 1] for line in range(first, end + 1) if line not in self.comments]
            text = "\n".join(kept).strip()
            section = Section(
                opened.title, opened.level, opened.anchor, tuple(dict.fromkeys(filter(None, opened.tags))),
                opened.line_from, end, re.sub(r"\A[=-]+\s*$\n?", "", text, count=1, flags=re.MULTILINE).strip(),
                opened.parent, opened.topic,
            )  # fmt: skip
            sections.append(section)
        return tuple(sections)

    # --- blocks -----------------------------------------------------------------------------------------------------------

    def _blocks(self, nodes: Sequence[SyntaxTreeNode], *, nested: bool = False) -> None:
        for node in nodes:
            line = (node.map[0] if node.map else 0) + 1
            if node.type == "heading" and not nested:
                self._heading(node, line)
                continue
            anchor = self._current(line).anchor
            lead, self.lead = self.lead, ""
            if node.type in ("paragraph", "heading"):
                self._paragraph(node, line, anchor)
            elif node.type == "table":
                self._table(node, line, anchor, lead)
            elif node.type in ("bullet_list", "ordered_list"):
                self._list(node, line, anchor, lead)
            elif node.type in ("fence", "code_block"):
                self._code(node, line)
            elif node.type == "html_block":
                self._html(node, line)
            elif node.type == "blockquote":
                self._blocks(node.children, nested=True)
            else:
                self.lead = lead

    def _paragraph(self, node: SyntaxTreeNode, line: int, anchor: str) -> None:
        content = node.children[0].content if node.children else ""
        rows = content.split("\n")
        for row in rows:
            if match := _TAGS_LINE.fullmatch(row):
                found = re.findall(r"#([\w-]+)", match[1]) or re.split(r"[,;\s]+", plain(match[1]))
                self._current(line).tags += [slugify(tag) for tag in found]
        if sum(1 for row in rows if note_tables.PIPE.search(row)) >= 2 or re.match(r"\|.*\|\s*$", rows[0]):
            self.unread.append(Unread(line, note_tables.broken_table(rows)))
        arrows = [read_entry(row, line + offset, 0) for offset, row in enumerate(rows)]
        if len(rows) > 1 and all(entry.kind == ARROWS for entry in arrows):
            self.lists.append(NoteList(line, anchor, "", ARROWS, tuple(arrows)))
        self.lead = rows[-1]

    def _code(self, node: SyntaxTreeNode, line: int) -> None:
        if node.type == "code_block":
            self.unread.append(Unread(line, "indented by four spaces, so read as code and skipped"))
        else:
            language = node.info.split()[0] if node.info.split() else "no language"
            self.unread.append(Unread(line, f"code fence skipped ({language}, {node.content.count(chr(10))} lines)"))

    def _html(self, node: SyntaxTreeNode, line: int) -> None:
        content = node.content.strip()
        if content.startswith("<!--"):
            first, last = node.map or (line - 1, line)
            self.comments.update(range(first + 1, last + 1))
            if note_tables.PIPE.search(content):
                self.unread.append(Unread(line, "an HTML comment that holds a table: skipped"))
        elif re.search(r"<(table|ul|ol|dl)\b", content, re.IGNORECASE):
            self.unread.append(Unread(line, "an HTML table or list: write it as Markdown"))
        elif len(note_tables.PIPE.findall(content)) >= 2:
            self.unread.append(Unread(line, "a table inside HTML: put an empty line between the tag and the table"))

    # --- tables -----------------------------------------------------------------------------------------------------------

    def _table(self, node: SyntaxTreeNode, line: int, anchor: str, lead: str) -> None:
        trs = [tr for part in node.children for tr in part.children]
        header = tuple(cell.children[0].content.strip() if cell.children else "" for cell in trs[0].children)
        rows = [row for tr in trs[1:] if (row := self._row(tr, len(header)))]
        columns = note_tables.classify(header, [row.cells for row in rows])
        self.tables.append(Table(line, anchor, plain(without_tags(lead)), header, tuple(rows), columns))

    def _row(self, tr: SyntaxTreeNode, width: int) -> Row | None:
        """The row, or None after reporting a line that has other cells than the header.

        The parser pads short rows and cuts long ones; a cut would lose a fact, so the source line is split again. A pipe
        inside `code` splits a cell in this dialect, and authors forget to escape it: such pieces are joined.
        """
        line = (tr.map[0] if tr.map else 0) + 1
        raw = re.sub(r"^[\s>]+", "", self.lines[line - 1]).strip()
        if not note_tables.PIPE.search(raw):
            self.unread.append(Unread(line, "text directly under a table: put an empty line between them"))
            return None
        cells = escapedSplit(raw)
        cells = cells[1:] if cells and not cells[0].strip() else cells
        cells = cells[:-1] if cells and not cells[-1].strip() else cells
        if len(cells) > width:
            cells = note_tables.join_code(cells)
        if len(cells) > width:
            self.unread.append(Unread(line, f"a row of {len(cells)} cells under a header of {width}"))
            return None
        if len(cells) < width and raw.count("|") < width:
            self.unread.append(
                Unread(line, f"a row of {len(cells)} cells under a header of {width}: the rest counts as empty")
            )
        padded = [cell.strip() for cell in cells] + [""] * (width - len(cells))
        return Row(line, tuple(padded)) if any(padded) else None

    # --- lists ------------------------------------------------------------------------------------------------------------

    def _list(self, node: SyntaxTreeNode, line: int, anchor: str, lead: str) -> None:
        entries = tuple(self._entries(node, 0))
        if not entries:
            return
        if self._continues(node, anchor):
            before = self.lists[-1]
            self.lists[-1] = replace(before, entries=before.entries + entries)
            return
        clean = plain(without_tags(lead)) or self._current(line).title
        found = NoteList(line, anchor, clean.rstrip(": "), BULLETS, entries)
        choose = CHOOSE_LINE.fullmatch(clean)
        if choose and not choose[2].strip(" :") and not NEGATED.search(clean):
            found = replace(found, kind=CHOOSE, term=choose[1])
        elif node.type == "ordered_list":
            found = replace(found, kind=STEPS)
        elif any(entry.kind == ARROWS for entry in found.top):
            found = replace(found, kind=ARROWS)
        elif sum(entry.kind == DEFINITIONS for entry in found.top) * 2 > len(found.top):
            found = replace(found, kind=DEFINITIONS)
        self.lists.append(found)

    def _continues(self, node: SyntaxTreeNode, anchor: str) -> bool:
        """Whether a numbered list goes on where the one before, cut by a code fence or a remark, stopped."""
        start = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else 1
        before = self.lists[-1] if self.lists else None
        return (
            start > 1
            and before is not None
            and before.kind == STEPS
            and before.anchor == anchor
            and len(before.top) == start - 1
        )

    def _entries(self, node: SyntaxTreeNode, depth: int) -> Iterator[Entry]:
        for item in node.children:
            lead = ""
            for child in item.children:
                line = (child.map[0] if child.map else 0) + 1
                if child.type == "paragraph" and not lead:
                    lead = child.children[0].content if child.children else ""
                    yield read_entry(lead, line, depth)
                elif child.type in ("bullet_list", "ordered_list"):
                    yield from self._entries(child, depth + 1)
                elif child.type == "table":
                    self._table(child, line, self._current(line).anchor, lead)
                else:
                    self._blocks([child], nested=True)
        self.lead = ""
