"""The vocabulary of the sample: what people of several scripts call themselves, their music and their lives."""

from itertools import product

NFD_CAFE = "Cafe\u0301"  # the accent is a character of its own: equal to the eye, not to the byte

NAMES = (
    "Mira Holm", "DJ Sever", "Olga Belova", "Пётр Синица", "Лёля Март", "Группа «Январь»", "Ярослава", "佐藤 美咲",
    "夜行バス", "ケンジ・モリ", "Zoë Brandão", "Łukasz Wąs", "🌒 Luna", "Kid Ångström", "O'Malley & Sons", "Straße 9",
    "Noor", "A_B", "x", "Аня 🎧", f"{NFD_CAFE} Noir", "Café Noir", "Robert'); --", "<b>Bold</b>",
)  # fmt: skip

HANDLES = (
    "mira", "sever", "olga", "lunar", "kenji", "noor", "subbass", "диджей", "синица", "ёлка", "zoë", "pulse",
    "rave_cat", "tape", "モリdj", "🎛fader",
)  # fmt: skip

DOMAINS = ("example.com", "mail.example.org", "почта.example", "example.net")

BIOS = (
    "Makes records at night.", "Пишу музыку с 2009 года.\nЖиву в Туле.", "東京のプロデューサー。", "🎶🎹🪩",
    '100% vinyl; no "laptops"', "Back\\slash, tab\tand quote'", f"Plays at the {NFD_CAFE}", "  indented",
    "Эмбиент — это не фон, это место.", "👩🏽‍🎤 singer", "https://example.com/?a=1&b=2", "null", "N/A", "0",
)  # fmt: skip

_LATIN = (
    (
        "Midnight", "Golden", "Broken", "Electric", "Slow", "Hollow", "Paper", "Neon", "Northern", "Silent", "Second",
        "Velvet",
    ),
    (
        "Train", "River", "Machine", "Garden", "Signal", "Winter", "Mirror", "Avenue", "Harbour", "Letters", "Engine",
        "Choir",
    ),
)  # fmt: skip
_CYRILLIC = (
    ("Ночной", "Белый", "Последний", "Тихий", "Северный", "Стеклянный", "Медленный", "Пустой", "Чужой", "Дальний"),
    ("поезд", "снег", "район", "причал", "эфир", "рассвет", "дождь", "сигнал", "город", "ёж"),
)
_JAPANESE = (
    ("夜の", "青い", "静かな", "最後の", "遠い", "眠る"),
    ("列車", "海", "街", "信号", "雨", "ラジオ", "庭"),
)

TITLES = (
    *(" ".join(pair) for pair in product(*_LATIN)),
    *(" ".join(pair) for pair in product(*_CYRILLIC)),
    *("".join(pair) for pair in product(*_JAPANESE)),
    "🌊🌊🌊", "4'33\"", "null", "0", f"{NFD_CAFE} at Five", "Café at Five", "👨‍👩‍👧 Family Tape",
)  # fmt: skip

TITLE_ENDINGS = ("", "", "", "", " (Remix)", " — live", " pt. 2", " 🎧", " [demo]", " ")

COMMENTS = ("🔥🔥🔥", "Лучшее за год", "best drop of 2023", "もう一回", "meh.", "первый!", "where can I buy this?", "♥")

MESSAGES = ("for the new record", "спасибо за музыку", "🫶", "応援しています", "keep going")

REWARDS = ("LISTENING", "UPLOAD", "LIKE", "COMMENT", "REFERRAL", "DAILY_BONUS")

# Parts of a hundred: a few genres hold most of the music, as they do everywhere.
_GENRE_WEIGHTS = {
    "techno": 24, "house": 19, "electronic": 14, "hip-hop": 11, "pop": 9, "rock": 7, "ambient": 5, "drum & bass": 4,
    "jazz": 3, "шансон": 2, "シティポップ": 1, "R&B/Soul": 1,
}  # fmt: skip
GENRES = tuple(genre for genre, weight in _GENRE_WEIGHTS.items() for _ in range(weight))
