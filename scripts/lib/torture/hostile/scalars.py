"""What an attacker, or a tired programmer, would write into a field."""

from decimal import Decimal
from typing import Any, Final

ABSENT: Final[tuple[Any, ...]] = (None, "", " ", "n/a", "-", "NaN", "null", "unknown")
"""Ways to say nothing. None of them is a number, and none is zero."""

MARKUP: Final = (
    "<img src=x onerror=alert(1)>",
    "[pay here](https://evil.example)",
    "{{ states('sensor.secret') }}",
    "{% for s in states %}x{% endfor %}",
    "\u202egnp.exe\u202c\u2066x\u2069",
    "line\nbreak\ttab\x00nul\x1b[31m",
    "\ufe64script\ufe65",
    "![x](http://evil.example/a.png)",
    "`code` **bold** | table",
    "A" * 5000,
    "e\u0301" * 400,
    "😀" * 65,
)
"""Names that want to be more than a name."""

NUMBERS: Final[tuple[Any, ...]] = (
    0, 1, -1, 2**31, 2**53 + 1, 2**63, 10**14, 10**15 - 1, 10**15, 10**18, 10**30, -(10**15),
    Decimal("0.0"), Decimal("-0.0"), Decimal("0.001"), Decimal("0.1"), Decimal("-0.01"), Decimal("10.280000000000001"),
    Decimal("999999999.99"), Decimal("1E+15"), Decimal("1E+40"), Decimal("1E-40"), Decimal("123456789012345.123456789"),
    253402300799, 253402300800, 32503680000000, -62135596800, 4102444800, 1,
)  # fmt: skip
"""As JSON spells them; what JSON cannot spell is in `TEXTS`."""

TEXTS: Final = (
    "0", "0.00", "-0", "00", "-1", "+5", "1e400", "1E5", "Infinity", "-Infinity", "NaN", "nan", "sNaN", "inf",
    "0x10", "1_000", "1,000.00", "1.000,00", "1 000", "٣٠٠", "３００", "½", "Ⅷ", "300.00 RUB", "RUB", "USD", "usd", "XXX", "JPY",
    "999999999999999", "1000000000000000", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999+00:00", "2026-02-30",
    "2199-12-31", "24:00", "2026-11-23T12:00:00+99:99", "2026-W48-1", "0000-00-00 00:00:00", "1969-12-31T23:59:60Z",
    "true", "false", "succeeded", "failed", "pending", "reversed", "SUCCESS", "COMPLETED", "teleported", "paid",
    "../../etc/passwd", "//evil.example/x", "https://evil.example/x", "/v1/lines?page=2", "\\\\evil", "http://[::1", "%00", "%zz", "?", "#",
    "\x00", "\x7f", "\u2028", "\u200b", "\ufeff", "'; DROP TABLE orders; --", "x" * 129, "x" * 300, "7" * 16, "4242424242424242",
)  # fmt: skip

SHAPES: Final[tuple[Any, ...]] = (
    True,
    False,
    [],
    {},
    [None],
    [[]],
    {"": None},
    [0],
    {"amount": 0},
)

SCALARS: Final[tuple[Any, ...]] = (*ABSENT, *NUMBERS, *TEXTS, *MARKUP, *SHAPES)
