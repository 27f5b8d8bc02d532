"""Pictures as geometry: figures in, places of bars, lines and arcs out. Pure; knows neither HTML nor colours.

Places are percent of the drawing's width and height with (0, 0) at the top left, so that a template can draw at any size
without its words shrinking; only the arcs are in pixels. Whoever draws gives every picture its words and its table.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Tick:
    """A label at ``at`` percent of an axis; ``anchor`` as SVG names it (start, middle, end)."""

    at: float
    label: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar and what it says; ``kind`` is for the style sheet."""

    x: float
    y: float
    width: float
    height: float
    title: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Dot:
    """A point with its interval."""

    x: float
    y: float
    low: float
    high: float
    title: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """A row of bars. ``limit`` is the height of a line across it, None without one."""

    bars: tuple[Bar, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines over a plane: ``points`` and ``band`` are lists of "x,y" as a polyline and a polygon take them; ``guide`` is a
    second, plain line. ``dots`` stand for themselves.
    """

    points: str
    band: str
    dots: tuple[Dot, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    guide: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of the calendar: column and row, and how much (0 nothing to 4 much)."""

    x: int
    y: int
    level: int
    title: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """Weeks as columns, Monday above."""

    cells: tuple[Cell, ...]
    months: tuple[Tick, ...]
    columns: int


@dataclass(frozen=True, slots=True)
class Node:
    """A concept in the picture of confusions, in pixels."""

    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Arc:
    """From what was chosen to what was right: an SVG path, its thickness in pixels, the tip of its arrow."""

    path: str
    width: float
    tip: str
    title: str


@dataclass(frozen=True, slots=True)
class Arcs:
    """Concepts below one another, with an arc for each confusion at their left. Pixels."""

    nodes: tuple[Node, ...]
    arcs: tuple[Arc, ...]
    height: float
    gutter: float


def _round(value: float) -> float:
    return round(value, 2)


def ceiling(most: float) -> tuple[float, float]:
    """(a round number at or above ``most``, a round step): two to five steps make it up. Never below 1."""
    most = max(1.0, most)
    power = 10.0 ** math.floor(math.log10(most))
    for step in (power / 5, power / 2, power, 2 * power, 5 * power):
        if step >= 1 and most / step <= 4:
            return math.ceil(most / step - 1e-9) * step, step
    return most, most


def _up(most: float, step: float, unit: str = "") -> tuple[Tick, ...]:
    count = round(most / step)
    return tuple(Tick(_round(100 - 100 * n * step / most), f"{n * step:g}{unit}") for n in range(1, count + 1))


def spread(labels: Sequence[tuple[float, str]]) -> tuple[Tick, ...]:
    """Labels under an axis; those at its ends keep inside."""
    return tuple(Tick(_round(at), label, "start" if at < 4 else "end" if at > 96 else "middle") for at, label in labels)


def bars(
    values: Sequence[float],
    titles: Sequence[str],
    *,
    labels: Sequence[tuple[int, str]],
    limit: float | None = None,
    kinds: Sequence[str] = (),
    most: float | None = None,
    gap: float = 0.25,
) -> Bars:
    """Bars from left to right. ``labels`` are (number of a bar, words below it), ``gap`` the share of a place left free;
    what is above ``most`` is cut there.
    """
    if most is not None:
        values = [min(value, most) for value in values]
    top, step = ceiling(max([*values, limit or 0.0], default=0.0))
    place = 100 / max(1, len(values))
    found = tuple(
        Bar(
            _round(number * place + place * gap / 2),
            _round(100 - 100 * value / top),
            _round(place * (1 - gap)),
            _round(100 * value / top),
            titles[number],
            kinds[number] if kinds else "",
        )
        for number, value in enumerate(values)
    )
    across = spread([(number * place + place / 2, label) for number, label in labels])
    return Bars(found, across, _up(top, step), None if limit is None else _round(100 - 100 * limit / top))


PERCENTS = (Tick(0.0, "100 %"), Tick(50.0, "50 %"))


def line(points: Sequence[tuple[float, float]]) -> str:
    """Points in percent as a polyline takes them."""
    return " ".join(f"{_round(x):g},{_round(y):g}" for x, y in points)


def shares(
    rows: Sequence[tuple[date, float, float, float]], *, start: date, end: date, labels: Sequence[tuple[date, str]]
) -> Lines:
    """A share (0-1) over days with its band: ``rows`` are (day, share, low, high)."""
    days = max(1, (end - start).days)

    def x(day: date) -> float:
        return 100 * (day - start).days / days

    middle = [(x(day), 100 - 100 * share) for day, share, _, _ in rows]
    low = [(x(day), 100 - 100 * value) for day, _, value, _ in rows]
    high = [(x(day), 100 - 100 * value) for day, _, _, value in rows]
    dots = tuple(Dot(_round(a), _round(b), _round(c), _round(d)) for (a, b), (_, c), (_, d) in
                 zip(middle, low, high, strict=True)) if len(rows) == 1 else ()  # fmt: skip
    across = spread([(x(day), label) for day, label in labels if start <= day <= end])
    return Lines(line(middle), line(high + low[::-1]), dots, across, PERCENTS)


def curve(
    rows: Sequence[tuple[float, float]],
    dots: Sequence[tuple[float, float, float, float, str]],
    *,
    days: int,
    every: int,
) -> Lines:
    """A share (0-1) over days to come, with observed ones as dots: (days, share, low, high, words)."""
    placed = tuple(
        Dot(
            _round(100 * at / days), _round(100 - 100 * share), _round(100 - 100 * low), _round(100 - 100 * high), words
        )
        for at, share, low, high, words in dots
    )
    across = spread([(100 * day / days, "now" if day == 0 else f"{day} days") for day in range(0, days + 1, every)])
    return Lines(line([(100 * at / days, 100 - 100 * share) for at, share in rows]), "", placed, across, PERCENTS)


QUARTERS = tuple(Tick(100.0 - at, f"{at} %") for at in (50, 100))


def square(rows: Sequence[tuple[float, float, float, float, str]], *, joined: bool = True) -> Lines:
    """A share (0-1) against another one: ``rows`` are (across, up, low, high, words). The guide is where both are equal."""
    dots = tuple(
        Dot(_round(100 * x), _round(100 - 100 * y), _round(100 - 100 * low), _round(100 - 100 * high), words)
        for x, y, low, high, words in rows
    )
    across = spread([(0.0, "0 %"), (50.0, "50 %"), (100.0, "100 %")])
    drawn = line([(dot.x, dot.y) for dot in dots]) if joined else ""
    return Lines(drawn, "", dots, across, QUARTERS, line([(0, 100), (100, 0)]))


def trend(
    rows: Sequence[tuple[date, float]], *, start: date, end: date, labels: Sequence[tuple[date, str]], unit: str = ""
) -> Lines:
    """A figure from 0 up over days; those are dots that no neighbour joins to a line."""
    days = max(1, (end - start).days)
    top, step = ceiling(max([value for _, value in rows], default=0.0))
    points = [(100 * (day - start).days / days, 100 - 100 * value / top) for day, value in rows]
    dots = tuple(Dot(_round(x), _round(y), _round(y), _round(y)) for x, y in points) if len(points) == 1 else ()
    across = spread([(100 * (day - start).days / days, label) for day, label in labels if start <= day <= end])
    return Lines(line(points), "", dots, across, _up(top, step, unit))


def steps(rows: Sequence[tuple[float, int]], *, total: int, seconds: float) -> Lines:
    """Questions answered over time as a staircase, against the even pace from corner to corner. ``rows`` are (s, count)."""
    most = max(1, total)
    points, before = [(0.0, 100.0)], 100.0
    for at, count in rows:
        x = min(100.0, 100 * at / seconds)
        points += [(x, before), (x, before := 100 - 100 * count / most)]
    _, step = ceiling(seconds / 60)
    minutes = [step * number for number in range(int(seconds / 60 // step) + 1)]
    across = spread([(6000 * minute / seconds, f"{minute:g} min") for minute in minutes])
    half = total // 2
    up = (Tick(0.0, f"{total}"), *([Tick(_round(100 - 100 * half / most), f"{half}")] if half else []))
    return Lines(line(points), "", (), across, up, line([(0, 100), (100, 0)]))


LEVELS = (1, 10, 20, 40)
"""Answers a day from which a cell of the calendar darkens."""


def level(answers: int) -> int:
    """How dark a day is, 0 to 4."""
    return sum(answers >= least for least in LEVELS)


def calendar(
    weeks: Sequence[tuple[date, Sequence[int | None]]],
    *,
    title: Callable[[date, int], str],
    month: Callable[[date], str],
) -> Calendar:
    """Weeks from their Monday, each with seven counts of answers; None is a day to come and has no cell."""
    cells: list[Cell] = []
    months: list[tuple[int, str]] = []
    for column, (monday, counts) in enumerate(weeks):
        for row, answers in enumerate(counts):
            if answers is not None:
                cells.append(Cell(column, row, level(answers), title(monday + timedelta(days=row), answers)))
        begins = monday.day <= 7
        if begins and (not months or column - months[-1][0] >= 3) and column <= len(weeks) - 2:
            months.append((column, month(monday)))
    place = 100 / max(1, len(weeks))
    return Calendar(tuple(cells), tuple(Tick(_round(c * place), m, "start") for c, m in months), len(weeks))


ROW, LONGEST_LABEL = 32.0, 27


def short(words: str, most: int = LONGEST_LABEL) -> str:
    """Words that fit beside a picture; the table has them whole."""
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def arcs(pairs: Sequence[tuple[str, str, int]], *, title: Callable[[str, str, int], str]) -> Arcs:
    """``pairs`` are (chosen, right, times). Concepts that are confused stand near one another where that can be.

    Each arc bows to the left, further the further apart its ends are, and ends with an arrow at what was right.
    """
    order = _order(pairs)
    place = {name: ROW * (number + 0.5) for number, name in enumerate(order)}
    most = max((times for _, _, times in pairs), default=1)
    bows = {}
    for chosen, right, _ in pairs:
        # Two arcs between one pair, there and back, do not lie on each other.
        back = (right, chosen) in bows
        bows[chosen, right] = (
            24.0 + 12.0 * min(5, abs(order.index(chosen) - order.index(right))) + (12.0 if back else 0.0)
        )
    gutter = max(bows.values(), default=24.0) + 16
    edge = gutter - 8
    found = []
    for chosen, right, times in pairs:
        begin, end = place[chosen], place[right]
        # What goes out of a concept and what comes in stay apart, above and below its middle.
        away = 4.0 if begin < end else -4.0
        begin, end = begin + away, end - away
        width = _round(1.5 + 4.0 * times / most)
        bend = edge - bows[chosen, right] * 4 / 3
        head = max(7.0, width + 4)
        path = f"M{edge:g} {begin:g}C{bend:g} {begin:g} {bend:g} {end:g} {edge - head + 1:g} {end:g}"
        tip = f"{edge:g},{end:g} {edge - head:g},{_round(end - head / 1.6):g} {edge - head:g},{_round(end + head / 1.6):g}"
        found.append(Arc(path, width, tip, title(chosen, right, times)))
    nodes = tuple(Node(place[name], short(name)) for name in order)
    return Arcs(nodes, tuple(found), ROW * len(order), gutter)


def _order(pairs: Sequence[tuple[str, str, int]]) -> list[str]:
    """The concepts so that partners are neighbours: each next one is the most confused with what stands already."""
    left = {name for chosen, right, _ in pairs for name in (chosen, right)}
    order: list[str] = []
    while left:
        bound = [
            (times, -number, name)
            for number, (chosen, right, times) in enumerate(pairs)
            for name, partner in ((chosen, right), (right, chosen))
            if name in left and partner in order
        ]
        # With nobody beside whom to stand, the most frequent pair that is left begins.
        rest = (name for chosen, right, _ in pairs for name in (chosen, right) if name in left)
        name = max(bound)[2] if bound else next(rest)
        order.append(name)
        left.discard(name)
    return order
