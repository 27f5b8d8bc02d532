"""The registry of the engine, its monitors, and difficulties of items and tags with the place in the log they stand at."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def own_is_all(apps, schema_editor):
    """Until now an item's difficulty was all its own: tags had none."""
    rows = apps.get_model('questions', 'ItemCalibration').objects
    rows.update(own_mean=models.F('mean'), own_variance=models.F('variance'))


class Migration(migrations.Migration):

    dependencies = [
        ('questions', '0005_search'),
    ]

    operations = [
        migrations.CreateModel(
            name='CalibrationCursor',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('seq', models.BigIntegerField(default=0)),
                ('upto', models.DateTimeField(blank=True, null=True)),
                ('base', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='CalibrationReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('engine', models.CharField(max_length=40)),
                ('sample', models.CharField(max_length=8)),
                ('n', models.PositiveIntegerField()),
                ('log_loss', models.FloatField()),
                ('ece', models.FloatField()),
                ('auc', models.FloatField(blank=True, help_text='Empty where all answers were right, or all wrong.', null=True)),
                ('bins', models.JSONField(help_text='Of the reliability diagram: predicted, observed, count.')),
                ('drift', models.FloatField(blank=True, help_text='PSI of the predictions against the four weeks before.', null=True)),
                ('quality', models.JSONField(default=list, help_text="What is wrong with the day's data, in words.")),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-day', 'engine', 'sample'],
            },
        ),
        migrations.CreateModel(
            name='EngineDeployment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(unique=True)),
                ('share', models.FloatField(default=0.0, help_text='Share of the learners whom the challenger judges.')),
                ('since', models.DateTimeField()),
                ('why', models.TextField(blank=True)),
                ('guarded', models.BooleanField(default=False, help_text='The guard did this, not a person.')),
                ('watched', models.JSONField(default=dict)),
            ],
            options={
                'ordering': ['-number'],
            },
        ),
        migrations.CreateModel(
            name='EngineEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(max_length=12)),
                ('at', models.DateTimeField()),
                ('why', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='EngineVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40, unique=True)),
                ('parameters', models.JSONField()),
                ('state', models.CharField(choices=[('candidate', 'candidate'), ('pending', 'pending'), ('approved', 'approved'), ('rejected', 'rejected'), ('retired', 'retired')], default='candidate', max_length=12)),
                ('evidence', models.JSONField(default=dict, help_text='What the comparison on a time split said.')),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-made_at', '-id'],
                'permissions': [('operate_engine', 'Can approve, deploy and roll back versions of the engine')],
            },
        ),
        migrations.CreateModel(
            name='ItemFlag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('misfit', 'misfit'), ('too-hard', 'too hard'), ('negative-discrimination', 'negative discrimination'), ('dead-distractor', 'dead distractor'), ('memorised', 'memorised')], max_length=24)),
                ('figures', models.JSONField(default=dict)),
                ('opened_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-opened_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='MemoryFit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('parameters', models.JSONField()),
                ('accepted', models.BooleanField()),
                ('evidence', models.JSONField(default=dict)),
                ('reviews', models.PositiveIntegerField(help_text='Answers of the learner that the fit was made from.')),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='ReadinessRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('engine', models.CharField(max_length=40)),
                ('predicted', models.FloatField()),
                ('low', models.FloatField(help_text='Lower end of the 80 % interval.')),
                ('high', models.FloatField(help_text='Upper end of the 80 % interval.')),
                ('luck', models.FloatField(help_text='Variance that the luck of this paper alone gives the result.')),
                ('made_at', models.DateTimeField()),
                ('actual', models.FloatField(blank=True, null=True)),
                ('answered', models.PositiveIntegerField(blank=True, help_text='Items answered in the end.', null=True)),
            ],
            options={
                'ordering': ['-made_at'],
            },
        ),
        migrations.CreateModel(
            name='TagDifficulty',
            fields=[
                ('tag', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='difficulty', serialize=False, to='questions.tag')),
                ('mean', models.FloatField()),
                ('variance', models.FloatField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='itemcalibration',
            name='calibration_variance_positive',
        ),
        migrations.RemoveField(
            model_name='itemcalibration',
            name='newest_answer',
        ),
        migrations.AddField(
            model_name='answer',
            name='offset',
            field=models.FloatField(blank=True, help_text='What was believed of the learner then, in logits.', null=True),
        ),
        migrations.AddField(
            model_name='answer',
            name='offset_variance',
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='itemcalibration',
            name='own_mean',
            field=models.FloatField(default=0.0),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='itemcalibration',
            name='own_variance',
            field=models.FloatField(default=1.0),
            preserve_default=False,
        ),
        migrations.RunPython(own_is_all, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='practicesession',
            index=models.Index(fields=['finished_at'], name='session_finished'),
        ),
        migrations.AddConstraint(
            model_name='itemcalibration',
            constraint=models.CheckConstraint(condition=models.Q(('own_variance__gt', 0), ('variance__gt', 0)), name='calibration_variance_positive'),
        ),
        migrations.AddConstraint(
            model_name='itemcalibration',
            constraint=models.CheckConstraint(condition=models.Q(('correct__lte', models.F('answers'))), name='calibration_correct_of_answers'),
        ),
        migrations.AddConstraint(
            model_name='calibrationcursor',
            constraint=models.CheckConstraint(condition=models.Q(('id', 1)), name='calibration_cursor_only_one'),
        ),
        migrations.AddConstraint(
            model_name='calibrationreport',
            constraint=models.UniqueConstraint(fields=('day', 'engine', 'sample'), name='report_of_day_once'),
        ),
        migrations.AddConstraint(
            model_name='calibrationreport',
            constraint=models.CheckConstraint(condition=models.Q(('sample__in', ['all', 'explored'])), name='report_sample_known'),
        ),
        migrations.AddConstraint(
            model_name='calibrationreport',
            constraint=models.CheckConstraint(condition=models.Q(('n__gte', 1)), name='report_of_something'),
        ),
        migrations.AddField(
            model_name='enginedeployment',
            name='back',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='questions.enginedeployment'),
        ),
        migrations.AddField(
            model_name='enginedeployment',
            name='by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='engineevent',
            name='by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='engineversion',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['candidate', 'pending', 'approved', 'rejected', 'retired'])), name='engine_state_known'),
        ),
        migrations.AddConstraint(
            model_name='engineversion',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='engine_has_name'),
        ),
        migrations.AddField(
            model_name='engineevent',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='questions.engineversion'),
        ),
        migrations.AddField(
            model_name='enginedeployment',
            name='challenger',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='questions.engineversion'),
        ),
        migrations.AddField(
            model_name='enginedeployment',
            name='champion',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='questions.engineversion'),
        ),
        migrations.AddField(
            model_name='itemflag',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='flags', to='questions.item'),
        ),
        migrations.AddField(
            model_name='memoryfit',
            name='learner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memory_fits', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='answer',
            name='memory_fit',
            field=models.ForeignKey(blank=True, help_text="The learner's own memory parameters, where there were any; those of the engine otherwise.", null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='answers', to='questions.memoryfit'),
        ),
        migrations.AddIndex(
            model_name='answer',
            index=models.Index(fields=['received_at'], name='answer_received'),
        ),
        migrations.AddField(
            model_name='readinessrecord',
            name='learner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='readiness_records', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='readinessrecord',
            name='session',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='readiness', to='questions.practicesession'),
        ),
        migrations.AddConstraint(
            model_name='tagdifficulty',
            constraint=models.CheckConstraint(condition=models.Q(('variance__gt', 0)), name='tag_difficulty_variance_positive'),
        ),
        migrations.AddConstraint(
            model_name='engineevent',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['candidate', 'pending', 'approved', 'rejected', 'retired'])), name='engine_event_known'),
        ),
        migrations.AddConstraint(
            model_name='enginedeployment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('challenger__isnull', True), ('share', 0.0)), models.Q(('challenger__isnull', False), ('share__gt', 0.0), ('share__lte', 0.5)), _connector='OR'), name='deployment_share_of_challenger'),
        ),
        migrations.AddConstraint(
            model_name='enginedeployment',
            constraint=models.CheckConstraint(condition=models.Q(('challenger__isnull', True), models.Q(('challenger', models.F('champion')), _negated=True), _connector='OR'), name='deployment_two_engines'),
        ),
        migrations.AddConstraint(
            model_name='itemflag',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('item', 'kind'), name='flag_open_once'),
        ),
        migrations.AddConstraint(
            model_name='itemflag',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['misfit', 'too-hard', 'negative-discrimination', 'dead-distractor', 'memorised'])), name='flag_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='itemflag',
            constraint=models.CheckConstraint(condition=models.Q(('closed_at__isnull', True), ('closed_at__gte', models.F('opened_at')), _connector='OR'), name='flag_closed_after_opened'),
        ),
        migrations.AddIndex(
            model_name='memoryfit',
            index=models.Index(fields=['learner', '-id'], name='memory_fit_newest'),
        ),
        migrations.AddConstraint(
            model_name='memoryfit',
            constraint=models.UniqueConstraint(fields=('learner', 'reviews'), name='memory_fit_once'),
        ),
        migrations.AddConstraint(
            model_name='readinessrecord',
            constraint=models.CheckConstraint(condition=models.Q(('high__lte', 1.0), ('low__gte', 0.0), ('low__lte', models.F('predicted')), ('predicted__lte', models.F('high'))), name='readiness_in_its_interval'),
        ),
        migrations.AddConstraint(
            model_name='readinessrecord',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('actual__isnull', True), ('answered__isnull', True)), models.Q(('actual__gte', 0.0), ('actual__isnull', False), ('actual__lte', 1.0), ('answered__isnull', False)), _connector='OR'), name='readiness_actual_is_a_share'),
        ),
    ]
