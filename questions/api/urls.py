"""Addresses below /api/v1: things, never deeds."""

from django.urls import path, re_path

from questions.api import views, views_base, views_export, views_marks, views_sessions

ITEM = "sessions/<uuid:session_id>/items/<uuid:served_id>"
urlpatterns = [
    path("exams/current", views.CurrentExam.as_view(), name="api-exam"),
    path("tags", views.Tags.as_view(), name="api-tags"),
    path("notes", views.Notes.as_view(), name="api-notes"),
    path("notes/<str:stem>", views.Note.as_view(), name="api-note"),
    path("notices", views.Notices.as_view(), name="api-notices"),
    path("notices/<int:notice_id>", views.Notice.as_view(), name="api-notice"),
    path("export", views_export.Export.as_view(), name="api-export"),
    path("progress", views.Progress.as_view(), name="api-progress"),
    path("search", views.Search.as_view(), name="api-search"),
    path("sessions", views_sessions.Sessions.as_view(), name="api-sessions"),
    path("sessions/<uuid:session_id>", views_sessions.Session.as_view(), name="api-session"),
    path("sessions/<uuid:session_id>/items", views_sessions.Items.as_view(), name="api-items"),
    path(ITEM, views_sessions.Item.as_view(), name="api-item"),
    path(f"{ITEM}/flag", views_sessions.Flag.as_view(), name="api-flag"),
    path(f"{ITEM}/strikes", views_marks.Strikes.as_view(), name="api-strikes"),
    path(f"{ITEM}/bookmark", views_marks.Bookmark.as_view(), name="api-bookmark"),
    path(f"{ITEM}/note", views_marks.PrivateNote.as_view(), name="api-private-note"),
    path("reports", views_marks.Reports.as_view(), name="api-reports"),
    path("sessions/<uuid:session_id>/answers", views_sessions.Answers.as_view(), name="api-answers"),
    path("sessions/<uuid:session_id>/submission", views_sessions.Submission.as_view(), name="api-submission"),
    path("sessions/<uuid:session_id>/result", views_sessions.Result.as_view(), name="api-result"),
    path("schema/", views.Schema.as_view(), name="api-schema"),
    path("docs/", views.Docs.as_view(), name="api-docs"),
    re_path("", views_base.Unknown.as_view(), name="api-unknown"),
]
