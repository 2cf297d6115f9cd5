from giveaways.admin import channels, draws, entries, giveaway, messages, prizes

__all__ = ["channels", "draws", "entries", "giveaway", "messages", "prizes"]
