# Made by makemigrations; the columns that refer to others were moved into the tables that are made.

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_history'),
        ('catalog', '0004_shop_indexes'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.CreateModel(
            name='NFTMemorialEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_label', models.CharField(max_length=8)),
                ('memorial_id', models.CharField(db_collation='C', max_length=255)),
                ('owner_wallet', models.CharField(blank=True, db_collation='C', max_length=255, null=True)),
                ('metadata', models.JSONField(blank=True)),
                ('created_at', models.DateTimeField(blank=True, null=True)),
                ('updated_at', models.DateTimeField(null=True)),
                ('owner', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_context', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='catalog.nftmemorial')),
                ('track', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='catalog.track')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='nftmemorial_history')],
            },
        ),
        migrations.CreateModel(
            name='TrackEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_label', models.CharField(max_length=8)),
                ('title', models.TextField()),
                ('description', models.TextField(blank=True, null=True)),
                ('artist_name', models.TextField(blank=True, null=True)),
                ('genre', models.CharField(blank=True, max_length=255, null=True)),
                ('cover_image', models.TextField(blank=True, null=True)),
                ('audio_url', models.TextField(blank=True, null=True)),
                ('ipfs_hash', models.TextField(blank=True, null=True)),
                ('file_size', models.BigIntegerField(blank=True, null=True)),
                ('mime_type', models.CharField(blank=True, max_length=255, null=True)),
                ('duration', models.DecimalField(blank=True, decimal_places=3, max_digits=12, null=True)),
                ('release_date', models.DateTimeField(blank=True, null=True)),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('is_published', models.BooleanField()),
                ('is_explicit', models.BooleanField()),
                ('status', models.CharField(blank=True, max_length=32, null=True)),
                ('play_count', models.BigIntegerField(blank=True, null=True)),
                ('like_count', models.BigIntegerField(blank=True, null=True)),
                ('price', models.DecimalField(blank=True, decimal_places=9, max_digits=20, null=True)),
                ('currency', models.CharField(blank=True, max_length=16, null=True)),
                ('is_nft', models.BooleanField(verbose_name='is NFT')),
                ('nft_contract', models.TextField(blank=True, null=True, verbose_name='NFT contract')),
                ('metadata', models.JSONField(blank=True, null=True)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('artist', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_context', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='catalog.track')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['pgh_obj', 'pgh_id'], name='track_history')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='nftmemorial',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "catalog_nftmemorialevent" ("created_at", "memorial_id", "metadata", "owner_id", "owner_wallet", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "track_id", "updated_at") SELECT new_values."created_at", new_values."memorial_id", new_values."metadata", new_values."owner_id", new_values."owner_wallet", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'insert\', new_values."id", new_values."track_id", new_values."updated_at" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='acc59124c40fd9edeb2d21bace0fedb05c41381a', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_475ad', referencing='REFERENCING NEW TABLE AS new_values ', table='catalog_nftmemorial', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='nftmemorial',
            trigger=pgtrigger.compiler.Trigger(name='before_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "catalog_nftmemorialevent" ("created_at", "memorial_id", "metadata", "owner_id", "owner_wallet", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "track_id", "updated_at") SELECT old_values."created_at", old_values."memorial_id", old_values."metadata", old_values."owner_id", old_values."owner_wallet", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'before\', old_values."id", old_values."track_id", old_values."updated_at" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."created_at" IS DISTINCT FROM (new_values."created_at") OR old_values."memorial_id" IS DISTINCT FROM (new_values."memorial_id") OR old_values."metadata" IS DISTINCT FROM (new_values."metadata") OR old_values."owner_id" IS DISTINCT FROM (new_values."owner_id") OR old_values."owner_wallet" IS DISTINCT FROM (new_values."owner_wallet") OR old_values."track_id" IS DISTINCT FROM (new_values."track_id") OR old_values."updated_at" IS DISTINCT FROM (new_values."updated_at")) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='213d29440174a7673c949c07acdff20fcc031bab', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_before_update_2bc93', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='catalog_nftmemorial', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='nftmemorial',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "catalog_nftmemorialevent" ("created_at", "memorial_id", "metadata", "owner_id", "owner_wallet", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "track_id", "updated_at") SELECT new_values."created_at", new_values."memorial_id", new_values."metadata", new_values."owner_id", new_values."owner_wallet", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'update\', new_values."id", new_values."track_id", new_values."updated_at" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."created_at" IS DISTINCT FROM (new_values."created_at") OR old_values."memorial_id" IS DISTINCT FROM (new_values."memorial_id") OR old_values."metadata" IS DISTINCT FROM (new_values."metadata") OR old_values."owner_id" IS DISTINCT FROM (new_values."owner_id") OR old_values."owner_wallet" IS DISTINCT FROM (new_values."owner_wallet") OR old_values."track_id" IS DISTINCT FROM (new_values."track_id") OR old_values."updated_at" IS DISTINCT FROM (new_values."updated_at")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='bde89019fcd9b59830688e3e440ed7fb9ab0e633', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_69f7a', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='catalog_nftmemorial', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='nftmemorial',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "catalog_nftmemorialevent" ("created_at", "memorial_id", "metadata", "owner_id", "owner_wallet", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "track_id", "updated_at") SELECT old_values."created_at", old_values."memorial_id", old_values."metadata", old_values."owner_id", old_values."owner_wallet", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'delete\', old_values."id", old_values."track_id", old_values."updated_at" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='4191587438a3739be42ffc635d1c67409ac5a2f9', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_d82d6', referencing='REFERENCING OLD TABLE AS old_values ', table='catalog_nftmemorial', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='track',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "catalog_trackevent" ("artist_id", "artist_name", "audio_url", "cover_image", "created_at", "currency", "description", "duration", "file_size", "genre", "ipfs_hash", "is_explicit", "is_nft", "is_published", "like_count", "metadata", "mime_type", "nft_contract", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "play_count", "price", "published_at", "release_date", "status", "title", "updated_at") SELECT new_values."artist_id", new_values."artist_name", new_values."audio_url", new_values."cover_image", new_values."created_at", new_values."currency", new_values."description", new_values."duration", new_values."file_size", new_values."genre", new_values."ipfs_hash", new_values."is_explicit", new_values."is_nft", new_values."is_published", new_values."like_count", new_values."metadata", new_values."mime_type", new_values."nft_contract", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'insert\', new_values."id", new_values."play_count", new_values."price", new_values."published_at", new_values."release_date", new_values."status", new_values."title", new_values."updated_at" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='35b34aaf1f5542e13bc888f9044cdd2a39502c30', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_d6788', referencing='REFERENCING NEW TABLE AS new_values ', table='catalog_track', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='track',
            trigger=pgtrigger.compiler.Trigger(name='before_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "catalog_trackevent" ("artist_id", "artist_name", "audio_url", "cover_image", "created_at", "currency", "description", "duration", "file_size", "genre", "ipfs_hash", "is_explicit", "is_nft", "is_published", "like_count", "metadata", "mime_type", "nft_contract", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "play_count", "price", "published_at", "release_date", "status", "title", "updated_at") SELECT old_values."artist_id", old_values."artist_name", old_values."audio_url", old_values."cover_image", old_values."created_at", old_values."currency", old_values."description", old_values."duration", old_values."file_size", old_values."genre", old_values."ipfs_hash", old_values."is_explicit", old_values."is_nft", old_values."is_published", old_values."like_count", old_values."metadata", old_values."mime_type", old_values."nft_contract", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'before\', old_values."id", old_values."play_count", old_values."price", old_values."published_at", old_values."release_date", old_values."status", old_values."title", old_values."updated_at" FROM ( SELECT old_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."artist_id" IS DISTINCT FROM (new_values."artist_id") OR old_values."artist_name" IS DISTINCT FROM (new_values."artist_name") OR old_values."audio_url" IS DISTINCT FROM (new_values."audio_url") OR old_values."cover_image" IS DISTINCT FROM (new_values."cover_image") OR old_values."created_at" IS DISTINCT FROM (new_values."created_at") OR old_values."currency" IS DISTINCT FROM (new_values."currency") OR old_values."description" IS DISTINCT FROM (new_values."description") OR old_values."duration" IS DISTINCT FROM (new_values."duration") OR old_values."file_size" IS DISTINCT FROM (new_values."file_size") OR old_values."genre" IS DISTINCT FROM (new_values."genre") OR old_values."ipfs_hash" IS DISTINCT FROM (new_values."ipfs_hash") OR old_values."is_explicit" IS DISTINCT FROM (new_values."is_explicit") OR old_values."is_nft" IS DISTINCT FROM (new_values."is_nft") OR old_values."is_published" IS DISTINCT FROM (new_values."is_published") OR old_values."like_count" IS DISTINCT FROM (new_values."like_count") OR old_values."metadata" IS DISTINCT FROM (new_values."metadata") OR old_values."mime_type" IS DISTINCT FROM (new_values."mime_type") OR old_values."nft_contract" IS DISTINCT FROM (new_values."nft_contract") OR old_values."play_count" IS DISTINCT FROM (new_values."play_count") OR old_values."price" IS DISTINCT FROM (new_values."price") OR old_values."published_at" IS DISTINCT FROM (new_values."published_at") OR old_values."release_date" IS DISTINCT FROM (new_values."release_date") OR old_values."status" IS DISTINCT FROM (new_values."status") OR old_values."title" IS DISTINCT FROM (new_values."title") OR old_values."updated_at" IS DISTINCT FROM (new_values."updated_at")) ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='ec760d28986d4964881fd5e0ee3dadb186e1430e', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_before_update_acb7b', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='catalog_track', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='track',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "catalog_trackevent" ("artist_id", "artist_name", "audio_url", "cover_image", "created_at", "currency", "description", "duration", "file_size", "genre", "ipfs_hash", "is_explicit", "is_nft", "is_published", "like_count", "metadata", "mime_type", "nft_contract", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "play_count", "price", "published_at", "release_date", "status", "title", "updated_at") SELECT new_values."artist_id", new_values."artist_name", new_values."audio_url", new_values."cover_image", new_values."created_at", new_values."currency", new_values."description", new_values."duration", new_values."file_size", new_values."genre", new_values."ipfs_hash", new_values."is_explicit", new_values."is_nft", new_values."is_published", new_values."like_count", new_values."metadata", new_values."mime_type", new_values."nft_contract", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'update\', new_values."id", new_values."play_count", new_values."price", new_values."published_at", new_values."release_date", new_values."status", new_values."title", new_values."updated_at" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."artist_id" IS DISTINCT FROM (new_values."artist_id") OR old_values."artist_name" IS DISTINCT FROM (new_values."artist_name") OR old_values."audio_url" IS DISTINCT FROM (new_values."audio_url") OR old_values."cover_image" IS DISTINCT FROM (new_values."cover_image") OR old_values."created_at" IS DISTINCT FROM (new_values."created_at") OR old_values."currency" IS DISTINCT FROM (new_values."currency") OR old_values."description" IS DISTINCT FROM (new_values."description") OR old_values."duration" IS DISTINCT FROM (new_values."duration") OR old_values."file_size" IS DISTINCT FROM (new_values."file_size") OR old_values."genre" IS DISTINCT FROM (new_values."genre") OR old_values."ipfs_hash" IS DISTINCT FROM (new_values."ipfs_hash") OR old_values."is_explicit" IS DISTINCT FROM (new_values."is_explicit") OR old_values."is_nft" IS DISTINCT FROM (new_values."is_nft") OR old_values."is_published" IS DISTINCT FROM (new_values."is_published") OR old_values."like_count" IS DISTINCT FROM (new_values."like_count") OR old_values."metadata" IS DISTINCT FROM (new_values."metadata") OR old_values."mime_type" IS DISTINCT FROM (new_values."mime_type") OR old_values."nft_contract" IS DISTINCT FROM (new_values."nft_contract") OR old_values."play_count" IS DISTINCT FROM (new_values."play_count") OR old_values."price" IS DISTINCT FROM (new_values."price") OR old_values."published_at" IS DISTINCT FROM (new_values."published_at") OR old_values."release_date" IS DISTINCT FROM (new_values."release_date") OR old_values."status" IS DISTINCT FROM (new_values."status") OR old_values."title" IS DISTINCT FROM (new_values."title") OR old_values."updated_at" IS DISTINCT FROM (new_values."updated_at")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='eabb70743ce64af11780b5f14f6651a4e1d55f0b', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_baa93', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='catalog_track', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='track',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "catalog_trackevent" ("artist_id", "artist_name", "audio_url", "cover_image", "created_at", "currency", "description", "duration", "file_size", "genre", "ipfs_hash", "is_explicit", "is_nft", "is_published", "like_count", "metadata", "mime_type", "nft_contract", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "play_count", "price", "published_at", "release_date", "status", "title", "updated_at") SELECT old_values."artist_id", old_values."artist_name", old_values."audio_url", old_values."cover_image", old_values."created_at", old_values."currency", old_values."description", old_values."duration", old_values."file_size", old_values."genre", old_values."ipfs_hash", old_values."is_explicit", old_values."is_nft", old_values."is_published", old_values."like_count", old_values."metadata", old_values."mime_type", old_values."nft_contract", _pgh_attached_context.value, STATEMENT_TIMESTAMP(), \'delete\', old_values."id", old_values."play_count", old_values."price", old_values."published_at", old_values."release_date", old_values."status", old_values."title", old_values."updated_at" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='7d0338f25d9226cab7832e5e7cb405c710f3ff2b', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_6e2c6', referencing='REFERENCING OLD TABLE AS old_values ', table='catalog_track', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='nftmemorialevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='e04890e7d21aadc157e1a45ed4eb960670bc3ea5', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_5af54', table='catalog_nftmemorialevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='trackevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='5f4c8dcda51d9cf9d44e9c79eb1bc1f5820c544f', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_7d5dd', table='catalog_trackevent', when='BEFORE')),
        ),
    ]
