from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("giveaways", "0005_drawn_winners")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddConstraint(
                    model_name="winrecord",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("draw__isnull", False)),
                        fields=("draw", "place"),
                        name="giveaways_win_draw_place_unique",
                    ),
                ),
            ],
            database_operations=[
                migrations.RunSQL(
                    sql="""
                        CREATE UNIQUE INDEX CONCURRENTLY giveaways_win_draw_place_unique
                        ON giveaways_winrecord (draw_id, place) WHERE draw_id IS NOT NULL
                    """,
                    reverse_sql="DROP INDEX CONCURRENTLY giveaways_win_draw_place_unique",
                ),
            ],
        ),
    ]
