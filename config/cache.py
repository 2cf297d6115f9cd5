"""The cache on Redis."""

from django_redis.cache import RedisCache


class Cache(RedisCache):
    """django-redis with an answer in time: its settings carry short timeouts, and an outage reads as a miss."""
