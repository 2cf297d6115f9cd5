from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    """Indexes apart from their tables: built concurrently, a filled table keeps taking writes meanwhile."""

    atomic = False

    dependencies = [("accounts", "0001_initial")]

    operations = [
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(
                models.OrderBy(F("created_at"), descending=True, nulls_last=True), name="accounts_user_created"
            ),
        ),
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(Lower("email"), name="accounts_user_lower_email"),
        ),
    ]
