from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("operations", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="importrun",
            name="state",
            field=models.CharField(
                choices=[
                    ("running", "Running"),
                    ("stopped", "Stopped"),
                    ("failed", "Failed"),
                    ("finished", "Finished"),
                    ("undone", "Undone"),
                ],
                default="running",
                max_length=16,
            ),
        ),
    ]
