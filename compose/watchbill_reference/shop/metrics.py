"""What the shop counts of its own: orders, what they are worth, and searches that find nothing."""

from watchbill import Counter, Histogram, Label

PAYMENT = Label(name="payment", help="How an order is paid.", values=("card", "invoice", "voucher"))
RESULT = Label(name="result", help="Whether a search found anything.", values=("found", "nothing"))

ORDERS = Counter(name="shop_orders_total", help="Orders placed, by means of payment.", labels=(PAYMENT,))
SEARCHES = Counter(name="shop_searches_total", help="Searches, by whether they found anything.", labels=(RESULT,))
BASKET_VALUE = Histogram(
    name="shop_basket_value_euros",
    help="What an order is worth, in euros.",
    buckets=(10, 20, 50, 100, 200, 500),
)
