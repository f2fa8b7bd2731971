"""Whether and how to pay. Free of Home Assistant.

The questions and their rooms:

* `money` stands in `providers`; `order` says what an order is and which states it goes through
* `rule`, `limits`, `policy`: may this be paid now, and if not, why
* `schema`, `rows`, `totals`, `book_file`, `store`: the order book on the disk
* `engine`, `flight`, `recovery`, `schedule`, `verdict`: how a wish becomes an order, and what became of it
"""
