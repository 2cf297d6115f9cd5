"""The vocabulary of the sample: who writes, to whom, and about what."""

SENDERS = (
    ("Айгерім Сәрсен", "aigerim"), ("Пётр Синица", "sinitsa"), ("Nurlan B.", "nurlan"), ("Mira Holm", "mira.holm"),
    ("Ғалым Өтеген", "galym"), ("O'Malley & Sons", "office"), ("Лёля", "lelya_92"), ("Zoë Brandão", "ZOE"),
    ("佐藤 美咲", "sato"), ("", "no-reply"), ("<b>Bold</b>", "bold"), ("Аня 🎧", "anya"),
)  # fmt: skip

DOMAINS = ("example.com", "mail.example.org", "пошта.example", "Example.NET")

# The local parts to which events go; those that are no pipeline's were refused by the worker, after they were stored.
RECIPIENTS = {
    "support": ("support@shop.example", "support@shop.example", "Support@shop.example", "SUPPORT@SHOP.EXAMPLE"),
    "helpdesk": ("helpdesk@shop.example", "helpdesk@shop.example", "HelpDesk@shop.example"),
    "other": ("hr@shop.example", "it@shop.example", "info@shop.example", "@shop.example", "shop.example", ""),
}

SUBJECTS = (
    "Тапсырыс келмеді", "Где мой заказ?", "Төлем екі рет алынды", "Возврат денег", "Invoice 2025/117", "Refund please",
    "Құпия сөзді ұмыттым", "Не работает принтер", "Question about sizes", "", "Re: Re: Fwd: 🙏", "null",
)  # fmt: skip

BODIES = (
    "Сәлеметсіз бе! Үш күн бұрын тапсырыс бердім, әлі келген жоқ. Көмектесіңізші.",
    "Здравствуйте! Деньги списали дважды, верните, пожалуйста, лишнее.\n\nС уважением,\nПётр",
    "Hello, could you send me the invoice of last month? Thanks.",
    "Қайтару шарттары қандай? Шот-фактура керек.",
    "Заказ № 4417 пришёл разбитым: «ёлочные игрушки», 12 шт. Фото: https://example.com/?a=1&b=<2>",
    "My password does not work any more.\tTab, \"quotes\" and back\\slash.",
    "Ноутбук не включается, нужна замена до пятницы 🙏",
    "👍",
    "a" * 40,
    "Подробно о проблеме. " * 30,
)  # fmt: skip

CUSTOMER_INTENTS = ("general/question", "product/question", "billing/invoice", "refund/request")
INTERNAL_INTENTS = ("it/support", "software/request", "policy/question", "access/management", "hardware/issue")

REASONING = (
    "Клиент спрашивает о доставке.", "The customer asks for money back.", "Тұтынушы шот сұрайды.",
    "An employee cannot sign in.",
)  # fmt: skip

ANSWERS = (
    "Сәлеметсіз бе! Тапсырысыңыз жолда.", "Здравствуйте! Мы проверим и ответим в течение дня.",
    "Thank you for writing. Your invoice is attached.",
)  # fmt: skip

KNOWLEDGE = (
    "Refunds are paid within 14 days.", "Возврат оформляется в личном кабинете.", "Жеткізу 3–5 жұмыс күні.",
)  # fmt: skip
