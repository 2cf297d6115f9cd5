"""Django's admin with Slipway's site in its place."""

from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    default_site = "operations.site.SlipwayAdminSite"
