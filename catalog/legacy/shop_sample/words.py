"""The vocabulary of the sample: what people, shops and products are called."""

NAMES = (
    "สมชาย ใจดี", "Somsak", "มาลี", "LINE User", "Nok", "ป้าแดง", "O'Malley", "Łukasz", "<b>Bold</b>", "A & B", " ",
    "Zoë", "น้องแป้ง 🌸", "null", "Back\\slash", 'said "hi"', "Robert'); --", "ลุงหมี",
)  # fmt: skip
SHOPS = ("ร้านป้าแดง", "Green Corner", "ก๋วยเตี๋ยวเรือ & Co", "Fruit <fresh>", "ร้านค้า 🛒", "Baan Bakery", "7 สหาย")
SHOP_SLUGS = ("raanpaadaeng", "green-corner", "kuaytiaw", "fruit-fresh", "raankhaa", "baan-bakery", "7-sahaay")
PRODUCTS = (
    "มะม่วงน้ำดอกไม้", "Mango", "Sticky rice", "ข้าวเหนียว", "น้ำปลา", "Eggs (10)", "ไข่ไก่ เบอร์ 2", "🍌 Banana", "ส้มตำ",
    "Iced tea & lime", "น้ำแข็ง", "Pad krapow", "ข้าวมันไก่", "Soap \"Nok\"", "Back\\slash", "Tab\there", "ผัดไทย 50%",
)  # fmt: skip
SLUGS = ("mamuang", "mango", "sticky-rice", "product", "namplaa", "eggs-10", "khaikai", "banana", "somtam")
DESCRIPTIONS = (
    None,
    None,
    "",
    "หวานมาก",
    "Fresh every morning.\nAsk for more.",
    "<i>new</i> & tasty",
    "a\\b\tc",
    "🥭" * 20,
)

# Texts as vendors typed them: one kind of goods in many spellings, and much that has no Latin letter.
CATEGORIES = (
    "Fruits", "fruits ", "FRUITS", "  Fruits", "ผลไม้", "ผลไม้ ", "🍎", "🍎 Fruits", "&", "Fruits & Veg", "fruits-veg",
    "Fruits  &  Veg", "Drinks", "drinks", "เครื่องดื่ม", "เครื่องดื่ม", "อาหาร", "Food/Snacks", "food snacks", "ของใช้", "เมนู ๗",
    "เมนู 7", "-", "Épices", "épices", "日用品", "Бакалея", "\u200bDrinks", "Drinks\u00a0", "50% off", "O'Clock",
)  # fmt: skip
# Rows of product_categories, which nobody had linked to products: some have a text's name, some each other's.
CATEGORY_ROWS = ("Fruits", "ผลไม้", "Drinks", "drinks ", "Bakery", "🍎", "ของใช้", "Fruits & Veg")

NOTES = (None, None, "", "ไม่เผ็ด", "Ring twice", "ฝากไว้หน้าบ้าน\nขอบคุณค่ะ", "no ice & less sugar", "' OR 1=1 --")
ADDRESSES = (None, None, "", "ซอย 5 ถนนสุขุมวิท", "behind the temple", "หมู่ 4 ต.หนองบัว", "same as house no.")
