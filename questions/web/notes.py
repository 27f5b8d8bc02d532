"""The study notes as pages, with the learner's own standing on each section, and search over notes and explanations."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from questions import queries
from questions.models import NoteFile, NoteSection
from questions.web import markdown, practice
from questions.web.people import learner_of, received_at

TOPIC = 2
"""The level of headings that a note is outlined by."""


@never_cache
@require_safe
def notes(request: HttpRequest) -> HttpResponse:
    """The study notes of the bank, and how the learner stands on each."""
    headings = Prefetch("sections", NoteSection.objects.defer("text").order_by("position"))
    shelf = NoteFile.objects.filter(in_bank=True).prefetch_related(headings).order_by("title")
    standings = queries.section_standings(learner_of(request), received_at(request))
    shown = [
        {
            "stem": note.stem,
            "title": note.title,
            "topics": [section.heading for section in note.sections.all() if section.level == TOPIC],
            "standing": queries.together(standings[s.pk] for s in note.sections.all() if s.pk in standings),
        }
        for note in shelf
    ]
    return render(request, "notes/index.html", {"nav_current": "notes", "notes": shown})


@never_cache
@require_safe
def note(request: HttpRequest, stem: str) -> HttpResponse:
    """One study note with its contents; each section has the anchor that explanations link to."""
    shelf = list(NoteFile.objects.filter(in_bank=True).order_by("title"))
    place = next((number for number, row in enumerate(shelf) if row.stem == stem), None)
    if place is None:
        raise Http404("There is no such note.")
    found = shelf[place]
    standings = queries.section_standings(learner_of(request), received_at(request), stem)
    # The note's own title stands on the page already, so the first section carries no heading.
    sections = [
        {
            "anchor": section.anchor,
            "heading": section.heading if section.level > 1 else "",
            "level": section.level,
            "html": markdown.html(section.text),
            "standing": standings.get(section.pk),
            "practise": practice.address_of({"section": f"{stem}#{section.anchor}"}),
        }
        for section in found.sections.order_by("position")
    ]
    context: dict[str, Any] = {
        "nav_current": "notes",
        "note": {"title": found.title, "sections": sections, "standing": queries.together(standings.values())},
        "previous": shelf[place - 1] if place else None,
        "next": shelf[place + 1] if place + 1 < len(shelf) else None,
    }
    return render(request, "notes/note.html", context)


@never_cache
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Search over the notes, and over the explanations of what the learner has answered."""
    learner = learner_of(request)
    most = queries.SEARCH_MOST if request.GET.get("all") == "1" else queries.SEARCH_SHOWN
    found = queries.search_all(learner, request.GET.get("q", ""), received_at(request), most)
    context: dict[str, Any] = {"nav_current": "notes", "found": found}
    if found.is_cut and most < queries.SEARCH_MOST:
        context["more"] = f"{reverse('search')}?{urlencode({'q': found.sought.text, 'all': 1})}"
    return render(request, "search.html", context)
