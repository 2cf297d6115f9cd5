"""What the systems that Prisma kept have in common: columns that come and go, and NextAuth's accounts."""

from __future__ import annotations


def member(row: str, column: str) -> str:
    """A column that a generation may lack, as text; NULL there."""
    return f"(to_jsonb({row}) ->> '{column}')"


# What names an account `a`: younger schemas of NextAuth give it no id of its own.
ACCOUNT_LINK = f"""coalesce({member("a", "id")}, a.provider || ':' || a."providerAccountId")"""
# Of an account, what nothing here is made of.
ACCOUNT_REST = (
    *("id", "type", "refresh_token", "access_token", "expires_at", "token_type", "scope", "id_token"),
    *("session_state", "createdAt", "updatedAt"),
)
