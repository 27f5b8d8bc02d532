"""How the columns of a note's table are to be read, from its header.

scenario    a column of situations, a column of answers and perhaps one of reasons
comparison  a first column of aspects and a column for each option; or transposed, a first column of options
other       anything else; ``why`` says what was missing

Headers are matched by the words that authors of such notes use. A header that is not known leaves the table unread with a
reason, never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from questions.domain.note_text import plain

SCENARIO, COMPARISON, OTHER = "scenario", "comparison", "other"
MIN_COLUMNS, MAX_COLUMNS = 2, 5

PROMPT_HEAD = re.compile(
    r"(exam |typical |business )?(scenarios?|situations?|use[- ]?cases?|requirements?|needs?|problems?"
    r"|goals?|symptoms?"
    r"|workloads?|questions?|conditions?|case|when|if|if you need|you need|if the question says|when to use( it)?"
    r"|best for|good for|ideal for"
    r"|clues?|keywords?|constraints?|issues?|failures?|errors?)"
)
_ANSWER = re.compile(
    r"((best|recommended|right|correct|aws|preferred|suggested) )?(solutions?|answers?|services?|choices?"
    r"|options?|recommendations?"
    r"|recommended|tools?|patterns?|approach(es)?|techniques?|strateg(y|ies)|fix(es)?|remed(y|ies)"
    r"|use|pick|choose|what to use"
    r"|databases?|methods?|features?|models?|algorithms?|resources?|objects?|stores?|types?|instances?"
    r"|index(es)?|structures?|engines?)"
)
_REASON = re.compile(
    r"reasons?|why|why\?|rationales?|notes?|explanations?|because|comments?|remarks?|justifications?"
    r"|details?|key points?|why it fits"
)
_ASPECT_HEAD = re.compile(
    r"|aspects?|factors?|features?|criteri(on|a)|propert(y|ies)|attributes?|characteristics?|dimensions?"
    r"|metrics?|considerations?"
    r"|parameters?|capabilit(y|ies)|comparison|differences?|categor(y|ies)|quality|concerns?|vs\.?"
)
_OPTION_HEAD = re.compile(
    r"(.* )?(options?|services?|types?|strateg(y|ies)|patterns?|databases?|approach(es)?|techniques?"
    r"|methods?|models?|tools?|stores?"
    r"|algorithms?|engines?|modes?|objects?|resources?|plans?|tiers?|class(es)?|names?|products?"
    r"|solutions?|terms?|concepts?|kinds?"
    r"|instances?|controllers?|levels?|index(es)?|structures?|protocols?|formats?|components?"
    r"|alternatives?|choices?|variants?|policy|policies)"
)
_ASPECT = re.compile(
    r".*\b(latency|cost|price|pricing|use[- ]?cases?|best for|good for|ideal for|when to use|when|pros"
    r"|cons|limits?|size|timeout|purpose"
    r"|descriptions?|meanings?|definitions?|what it (is|does)|scaling|speed|durability|consistency"
    r"|downtime|risk|rollback|examples?"
    r"|advantages?|disadvantages?|strengths?|weakness(es)?|drawbacks?|throughput|trade-?offs?"
    r"|characteristics?|features?|data model"
    r"|storage|access|detects|requires|effort|complexity|performance|security|availability|identity|state"
    r"|payload|traffic|default"
    r"|key (idea|feature|point|benefit|difference)s?|how it works|supports?|duration|resources?|ordering"
    r"|memory|overhead)\b.*"
)
PIPE = re.compile(r"(?<!\\)\|")
_NUMBER_HEAD = re.compile(r"#|no\.?|nr\.?|number|id|step")


@dataclass(frozen=True, slots=True)
class Columns:
    """The reading of a table. Columns are 0-based indexes into a row; None where the kind has no such column.

    scenario: ``prompt``, ``answer``, ``reason``. comparison: ``first`` is the column of aspects, or of options when
    ``transposed``, and ``others`` are the columns compared with it.
    """

    kind: str
    prompt: int = 0
    answer: int = 0
    reason: int | None = None
    first: int = 0
    others: tuple[int, ...] = ()
    transposed: bool = False
    why: str = ""


def classify(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Columns:
    """What kind of table stands under ``header``."""
    heads = [plain(cell).strip(" :?").lower() for cell in header]
    if not MIN_COLUMNS <= len(heads) <= MAX_COLUMNS:
        return Columns(OTHER, why=f"{len(heads)} columns: tables of {MIN_COLUMNS} to {MAX_COLUMNS} columns are read")
    if not rows:
        return Columns(OTHER, why="a header without rows")
    # A leading column of row numbers carries nothing.
    used = list(range(len(heads)))
    if (
        len(heads) > 2
        and _NUMBER_HEAD.fullmatch(heads[0])
        and all(re.fullmatch(r"\W*\d*\W*", plain(row[0])) for row in rows)
    ):
        used = used[1:]
    return _scenario(heads, used) or _comparison(heads, used) or Columns(OTHER, why=_unknown(header))


def _scenario(heads: Sequence[str], used: Sequence[int]) -> Columns | None:
    first, second, *rest = used
    if len(rest) > 1 or any(not _REASON.fullmatch(heads[column]) for column in rest):
        return None
    reason = rest[0] if rest else None
    if PROMPT_HEAD.fullmatch(heads[first]) and (
        _ANSWER.fullmatch(heads[second]) or not _REASON.fullmatch(heads[second])
    ):
        return Columns(SCENARIO, prompt=first, answer=second, reason=reason)
    # "Service | Use case" is the same table written from the other side.
    if PROMPT_HEAD.fullmatch(heads[second]) and (
        _ANSWER.fullmatch(heads[first]) or _OPTION_HEAD.fullmatch(heads[first])
    ):
        return Columns(SCENARIO, prompt=second, answer=first, reason=reason)
    return None


def _comparison(heads: Sequence[str], used: Sequence[int]) -> Columns | None:
    first, *others = used
    aspects = [column for column in others if _ASPECT.fullmatch(heads[column]) or _REASON.fullmatch(heads[column])]
    # The other headers decide before the first one: "Feature | Latency | Cost" lists features as options.
    if aspects and len(aspects) * 2 >= len(others):
        return Columns(COMPARISON, first=first, others=tuple(others), transposed=True)
    if _ASPECT_HEAD.fullmatch(heads[first]) and len(others) > 1:
        return Columns(COMPARISON, first=first, others=tuple(others))
    if _OPTION_HEAD.fullmatch(heads[first]):
        return Columns(COMPARISON, first=first, others=tuple(others), transposed=True)
    return None


def _unknown(header: Sequence[str]) -> str:
    names = " | ".join(plain(cell) for cell in header)
    return f"the header '{names}' names neither scenario and solution, nor aspects or options to compare"


def join_code(cells: Sequence[str]) -> list[str]:
    """Cells in which every code span is whole again, as far as the backticks allow."""
    joined: list[str] = []
    open_span = False
    for cell in cells:
        if open_span:
            joined[-1] += f"|{cell}"
        else:
            joined.append(cell)
        open_span = joined[-1].count("`") % 2 == 1
    return joined


def broken_table(rows: Sequence[str]) -> str:
    """Why lines with pipes in them are no table."""
    delimiters = [row for row in rows if re.fullmatch(r"[\s|:-]*-[\s|:-]*", row)]
    if not delimiters:
        return "looks like a table but has no line of dashes under its header"
    widths = [len(PIPE.findall(row.strip().strip("|"))) + 1 for row in (rows[0], delimiters[0])]
    return f"looks like a table but its header has {widths[0]} cells and its line of dashes {widths[1]}"
