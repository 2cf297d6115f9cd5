"""What stands inside the values of the giveaway tool, taken out: parts of giveaways, and people of whom only the id is
known. In SQLite's SQL, over the families.

Broken values have no parts; where a list alone is broken, its whole value stands as one part, to be rejected for it.
"""

from __future__ import annotations

from operations.importing.declaration import View

# An element as JSON, as it was written.
ELEMENT = "CASE WHEN j.type IN ('object', 'array') THEN j.value ELSE json_quote(j.value) END"
MOST_DIGITS = "9223372036854775807"


def _readable(value: str, kind: str = "") -> str:
    """True for JSON, of a kind."""
    of_kind = f" THEN json_type({value}) = '{kind}' ELSE false END" if kind else " THEN true ELSE false END"
    return f"CASE WHEN typeof({value}) = 'text' AND json_valid({value}){of_kind}"


def _id_in(value: str, member: str) -> str:
    """An id as text, whether it was written as a number or as a text."""
    return (
        f"CASE json_type({value}, '$.{member}') WHEN 'null' THEN NULL "
        f"ELSE CAST(json_extract({value}, '$.{member}') AS TEXT) END"
    )


def _member(table: str, member: str) -> str:
    """A member of the values of a table, as JSON; null where there is none."""
    value = f"CASE WHEN {_readable('value', 'object')} THEN json_quote(json_extract(value, '$.{member}')) END"
    return f"(SELECT giveaway, {value} AS value FROM {table})"


def _list_of(table: str, *, in_object: bool = False) -> str:
    """The elements of an array that is the value itself, or that the first generation put `in_object`."""
    inside = (
        f"WHEN {_readable('value', 'object')} AND json_type(value, '$.requirements') IN ('array', 'null') "
        "THEN '$.requirements' "
    )
    lists = (
        f"SELECT giveaway, value, CASE WHEN {_readable('value', 'array')} THEN '$' {inside if in_object else ''}"
        f"END AS path FROM {table}"
    )
    # What was said of the list as a whole goes with each of its elements.
    enabled = "CASE json_type(l.value, '$.enabled') WHEN 'true' THEN json('true') WHEN 'false' THEN json('false') END"
    with_list = f"json_set(j.value, '$.enabled', {enabled}, '$.join_type', json_extract(l.value, '$.join_type'))"
    element = f"CASE WHEN l.path = '$' OR j.type <> 'object' THEN {ELEMENT} ELSE {with_list} END"
    array = "CASE WHEN l.path IS NULL THEN '[]' ELSE l.value END"
    # An object that is no list could pass for an element: as a text it cannot.
    broken = f"CASE WHEN {_readable('value', 'object')} THEN json_quote(value || '') ELSE value END"
    return (
        f"SELECT l.giveaway AS giveaway, j.key + 1 AS position, {element} AS value FROM ({lists}) l, "
        f"json_each({array}, coalesce(l.path, '$')) j WHERE typeof(j.key) = 'integer' "
        f"UNION ALL SELECT giveaway, 1, {broken} FROM ({lists}) WHERE path IS NULL AND value <> 'null'"
    )


def _parts(name: str, elements: str) -> View:
    """Numbered parts of giveaways. They are told apart by `part`, in an order that lasts."""
    return View(
        name=name,
        columns=("part", "giveaway", "position", "value"),
        key=("part",),
        query=f"SELECT printf('%s/%06d', giveaway, position) AS part, giveaway, position, value FROM ({elements})",
    )


def _with_channel(requirements: str) -> str:
    """Older forms may name a channel where its number stands: the name goes where names are, or to what is left."""
    chat, bare = "json_extract(value, '$.chat_id')", "json_remove(value, '$.chat_id')"
    is_name = f"json_type(value, '$.chat_id') = 'text' AND ltrim({chat}, '+-') GLOB '*[^0-9.]*'"
    has_one = "coalesce(json_extract(value, '$.username'), '') <> ''"
    named = f"json_set({bare}, CASE WHEN {has_one} THEN '$.chat' ELSE '$.username' END, {chat})"
    value = (
        f"CASE WHEN {_readable('value', 'object')} THEN CASE WHEN {is_name} THEN {named} ELSE value END ELSE value END"
    )
    return f"SELECT giveaway, position, {value} AS value FROM ({requirements})"


IN_LISTS = "SELECT giveaway FROM requirement_lists"
EMBEDDED = _list_of(_member("giveaways", "requirements"), in_object=True)
SHOWN = _list_of(_member("giveaways", "sponsors"))
WINS = (
    f"SELECT json_extract(value, '$.giveaway_id') AS giveaway, {_id_in('value', 'user_id')} AS user_id "
    f"FROM win_records WHERE {_readable('value', 'object')}"
)
WINNERS_LISTED = (
    f"SELECT *, CASE WHEN {_readable('value', 'object')} THEN {_id_in('value', 'user_id')} END AS user_id "
    f"FROM ({_list_of('winner_lists')})"
)
# A NULL among the records would leave it open whether anybody has one.
HAVE_RECORDS = (
    f"(giveaway, coalesce(user_id, '')) IN (SELECT * FROM ({WINS}) WHERE giveaway IS NOT NULL AND user_id <> '')"
)

GIVEAWAY_PRIZES = _parts("giveaway_prizes", _list_of(_member("giveaways", "prizes")))
# The key of its own is what the tool read; the copy inside the giveaway counts where there is no such key.
REQUIREMENTS = _parts(
    "requirements",
    _with_channel(
        f"{_list_of('requirement_lists', in_object=True)} UNION ALL "
        f"SELECT * FROM ({EMBEDDED}) WHERE giveaway NOT IN ({IN_LISTS})"
    ),
)
REQUIREMENT_COPIES = _parts(
    "requirement_copies",
    f"SELECT * FROM ({EMBEDDED}) WHERE giveaway IN ({IN_LISTS})",
)
# Winners of whom there is a win record too are no second win.
WINNERS = _parts("winners", f"SELECT * FROM ({WINNERS_LISTED}) WHERE NOT {HAVE_RECORDS}")
WINNERS_RECORDED = _parts("winners_recorded", f"SELECT * FROM ({WINNERS_LISTED}) WHERE {HAVE_RECORDS}")
# A channel as it was shown: one may have had several titles, and several may have the id 0.
SPONSORS = View(
    name="sponsors",
    columns=("sponsor", "value"),
    key=("sponsor",),
    query=f"SELECT digest(value) AS sponsor, value FROM ({SHOWN})",
)
GIVEAWAY_SPONSORS = View(
    name="giveaway_sponsors",
    columns=("part", "giveaway", "position", "sponsor"),
    key=("part",),
    query="SELECT printf('%s/%06d', giveaway, position) AS part, giveaway, position, digest(value) AS sponsor "
    f"FROM ({SHOWN})",
)


KNOWN = "SELECT telegram_id FROM users"


def _met(query: str, where: str) -> str:
    return f"SELECT giveaway, CAST(user_id AS TEXT) AS telegram_id, '{where}' AS met_in FROM ({query})"


def _elements_of(table: str) -> str:
    """Most are known: they are left out before anything else is asked about them."""
    known = f"element NOT IN ({KNOWN})"
    return f"SELECT giveaway, element AS user_id FROM {table} WHERE typeof(element) = 'text' AND {known}"


CREATORS = (
    f"SELECT giveaway, json_extract(value, '$.creator_id') AS user_id "
    f"FROM giveaways WHERE {_readable('value', 'object')}"
)
MET = " UNION ALL ".join(
    (
        _met(_elements_of("participants"), "participants"),
        _met(_elements_of("tickets"), "tickets"),
        _met(CREATORS, "giveaways"),
        _met(WINS, "win_records"),
        _met(f"SELECT giveaway, user_id FROM ({WINNERS_LISTED})", "winners"),
    )
)
# People who created, joined or won, and have no key of their own (any more).
STRANGERS = View(
    name="strangers",
    columns=("telegram_id", "met_in"),
    key=("telegram_id",),
    query=f"SELECT telegram_id, min(met_in) AS met_in FROM ({MET}) WHERE telegram_id GLOB '[1-9]*' "
    "AND telegram_id NOT GLOB '*[^0-9]*' AND (length(telegram_id) < 19 "
    f"OR (length(telegram_id) = 19 AND telegram_id <= '{MOST_DIGITS}')) "
    f"AND giveaway IN (SELECT giveaway FROM giveaways) AND telegram_id NOT IN ({KNOWN}) "
    "GROUP BY telegram_id",
)

VIEWS = (
    STRANGERS,
    GIVEAWAY_PRIZES,
    SPONSORS,
    GIVEAWAY_SPONSORS,
    REQUIREMENTS,
    REQUIREMENT_COPIES,
    WINNERS,
    WINNERS_RECORDED,
)
