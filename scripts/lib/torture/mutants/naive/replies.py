"""Naive designs of a reply: what a status, a fault or a body proves."""

from typing import Final

from ..mutant import ASSERTS, Room, by_network, by_tests, one

_CLIENT: Final = "providers/http/client.py"
_FAULTS: Final = "providers/http/faults.py"
_BODY: Final = "providers/http/body.py"

REPLIES: Final = Room(
    "What a reply proves",
    (
        one(
            "a 5xx is a failure",
            "The server says that it failed.",
            "N14",
            {
                _FAULTS: (
                    "        case _:\n            return AnswerState.UNKNOWN",
                    "        case _:\n            return AnswerState.DECLINED",
                )
            },
            by_tests(
                "providers/test_http_faults.py::test_a_status_is_definite_only_where_the_manual_says_so",
                says=r"^E .*DECLINED",
            ),
            by_tests(
                "providers/rest/test_operator.py::test_a_refusal_that_nobody_described_proves_nothing",
                says=r"^E .*AnswerState",
            ),
            by_network("500-after/purchase/L", "I2"),
        ),
        one(
            "a time-out was not sent",
            "No answer, no purchase.",
            "N7",
            {
                _FAULTS: (
                    '(TimeoutError, Fault("timeout", sent=True)),',
                    '(TimeoutError, Fault("timeout", sent=False)),',
                )
            },
            by_tests(
                "providers/test_http_faults.py::test_only_a_missing_connection_proves_that_nothing_was_sent",
                says=ASSERTS,
            ),
            by_tests(
                "providers/test_http_purchase.py::test_a_fault_after_the_first_byte_proves_nothing",
                says="sent=False",
            ),
            by_network("time-out-after-request/purchase/L", "I2"),
        ),
        one(
            "a lost connection was not sent",
            "There was no connection any more.",
            "N6",
            {
                _FAULTS: (
                    '(ClientConnectionError, Fault("connection_lost", sent=True)),',
                    '(ClientConnectionError, Fault("connection_lost", sent=False)),',
                )
            },
            by_tests(
                "story/test_one_wish_one_charge.py::test_a_lost_answer_is_found_not_paid_again",
                says=ASSERTS,
            ),
            by_network("drop-after-request/purchase/L", "I2"),
        ),
        one(
            "a limiter's answer is definite",
            "429 comes before anything is done.",
            "N16",
            {
                _FAULTS: (
                    "_NEVER_DEFINITE: Final = frozenset({408, 409, 425, 429})",
                    "_NEVER_DEFINITE: Final = frozenset({408, 425})",
                )
            },
            by_tests(
                "providers/test_http_faults.py::test_a_status_is_definite_only_where_the_manual_says_so",
                says="409|429",
            ),
        ),
        one(
            "a proxy's web page is the operator's refusal",
            "The status is what counts.",
            "N15",
            {_FAULTS: ("        reply.readable\n        and may_be", "        may_be")},
            by_tests(
                "providers/test_http_faults.py::test_a_web_page_is_nobodys_refusal",
                says=ASSERTS,
            ),
        ),
        one(
            "a success that cannot be read is a refusal",
            "Without a body nothing was bought.",
            "N20",
            {
                _CLIENT: (
                    "        except BodyError as err:\n            return Fault(err.code, sent=True)",
                    "        except BodyError as err:\n            return Fault(err.code, sent=False)",
                )
            },
            by_tests(
                "providers/test_http_purchase.py::test_a_success_that_cannot_be_read_proves_nothing",
                says="sent=False",
            ),
            by_network("200-page-after/purchase/L", "I2"),
        ),
        one(
            "a body is read without a limit",
            "Answers are small.",
            "H11",
            {
                _BODY: (
                    "    body = bytearray()\n",
                    "    if response.content is not None:\n"
                    "        return await response.read()\n"
                    "    body = bytearray()\n",
                )
            },
            by_tests(
                "providers/test_http_purchase.py::test_a_success_that_cannot_be_read_proves_nothing",
                says="H11 huge",
            ),
            by_network("gzip-bomb/purchase/L", "O"),
        ),
        one(
            "of a key given twice the last one counts",
            "So does every JSON library.",
            "H14",
            {
                _BODY: (
                    "    if len(value) != len(pairs):\n        raise ValueError\n",
                    "",
                )
            },
            by_tests(
                "providers/test_http_body.py::test_what_could_be_read_in_two_ways_is_refused",
                says="DID NOT RAISE",
            ),
        ),
        one(
            "NaN is a number",
            "Python reads it.",
            "H1",
            {
                _BODY: (
                    "def _constant(_name: str) -> NoReturn:\n    raise ValueError",
                    "def _constant(_name: str) -> Decimal:\n    return Decimal(_name)",
                )
            },
            by_tests(
                "providers/test_http_purchase.py::test_a_success_that_cannot_be_read_proves_nothing",
                says="H1 NaN",
            ),
        ),
        one(
            "the Date header is ignored",
            "Nobody sets clocks by an HTTP header.",
            "T5",
            {
                _CLIENT: (
                    "        self._clock_skew = None if date is None else date - now",
                    "        self._clock_skew = None",
                )
            },
            by_tests(
                "providers/test_http_client.py::test_the_providers_clock_is_compared_with_ours",
                says=ASSERTS,
            ),
        ),
    ),
)
