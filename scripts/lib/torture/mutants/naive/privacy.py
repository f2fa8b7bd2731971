"""Naive designs that let a secret or a person's number out (I12)."""

from typing import Final

from ..mutant import ASSERTS, Room, by_tests, one

PRIVACY: Final = Room(
    "Secrets and numbers",
    (
        one(
            "a secret in a log line: the module's own words",
            "A stack trace helps with the next bug report.",
            "I12",
            {
                "orders/flight.py": (
                    "        _LOGGER.error(\n"
                    '            "The provider %s failed in the middle of an order", provider.info.key\n'
                    "        )",
                    "        _LOGGER.exception(\n"
                    '            "The provider %s failed in the middle of an order", provider.info.key\n'
                    "        )",
                )
            },
            by_tests(
                "orders/test_flight.py::test_a_fault_of_a_module_is_logged_without_its_text",
                says="s3cr3t",
            ),
        ),
        one(
            "a secret in a log line: the headers, at debug level",
            "Nobody runs with debug, and it helps so much.",
            "I12",
            {
                "providers/http/client.py": (
                    '        """Send once. Raises `TRANSPORT_ERRORS`, and `BodyError` for a 2xx whose body cannot be used."""\n',
                    '        """Send once."""\n'
                    "        import logging\n\n"
                    '        logging.getLogger(__name__).debug("%s %s", request.url, request.headers)\n',
                )
            },
            by_tests(
                "providers/test_http_client.py::test_no_log_holds_what_a_request_carries",
                says=ASSERTS,
            ),
        ),
        one(
            "a secret in an exception: the operator's own code",
            "The operator's message says best what is wrong.",
            "I12",
            {
                "providers/errors.py": (
                    "        self.code = safe_code(code) if code else type(self).code",
                    "        self.code = code or type(self).code",
                )
            },
            by_tests(
                "providers/test_errors.py::test_an_error_does_not_repeat_what_may_be_about_a_person",
                says=ASSERTS,
            ),
        ),
        one(
            "the full number in an attribute",
            "The user knows the number anyway.",
            "I12",
            {
                "figures.py": (
                    '        "limit_left": None if left is None else left.plain,',
                    '        "limit_left": None if left is None else left.plain,\n'
                    '        "number": view.line.line.number,',
                )
            },
            by_tests(
                "entities/test_privacy.py::test_no_full_number_is_anywhere_a_user_or_an_add_on_looks",
                says="79990000001",
            ),
        ),
        one(
            "the full number in the order book",
            "A digest cannot be read by whoever looks into the file.",
            "I12",
            {
                "orders/keys.py": (
                    '        return _digest("line", line.number)',
                    "        return line.number",
                )
            },
            by_tests(
                "orders/test_keys.py::test_a_key_tells_nobody_the_number", says=ASSERTS
            ),
        ),
        one(
            "headers and body in the text of a reply",
            "A dataclass shows its fields.",
            "I12",
            {
                "providers/http/reply.py": (
                    "    json: Json = field(default=None, repr=False)",
                    "    json: Json = field(default=None)",
                )
            },
            by_tests(
                "providers/test_http_reply.py::test_a_reply_shows_neither_body_nor_headers",
                says=ASSERTS,
            ),
        ),
        one(
            "the token in the text of an object",
            "Helps to see which token it was.",
            "I12",
            {
                "providers/http/tokens.py": (
                    "    value: str = field(repr=False)",
                    "    value: str",
                )
            },
            by_tests(
                "providers/test_http_tokens.py::test_a_token_is_not_shown",
                says=ASSERTS,
            ),
        ),
        one(
            "the operator's markup reaches the user",
            "Names are shown as they are.",
            "H18",
            {
                "providers/_values.py": (
                    '    text = unicodedata.normalize("NFKC", value or "").translate(_MARKUP)',
                    '    text = unicodedata.normalize("NFKC", value or "")',
                )
            },
            by_tests(
                "providers/test_values.py::test_a_name_can_be_shown_anywhere",
                says=ASSERTS,
            ),
        ),
    ),
)
