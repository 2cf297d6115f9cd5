import django.db.models.deletion
from django.db import migrations, models

import operations.keys


class Migration(migrations.Migration):
    dependencies = [("giveaways", "0006_one_winner_a_place")]

    operations = [
        migrations.AddField(
            model_name="draw",
            name="seed_origin",
            field=models.BinaryField(
                help_text="Draw 0 alone: what its seed and those of all re-rolls are hashed from. Secret for ever.",
                max_length=32,
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="draw",
            name="winners",
            field=models.JSONField(
                blank=True,
                db_default=[],
                default=list,
                help_text="The entries that won, in the order of the places.",
            ),
        ),
        migrations.CreateModel(
            name="DrawBlock",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        db_default=operations.keys.UUID7(), editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.IntegerField(help_text="From 0, in the order of the entries' ids.")),
                (
                    "first",
                    models.UUIDField(
                        help_text="The id of its first entry: the participant's own, which tells nobody who it is."
                    ),
                ),
                (
                    "entries",
                    models.BinaryField(
                        help_text="25 bytes each: id, tickets (8 bytes) and stratum (1 byte), big-endian."
                    ),
                ),
                ("root", models.BinaryField(help_text="Merkle root of its entries.", max_length=32, null=True)),
                (
                    "draw",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="blocks",
                        to="giveaways.draw",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("draw", "number"), name="giveaways_drawblock_number_unique"),
                    models.UniqueConstraint(fields=("draw", "first"), name="giveaways_drawblock_first_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 0)), name="giveaways_drawblock_number_valid"
                    ),
                ],
            },
        ),
    ]
