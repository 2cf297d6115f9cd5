"""Addresses of operations."""

from django.urls import path

from operations import views

# ProbesMiddleware answers these before anything that a probe cannot satisfy.
probes = [
    path("livez", views.livez, name="livez"),
    path("health", views.show_health, name="health"),
]

urlpatterns = [*probes, path("metrics", views.show_metrics, name="metrics")]
