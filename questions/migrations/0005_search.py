"""Search over notes and explanations: one table of texts, and what each database needs to find words in it.

PostgreSQL keeps the words in a generated column under a GIN index; SQLite in an FTS5 table that holds the words alone (its
content is the table of texts) and that three triggers keep up to date. Both weigh the title above the text.
"""

import django.db.models.deletion
from django.db import migrations, models

POSTGRESQL = (
    # A/B, multi-model, s3://bucket and 1.5 are several words to a reader, so marks within them become spaces first.
    """ALTER TABLE questions_searchtext ADD COLUMN words tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('english', translate(title, '/.-_:@#=', '        ')), 'A') ||
        setweight(to_tsvector('english', translate(text, '/.-_:@#=', '        ')), 'B')
    ) STORED""",
    "CREATE INDEX search_text_words ON questions_searchtext USING gin (words)",
)
SQLITE = (
    """CREATE VIRTUAL TABLE questions_searchword USING fts5(
        title, text, content='questions_searchtext', content_rowid='id', tokenize='porter unicode61 remove_diacritics 2'
    )""",
    """CREATE TRIGGER search_text_added AFTER INSERT ON questions_searchtext BEGIN
        INSERT INTO questions_searchword(rowid, title, text) VALUES (new.id, new.title, new.text);
    END""",
    """CREATE TRIGGER search_text_removed AFTER DELETE ON questions_searchtext BEGIN
        INSERT INTO questions_searchword(questions_searchword, rowid, title, text)
            VALUES ('delete', old.id, old.title, old.text);
    END""",
    """CREATE TRIGGER search_text_changed AFTER UPDATE ON questions_searchtext BEGIN
        INSERT INTO questions_searchword(questions_searchword, rowid, title, text)
            VALUES ('delete', old.id, old.title, old.text);
        INSERT INTO questions_searchword(rowid, title, text) VALUES (new.id, new.title, new.text);
    END""",
)
BACK = {
    "postgresql": ("ALTER TABLE questions_searchtext DROP COLUMN words",),
    "sqlite": (
        "DROP TRIGGER search_text_added",
        "DROP TRIGGER search_text_removed",
        "DROP TRIGGER search_text_changed",
        "DROP TABLE questions_searchword",
    ),
}


def lay_words(apps, schema_editor):
    for statement in {"postgresql": POSTGRESQL, "sqlite": SQLITE}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def take_words_up(apps, schema_editor):
    for statement in BACK[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [
        ("questions", "0004_fact_limits"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.TextField()),
                ("text", models.TextField()),
                (
                    "section",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="questions.notesection",
                    ),
                ),
                (
                    "version",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="questions.itemversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("section__isnull", True), ("version__isnull", False)),
                            models.Q(("section__isnull", False), ("version__isnull", True)),
                            _connector="OR",
                        ),
                        name="search_text_of_one_thing",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="answer",
            index=models.Index(fields=["learner", "item", "-seq"], name="answer_learner_item"),
        ),
        migrations.RunPython(lay_words, take_words_up),
    ]
