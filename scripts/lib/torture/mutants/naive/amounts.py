"""Naive designs of amounts: floats that slip in, rounding, currencies that mix."""

from typing import Final

from ..mutant import ASSERTS, Room, by_tests, one

_VALUES: Final = "providers/_values.py"

AMOUNTS: Final = Room(
    "Amounts",
    (
        one(
            "float amounts: in the answer of the operator",
            "JSON numbers are floats.",
            "H9",
            {
                "providers/http/body.py": (
                    "    parse_float=_number,",
                    "    parse_float=float,",
                )
            },
            by_tests(
                "providers/test_http_body.py::test_an_amount_keeps_its_digits",
                says=ASSERTS,
            ),
        ),
        one(
            "float amounts: in a text that is a number",
            "float() understands everything that people write.",
            "H9",
            {
                _VALUES: (
                    "    return Decimal(text)\n",
                    "    return Decimal(float(text))\n",
                )
            },
            by_tests("providers/test_values.py::test_a_number_is_exact", says=ASSERTS),
        ),
        one(
            "float amounts: in minor units",
            "Times a hundred gives the kopecks.",
            "I9",
            {
                "providers/money.py": (
                    "return int(self.amount.scaleb(minor_digits(self.currency)))",
                    "return int(float(self.amount) * 10 ** minor_digits(self.currency))",
                )
            },
            by_tests(
                "providers/test_money.py::test_minor_units_know_their_currency",
                "providers/test_money.py::test_sums_are_exact",
                "providers/test_money.py::test_money_survives_being_written_down",
                "providers/test_money.py::test_the_largest_amounts_are_still_exact",
                says=ASSERTS,
            ),
        ),
        one(
            "float amounts: in the request",
            "The API wants a number, and Python's numbers are floats.",
            "I9",
            {
                "providers/rest/provider.py": (
                    '"amount": Decimal(money.plain) if call.amount_as_number else money.plain,',
                    '"amount": float(money.plain) if call.amount_as_number else money.plain,',
                )
            },
            by_tests(
                "providers/rest/test_orders.py::test_an_order_can_be_written_in_the_apis_own_way",
                says=ASSERTS,
            ),
        ),
        one(
            "float amounts: in an action",
            "Templates render floats anyway.",
            "I9",
            {
                "services/amounts.py": (
                    "        amount = parse_decimal(text)\n",
                    "        amount = parse_decimal(\n"
                    "            f'{float(text):.2f}' if re.fullmatch(r'[0-9.]+', text) else text\n"
                    "        )\n",
                )
            },
            by_tests(
                "actions/test_mistakes.py::test_an_amount_that_cannot_be_meant_is_not_paid",
                says=r"300\.001",
            ),
        ),
        one(
            "float amounts: in the state of a sensor",
            "Home Assistant shows floats.",
            "design 7",
            {
                "sensor.py": (
                    "return Decimal(value.plain) if isinstance(value, Money) else value",
                    "return float(value.amount) if isinstance(value, Money) else value",
                )
            },
            by_tests(
                "entities/test_figures.py::test_money_is_exact_and_in_its_currency",
                says=ASSERTS,
            ),
        ),
        one(
            "float amounts: in the sums of an expression",
            "sum() adds up whatever there is.",
            "H9",
            {
                "providers/rest/expressions.py": (
                    "        return sum(arg, Decimal(0)) if arg else None",
                    "        return sum(map(float, arg)) if arg else None",
                )
            },
            by_tests(
                "providers/rest/test_expressions.py::test_numbers_stay_exact",
                says=ASSERTS,
            ),
        ),
        one(
            "a price is rounded to the cent",
            "Nobody pays parts of a cent.",
            "H9",
            {
                _VALUES: (
                    "return None if number is None else Money.parse(number, currency)",
                    "return None if number is None else Money.floor(number, currency)",
                )
            },
            by_tests(
                "providers/test_values.py::test_a_price_has_no_parts_of_a_cent",
                says="DID NOT RAISE",
            ),
        ),
        one(
            "minor units of every currency are hundredths",
            "A unit has a hundred cents.",
            "H9",
            {
                "providers/money.py": (
                    "        exponent = Currency(currency).exponent\n",
                    "        exponent = Currency(currency).exponent and 2\n",
                )
            },
            by_tests(
                "providers/test_money.py::test_each_currency_has_its_decimals",
                says=ASSERTS,
            ),
        ),
        one(
            "amounts of two currencies are compared",
            "A number is a number.",
            "H6",
            {
                "providers/money.py": (
                    "        if self.currency != other.currency:\n",
                    "        if not other.currency:\n",
                )
            },
            by_tests(
                "providers/test_money.py::test_two_currencies_never_mix",
                says="DID NOT RAISE",
            ),
        ),
    ),
)
