"""YAML text -> plain values and the line of each of them.

The files of the bank are written by many hands and arrive by pull request and upload, so they are read as
untrusted text: no tags, no anchors or aliases (a few hundred bytes of them expand to gigabytes), no duplicate
keys, bounded size and depth. Scalars follow the YAML 1.2 core schema: ``no`` is the word "no" and
``2026-11-22`` is text, not a date.

Whatever is wrong is collected as :class:`Problem` values with file and line; where a list is broken in one
entry, the others are still read, so that an author sees every fault of a file in one run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 12
# libyaml reads ten times faster; the events are the same.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(?:[0-9]{1,17}\.[0-9]{0,17}|\.[0-9]{1,17})")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_ENTRY = re.compile(r"-(?:[ \t\r]|$)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault of a file: where it stands (``line`` is 1-based) and what was expected there."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


class BankError(ValueError):
    """A file that cannot be read as part of the bank; ``problems`` holds every fault that was found."""

    def __init__(self, problems: list[Problem]):
        self.problems = sorted(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(slots=True)
class Tree:
    """What a file says. ``lines`` maps the place of a value, as (index or key, …), to its line; ``()`` is the
    whole.
    """

    path: str
    value: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, *place: str | int) -> int:
        """The line of the value at ``place``, or of the nearest thing around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def fault(self, message: str, *place: str | int) -> None:
        """Note a problem at ``place``."""
        self.problems.append(Problem(self.path, self.line(*place), message))


def decode(data: bytes, path: str) -> str:
    """``data`` as text. Raises BankError with the line of the first byte that is not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BankError([Problem(path, line, "expected UTF-8 text")]) from None


def read_tree(text: str, path: str) -> Tree:
    """The values of one YAML file with their lines; everything that cannot be read stands in ``problems``."""
    tree = Tree(path)
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        tree.fault(f"expected a file of at most {MAX_BYTES // 1024 // 1024} MB")
        return tree
    text = _without_strays(tree, text)
    strays = list(tree.problems)
    reader = _Reader(tree)
    reader.read(text)
    if reader.broken:
        _read_entries_one_by_one(tree, text, strays)
    return tree


def _without_strays(tree: Tree, text: str) -> str:
    """``text`` with spaces for indenting tabs and without control characters, each noted, so that reading can
    go on.
    """
    lines = text.split("\n")
    for index, line in enumerate(lines):
        indent = line[: len(line) - len(line.lstrip())]
        if "\t" in indent and line.strip():
            tree.problems.append(Problem(tree.path, index + 1, "expected spaces: a tab cannot indent YAML"))
            lines[index] = indent.replace("\t", "  ") + line.lstrip()
        if _CONTROL.search(line.removesuffix("\r")):
            tree.problems.append(Problem(tree.path, index + 1, "expected text without control characters"))
            lines[index] = _CONTROL.sub("", lines[index])
    return "\n".join(lines)


def _read_entries_one_by_one(tree: Tree, text: str, strays: list[Problem]) -> None:
    """Read a broken list again entry by entry (a ``-`` in the first column), so that one fault hides no
    other.
    """
    lines = text.split("\n")
    content = [number for number, line in enumerate(lines) if line.strip() and not line.startswith(("#", "---"))]
    starts = [number for number in content if _ENTRY.match(lines[number])]
    if not starts or starts[0] != content[0]:
        return
    values: list[Any] = []
    found: list[Problem] = []
    places: dict[Place, int] = {(): starts[0] + 1}
    for index, (start, end) in enumerate(zip(starts, [*starts[1:], len(lines)], strict=True)):
        part = Tree(tree.path)
        _Reader(part, skipped=start).read("\n".join(lines[start:end]))
        found += part.problems
        broken = part.problems or not isinstance(part.value, list)
        values.append(None if broken else part.value[0])
        places[(index,)] = start + 1
        if not broken:
            places.update({(index, *place[1:]): line for place, line in part.lines.items() if len(place) > 1})
    if found:
        known = {problem.line for problem in strays}
        tree.problems = [*strays, *(problem for problem in found if problem.line not in known)]
        tree.value, tree.lines = values, places


class _Reader:
    """Builds the values of a :class:`Tree` from the parser's events; recursion is bounded by MAX_DEPTH."""

    def __init__(self, tree: Tree, skipped: int = 0):
        self.tree, self.skipped = tree, skipped
        self.broken = False  # whether reading ended before the text did

    def read(self, text: str) -> None:
        try:
            self.events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
            next(self.events)  # stream start
            if isinstance(next(self.events), yaml.StreamEndEvent):
                return
            self.tree.value = self._value(next(self.events), ())
            next(self.events)  # document end
            following = next(self.events)
            if not isinstance(following, yaml.StreamEndEvent):
                self._note(following, "expected one document: '---' starts a second one")
        except _Stop:
            pass
        except yaml.YAMLError as error:
            self.broken = True
            line = self._line_of(error, text) + self.skipped
            if all(problem.line != line for problem in self.tree.problems):  # "*a text" is an alias and then an error
                self.tree.problems.append(Problem(self.tree.path, line, _sentence(error)))

    def _value(self, event: Any, place: Place) -> Any:
        self.tree.lines.setdefault(place, self._line(event))
        if isinstance(event, yaml.AliasEvent):
            self._note(event, f"alias '*{event.anchor}': expected the text itself; quote a text that begins with *")
            return None
        if event.anchor:
            self._note(event, f"anchor '&{event.anchor}': expected no anchors; quote a text that begins with &")
        if event.tag and event.tag != "!":
            self._note(event, f"tag {event.tag!r}: expected no tags; quote a text that begins with !")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if len(place) >= MAX_DEPTH:
            self._break(self._line(event), f"expected at most {MAX_DEPTH} levels of nesting")
            raise _Stop
        return self._list(place) if isinstance(event, yaml.SequenceStartEvent) else self._mapping(place)

    def _list(self, place: Place) -> list[Any]:
        values: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            values.append(self._value(event, (*place, len(values))))
        return values

    def _mapping(self, place: Place) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self._break(self._line(event), "expected a field name before the colon")
                raise _Stop
            name = str(event.value)
            if name in values:
                first = self.tree.line(*place, name)
                self._note(event, f"{name}: expected each field once, it stands on line {first} already")
                self._value(next(self.events), (*place, name))
                continue
            self.tree.lines[(*place, name)] = self._line(event)
            values[name] = self._value(next(self.events), (*place, name))
        return values

    def _scalar(self, event: Any) -> Any:
        text = event.value
        if _CONTROL.search(text):
            self._note(event, "expected text without control characters")
            return _CONTROL.sub("", text)
        if not event.implicit[0]:  # quoted or block text stays text
            return text
        if text.lower() in _WORDS:
            return _WORDS[text.lower()]
        if _INT.fullmatch(text):
            return int(text)
        return float(text) if _FLOAT.fullmatch(text) else text

    def _line(self, event: Any) -> int:
        return event.start_mark.line + 1 + self.skipped

    def _note(self, event: Any, message: str) -> None:
        self.tree.problems.append(Problem(self.tree.path, self._line(event), message))

    def _break(self, line: int, message: str) -> None:
        self.tree.problems.append(Problem(self.tree.path, line, message))
        self.broken = True

    @staticmethod
    def _line_of(error: yaml.YAMLError, text: str) -> int:
        begun = "end of stream" in str(getattr(error, "problem", ""))  # an open quote: say where it was opened
        names = ("context_mark", "problem_mark") if begun else ("problem_mark", "context_mark")
        if mark := getattr(error, names[0], None) or getattr(error, names[1], None):
            return min(mark.line, text.count("\n")) + 1
        position = getattr(error, "position", None)
        return text.count("\n", 0, position) + 1 if isinstance(position, int) else 1


class _Stop(Exception):
    """Reading ends here; the problem is noted."""


def _sentence(error: yaml.YAMLError) -> str:
    detail = getattr(error, "problem", None) or getattr(error, "reason", None) or "the text cannot be read"
    hint = ""
    if "mapping values are not allowed" in detail:
        hint = " (quote a text that contains ': ')"
    elif "found character that cannot start" in detail:
        hint = " (quote a text that begins with @, ` or %)"
    return f"expected valid YAML: {detail}{hint}"
