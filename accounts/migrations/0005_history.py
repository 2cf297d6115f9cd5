# Made by makemigrations; the columns that refer to others were moved into the tables that are made.

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_names'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.CreateModel(
            name='IdentityEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_label', models.CharField(max_length=8)),
                ('provider', models.CharField(db_collation='C', max_length=32)),
                ('subject', models.CharField(db_collation='C', max_length=255)),
                ('created_at', models.DateTimeField(editable=False)),
                ('pgh_context', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.identity')),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='identity_history')],
            },
        ),
        migrations.CreateModel(
            name='UserEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_label', models.CharField(max_length=8)),
                ('email', models.EmailField(blank=True, max_length=320, null=True)),
                ('username', models.CharField(blank=True, max_length=255, null=True)),
                ('display_name', models.TextField(blank=True, null=True)),
                ('avatar', models.TextField(blank=True, null=True)),
                ('banner', models.TextField(blank=True, null=True)),
                ('bio', models.TextField(blank=True, null=True)),
                ('is_artist', models.BooleanField()),
                ('is_active', models.BooleanField()),
                ('is_staff', models.BooleanField()),
                ('is_superuser', models.BooleanField()),
                ('is_banned', models.BooleanField()),
                ('role', models.CharField(blank=True, max_length=32, null=True)),
                ('created_at', models.DateTimeField(blank=True, null=True)),
                ('updated_at', models.DateTimeField(null=True)),
                ('pgh_context', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='user_history')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='identity',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "accounts_identityevent" ("created_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "provider", "subject", "user_id") SELECT new_values."created_at", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'insert\', new_values."id", new_values."provider", new_values."subject", new_values."user_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='2dfa1c4ff40d9a41100b1229cd93282043cc7e4d', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_c56a8', referencing='REFERENCING NEW TABLE AS new_values ', table='accounts_identity', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='identity',
            trigger=pgtrigger.compiler.Trigger(name='before_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "accounts_identityevent" ("created_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "provider", "subject", "user_id") SELECT old_values."created_at", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'before\', old_values."id", old_values."provider", old_values."subject", old_values."user_id" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."created_at" IS DISTINCT FROM (new_values."created_at") OR old_values."provider" IS DISTINCT FROM (new_values."provider") OR old_values."subject" IS DISTINCT FROM (new_values."subject") OR old_values."user_id" IS DISTINCT FROM (new_values."user_id")) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='0fd5775386b633494ea6d90247900e60a33e638a', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_before_update_6af46', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='accounts_identity', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='identity',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "accounts_identityevent" ("created_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "provider", "subject", "user_id") SELECT new_values."created_at", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'update\', new_values."id", new_values."provider", new_values."subject", new_values."user_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."created_at" IS DISTINCT FROM (new_values."created_at") OR old_values."provider" IS DISTINCT FROM (new_values."provider") OR old_values."subject" IS DISTINCT FROM (new_values."subject") OR old_values."user_id" IS DISTINCT FROM (new_values."user_id")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='602db684391ccde5a606347116b4a5ffd72e9cf3', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_df113', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='accounts_identity', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='identity',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "accounts_identityevent" ("created_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "provider", "subject", "user_id") SELECT old_values."created_at", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'delete\', old_values."id", old_values."provider", old_values."subject", old_values."user_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='4d9cca774027e22c0173a7ddb4d37fe124d5b91a', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_70c08', referencing='REFERENCING OLD TABLE AS old_values ', table='accounts_identity', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "accounts_userevent" ("avatar", "banner", "bio", "created_at", "display_name", "email", "is_active", "is_artist", "is_banned", "is_staff", "is_superuser", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "updated_at", "username") SELECT new_values."avatar", new_values."banner", new_values."bio", new_values."created_at", new_values."display_name", new_values."email", new_values."is_active", new_values."is_artist", new_values."is_banned", new_values."is_staff", new_values."is_superuser", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'insert\', new_values."id", new_values."role", new_values."updated_at", new_values."username" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='d4f678c6451f0c4a2063441ef252f435c846b765', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_3867c', referencing='REFERENCING NEW TABLE AS new_values ', table='accounts_user', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='before_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "accounts_userevent" ("avatar", "banner", "bio", "created_at", "display_name", "email", "is_active", "is_artist", "is_banned", "is_staff", "is_superuser", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "updated_at", "username") SELECT old_values."avatar", old_values."banner", old_values."bio", old_values."created_at", old_values."display_name", old_values."email", old_values."is_active", old_values."is_artist", old_values."is_banned", old_values."is_staff", old_values."is_superuser", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'before\', old_values."id", old_values."role", old_values."updated_at", old_values."username" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."avatar" IS DISTINCT FROM (new_values."avatar") OR old_values."banner" IS DISTINCT FROM (new_values."banner") OR old_values."bio" IS DISTINCT FROM (new_values."bio") OR old_values."created_at" IS DISTINCT FROM (new_values."created_at") OR old_values."display_name" IS DISTINCT FROM (new_values."display_name") OR old_values."email" IS DISTINCT FROM (new_values."email") OR old_values."is_active" IS DISTINCT FROM (new_values."is_active") OR old_values."is_artist" IS DISTINCT FROM (new_values."is_artist") OR old_values."is_banned" IS DISTINCT FROM (new_values."is_banned") OR old_values."is_staff" IS DISTINCT FROM (new_values."is_staff") OR old_values."is_superuser" IS DISTINCT FROM (new_values."is_superuser") OR old_values."role" IS DISTINCT FROM (new_values."role") OR old_values."updated_at" IS DISTINCT FROM (new_values."updated_at") OR old_values."username" IS DISTINCT FROM (new_values."username")) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='8d1c2201de8a34eaa824ad169ce293662e406b09', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_before_update_20bd7', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='accounts_user', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "accounts_userevent" ("avatar", "banner", "bio", "created_at", "display_name", "email", "is_active", "is_artist", "is_banned", "is_staff", "is_superuser", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "updated_at", "username") SELECT new_values."avatar", new_values."banner", new_values."bio", new_values."created_at", new_values."display_name", new_values."email", new_values."is_active", new_values."is_artist", new_values."is_banned", new_values."is_staff", new_values."is_superuser", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'update\', new_values."id", new_values."role", new_values."updated_at", new_values."username" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."avatar" IS DISTINCT FROM (new_values."avatar") OR old_values."banner" IS DISTINCT FROM (new_values."banner") OR old_values."bio" IS DISTINCT FROM (new_values."bio") OR old_values."created_at" IS DISTINCT FROM (new_values."created_at") OR old_values."display_name" IS DISTINCT FROM (new_values."display_name") OR old_values."email" IS DISTINCT FROM (new_values."email") OR old_values."is_active" IS DISTINCT FROM (new_values."is_active") OR old_values."is_artist" IS DISTINCT FROM (new_values."is_artist") OR old_values."is_banned" IS DISTINCT FROM (new_values."is_banned") OR old_values."is_staff" IS DISTINCT FROM (new_values."is_staff") OR old_values."is_superuser" IS DISTINCT FROM (new_values."is_superuser") OR old_values."role" IS DISTINCT FROM (new_values."role") OR old_values."updated_at" IS DISTINCT FROM (new_values."updated_at") OR old_values."username" IS DISTINCT FROM (new_values."username")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='b402679f9a6c9873132e9205413985d49745648e', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_0e890', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='accounts_user', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "accounts_userevent" ("avatar", "banner", "bio", "created_at", "display_name", "email", "is_active", "is_artist", "is_banned", "is_staff", "is_superuser", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "updated_at", "username") SELECT old_values."avatar", old_values."banner", old_values."bio", old_values."created_at", old_values."display_name", old_values."email", old_values."is_active", old_values."is_artist", old_values."is_banned", old_values."is_staff", old_values."is_superuser", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'delete\', old_values."id", old_values."role", old_values."updated_at", old_values."username" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='37e42f7acd9ff9fe390c3dd436b3e26fb50d0f3a', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_19f14', referencing='REFERENCING OLD TABLE AS old_values ', table='accounts_user', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='identityevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='5e26a9d97221f25e5de76e98e9b9a6d5d014a19a', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_f4aac', table='accounts_identityevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='userevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='9e9498e73f6fbdf2642fb33fa14189f1ad2382c8', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_45b21', table='accounts_userevent', when='BEFORE')),
        ),
    ]
