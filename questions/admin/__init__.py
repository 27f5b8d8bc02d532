"""The instructors' workshop: the stock admin site, with pages of its own where questions are written and reviewed."""

from django.contrib import admin

from questions.admin import engine, items, people, records, reports

__all__ = ["engine", "items", "people", "records", "reports"]

admin.site.site_header = "Question workshop"
admin.site.site_title = "MLOps Prep"
admin.site.index_title = "Question workshop"
# Few enough tables for the start page; the width belongs to the lists.
admin.site.enable_nav_sidebar = False
