from django.db import migrations, models


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
            model_name="drawentry",
            name="stratum",
            field=models.SmallIntegerField(
                db_default=0,
                default=0,
                help_text="Those of 0 are drawn first; those of a higher one when no lower is left.",
            ),
        ),
        migrations.AddConstraint(
            model_name="drawentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("stratum__range", (0, 255))), name="giveaways_drawentry_stratum_valid"
            ),
        ),
    ]
