"""Addresses of the pages."""

from django.urls import path

from questions.web import pages, practice, sessions

_ITEM = "sessions/<uuid:session_id>/items/<int:position>"

urlpatterns = [
    path("", pages.home, name="home"),
    path("practice/", practice.practice, name="practice"),
    path("practice/guest/", sessions.start_guest, name="start_guest"),
    path("practice/study/", sessions.start_study, name="start_study"),
    path("practice/mock/", sessions.start_mock, name="start_mock"),
    path("sessions/<uuid:session_id>/", sessions.session, name="session"),
    path(f"{_ITEM}/", sessions.session_item, name="session_item"),
    path(f"{_ITEM}/answer/", sessions.answer, name="answer"),
    path(f"{_ITEM}/flag/", sessions.flag, name="flag"),
    path("sessions/<uuid:session_id>/next/", sessions.next_item, name="next_item"),
    path("sessions/<uuid:session_id>/review/", sessions.review, name="review"),
    path(
        "sessions/<uuid:session_id>/submission/",
        sessions.submit_session,
        name="submit_session",
    ),
    path("sessions/<uuid:session_id>/result/", sessions.result, name="result"),
    path("changes/", pages.changes, name="changes"),
    path("changes/<int:notice_id>/read/", pages.read_change, name="read_change"),
    path("progress/", pages.progress, name="progress"),
    path("notes/", pages.notes, name="notes"),
    path("notes/<slug:stem>/", pages.note, name="note"),
    path("settings/", pages.settings, name="settings"),
]
