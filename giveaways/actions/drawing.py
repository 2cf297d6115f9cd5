"""From the end of a giveaway to its winners."""

from __future__ import annotations

from giveaways.actions.commitments import commit_to_draw

__all__ = ["commit_to_draw"]
