"""Addresses of the pages."""

from django.urls import path

from questions.web import data, marks, mirror, notes, pages, practice, pwa, results, running, sessions

_ITEM = "sessions/<uuid:session_id>/items/<int:position>"

urlpatterns = [
    path("", pages.home, name="home"),
    path("practice/", practice.practice, name="practice"),
    path("practice/guest/", sessions.start_guest, name="start_guest"),
    path("practice/study/", sessions.start_study, name="start_study"),
    path("practice/mock/", sessions.start_mock, name="start_mock"),
    path("sessions/", running.open_sessions, name="open_sessions"),
    path("sessions/<uuid:session_id>/", sessions.session, name="session"),
    path(f"{_ITEM}/", sessions.session_item, name="session_item"),
    path(f"{_ITEM}/answer/", sessions.answer, name="answer"),
    path(f"{_ITEM}/flag/", sessions.flag, name="flag"),
    path(f"{_ITEM}/strikes/", marks.strikes, name="strikes"),
    path(f"{_ITEM}/bookmark/", marks.bookmark, name="bookmark"),
    path(f"{_ITEM}/note/", marks.note, name="private_note"),
    path(f"{_ITEM}/reports/", marks.report, name="report_item"),
    path("marks/", marks.kept, name="marks"),
    path("reports/", marks.reports, name="reports"),
    path("sessions/<uuid:session_id>/next/", sessions.next_item, name="next_item"),
    path("sessions/<uuid:session_id>/review/", sessions.review, name="review"),
    path(
        "sessions/<uuid:session_id>/submission/",
        sessions.submit_session,
        name="submit_session",
    ),
    path("sessions/<uuid:session_id>/result/", results.result, name="result"),
    path("sessions/<uuid:session_id>/result/card.svg", results.card, name="result_card"),
    path("changes/", pages.changes, name="changes"),
    path("changes/<int:notice_id>/read/", pages.read_change, name="read_change"),
    path("progress/", mirror.progress, name="progress"),
    path("account/export/", data.your_data, name="your_data"),
    path("account/export/practice.json", data.export_json, name="export_json"),
    path("account/export/answers.csv", data.export_csv, name="export_csv"),
    path("account/delete/", data.delete_account, name="delete_account"),
    path("account/deleted/", data.deleted, name="account_deleted"),
    path("notes/", notes.notes, name="notes"),
    path("notes/<slug:stem>/", notes.note, name="note"),
    path("search/", notes.search, name="search"),
    path("welcome/", pages.welcome, name="welcome"),
    path("settings/", pages.settings, name="settings"),
    path("manifest.webmanifest", pwa.manifest, name="manifest"),
    path("sw.js", pwa.service_worker, name="service_worker"),
    path("offline/", pwa.offline, name="offline"),
    path("reminders/<str:token>/", pages.stop_reminders, name="reminders"),
]
