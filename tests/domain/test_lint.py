"""Each lint rule with items that it flags and near misses that it leaves alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from questions.domain.items import Case, Item, Option, Prompt, from_entry, option_id
from questions.domain.lint import ERROR, RULES, WARNING, References, lint
from questions.domain.lint_bank import chi_square_p, guess, lint_bank
from questions.domain.lint_words import content, quantity, sentences
from questions.domain.records import Fact, Limit

STEM = "A property team calls its valuation model ten times a day with requests of 20 KB. Idle hours must cost nothing."
ASK = "Which inference option is the MOST cost-effective?"
TEXTS = ("Serverless inference", "Real-time inference", "Batch transform jobs", "Asynchronous inference")


def choice(
    *texts: str,
    stem: str = STEM,
    ask: str = ASK,
    key: int = 0,
    kind: str = "choice",
    keys: tuple[int, ...] = (),
    **changes,
) -> Item:
    """An item without flaws, unless ``texts`` (its options, the first one the key) or ``changes`` bring one
    in.
    """
    rationale = "Decided by the requests a day and by what idle hours cost."
    right = keys or (key,)
    options = tuple(
        Option(option_id("item", text), text, rationale, concept=f"concept-{n}", key=n in right)
        for n, text in enumerate(texts or TEXTS)
    )
    return Item(**{"slug": "item", "kind": kind, "stem": stem, "ask": ask, "options": options, **changes})


def rationales(*texts: str) -> Item:
    item = choice()
    return replace(item, options=tuple(replace(o, rationale=text) for o, text in zip(item.options, texts, strict=True)))


def concepts(*names: str) -> Item:
    item = choice()
    return replace(item, options=tuple(replace(o, concept=name) for o, name in zip(item.options, names, strict=True)))


def distractor(rationale: str, **changes) -> Item:
    """An item whose second option is turned down by ``rationale``."""
    item = choice(**changes)
    options = list(item.options)
    options[1] = replace(options[1], rationale=rationale)
    return replace(item, options=tuple(options))


def key_of_range(rationale: str, *texts: str) -> Item:
    item = choice(*texts, ask="Which range contains the limit?")
    return replace(item, options=(replace(item.options[0], rationale=rationale), *item.options[1:]))


def multiple(ask: str = "Which reasons count? (Select TWO.)", keys: tuple[int, ...] = (0, 1)) -> Item:
    return choice(
        *(f"Reason {name}" for name in ("red", "green", "blue", "grey", "black")),
        ask=ask,
        kind="multiple",
        keys=keys,
    )


def matching(*targets: int) -> Item:
    options = choice().options
    prompts = tuple(
        Prompt(option_id("p", str(n)), f"Need number {n}", options[target].id, "It decides this need.")
        for n, target in enumerate(targets)
    )
    return choice(kind="matching", prompts=prompts, rationale="By need.", ask="Match each need.")


def case(words: int) -> Item:
    return choice(stem="", case=Case("lender", "A lender", "Requests a day cost idle hours. " + "word " * (words - 6)))


def fact(fact_id: str, status: str = "current", *limits: Limit, statement: str = "A statement.") -> Fact:
    return Fact(fact_id, statement, None, None, status, "A source", date(2026, 11, 22), limits=limits)


KNOWN = References(
    facts={
        "payload": fact("payload", "current", Limit("concept-0", "payload_mb", 4)),
        "timeout": fact("timeout", "current", Limit("concept-0", "seconds", 60)),
        "small-fleet": fact("small-fleet", "current", Limit("concept-1", "payload_mb", 6)),
        "memory": fact("memory", statement="A serverless endpoint has 1 to 6 GB of memory for its model."),
        "colours": fact("colours", statement="Colours of a chart follow its palette."),
        "disputed": fact("disputed", "disputed", Limit("concept-0", "payload_mb", 0.001)),
        "retired": fact("retired", "retired"),
    },
    tags={"pipelines", "cost", "encryption", "retraining"},
    tasks={"3.1"},
    scenarios={1, 2},
    notes={"options#serverless"},
    rows=71,
)
TWINS = (choice(), choice(*reversed(TEXTS), slug="twin", key=3, ask=ASK.upper()))


def known(**changes) -> Item:
    return choice(**{"tags": ("cost",), "task": "3.1", "note": "options#serverless", **changes})


E, W = ERROR, WARNING
FLAWED = {
    "structure: no key": (E, choice(keys=(9,))),
    "structure: two keys in a choice": (E, choice(keys=(0, 1))),
    "structure: an option without a rationale": (E, rationales("", *["Requests a day decide."] * 3)),
    "structure: a choice that asks for two": (E, choice(ask="Which options fit? (Select TWO.)")),
    "structure: asks for three and has two keys": (E, multiple("Which reasons count? (Select THREE.)")),
    "structure: a matching with nothing to match": (W, matching(0, 0, 0)),
    "unique-key: a distractor of the same concept": (
        E,
        concepts("serverless", "serverless", "batch", "async"),
    ),
    "unique-key: the payload is over the limit": (
        E,
        known(stem="Each request carries 6 MB of pictures, ten times a day, while idle hours cost nothing."),
    ),
    "unique-key: a range of payloads goes over the limit": (
        E,
        known(stem="Ten times a day a request has 5,000 KB or 3 MB of idle text that costs hours."),
    ),
    "unique-key: the work takes longer than the limit": (
        E,
        known(stem="Each prediction takes about 2 minutes, ten a day, while idle hours cost nothing."),
    ),
    "unique-key: each of the files named before takes longer than the limit": (
        E,
        known(
            stem="Single files arrive as requests, ten a day, and idle hours cost. Each takes ninety minutes of work."
        ),
    ),
    "unique-key: a distractor is turned down by a limit that the scenario keeps": (
        E,
        distractor(
            "Exceeds its limit of 6 MB.",
            stem="Each request carries 3 MB, ten times a day, and idle hours cost nothing.",
        ),
    ),
    "unique-key: a fact of the key bounds less than the scenario asks for": (
        W,
        known(
            stem="A model of 9 GB of memory is called ten times a day, and idle hours must cost nothing.",
            options=choice("A serverless endpoint", *TEXTS[1:]).options,
            facts=("memory",),
        ),
    ),
    "unique-key: a distractor works too, says its rationale": (E, distractor("It would work for these requests, too.")),
    "unique-key: a distractor works as well": (E, distractor("Real-time inference also works.")),
    "unique-key: a distractor meets all demands": (E, distractor("This meets all requirements of a day.")),
    "unique-key: a distractor is as good": (E, distractor("It is just as good as the key.")),
    "unique-key: the key's number in another unit": (E, choice("1 minute", "60 seconds", "2 hours", "3 hours")),
    "unique-key: two ranges hold the number of the key": (
        E,
        key_of_range("The limit of 10 lies here.", "8 to 15", "4 to 10", "16 to 20", "21 to 30"),
    ),
    "rationale: two words": (E, rationales("Idle costs.", *["Requests a day decide."] * 3)),
    "rationale: speaks of something else": (
        E,
        rationales("Zebras graze near lakes.", *["Requests a day decide."] * 3),
    ),
    "rationale: a verdict": (E, rationales("This is clearly wrong.", *["Requests a day decide."] * 3)),
    "rationale: a verdict with the option's name": (
        E,
        rationales("Serverless inference is not the best choice here.", *["Requests a day decide."] * 3),
    ),
    "rationale: a verdict in stock words": (
        E,
        rationales("This option does not meet the requirements of the scenario.", *["Requests a day decide."] * 3),
    ),
    "rationale: most speak of the field but not of the item": (
        E,
        rationales(*["Charts have a palette of colours."] * 3, "Requests a day decide."),
    ),
    "fact: not in the ledger": (E, known(facts=("unheard-of",))),
    "fact: disputed": (E, known(facts=("payload", "disputed"))),
    "fact: retired": (E, known(facts=("retired",))),
    "all-or-none: all of the above": (E, choice(*TEXTS[:3], "All of the above")),
    "all-or-none: none of these options": (E, choice(*TEXTS[:3], "None of these options")),
    "all-or-none: both A and B": (E, choice(*TEXTS[:3], "Both A and C")),
    **{
        f"all-or-none: {text}": (E, choice(*TEXTS[:3], text))
        for text in (
            "All options are correct",
            "Both of the above",
            "A combination of the above",
            "A and C",
            "A, B and C",
            "Options A and B",
            "Any of these monitors",
            "No service listed here",
            "A service not listed here",
            "All three",
            "Neither",
            "Both are right.",
            "The first two options",
        )
    },
    "negative: an adverse adjective": (W, choice(ask="Which job is unsuitable for managed spot training?")),
    "negative: false": (W, choice(ask="Under these conditions, which statement is false?")),
    "negative: never": (W, choice(ask="Which option should never be chosen?")),
    "negative: can't": (W, choice(ask="What can't be changed later?")),
    "negative: not behind the subject": (W, choice(ask="Which of these would a team not choose?")),
    "negative: ruled out": (W, choice(ask="Which services can be ruled out?")),
    "negative: not in small letters": (W, choice(ask="Which inference option does not scale?")),
    "negative: a short form": (W, choice(ask="Which inference option isn't suitable?")),
    "negative: except in small letters": (W, choice(ask="Every inference option fits except which?")),
    "absolutes: in a distractor alone": (
        W,
        choice("Serverless inference", "A fleet that never stops", *TEXTS[2:]),
    ),
    "key-length: the key is by far the longest": (
        W,
        choice("Serverless inference with memory sized for the model", "Real-time", "Batch", "Queue"),
    ),
    "clang: the key alone repeats the scenario": (
        W,
        choice("Valuation by requests", "Real-time fleet", "Batch transform", "Queued calls"),
    ),
    "convergence: the key is the common denominator": (
        W,
        choice(
            "Nightly encrypted batch export",
            "Nightly encrypted stream",
            "Encrypted batch replay",
            "Nightly batch upload",
        ),
    ),
    "convergence: each distractor departs from the key in one part": (
        W,
        choice(
            "Canary of 10, wait of 20",
            "Canary of 30, wait of 20",
            "Canary of 10, wait of 2",
            "Linear of 10, wait of 20",
        ),
    ),
    "convergence: the key unites the distractors": (
        W,
        choice(
            "Capture, baseline and schedule", "Capture and schedule", "Baseline and schedule", "Capture and baseline"
        ),
    ),
    "clang: the same word in another form": (
        W,
        choice(
            "Predicting traffic",
            "Plain fleet",
            "Batch transform",
            "Queue",
            stem=STEM + " Idle hours follow predictions.",
        ),
    ),
    "grammar: the ask wants an action and gets one": (
        W,
        choice("Allow a role", "A new bucket", "The policy", "Network isolation", ask="What should the team do?"),
    ),
    "grammar: the ask wants two things and gets them once": (
        W,
        choice("Latency and overhead", "A graph", "A counter", "A log", ask="Which are the two that show idle hours?"),
    ),
    "grammar: the only -ing form": (
        W,
        choice("Using a queue", "Deploy a fleet", "Schedule a job", "Create a cache"),
    ),
    "grammar: the only verb": (
        W,
        choice("Deploy it serverless", "A fleet of instances", "A nightly job", "A queue of calls"),
    ),
    "grammar: the only full stop": (W, choice("Serverless inference.", *TEXTS[1:])),
    "grammar: the only small letter": (W, choice("serverless inference", *TEXTS[1:])),
    "grammar: an article gives options away": (
        W,
        choice("Endpoint", "Job", "Queue", "Batch", ask="Would you deploy it as an …?"),
    ),
    "mixed-options: one bare service": (W, choice("AWS Lambda", *TEXTS[1:])),
    "mixed-options: the key alone is compound": (W, choice("Serverless + a cache", *TEXTS[1:])),
    "mixed-options: the key alone joins by and": (W, choice("Serverless and caching", *TEXTS[1:])),
    "mixed-options: one thing among services": (
        W,
        choice("A script on a laptop", "Amazon Athena", "AWS Glue", "Amazon EMR"),
    ),
    "mixed-options: one number": (W, choice("4 MB", *TEXTS[1:])),
    "mixed-options: one of another measure": (W, choice("4 MB", "5 seconds", "6 MB", "8 MB")),
    "numbers: out of order in months and years": (W, choice("90 days", "1 year", "2 months", "7 days")),
    "numbers: out of order in words": (
        W,
        choice("Two instances", "Eight instances", "Four instances", "Six instances"),
    ),
    "numbers: out of order within the same words": (
        W,
        choice("Retention of 30 days", "Retention of 7 days", "Retention of 60 days", "Retention of 90 days"),
    ),
    "numbers: out of order": (W, choice("4 MB", "1 MB", "6 MB", "2 MB")),
    "numbers: out of order across units": (W, choice("90 seconds", "1 minute", "2 minutes", "1 hour")),
    "numbers: overlapping ranges": (W, choice("1 to 5 MB", "4 to 6 MB", "7 to 8 MB", "9 to 10 MB")),
    "wording: vague": (W, choice(stem=STEM.replace("ten times a day", "often and without pause"))),
    "wording: now and then": (W, choice(stem=STEM.replace("ten times a day", "now and then, idle or not"))),
    "wording: a second question behind the first": (
        W,
        choice(ask="Which option is cheapest, and how should it be scaled?"),
    ),
    "wording: a question without focus": (W, choice(ask="What about the requests?")),
    "wording: no question": (W, choice(ask="The most cost-effective option")),
    "wording: two questions": (W, choice(ask="Which option is cheapest? Why is it?")),
    "wording: a telegram for a scenario": (W, choice(stem="Requests arrive ten times a day.")),
    "reading-load: more than 120 words": (W, choice(stem=STEM + " requests" * 120)),
    "reading-load: a case of more than 180 words": (W, case(181)),
    "reading-load: a sentence that nothing uses": (
        W,
        choice(stem=STEM + " Zebras graze near quiet lakes under tall green trees."),
    ),
    "reference: unknown tag": (E, known(tags=("zebras",))),
    "reference: no tag": (E, known(tags=())),
    "reference: four tags": (E, known(tags=("pipelines", "cost", "encryption", "retraining"))),
    "reference: unknown task": (E, known(task="9.9")),
    "reference: no task": (E, known(task="")),
    "reference: unknown scenario": (E, known(scenario=15)),
    "reference: unknown row": (E, known(rows=(3, 72))),
    "reference: unknown note passage": (E, known(note="options#zebras")),
    "reference: no note passage": (W, known(note="")),
}
SOUND = {
    "structure": [
        choice(),
        multiple(),
        multiple("Which reasons count? (Select THREE.)", (0, 1, 2)),
        matching(0, 1, 1),
    ],
    "unique-key": [
        concepts("", "", "", ""),
        known(stem="Each request carries 3 MB of pictures, ten times a day, while idle hours cost nothing."),
        known(stem="The data set of 900 GB is scored once; each request carries 3 MB and idle hours cost nothing."),
        known(stem="A request was 6 MB in the old system. Now each request carries 1 MB and idle hours cost nothing."),
        known(stem="The nightly import takes 3 hours. Requests arrive ten times a day and idle hours cost nothing."),
        known(
            stem="Requests arrive ten times a day. A database is kept, and idle hours cost. Each takes ninety minutes of work."
        ),
        distractor(
            "Its limit of 6 MB is kept, and idle hours cost.", stem="Each request carries 3 MB, ten times a day, idle."
        ),
        known(
            stem="A model of 5 GB of memory is called ten times a day, and idle hours must cost nothing.",
            options=choice("A serverless endpoint", *TEXTS[1:]).options,
            facts=("memory",),
        ),
        known(
            stem="A model of 9 GB of memory is called ten times a day, and idle hours must cost nothing.",
            facts=("memory",),
        ),
        distractor("It would also work if idle hours were paid."),
        distractor("Works too, but costs more."),
        distractor("Right for steady requests as well."),
        distractor("Meets all demands except that idle hours cost."),
        distractor("Bills idle hours as well."),
        choice("2 minutes", "1 minute", "60 hours", "3 hours"),
        choice("Two alarms", "Two queues", "A fleet", "A job"),
        key_of_range("The limit of 10 lies here.", "9 to 15", "4 to 8", "16 to 20", "21 to 30"),
        multiple(),
    ],
    "rationale": [
        rationales(
            "Serverless bills per call.",
            "Real-time capacity idles.",
            "A batch answers late.",
            "Hours of idle time cost.",
        ),
        # A number, an abbreviation, a word of a sibling option, of the ask, of the concept, and other forms of words.
        rationales(
            "The limit is 4.", "It has no GPU.", "Would need asynchronous polling.", "Transformations come at night."
        ),
        rationales(
            "Is no cheap option: costly.",
            "Optional effectiveness only.",
            "Conceptually unlike it.",
            "Billed when idling.",
        ),
        # One rationale in words of a fact that the item does not name.
        rationales("Colours and a palette suffice.", *["Requests a day decide."] * 3),
        # What an item's own fact says counts as its subject.
        replace(
            rationales("Memory is small.", "It has memory.", "Memory would run out.", "It needs memory."),
            facts=("memory",),
        ),
    ],
    "fact": [known(facts=("payload", "timeout"))],
    "all-or-none": [
        choice("A copy of all of the data", "Both regions and a bucket", "None", "Batch"),
        choice("None of the calls", "Half of the calls", "All of the calls"),
        choice("None of these models", "Half of these models", "All of these models"),
        choice(
            "Both variants answer", "Each answer in Amazon S3", "All instances at once", "A spot option for the job"
        ),
        choice(
            "All traffic above the limit",
            "An alarm above 80 percent",
            "Every option of the parameter",
            "Account A and B",
        ),
    ],
    "negative": [
        choice(ask="Which inference option does NOT scale?"),
        choice(ask="Which option ensures that traffic does not leave the network?"),
        choice(ask="Which change should the team make so that requests are not lost?"),
        choice(ask="Which option needs the LEAST effort?"),
        choice(ask="Which statement is FALSE?"),
        choice(ask="Which monitor reports invalid requests?"),
        choice(ask="Which metric shows whether predictions are wrong?"),
        choice(ask="Which test shows who is unable to log in?"),
        choice(ask="Which alarm goes off when capacity is insufficient?"),
        choice(ask="What should the team do so that requests are never lost?"),
        choice(ask="Which option not only scales but also caches?"),
    ],
    "absolutes": [
        choice("Only the first model", "Only the second model", *TEXTS[2:]),
        choice(*TEXTS[:3], "All-at-once shifting"),
        choice(*TEXTS[:3], "Shifting all at once"),
        choice(*TEXTS[:3], "A copy of all models"),
        choice(*TEXTS[:3], "A read-only role"),
    ],
    "key-length": [
        choice("Serverless inference now", "Real-time", "Asynchronous inference calls", "Queue"),
        choice("PendingManualApproval", "Approved", "Rejected", "Unknown"),
        choice("Batch transform", "Endpoint", "Serverless", "Queue"),
    ],
    "clang": [
        choice("Valuation by requests", "Requests in property batches", "Batch transform", "Queued calls"),
        choice("Serverless model", "Real-time model", "Batch model", "Queued model"),
    ],
    "convergence": [
        choice("Nightly batch", "Nightly stream", "Hourly batch", "Hourly stream"),
        # "blue/green" is one part, although it has two words
        choice("Blue/green", "Blue/green in canary mode", "Blue/green in linear mode", "Rolling update"),
        multiple(),
    ],
    "grammar": [
        choice("Scaling by schedule", "Scheduled scaling", "Step scaling", "Training job"),
        choice("Deploy a fleet", "Schedule a job", "Use a queue", "Create a cache"),
        choice("Training jobs", "A fleet", "The queue", "An endpoint"),
        choice("Allow a role", "Deny a role", "The policy", "Network isolation", ask="What should the team do?"),
        choice("Allow a role", "A new bucket", "The policy", "Network isolation", ask="Which change helps?"),
        choice(
            "Latency and overhead",
            "Counters and logs",
            "A graph",
            "A log",
            ask="Which are the two that show idle hours?",
        ),
    ],
    "mixed-options": [
        choice("AWS Lambda", "Amazon Athena", "AWS Glue", "Amazon EMR"),
        choice("AWS Lambda", "Amazon Athena", "A script", "A cache"),
        choice("Serverless + cache", "Fleet + cache", "Batch", "Queue"),
        choice("Application Auto Scaling", "Amazon Athena", "AWS Glue", "Amazon EMR"),
        choice("4 MB", "6 MB", "5 seconds", "A queue"),
        choice("Two fleets", "A job", "A queue", "Caches"),
    ],
    "numbers": [
        choice("1 MB", "2 MB", "4 MB", "6 MB"),
        choice("1 hour", "90 seconds", "60 s", "1 second"),
        choice("1 to 5 MB", "5 to 6 MB", "6 to 8 MB", "8 to 9 MB"),
        choice("4 MB", "Two batches", "1 MB", "A queue"),
        choice("7 days", "2 months", "1 year", "2 years"),
        choice("Two alarms", "One queue", "Two fleets", "One bucket"),
        choice("Retention of 7 days", "Retention of 30 days", "Retention of 60 days", "Retention of 90 days"),
        choice("Retention of 30 days", "Archive after 7 days", "Retention of 60 days", "Retention of 2 days"),
    ],
    "wording": [
        choice(),
        multiple(),
        choice(kind="ordering", ask="Place the steps in order."),
        choice(stem="", case=Case("lender", "A lender", STEM)),
        choice(ask="Which tool shows who read the data and when?"),
        choice(ask="Which record shows who called it and what the answer was?"),
        choice(ask="Which option fits?"),
    ],
    "reading-load": [
        # Empty rationales use no sentence: their own rule says so.
        replace(
            rationales(*["This is not the right choice here."] * 4),
            stem=STEM + " Zebras graze near lakes under tall green trees.",
        ),
        choice(),
        case(180),
        choice(stem=STEM + " No further team is planned."),
    ],
    "reference": [known(), known(tags=("cost", "pipelines", "encryption"), scenario=2, rows=(1, 71))],
}


def rules_found(item: Item) -> set[tuple[str, str]]:
    return {(finding.rule, finding.level) for finding in lint(item, KNOWN)}


@pytest.mark.parametrize("name", FLAWED)
def test_a_flaw_is_found_at_its_level(name):
    level, item = FLAWED[name]
    assert (name.partition(":")[0], level) in rules_found(item)


@pytest.mark.parametrize(("rule", "item"), [(rule, item) for rule, items in SOUND.items() for item in items])
def test_a_near_miss_is_left_alone(rule, item):
    assert [finding for finding in lint(item, KNOWN) if finding.rule == rule] == []


def test_every_rule_has_an_item_that_it_flags_and_one_that_it_leaves_alone():
    of_the_bank = {"duplicate", "key-position"}
    assert {name.partition(":")[0] for name in FLAWED} == set(RULES) - of_the_bank
    assert set(SOUND) == set(RULES) - of_the_bank


def test_words_of_the_subject_neither_give_the_key_away_nor_lure():
    ledger = {f"f{n}": fact(f"f{n}", statement=f"A stack has {n} templates.") for n in range(50)}
    item = choice(
        "Alarms",
        "Stack policy",
        "Batch",
        "Queue",
        stem="A stack must be undone when an alarm of idle hours a day rings.",
    )
    assert "clang" not in {finding.rule for finding in lint(item)}  # "stack" lures as much as "alarm"
    assert "clang" in {finding.rule for finding in lint(item, References(facts=ledger))}
    other = replace(item, options=tuple(replace(o, key=n == 1) for n, o in enumerate(item.options)))
    assert "clang" not in {finding.rule for finding in lint(other, References(facts=ledger))}


def test_a_short_ledger_tells_nothing_of_the_subject():
    few = References(facts={f"f{n}": fact(f"f{n}", statement="A stack has templates.") for n in range(49)})
    assert few.subject() == frozenset()


def test_an_item_without_flaws_has_no_findings():
    assert lint(known(), KNOWN) == []


def test_a_finding_names_the_item_and_the_option():
    (finding,) = lint(choice(*TEXTS[:3], "None of the above"))
    assert (finding.slug, finding.where) == ("item", "item: option 4")
    assert finding.message == "'None of the above' rests on the other options"


def test_without_references_nothing_is_said_about_them():
    assert lint(choice(tags=("zebras",), task="9.9", facts=("unheard-of",), note="a#b", scenario=99, rows=(900,))) == []


def test_errors_come_before_warnings():
    levels = [finding.level for finding in lint(choice("serverless inference", *TEXTS[1:3], "All of the above"))]
    assert levels == sorted(levels)
    assert set(levels) == {ERROR, WARNING}


# --- the bank -----------------------------------------------------------------------------------------------


def bank(count: int, *, longest: float = 0.25, places=lambda n: n % 4) -> list[Item]:
    """``count`` different items: the key stands at ``places(n)`` and is the longest option in a share of
    them.
    """
    items = []
    for n in range(count):
        texts = ["pear", "plum", "fig", "kiwi"]
        place = places(n)
        texts[(place if n < longest * count else place + 1) % 4] = "raspberry"
        items.append(choice(*texts, key=place, slug=f"item-{n}", stem=f"{STEM} Case {n}."))
    return items


def messages(items: list[Item], rule: str) -> list[tuple[str, str]]:
    return [(finding.level, finding.where) for finding in lint_bank(items) if finding.rule == rule]


def test_a_question_that_stands_twice_in_other_order_and_letters_is_a_duplicate():
    assert messages(list(TWINS), "duplicate") == [(ERROR, "twin")]


def test_the_same_question_with_another_key_is_a_contradiction():
    other = replace(choice(key=1), slug="other")
    (finding,) = [found for found in lint_bank([choice(), other]) if found.rule == "duplicate"]
    assert finding.message == "contradicts 'item': same question and options, another key"


def test_a_minimal_pair_and_a_new_version_of_an_item_are_no_duplicates():
    pair = [choice(), choice(slug="pair", key=1, stem=STEM.replace("20 KB", "20 MB"))]
    assert messages(pair, "duplicate") == []
    assert [f for f in lint_bank([choice()], drafts=[choice()]) if f.rule == "duplicate"] == []


def test_a_draft_that_repeats_a_question_of_the_bank_is_a_duplicate():
    assert [f.slug for f in lint_bank([TWINS[0]], drafts=[TWINS[1]]) if f.rule == "duplicate"] == ["twin"]


@pytest.mark.parametrize(
    ("longest", "count", "expected"),
    [
        (0.25, 100, []),
        (0.30, 100, []),
        (0.34, 100, [(ERROR, "")]),
        (0.10, 100, [(ERROR, "")]),
        (0.5, 20, [(WARNING, "")]),
        (1.0, 7, []),
    ],
)
def test_the_key_is_the_longest_option_about_as_often_as_chance_has_it(longest, count, expected):
    assert messages(bank(count, longest=longest), "key-length") == expected


@pytest.mark.parametrize(
    ("places", "expected"),
    [(lambda n: n % 4, []), (lambda n: (n * n) % 4, [(WARNING, "")]), (lambda n: 0, [(WARNING, "")])],
    ids=["even", "two places", "always first"],
)
def test_keys_are_spread_over_the_authored_positions(places, expected):
    assert messages(bank(80, places=places), "key-position") == expected


def test_a_few_items_say_nothing_about_positions():
    assert messages(bank(8, places=lambda n: 0), "key-position") == []


@pytest.mark.parametrize(
    ("statistic", "freedom", "p"),
    [
        (3.841, 1, 0.05),
        (5.991, 2, 0.05),
        (7.815, 3, 0.05),
        (11.345, 3, 0.01),
        (9.488, 4, 0.05),
        (0.0, 3, 1.0),
        (18.307, 10, 0.05),
        (24.996, 15, 0.05),
    ],
)
def test_the_chi_square_tail_agrees_with_the_published_table(statistic, freedom, p):
    assert chi_square_p(statistic, freedom) == pytest.approx(p, abs=2e-4)


def test_a_bank_whose_keys_echo_the_scenario_pays_a_guesser():
    give_away = [
        choice(
            "Valuation requests",
            "Plain fleet",
            "Plain job",
            "Plain queue",
            slug=f"item-{n}",
            stem=f"{STEM} Case {n}.",
        )
        for n in range(60)
    ]
    assert guess(give_away[0]) == give_away[0].keys[0]
    assert messages(give_away, "clang") == [(WARNING, "")]
    assert messages(bank(60), "clang") == []


# --- words --------------------------------------------------------------------------------------------------


def test_words_meet_in_all_their_forms():
    assert content("The scheduled schedules, scheduling!") == content("schedule")
    assert content("predictions, incremental") == content("predicted increments")
    assert content("production") != content("product")
    assert content("Which of the options is it?") == frozenset()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4 MB", ("size", 4, 4)),
        ("1 to 5 GB", ("size", 1024, 5120)),
        ("90 seconds", ("time", 90, 90)),
        ("2 minutes", ("time", 120, 120)),
        ("1,000", ("count", 1000, 1000)),
        ("10-50 %", ("share", 10, 50)),
        ("15 containers", ("count", 15, 15)),
        ("1 year", ("time", 31557600, 31557600)),
        ("Two instances", ("count", 2, 2)),
        ("between 2 and 5 GB", ("size", 2048, 5120)),
        ("$30", ("count", 30, 30)),
        ("One queue of 4 MB", None),
        ("A queue", None),
    ],
)
def test_an_option_that_is_a_number_is_read_as_one(text, expected):
    assert quantity(text) == expected


def test_sentences_end_where_a_new_one_begins():
    assert sentences("It takes 4.5 MB. Then, e.g. at night, it ends! Does it?") == [
        "It takes 4.5 MB.",
        "Then, e.g. at night, it ends!",
        "Does it?",
    ]


def test_an_authored_entry_can_be_linted_as_it_is():
    entry = {
        "id": "a",
        "type": "choice",
        "stem": STEM,
        "ask": ASK,
        "options": [{"text": text, "rationale": "Idle hours decide.", "key": n == 0} for n, text in enumerate(TEXTS)],
    }
    assert lint(from_entry(entry)[0]) == []
