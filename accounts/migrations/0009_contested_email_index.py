from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", "0008_contested_email")]

    operations = [
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(condition=models.Q(('contested_email__isnull', False)), fields=['contested_email'], name='accounts_user_contested_email'),
        ),
    ]
