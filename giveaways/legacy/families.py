"""The keys of the giveaway tool, by family. Keys of other forms and types belong to nobody and are kept."""

from __future__ import annotations

import re

from operations.importing.redis_reader import Family

UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
TELEGRAM_ID = r"[1-9][0-9]*"


def _family(name: str, pattern: str, type_: str = "string") -> Family:
    return Family(name, re.compile(pattern, re.ASCII), type_)


FAMILIES = (
    _family("users", rf"user:(?P<telegram_id>{TELEGRAM_ID})"),
    _family("user_channels", rf"user:(?P<telegram_id>{TELEGRAM_ID}):channels", "set"),
    _family("giveaways", rf"giveaway:(?P<giveaway>{UUID})"),
    _family("requirement_lists", rf"giveaway:(?P<giveaway>{UUID}):requirements"),
    _family("participants", rf"giveaway:(?P<giveaway>{UUID}):participants", "set"),
    _family("participants_count", rf"giveaway:participants_count:(?P<giveaway>{UUID})"),
    _family("tickets", rf"giveaway:(?P<giveaway>{UUID}):tickets", "hash"),
    _family("winner_lists", rf"giveaway:(?P<giveaway>{UUID}):winners"),
    _family("locks", rf"(?:giveaway:{UUID}:lock|lock:giveaway:{UUID})"),
    _family("memberships", r"giveaways:(?P<state>[a-z]+)", "set"),
    _family("prizes", rf"prize:(?P<prize>{UUID})"),
    _family("prize_assignments", rf"prize:(?P<prize>{UUID}):assignment"),
    _family("prize_distributions", rf"prize:(?P<prize>{UUID}):distribution"),
    _family("prize_templates", r"prize:templates"),
    _family("requirement_templates", r"requirement:templates", "set"),
    _family("win_records", rf"win_record:(?P<win>{UUID})"),
    # The one key that every win without an id was written to, each over the one before.
    _family("nameless_wins", r"win_record:"),
    _family("pre_winner_lists", rf"pre_winner_list:(?P<giveaway>{UUID})"),
    _family("channel_infos", r"channel:info:(?:id|username):(?P<channel>.+)"),
    _family(
        "channel_texts", r"channel:(?:avatar:(?P<avatar_of>-?[0-9]+)|(?P<channel>[-\w]+):(?:username|title|avatar))"
    ),
    _family("ton_proofs", rf"(?:ton_proof|tonproof:proof):(?P<telegram_id>{TELEGRAM_ID})"),
    _family("ton_states", rf"(?:ton_state|tonproof:state):(?P<telegram_id>{TELEGRAM_ID})"),
)
