"""Naive designs of talking to the operator: methods, redirects, repetitions."""

from typing import Final

from ..mutant import ASSERTS, Edit, Room, by_network, by_tests, one

_CLIENT: Final = "providers/http/client.py"
_PURCHASE: Final = 'request = await self._prepare("POST", path, parts)'

WIRE: Final = Room(
    "Talking to the operator",
    (
        one(
            "redirects are followed",
            "Every browser does.",
            "N18",
            {_CLIENT: ("allow_redirects=False,", "allow_redirects=True,")},
            by_tests(
                "providers/test_http_purchase.py::test_every_other_status_is_an_answer_for_the_caller",
                says="30[178]",
            ),
            by_network("307-after/purchase/K", "I12"),
        ),
        one(
            "a purchase by PUT",
            "With a key in it, an order is idempotent, and PUT is made for that.",
            "N25",
            {_CLIENT: (_PURCHASE, _PURCHASE.replace("POST", "PUT"))},
            by_tests(
                "providers/test_http_purchase.py::test_a_connection_that_died_while_idle_is_not_tried_twice",
                says=ASSERTS,
            ),
            by_tests(
                "providers/test_http_purchase.py::test_a_purchase_is_one_post",
                says="PUT",
            ),
        ),
        one(
            "a purchase by GET",
            "The operator's manual shows a link.",
            "N25",
            {_CLIENT: (_PURCHASE, _PURCHASE.replace("POST", "GET"))},
            by_tests(
                "providers/test_http_purchase.py::test_a_purchase_is_one_post",
                says="GET",
            ),
        ),
        one(
            "the client tries again after a 5xx",
            "A 503 is temporary by definition.",
            "N14",
            {
                _CLIENT: (
                    "            reply = await self._send(request, empty_ok=empty_ok)\n",
                    "            reply = await self._send(request, empty_ok=empty_ok)\n"
                    "            if reply.status >= 500:\n"
                    "                reply = await self._send(request, empty_ok=empty_ok)\n",
                )
            },
            by_tests(
                "providers/test_http_purchase.py::test_every_other_status_is_an_answer_for_the_caller",
                says="'/orders', '/orders'",
            ),
            by_network("503-after/purchase/L", "I1"),
        ),
        one(
            "the client tries again after a lost connection",
            "The server has closed an idle connection; everybody reconnects.",
            "N25",
            {
                _CLIENT: (
                    "        except TRANSPORT_ERRORS as err:\n            return fault_of(err)\n",
                    "        except TRANSPORT_ERRORS:\n"
                    "            try:\n"
                    "                reply = await self._send(request, empty_ok=empty_ok)\n"
                    "            except TRANSPORT_ERRORS as err:\n"
                    "                return fault_of(err)\n",
                )
            },
            by_tests(
                "providers/test_http_purchase.py::test_a_connection_that_died_while_idle_is_not_tried_twice",
                says=ASSERTS,
            ),
            by_network("drop-after-request/purchase/L", "I1"),
        ),
        one(
            "a purchase with a refused token is repeated",
            "401 means that nothing happened; the new token is at hand.",
            "I6",
            {
                _CLIENT: (
                    "        self._drop_refused_token(reply, request)\n        return reply\n",
                    "        if self._drop_refused_token(reply, request):\n"
                    "            return await self._send(await self._prepare('POST', path, parts))\n"
                    "        return reply\n",
                )
            },
            by_tests(
                "providers/test_http_purchase.py::test_an_order_with_a_refused_token_is_not_repeated",
                says=ASSERTS,
            ),
        ),
        one(
            "the session's middlewares may touch a purchase",
            "They are Home Assistant's own.",
            "I6",
            (
                Edit(
                    _CLIENT,
                    "            middlewares=(),  # those of the session might repeat a purchase\n",
                    "",
                ),
            ),
            by_tests(
                "providers/test_http_client.py::test_the_sessions_own_middlewares_are_left_out",
                says=ASSERTS,
            ),
        ),
        one(
            "a link to the next page may lead anywhere",
            "The operator knows where its pages are.",
            "N18",
            {
                "providers/http/address.py": (
                    '        path.startswith("/")\n        and not path.startswith("//")\n        and not',
                    '        path.startswith("/")\n        and not',
                )
            },
            by_tests(
                "providers/test_http_address.py::test_a_path_cannot_lead_elsewhere",
                says=r"^E .*DID NOT RAISE.*Unreachable",
            ),
        ),
    ),
)
