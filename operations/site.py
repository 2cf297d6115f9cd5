"""The admin site of Slipway."""

from django.contrib.admin import AdminSite


class SlipwayAdminSite(AdminSite):
    site_header = "Slipway"
    site_title = "Slipway"
    index_title = "Overview"
