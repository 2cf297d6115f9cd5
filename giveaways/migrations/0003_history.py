# Made by makemigrations; the columns that refer to others were moved into the tables that are made.

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_history'),
        ('giveaways', '0002_indexes'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.CreateModel(
            name='GiveawayEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_label', models.CharField(max_length=8)),
                ('title', models.TextField()),
                ('description', models.TextField(blank=True)),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('active', 'Active'), ('processing', 'Processing'), ('custom', 'Custom'), ('completed', 'Completed'), ('cancelled', 'Cancelled'), ('expired', 'Expired'), ('history', 'History')], max_length=16)),
                ('started_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('duration', models.BigIntegerField()),
                ('winners_count', models.IntegerField()),
                ('max_participants', models.IntegerField(blank=True, null=True)),
                ('allow_tickets', models.BooleanField()),
                ('auto_distribute', models.BooleanField()),
                ('message_id', models.BigIntegerField(blank=True, null=True)),
                ('created_at', models.DateTimeField(blank=True, null=True)),
                ('updated_at', models.DateTimeField(null=True)),
                ('creator', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_context', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='giveaways.giveaway')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='giveaway_history')],
            },
        ),
        migrations.CreateModel(
            name='GiveawayPrizeEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_label', models.CharField(max_length=8)),
                ('position', models.IntegerField()),
                ('place', models.IntegerField(blank=True, null=True)),
                ('type', models.CharField(blank=True, max_length=32)),
                ('fields', models.JSONField(blank=True, null=True)),
                ('giveaway', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='giveaways.giveaway')),
                ('pgh_context', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='giveaways.giveawayprize')),
                ('prize', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='giveaways.prize')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='giveawayprize_history')],
            },
        ),
        migrations.CreateModel(
            name='GiveawaySponsorEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_label', models.CharField(max_length=8)),
                ('position', models.IntegerField()),
                ('giveaway', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='giveaways.giveaway')),
                ('pgh_context', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='giveaways.giveawaysponsor')),
                ('sponsor', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='giveaways.sponsor')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='giveawaysponsor_history')],
            },
        ),
        migrations.CreateModel(
            name='ParticipantEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_label', models.CharField(max_length=8)),
                ('joined_at', models.DateTimeField(blank=True, null=True)),
                ('giveaway', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='giveaways.giveaway')),
                ('pgh_context', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='giveaways.participant')),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='participant_history')],
            },
        ),
        migrations.CreateModel(
            name='PreWinnerListEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_label', models.CharField(max_length=8)),
                ('user_ids', models.JSONField()),
                ('users', models.JSONField(blank=True, null=True)),
                ('created_at', models.DateTimeField(blank=True, null=True)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('pgh_context', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='giveaways.prewinnerlist')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='prewinnerlist_history')],
            },
        ),
        migrations.CreateModel(
            name='PrizeEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_label', models.CharField(max_length=8)),
                ('type', models.CharField(max_length=32)),
                ('name', models.TextField(blank=True)),
                ('description', models.TextField(blank=True, null=True)),
                ('is_internal', models.BooleanField()),
                ('fields', models.JSONField(blank=True, null=True)),
                ('created_at', models.DateTimeField(blank=True, null=True)),
                ('updated_at', models.DateTimeField(null=True)),
                ('pgh_context', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='giveaways.prize')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='prize_history')],
            },
        ),
        migrations.CreateModel(
            name='RequirementEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_label', models.CharField(max_length=8)),
                ('position', models.IntegerField()),
                ('type', models.CharField(choices=[('subscription', 'Subscription'), ('boost', 'Boost'), ('custom', 'Custom')], max_length=16)),
                ('name', models.TextField(blank=True)),
                ('username', models.CharField(blank=True, max_length=255, null=True)),
                ('chat_id', models.BigIntegerField(blank=True, null=True)),
                ('min_level', models.IntegerField(blank=True, null=True)),
                ('description', models.TextField(blank=True, null=True)),
                ('extra', models.JSONField(blank=True)),
                ('giveaway', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='giveaways.giveaway')),
                ('pgh_context', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='giveaways.requirement')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='requirement_history')],
            },
        ),
        migrations.CreateModel(
            name='SponsorEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_label', models.CharField(max_length=8)),
                ('channel_id', models.BigIntegerField(blank=True, null=True)),
                ('username', models.CharField(blank=True, max_length=255, null=True)),
                ('title', models.TextField(blank=True)),
                ('channel_url', models.TextField(blank=True)),
                ('avatar_url', models.TextField(blank=True)),
                ('pgh_context', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='giveaways.sponsor')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='sponsor_history')],
            },
        ),
        migrations.CreateModel(
            name='TicketEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_label', models.CharField(max_length=8)),
                ('count', models.BigIntegerField()),
                ('giveaway', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='giveaways.giveaway')),
                ('pgh_context', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='giveaways.ticket')),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='ticket_history')],
            },
        ),
        migrations.CreateModel(
            name='WinRecordEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_label', models.CharField(max_length=8)),
                ('place', models.IntegerField()),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('distributed', 'Distributed'), ('cancelled', 'Cancelled')], max_length=16)),
                ('created_at', models.DateTimeField(blank=True, null=True)),
                ('updated_at', models.DateTimeField(null=True)),
                ('received_at', models.DateTimeField(blank=True, null=True)),
                ('giveaway', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='giveaways.giveaway')),
                ('pgh_context', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='giveaways.winrecord')),
                ('prize', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='giveaways.prize')),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='winrecord_history')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='giveaway',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_giveawayevent" ("allow_tickets", "auto_distribute", "created_at", "creator_id", "description", "duration", "ends_at", "max_participants", "message_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "started_at", "status", "title", "updated_at", "winners_count") SELECT new_values."allow_tickets", new_values."auto_distribute", new_values."created_at", new_values."creator_id", new_values."description", new_values."duration", new_values."ends_at", new_values."max_participants", new_values."message_id", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'insert\', new_values."id", new_values."started_at", new_values."status", new_values."title", new_values."updated_at", new_values."winners_count" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='13288a233302532dc56b3a1a362d28c5c92135c4', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_99d59', referencing='REFERENCING NEW TABLE AS new_values ', table='giveaways_giveaway', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='giveaway',
            trigger=pgtrigger.compiler.Trigger(name='before_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_giveawayevent" ("allow_tickets", "auto_distribute", "created_at", "creator_id", "description", "duration", "ends_at", "max_participants", "message_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "started_at", "status", "title", "updated_at", "winners_count") SELECT old_values."allow_tickets", old_values."auto_distribute", old_values."created_at", old_values."creator_id", old_values."description", old_values."duration", old_values."ends_at", old_values."max_participants", old_values."message_id", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'before\', old_values."id", old_values."started_at", old_values."status", old_values."title", old_values."updated_at", old_values."winners_count" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."allow_tickets" IS DISTINCT FROM (new_values."allow_tickets") OR old_values."auto_distribute" IS DISTINCT FROM (new_values."auto_distribute") OR old_values."created_at" IS DISTINCT FROM (new_values."created_at") OR old_values."creator_id" IS DISTINCT FROM (new_values."creator_id") OR old_values."description" IS DISTINCT FROM (new_values."description") OR old_values."duration" IS DISTINCT FROM (new_values."duration") OR old_values."ends_at" IS DISTINCT FROM (new_values."ends_at") OR old_values."max_participants" IS DISTINCT FROM (new_values."max_participants") OR old_values."message_id" IS DISTINCT FROM (new_values."message_id") OR old_values."started_at" IS DISTINCT FROM (new_values."started_at") OR old_values."status" IS DISTINCT FROM (new_values."status") OR old_values."title" IS DISTINCT FROM (new_values."title") OR old_values."updated_at" IS DISTINCT FROM (new_values."updated_at") OR old_values."winners_count" IS DISTINCT FROM (new_values."winners_count")) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='17c5d0d0972481b56a28c033b5462d9ea1ad123e', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_before_update_75e37', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='giveaways_giveaway', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='giveaway',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_giveawayevent" ("allow_tickets", "auto_distribute", "created_at", "creator_id", "description", "duration", "ends_at", "max_participants", "message_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "started_at", "status", "title", "updated_at", "winners_count") SELECT new_values."allow_tickets", new_values."auto_distribute", new_values."created_at", new_values."creator_id", new_values."description", new_values."duration", new_values."ends_at", new_values."max_participants", new_values."message_id", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'update\', new_values."id", new_values."started_at", new_values."status", new_values."title", new_values."updated_at", new_values."winners_count" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."allow_tickets" IS DISTINCT FROM (new_values."allow_tickets") OR old_values."auto_distribute" IS DISTINCT FROM (new_values."auto_distribute") OR old_values."created_at" IS DISTINCT FROM (new_values."created_at") OR old_values."creator_id" IS DISTINCT FROM (new_values."creator_id") OR old_values."description" IS DISTINCT FROM (new_values."description") OR old_values."duration" IS DISTINCT FROM (new_values."duration") OR old_values."ends_at" IS DISTINCT FROM (new_values."ends_at") OR old_values."max_participants" IS DISTINCT FROM (new_values."max_participants") OR old_values."message_id" IS DISTINCT FROM (new_values."message_id") OR old_values."started_at" IS DISTINCT FROM (new_values."started_at") OR old_values."status" IS DISTINCT FROM (new_values."status") OR old_values."title" IS DISTINCT FROM (new_values."title") OR old_values."updated_at" IS DISTINCT FROM (new_values."updated_at") OR old_values."winners_count" IS DISTINCT FROM (new_values."winners_count")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='70a818769db56d386ae618e1375763bce5cc9aa7', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_b3b2f', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='giveaways_giveaway', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='giveaway',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_giveawayevent" ("allow_tickets", "auto_distribute", "created_at", "creator_id", "description", "duration", "ends_at", "max_participants", "message_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "started_at", "status", "title", "updated_at", "winners_count") SELECT old_values."allow_tickets", old_values."auto_distribute", old_values."created_at", old_values."creator_id", old_values."description", old_values."duration", old_values."ends_at", old_values."max_participants", old_values."message_id", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'delete\', old_values."id", old_values."started_at", old_values."status", old_values."title", old_values."updated_at", old_values."winners_count" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='a343015698d3a8b170b3b53a15cd5356e5c2bf1c', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_7a3c6', referencing='REFERENCING OLD TABLE AS old_values ', table='giveaways_giveaway', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='giveawayprize',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_giveawayprizeevent" ("fields", "giveaway_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "position", "prize_id", "type") SELECT new_values."fields", new_values."giveaway_id", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'insert\', new_values."id", new_values."place", new_values."position", new_values."prize_id", new_values."type" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='27309074bc177205811b914a9d5b2f86cf06df5b', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_fad7b', referencing='REFERENCING NEW TABLE AS new_values ', table='giveaways_giveawayprize', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='giveawayprize',
            trigger=pgtrigger.compiler.Trigger(name='before_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_giveawayprizeevent" ("fields", "giveaway_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "position", "prize_id", "type") SELECT old_values."fields", old_values."giveaway_id", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'before\', old_values."id", old_values."place", old_values."position", old_values."prize_id", old_values."type" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."fields" IS DISTINCT FROM (new_values."fields") OR old_values."giveaway_id" IS DISTINCT FROM (new_values."giveaway_id") OR old_values."place" IS DISTINCT FROM (new_values."place") OR old_values."position" IS DISTINCT FROM (new_values."position") OR old_values."prize_id" IS DISTINCT FROM (new_values."prize_id") OR old_values."type" IS DISTINCT FROM (new_values."type")) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='2f9b1e9b45f062116ca78347411696a24cb996ac', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_before_update_34575', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='giveaways_giveawayprize', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='giveawayprize',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_giveawayprizeevent" ("fields", "giveaway_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "position", "prize_id", "type") SELECT new_values."fields", new_values."giveaway_id", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'update\', new_values."id", new_values."place", new_values."position", new_values."prize_id", new_values."type" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."fields" IS DISTINCT FROM (new_values."fields") OR old_values."giveaway_id" IS DISTINCT FROM (new_values."giveaway_id") OR old_values."place" IS DISTINCT FROM (new_values."place") OR old_values."position" IS DISTINCT FROM (new_values."position") OR old_values."prize_id" IS DISTINCT FROM (new_values."prize_id") OR old_values."type" IS DISTINCT FROM (new_values."type")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='fc4ca3be5442883e2ea4468a73ef2801ea1c0ab3', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_cb386', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='giveaways_giveawayprize', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='giveawayprize',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_giveawayprizeevent" ("fields", "giveaway_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "position", "prize_id", "type") SELECT old_values."fields", old_values."giveaway_id", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'delete\', old_values."id", old_values."place", old_values."position", old_values."prize_id", old_values."type" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='2b10bc08af2dd58cfc8431712af06e9fde748d27', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_c6927', referencing='REFERENCING OLD TABLE AS old_values ', table='giveaways_giveawayprize', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='giveawaysponsor',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_giveawaysponsorevent" ("giveaway_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "sponsor_id") SELECT new_values."giveaway_id", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'insert\', new_values."id", new_values."position", new_values."sponsor_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='2e5c519b0cd30e7b7edc60f8936b47db29c566c2', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_47c96', referencing='REFERENCING NEW TABLE AS new_values ', table='giveaways_giveawaysponsor', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='giveawaysponsor',
            trigger=pgtrigger.compiler.Trigger(name='before_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_giveawaysponsorevent" ("giveaway_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "sponsor_id") SELECT old_values."giveaway_id", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'before\', old_values."id", old_values."position", old_values."sponsor_id" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."giveaway_id" IS DISTINCT FROM (new_values."giveaway_id") OR old_values."position" IS DISTINCT FROM (new_values."position") OR old_values."sponsor_id" IS DISTINCT FROM (new_values."sponsor_id")) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='a25b2c544e0552ed6ee695d9fe7e0cd103441c64', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_before_update_558b8', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='giveaways_giveawaysponsor', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='giveawaysponsor',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_giveawaysponsorevent" ("giveaway_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "sponsor_id") SELECT new_values."giveaway_id", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'update\', new_values."id", new_values."position", new_values."sponsor_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."giveaway_id" IS DISTINCT FROM (new_values."giveaway_id") OR old_values."position" IS DISTINCT FROM (new_values."position") OR old_values."sponsor_id" IS DISTINCT FROM (new_values."sponsor_id")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='ab2af0682c0443fce98fa5706f2a63655e0c570f', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_0035f', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='giveaways_giveawaysponsor', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='giveawaysponsor',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_giveawaysponsorevent" ("giveaway_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "sponsor_id") SELECT old_values."giveaway_id", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'delete\', old_values."id", old_values."position", old_values."sponsor_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='e15865774811cc6d1c6a4999a3d57f7e794c9adc', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_0100d', referencing='REFERENCING OLD TABLE AS old_values ', table='giveaways_giveawaysponsor', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='participant',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_participantevent" ("giveaway_id", "joined_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") SELECT new_values."giveaway_id", new_values."joined_at", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'insert\', new_values."id", new_values."user_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='303b5b7ff710b5114ea4de797b66adbc32b9e372', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_e6d29', referencing='REFERENCING NEW TABLE AS new_values ', table='giveaways_participant', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='participant',
            trigger=pgtrigger.compiler.Trigger(name='before_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_participantevent" ("giveaway_id", "joined_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") SELECT old_values."giveaway_id", old_values."joined_at", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'before\', old_values."id", old_values."user_id" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."giveaway_id" IS DISTINCT FROM (new_values."giveaway_id") OR old_values."joined_at" IS DISTINCT FROM (new_values."joined_at") OR old_values."user_id" IS DISTINCT FROM (new_values."user_id")) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='01a19c59eea804c6b5ed5ce67ce7ab9f680ac18b', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_before_update_d81aa', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='giveaways_participant', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='participant',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_participantevent" ("giveaway_id", "joined_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") SELECT new_values."giveaway_id", new_values."joined_at", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'update\', new_values."id", new_values."user_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."giveaway_id" IS DISTINCT FROM (new_values."giveaway_id") OR old_values."joined_at" IS DISTINCT FROM (new_values."joined_at") OR old_values."user_id" IS DISTINCT FROM (new_values."user_id")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='c05274b98da2e0a9dd591191b69f41bb58061e22', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_83dba', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='giveaways_participant', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='participant',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_participantevent" ("giveaway_id", "joined_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") SELECT old_values."giveaway_id", old_values."joined_at", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'delete\', old_values."id", old_values."user_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='cd3977ed6833484b06a4b314cfd8c38a0471aa41', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_c5479', referencing='REFERENCING OLD TABLE AS old_values ', table='giveaways_participant', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='prewinnerlist',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_prewinnerlistevent" ("created_at", "expires_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_ids", "users") SELECT new_values."created_at", new_values."expires_at", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'insert\', new_values."giveaway_id", new_values."user_ids", new_values."users" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='8af66508826cc8b87c5603bb212f4429fb831483', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_9aa96', referencing='REFERENCING NEW TABLE AS new_values ', table='giveaways_prewinnerlist', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='prewinnerlist',
            trigger=pgtrigger.compiler.Trigger(name='before_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_prewinnerlistevent" ("created_at", "expires_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_ids", "users") SELECT old_values."created_at", old_values."expires_at", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'before\', old_values."giveaway_id", old_values."user_ids", old_values."users" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."giveaway_id") = (new_values."giveaway_id") WHERE (old_values."created_at" IS DISTINCT FROM (new_values."created_at") OR old_values."expires_at" IS DISTINCT FROM (new_values."expires_at") OR old_values."user_ids" IS DISTINCT FROM (new_values."user_ids") OR old_values."users" IS DISTINCT FROM (new_values."users")) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='f1f665fc7c15afcd34a3b3d5b47bfb4a5a0c010b', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_before_update_fced4', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='giveaways_prewinnerlist', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='prewinnerlist',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_prewinnerlistevent" ("created_at", "expires_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_ids", "users") SELECT new_values."created_at", new_values."expires_at", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'update\', new_values."giveaway_id", new_values."user_ids", new_values."users" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."giveaway_id") = (new_values."giveaway_id") WHERE (old_values."created_at" IS DISTINCT FROM (new_values."created_at") OR old_values."expires_at" IS DISTINCT FROM (new_values."expires_at") OR old_values."user_ids" IS DISTINCT FROM (new_values."user_ids") OR old_values."users" IS DISTINCT FROM (new_values."users")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='d827f6d1e29fe6abeb8eac023a3e711e3491ac73', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_a8a49', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='giveaways_prewinnerlist', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='prewinnerlist',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_prewinnerlistevent" ("created_at", "expires_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_ids", "users") SELECT old_values."created_at", old_values."expires_at", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'delete\', old_values."giveaway_id", old_values."user_ids", old_values."users" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='b370591880f7cae21304354734b0c9eb773d6238', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_3248b', referencing='REFERENCING OLD TABLE AS old_values ', table='giveaways_prewinnerlist', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='prize',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_prizeevent" ("created_at", "description", "fields", "is_internal", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "type", "updated_at") SELECT new_values."created_at", new_values."description", new_values."fields", new_values."is_internal", new_values."name", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'insert\', new_values."id", new_values."type", new_values."updated_at" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='1e90185b0595accac473a177f2356cdbe4e95e91', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_a33f5', referencing='REFERENCING NEW TABLE AS new_values ', table='giveaways_prize', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='prize',
            trigger=pgtrigger.compiler.Trigger(name='before_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_prizeevent" ("created_at", "description", "fields", "is_internal", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "type", "updated_at") SELECT old_values."created_at", old_values."description", old_values."fields", old_values."is_internal", old_values."name", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'before\', old_values."id", old_values."type", old_values."updated_at" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."created_at" IS DISTINCT FROM (new_values."created_at") OR old_values."description" IS DISTINCT FROM (new_values."description") OR old_values."fields" IS DISTINCT FROM (new_values."fields") OR old_values."is_internal" IS DISTINCT FROM (new_values."is_internal") OR old_values."name" IS DISTINCT FROM (new_values."name") OR old_values."type" IS DISTINCT FROM (new_values."type") OR old_values."updated_at" IS DISTINCT FROM (new_values."updated_at")) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='26df21a5ea9ca3c8cb708d270f669b6b84109bea', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_before_update_45a57', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='giveaways_prize', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='prize',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_prizeevent" ("created_at", "description", "fields", "is_internal", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "type", "updated_at") SELECT new_values."created_at", new_values."description", new_values."fields", new_values."is_internal", new_values."name", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'update\', new_values."id", new_values."type", new_values."updated_at" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."created_at" IS DISTINCT FROM (new_values."created_at") OR old_values."description" IS DISTINCT FROM (new_values."description") OR old_values."fields" IS DISTINCT FROM (new_values."fields") OR old_values."is_internal" IS DISTINCT FROM (new_values."is_internal") OR old_values."name" IS DISTINCT FROM (new_values."name") OR old_values."type" IS DISTINCT FROM (new_values."type") OR old_values."updated_at" IS DISTINCT FROM (new_values."updated_at")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='d47ef3f52e1235700e63dbfab2ac4a2d36e3b0f9', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_39ccb', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='giveaways_prize', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='prize',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_prizeevent" ("created_at", "description", "fields", "is_internal", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "type", "updated_at") SELECT old_values."created_at", old_values."description", old_values."fields", old_values."is_internal", old_values."name", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'delete\', old_values."id", old_values."type", old_values."updated_at" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='b4fc9c1b35a23eab2f2a323f46027652a2f82d09', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_05e46', referencing='REFERENCING OLD TABLE AS old_values ', table='giveaways_prize', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='requirement',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_requirementevent" ("chat_id", "description", "extra", "giveaway_id", "min_level", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "type", "username") SELECT new_values."chat_id", new_values."description", new_values."extra", new_values."giveaway_id", new_values."min_level", new_values."name", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'insert\', new_values."id", new_values."position", new_values."type", new_values."username" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='498c4a4757fe324e2ccf3f14f120809d4602bd35', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_50b97', referencing='REFERENCING NEW TABLE AS new_values ', table='giveaways_requirement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='requirement',
            trigger=pgtrigger.compiler.Trigger(name='before_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_requirementevent" ("chat_id", "description", "extra", "giveaway_id", "min_level", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "type", "username") SELECT old_values."chat_id", old_values."description", old_values."extra", old_values."giveaway_id", old_values."min_level", old_values."name", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'before\', old_values."id", old_values."position", old_values."type", old_values."username" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."chat_id" IS DISTINCT FROM (new_values."chat_id") OR old_values."description" IS DISTINCT FROM (new_values."description") OR old_values."extra" IS DISTINCT FROM (new_values."extra") OR old_values."giveaway_id" IS DISTINCT FROM (new_values."giveaway_id") OR old_values."min_level" IS DISTINCT FROM (new_values."min_level") OR old_values."name" IS DISTINCT FROM (new_values."name") OR old_values."position" IS DISTINCT FROM (new_values."position") OR old_values."type" IS DISTINCT FROM (new_values."type") OR old_values."username" IS DISTINCT FROM (new_values."username")) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='34674b3e569b787c02cfeb1421cf6c4c125e3240', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_before_update_1cf4c', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='giveaways_requirement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='requirement',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_requirementevent" ("chat_id", "description", "extra", "giveaway_id", "min_level", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "type", "username") SELECT new_values."chat_id", new_values."description", new_values."extra", new_values."giveaway_id", new_values."min_level", new_values."name", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'update\', new_values."id", new_values."position", new_values."type", new_values."username" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."chat_id" IS DISTINCT FROM (new_values."chat_id") OR old_values."description" IS DISTINCT FROM (new_values."description") OR old_values."extra" IS DISTINCT FROM (new_values."extra") OR old_values."giveaway_id" IS DISTINCT FROM (new_values."giveaway_id") OR old_values."min_level" IS DISTINCT FROM (new_values."min_level") OR old_values."name" IS DISTINCT FROM (new_values."name") OR old_values."position" IS DISTINCT FROM (new_values."position") OR old_values."type" IS DISTINCT FROM (new_values."type") OR old_values."username" IS DISTINCT FROM (new_values."username")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='256a217fd770684707fdfb0a7d91dab8980c5dfa', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_56a1b', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='giveaways_requirement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='requirement',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_requirementevent" ("chat_id", "description", "extra", "giveaway_id", "min_level", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "type", "username") SELECT old_values."chat_id", old_values."description", old_values."extra", old_values."giveaway_id", old_values."min_level", old_values."name", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'delete\', old_values."id", old_values."position", old_values."type", old_values."username" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='6ba66b608acab447171d14d681d2d950c10fc77b', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_f0b5b', referencing='REFERENCING OLD TABLE AS old_values ', table='giveaways_requirement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sponsor',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_sponsorevent" ("avatar_url", "channel_id", "channel_url", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "title", "username") SELECT new_values."avatar_url", new_values."channel_id", new_values."channel_url", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'insert\', new_values."id", new_values."title", new_values."username" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='c34ce5a07bb44a6a344c5f4000ee00fc2f26af4d', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_a72ab', referencing='REFERENCING NEW TABLE AS new_values ', table='giveaways_sponsor', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sponsor',
            trigger=pgtrigger.compiler.Trigger(name='before_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_sponsorevent" ("avatar_url", "channel_id", "channel_url", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "title", "username") SELECT old_values."avatar_url", old_values."channel_id", old_values."channel_url", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'before\', old_values."id", old_values."title", old_values."username" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."avatar_url" IS DISTINCT FROM (new_values."avatar_url") OR old_values."channel_id" IS DISTINCT FROM (new_values."channel_id") OR old_values."channel_url" IS DISTINCT FROM (new_values."channel_url") OR old_values."title" IS DISTINCT FROM (new_values."title") OR old_values."username" IS DISTINCT FROM (new_values."username")) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='8dcdd95990cd9ec2b4fdfcec9c1f460305d6dbef', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_before_update_a7cef', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='giveaways_sponsor', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sponsor',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_sponsorevent" ("avatar_url", "channel_id", "channel_url", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "title", "username") SELECT new_values."avatar_url", new_values."channel_id", new_values."channel_url", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'update\', new_values."id", new_values."title", new_values."username" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."avatar_url" IS DISTINCT FROM (new_values."avatar_url") OR old_values."channel_id" IS DISTINCT FROM (new_values."channel_id") OR old_values."channel_url" IS DISTINCT FROM (new_values."channel_url") OR old_values."title" IS DISTINCT FROM (new_values."title") OR old_values."username" IS DISTINCT FROM (new_values."username")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='f9c852e1ca7245d7f52416c751dd980efeb346fb', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_ceba0', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='giveaways_sponsor', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sponsor',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_sponsorevent" ("avatar_url", "channel_id", "channel_url", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "title", "username") SELECT old_values."avatar_url", old_values."channel_id", old_values."channel_url", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'delete\', old_values."id", old_values."title", old_values."username" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='a5d1841b9f2d279c6aacfd20a710b3f664783632', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_8edc8', referencing='REFERENCING OLD TABLE AS old_values ', table='giveaways_sponsor', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ticket',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_ticketevent" ("count", "giveaway_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") SELECT new_values."count", new_values."giveaway_id", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'insert\', new_values."id", new_values."user_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='1586889b56bde390c2347fb7025e07156c981313', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_0d6bb', referencing='REFERENCING NEW TABLE AS new_values ', table='giveaways_ticket', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ticket',
            trigger=pgtrigger.compiler.Trigger(name='before_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_ticketevent" ("count", "giveaway_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") SELECT old_values."count", old_values."giveaway_id", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'before\', old_values."id", old_values."user_id" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."count" IS DISTINCT FROM (new_values."count") OR old_values."giveaway_id" IS DISTINCT FROM (new_values."giveaway_id") OR old_values."user_id" IS DISTINCT FROM (new_values."user_id")) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='bec8bed28ab333e22816f2f56cefbd025f7891c7', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_before_update_2b9c7', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='giveaways_ticket', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ticket',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_ticketevent" ("count", "giveaway_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") SELECT new_values."count", new_values."giveaway_id", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'update\', new_values."id", new_values."user_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."count" IS DISTINCT FROM (new_values."count") OR old_values."giveaway_id" IS DISTINCT FROM (new_values."giveaway_id") OR old_values."user_id" IS DISTINCT FROM (new_values."user_id")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='757af7bc8b56035c5426ac1799652b593af47219', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_713a1', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='giveaways_ticket', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ticket',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_ticketevent" ("count", "giveaway_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") SELECT old_values."count", old_values."giveaway_id", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'delete\', old_values."id", old_values."user_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='d1eca1a67705d9869e2261c14fa52e8ef09dc58d', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_146e3', referencing='REFERENCING OLD TABLE AS old_values ', table='giveaways_ticket', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='winrecord',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_winrecordevent" ("created_at", "giveaway_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "prize_id", "received_at", "status", "updated_at", "user_id") SELECT new_values."created_at", new_values."giveaway_id", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'insert\', new_values."id", new_values."place", new_values."prize_id", new_values."received_at", new_values."status", new_values."updated_at", new_values."user_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='9302d128077dfe370bac2a2152cff1c680e71b75', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_1ed8f', referencing='REFERENCING NEW TABLE AS new_values ', table='giveaways_winrecord', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='winrecord',
            trigger=pgtrigger.compiler.Trigger(name='before_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_winrecordevent" ("created_at", "giveaway_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "prize_id", "received_at", "status", "updated_at", "user_id") SELECT old_values."created_at", old_values."giveaway_id", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'before\', old_values."id", old_values."place", old_values."prize_id", old_values."received_at", old_values."status", old_values."updated_at", old_values."user_id" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."created_at" IS DISTINCT FROM (new_values."created_at") OR old_values."giveaway_id" IS DISTINCT FROM (new_values."giveaway_id") OR old_values."place" IS DISTINCT FROM (new_values."place") OR old_values."prize_id" IS DISTINCT FROM (new_values."prize_id") OR old_values."received_at" IS DISTINCT FROM (new_values."received_at") OR old_values."status" IS DISTINCT FROM (new_values."status") OR old_values."updated_at" IS DISTINCT FROM (new_values."updated_at") OR old_values."user_id" IS DISTINCT FROM (new_values."user_id")) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='2c420fbc776a37dfa67f7a4515390980ff9a905c', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_before_update_6448c', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='giveaways_winrecord', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='winrecord',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_winrecordevent" ("created_at", "giveaway_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "prize_id", "received_at", "status", "updated_at", "user_id") SELECT new_values."created_at", new_values."giveaway_id", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'update\', new_values."id", new_values."place", new_values."prize_id", new_values."received_at", new_values."status", new_values."updated_at", new_values."user_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."created_at" IS DISTINCT FROM (new_values."created_at") OR old_values."giveaway_id" IS DISTINCT FROM (new_values."giveaway_id") OR old_values."place" IS DISTINCT FROM (new_values."place") OR old_values."prize_id" IS DISTINCT FROM (new_values."prize_id") OR old_values."received_at" IS DISTINCT FROM (new_values."received_at") OR old_values."status" IS DISTINCT FROM (new_values."status") OR old_values."updated_at" IS DISTINCT FROM (new_values."updated_at") OR old_values."user_id" IS DISTINCT FROM (new_values."user_id")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='cf065a3945b2d64e9707fc4d357982d891beea32', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_00599', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='giveaways_winrecord', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='winrecord',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "giveaways_winrecordevent" ("created_at", "giveaway_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "prize_id", "received_at", "status", "updated_at", "user_id") SELECT old_values."created_at", old_values."giveaway_id", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'delete\', old_values."id", old_values."place", old_values."prize_id", old_values."received_at", old_values."status", old_values."updated_at", old_values."user_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='4d60ff91676baefba5c4dfdb570b594d0354e06e', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_b70f4', referencing='REFERENCING OLD TABLE AS old_values ', table='giveaways_winrecord', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='giveawayevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='e6ec983f62c6cd597054109c869239c25f91a0fd', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_b7c55', table='giveaways_giveawayevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='giveawayprizeevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='5d34a53bdaef5982875417ecedba9db22c122fa2', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_6b4b2', table='giveaways_giveawayprizeevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='giveawaysponsorevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='a1b5f17af596e6634355f9fcfdfe36540ceb648f', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_d620d', table='giveaways_giveawaysponsorevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='participantevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='4b10187e66c402177e611c4a784a56f334912c9d', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_4c2f2', table='giveaways_participantevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='prewinnerlistevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='365e68a9dd72b6b27ecd1ce7a2a4cf63b5325ade', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_2b8e4', table='giveaways_prewinnerlistevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='prizeevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='b2cee357d5345dd88130bd2f7fd049b5e5b3082b', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_c82db', table='giveaways_prizeevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='requirementevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='d60205f999a564d741e0233c6587ce3fd07d99c5', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_3c7f3', table='giveaways_requirementevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sponsorevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='9618321aa03a542eded2f239ef59e32864605c83', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_56acc', table='giveaways_sponsorevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ticketevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='d341c0a79ac1f2226ccd5d7590d2218d7affbf53', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_c35ec', table='giveaways_ticketevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='winrecordevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='11039b243007aee3c70cf696970b999e0d0eaea7', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_2e71e', table='giveaways_winrecordevent', when='BEFORE')),
        ),
    ]
