from giveaways.models.draw import Draw, DrawBlock
from giveaways.models.entry import EntryCount, Participant, PreWinnerList, Ticket
from giveaways.models.giveaway import Giveaway, GiveawaySponsor, Requirement, RequirementCheck, Sponsor
from giveaways.models.message import Message
from giveaways.models.prize import GiveawayPrize, Prize, WinRecord

__all__ = [
    "Draw",
    "DrawBlock",
    "EntryCount",
    "Giveaway",
    "GiveawayPrize",
    "GiveawaySponsor",
    "Message",
    "Participant",
    "PreWinnerList",
    "Prize",
    "Requirement",
    "RequirementCheck",
    "Sponsor",
    "Ticket",
    "WinRecord",
]
