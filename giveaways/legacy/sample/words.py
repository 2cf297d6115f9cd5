"""The vocabulary of the sample: what people, channels and giveaways are called."""

FIRST_NAMES = (
    "Mira", "Олег", "Лёля", "Пётр", "Noor", "Łukasz", "美咲", "🌒", "Cafe\u0301", "Café", "O'Malley", "<b>Bold</b>",
    "A & B", 'said "hi"', "Zoë", "x", "Ярослава", " ", "null", "Robert'); --", "Аня 🎧", "Back\\slash",
)  # fmt: skip

LAST_NAMES = ("", "", "", "Holm", "Синица", "Wąs", "佐藤", "Март", "de la Cruz", "👩🏽‍🎤", "\u2028line")

HANDLES = ("mira", "sever", "Olga", "lunar", "kenji", "noor_x", "SubBass", "tape", "rave_cat", "pulse", "durov_fan")

TITLES = (
    "Розыгрыш 1000 звёзд", "Premium for a year 🎁", "<b>Big</b> giveaway & more", "Конкурс «Осень»",
    "Win a sticker pack!",
    "Дарим подарки\nвсем подписчикам", 'The "real" one', "Tab\there", "Back\\slash/slash", "無料プレゼント",
    "10 > 9 & 1 < 2",
    "Cafe\u0301", "Café", "👨‍👩‍👧 Family", "line\u2028separator", "0", "null", "  blanks around  ", "Nikita's birthday",
)  # fmt: skip

DESCRIPTIONS = (
    "", "", "Subscribe & win", "Условия: подписка на канал.\n\nИтоги через неделю.", "See <a href=\"https://t.me/x\">us</a>",
    "🎁🎁🎁", "a=1&b=2", "Длинное описание. " * 20,
)  # fmt: skip

CHANNELS = (
    "Ночной эфир", "Stars & Gifts", "TON <dev>", "Розыгрыши 24/7", "Lunar tapes", "プレゼント", "Kitchen 🍳",
    "Café Noir",
)  # fmt: skip

DEEDS = ("Напишите комментарий", "Retweet & tag <3 friends>", "Пришлите фото", "Solve the riddle")

# Type of a prize, and whether the tool can hand it out by itself.
PRIZES = (
    ("telegram_stars", True), ("telegram_premium", True), ("telegram_gifts", True), ("telegram_stickers", True),
    ("custom", False), ("internal", True),
)  # fmt: skip

PRIZE_FIELDS = (
    {"name": "amount", "type": "number", "value": "1000"},
    {"name": "months", "type": "number", "value": "12", "description": "How long & when"},
    {"name": "link", "type": "text", "value": "https://t.me/addstickers/Слон?a=1&b=<2>"},
)

JUNK_MEMBERS = (b"not_a_number", b"@name", b"12abc", b"0x1F", b"caf\xe9", b"", b"NaN", b"1,000")
