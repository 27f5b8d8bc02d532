"""Questions that stand in a bank twice: word for word, nearly, or with another key; and pairs that only look so."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from questions.domain import scenarios
from questions.domain.bankfile import parse_bank
from questions.domain.items import Case, Item, Option, Prompt, option_id
from questions.domain.lint import ERROR, WARNING
from questions.domain.lint_bank import lint_bank
from questions.domain.lint_copies import copies, words
from questions.domain.records import CURRENT
from questions.domain.scenario_file import read_book

ROOT = Path(__file__).resolve().parents[2] / "bank"
FILES = {str(p.relative_to(ROOT)): p.read_bytes() for p in ROOT.rglob("*") if p.suffix in (".yaml", ".md")}
BANK = parse_bank(FILES)
STEM = (
    "A toll operator scores every passing lorry with a fraud model on one real-time endpoint. A new version must first get "
    "10 % of the traffic for 30 minutes and go back by itself when errors rise."
)
ASK = "Which rollout fits these requirements BEST?"
TEXTS = (
    "A canary shift with an alarm",
    "A linear shift with an alarm",
    "An all-at-once shift with an alarm",
    "A shadow test with an alarm",
)


def item(slug: str, stem: str = STEM, ask: str = ASK, texts: tuple[str, ...] = TEXTS, key: int = 0, **more) -> Item:
    options = tuple(
        Option(option_id(slug, text), text, "It decides by the share of traffic.", key=n == key)
        for n, text in enumerate(texts)
    )
    return Item(**{"slug": slug, "kind": "choice", "stem": stem, "ask": ask, "options": options, **more})


def found(*items: Item) -> list[tuple[str, str, str]]:
    return [(finding.level, finding.where, finding.message) for finding in copies(items)]


def levels(*items: Item) -> list[str]:
    return [level for level, _, _ in found(*items)]


@pytest.mark.parametrize(
    "stem",
    [
        STEM.replace("toll operator", "ferry line").replace("lorry", "car"),
        STEM.replace("10 %", "20 %"),
        ". ".join(reversed(STEM.rstrip(".").split(". "))) + ".",
        STEM.replace("scores every passing lorry with", "has every passing lorry scored by").replace(".", " !"),
        STEM + " The operator has two engineers who are on duty at night.",
    ],
    ids=["two words", "a number", "sentences moved", "function words", "one sentence more"],
)
def test_nearly_the_same_question_with_the_same_answer_is_warned_of(stem: str) -> None:
    assert levels(item("one"), item("two", stem)) == [WARNING]


def test_the_warning_says_what_it_is_like_and_how_much() -> None:
    two = item("two", STEM.replace("toll operator", "ferry line").replace("lorry", "car"))
    assert found(item("one"), two) == [(WARNING, "two", "nearly the same as 'one' (90 % of its words)")]


def test_options_may_change_their_order_and_a_word_too() -> None:
    texts = tuple(reversed([*TEXTS[1:], "A canary traffic shift with an alarm"]))
    assert levels(item("one"), item("two", STEM.replace("toll", "bridge"), texts=texts)) == [WARNING]


@pytest.mark.parametrize(
    "stem",
    [
        STEM.replace("10 % of the traffic for", "10 % of the traffic every"),
        STEM.replace("10 %", "5 %"),
        STEM.replace("go back", "not go back"),
        STEM.replace("when errors rise", "before errors rise"),
        STEM.replace("first get 10 % of the traffic", "get a copy of all requests and answer none of them"),
    ],
    ids=["interval", "number", "negation", "before", "clause"],
)
def test_a_minimal_pair_stays_silent(stem: str) -> None:
    assert levels(item("one"), item("two", stem, key=1)) == []


@pytest.mark.parametrize(
    "stem",
    [
        STEM.replace("A toll operator scores every", "The toll operator will score each of the").replace(
            "each", "every"
        ),
        ". ".join(reversed(STEM.rstrip(".").split(". "))) + ".",
        STEM.upper(),
    ],
    ids=["function words", "sentences moved", "letters"],
)
def test_another_key_without_another_word_is_a_contradiction(stem: str) -> None:
    texts = ("The canary shift with its alarm", *TEXTS[1:])
    (finding,) = copies([item("one"), item("two", stem, texts=texts, key=1)])
    assert (finding.level, finding.slug) == (ERROR, "two")
    assert finding.message == "contradicts 'one': same question and options, another key"


def test_the_same_words_in_another_direction_are_another_question() -> None:
    pair = [
        item(slug, f"A library moves the retraining of its catalogue model from {way}.", key=key)
        for slug, way, key in (("one", "monthly to daily", 0), ("two", "daily to monthly", 1))
    ]
    assert levels(*pair) == []


def test_another_topic_stays_silent() -> None:
    other = "A brewery stores sensor readings of its kettles and predicts the end of a fermentation once a night."
    assert levels(item("one"), item("two", other)) == []


def test_the_same_letters_are_an_error_and_another_version_of_an_item_is_nothing() -> None:
    assert found(item("one"), item("two")) == [(ERROR, "two", "asks the same as 'one'")]
    assert levels(item("one"), item("one")) == []


def test_an_item_is_told_of_once_with_the_closest_one() -> None:
    three = [item("one", STEM.replace("toll", "bridge").replace("fraud", "weight")), item("two"), item("three")]
    three[2] = item("three", STEM.replace("lorry", "car"))
    assert [(where, message[:26]) for _, where, message in found(*three)] == [
        ("two", "nearly the same as 'one' ("),
        ("three", "nearly the same as 'two' ("),
    ]


def part(slug: str, ask: str, case: str = "ferry", text: str = STEM, key: int = 0) -> Item:
    return item(f"{case}.{slug}", "", ask, key=key, case=Case(case, "A ferry line", text))


def test_parts_of_a_case_are_not_compared_by_the_text_they_share() -> None:
    first = part("a", "Which rollout loses the FEWEST requests when errors rise?")
    assert levels(first, part("b", "Which step shows a reviewer that costs stay level over a week?")) == []
    assert levels(first, part("b", "Which rollout loses the FEWEST requests when the errors rise?", key=1)) == [ERROR]
    assert levels(first, part("b", "Which rollout loses the FEWEST answers when errors rise?")) == [WARNING]


def test_a_case_told_again_is_found_part_by_part() -> None:
    asks = ("Which rollout loses the FEWEST requests?", "Which measure tells the crew about a violation at once?")
    one = [part(name, ask) for name, ask in zip("ab", asks, strict=True)]
    again = [part(name, ask, "harbour", STEM.replace("toll", "ferry")) for name, ask in zip("ab", asks, strict=True)]
    assert [(level, where) for level, where, _ in found(*one, *again)] == [
        (WARNING, "harbour.a"),
        (WARNING, "harbour.b"),
    ]


def test_orderings_and_matchings_are_compared_by_their_answers() -> None:
    def ordering(slug: str, stem: str, places: tuple[int, ...]) -> Item:
        one = item(slug, stem, "Place the steps in order.", kind="ordering")
        steps = [replace(o, key=False, position=n) for o, n in zip(one.options, places, strict=True)]
        return replace(one, options=tuple(steps))

    near = STEM.replace("lorry", "car")
    assert levels(ordering("one", STEM, (1, 2, 3, 4)), ordering("two", near, (1, 2, 3, 4))) == [WARNING]
    assert levels(ordering("one", STEM, (1, 2, 3, 4)), ordering("two", near, (2, 1, 3, 4))) == []
    assert levels(ordering("one", STEM, (1, 2, 3, 4)), ordering("two", STEM, (2, 1, 3, 4))) == [ERROR]

    def matching(slug: str, stem: str, order: tuple[int, ...]) -> Item:
        one = item(slug, stem, "Match each wish to its rollout.", kind="matching", key=-1)
        wishes = ("Small steps of equal size", "One small step first", "No step at all")
        prompts = (
            Prompt(option_id(slug, w), w, one.options[n].id, "So it is.") for w, n in zip(wishes, order, strict=True)
        )
        return replace(one, prompts=tuple(prompts))

    assert levels(matching("one", STEM, (1, 0, 2)), matching("two", near, (1, 0, 2))) == [WARNING]
    assert levels(matching("one", STEM, (1, 0, 2)), matching("two", near, (0, 1, 2))) == []
    assert levels(matching("one", STEM, (1, 0, 2)), matching("two", STEM, (0, 1, 2))) == [ERROR]


def test_words_are_told_apart_where_a_minimal_pair_needs_it() -> None:
    assert words("The teams can't wait 20 MB.") == words("A team, not waiting for 20MB")
    assert words("from monthly to daily") != words("from daily to monthly")
    assert words("no labels but logs") != words("labels but no logs")
    assert words("2 nodes and 3 zones") != words("3 nodes and 2 zones")


# --- the shipped bank ---------------------------------------------------------------------------------------


def test_nothing_in_the_shipped_bank_is_a_copy() -> None:
    assert [str(finding) for finding in copies([*BANK.items, *BANK.variants.items])] == []


def test_a_copy_of_any_item_with_two_words_changed_is_found() -> None:
    alone = [one for one in BANK.items if one.case is None and len(one.stem.split()) >= 15]
    missed = []
    for one in alone:
        changed = one.stem.split()
        for place in (2, len(changed) // 2):
            changed[place] = "otherwise"
        copy = replace(one, slug=f"copy-of-{one.slug}", stem=" ".join(changed))
        if [f.slug for f in copies([one, copy])] != [copy.slug]:
            missed.append(one.slug)
    assert len(alone) > 100
    assert missed == []


def test_variants_of_a_family_share_sentences_by_design() -> None:
    book = read_book(
        {path: data for path, data in FILES.items() if path.startswith("scenarios/")},
        {fact.id for fact in BANK.facts if fact.status == CURRENT},
    )
    made = [one.item for one in scenarios.generate(book, 300, seed=7)]
    assert len(list(copies(made))) <= 6


def test_a_thousand_items_are_compared_within_two_seconds() -> None:
    many = [
        replace(one, slug=f"{one.slug}-{turn}", stem=f"{one.stem} It was told {turn} times.")
        for turn in range(3)
        for one in BANK.items
        if one.case is None
    ]
    began = time.process_time()
    lint_bank([*many, *BANK.variants.items][:1000])
    assert time.process_time() - began < 2
