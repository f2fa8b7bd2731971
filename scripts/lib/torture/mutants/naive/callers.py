"""Naive designs around the callers: who owns the payment, who joins whom, what a reload or an end does."""

from typing import Final

from ..mutant import ASSERTS, Edit, Room, by_simulation, by_tests, one

_ENGINE: Final = "orders/engine.py"

CALLERS: Final = Room(
    "Callers, and the life of the engine",
    (
        one(
            "no shield",
            "The caller awaits the work, and a cancelled caller wants it ended.",
            "C6",
            {
                _ENGINE: (
                    "        return await _landing(task)",
                    "        return await task",
                )
            },
            by_tests(
                "orders/test_engine.py::test_a_caller_that_is_cancelled_anywhere_changes_nothing",
                says=ASSERTS,
            ),
            by_tests(
                "actions/test_callers.py::test_a_cancelled_caller_changes_nothing",
                says="^E .*It is not known whether the recharge",
            ),
            by_tests(
                "torture/callers/test_cancelled.py::test_c6_a_caller_cancelled_at_each_await_and_calling_again",
                says=ASSERTS,
            ),
        ),
        one(
            "the engine lives in runtime_data",
            "Home Assistant's rule: what belongs to an entry goes with the entry.",
            "C7",
            {
                "__init__.py": (
                    "    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)",
                    "    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)\n"
                    "    house = hass.data.pop(DATA_HOUSE)\n"
                    "    for flight in house.engine._flights.values():\n"
                    "        flight.task.cancel()\n"
                    "    await house.engine.stop()\n"
                    "    return unloaded",
                )
            },
            by_tests(
                "story/test_one_wish_one_charge.py::test_a_reload_in_the_middle_changes_nothing",
                says="^E .*It is not known whether the recharge",
            ),
        ),
        one(
            "an account that is added anew begins at zero",
            "Home Assistant knows an account by the id of its entry.",
            "C7",
            {
                "__init__.py": (
                    "account_key(entry.data[CONF_PROVIDER], entry.data[CONF_ACCOUNT_ID])",
                    "account_key(entry.data[CONF_PROVIDER], entry.entry_id)",
                ),
                "models.py": (
                    "    account = entry.data[CONF_PROVIDER], entry.data[CONF_ACCOUNT_ID]",
                    "    account = entry.data[CONF_PROVIDER], entry.entry_id",
                ),
                "orders/keys.py": (
                    "    if line.number is not None:",
                    "    if not line.id:",
                ),
            },
            by_tests(
                "story/test_start_and_end.py::test_a_new_account_of_the_same_number_finds_its_limits_used",
                says="DID NOT RAISE",
            ),
        ),
        one(
            "no single flight per line",
            "The order book has its own constraint for that.",
            "C1",
            {
                _ENGINE: (
                    "        flight = self._flights.get(wish.line_key)",
                    "        flight = self._flights.get(wish.request_id or '')",
                )
            },
            by_tests(
                "orders/test_engine.py::test_twenty_callers_at_once_are_one_charge",
                says=ASSERTS,
            ),
            by_tests(
                "story/test_one_wish_one_charge.py::test_twenty_callers_at_once_pay_once",
                says="Another recharge of this line is on its way",
            ),
        ),
        one(
            "a line's flight is one per account",
            "Account and line together are the key of an order.",
            "C1",
            (
                Edit(
                    "orders/keys.py",
                    '    if line.number is not None:\n        return _digest("line", line.number)\n',
                    "",
                ),
            ),
            by_tests(
                "orders/test_keys.py::test_a_number_is_one_line_in_all_accounts",
                says=ASSERTS,
            ),
        ),
        one(
            "a second order while one is held",
            "A person looks after that one now; the line may go on.",
            "I8",
            {
                "orders/order.py": (
                    "OPEN: Final = frozenset({S.SUBMITTING, S.PENDING, S.UNKNOWN, S.HELD})",
                    "OPEN: Final = frozenset({S.SUBMITTING, S.PENDING, S.UNKNOWN})",
                )
            },
            by_tests(
                "orders/test_recovery.py::test_class_n_asks_a_person_at_once",
                says=r"^E .*Placed",
            ),
            by_simulation("I8", "I4"),
        ),
        one(
            "a wish joins any order in flight",
            "Somebody is paying for this line already; that will do.",
            "C1",
            {
                _ENGINE: (
                    "            if not wish.may_join(flight.wish):\n"
                    "                return Refused(reason=Reason.IN_PROGRESS)\n",
                    "",
                )
            },
            by_tests(
                "orders/test_engine.py::test_twenty_different_wishes_for_a_line_are_one_charge",
                says=ASSERTS,
            ),
        ),
        one(
            "a repeated request is a new order",
            "A new call is a new wish.",
            "I1",
            {
                "orders/flight.py": (
                    "        if wish.request_id is None:\n            return None\n",
                    "        if wish.request_id is None or wish.force:\n            return None\n",
                )
            },
            by_tests(
                "orders/test_engine.py::test_a_repeated_request_is_given_its_order",
                says=ASSERTS,
            ),
        ),
        one(
            "the end does not wait for orders",
            "Home Assistant should stop quickly.",
            "S1",
            {
                "house.py": (
                    "        await self.engine.stop()",
                    "        for flight in self.engine._flights.values():\n"
                    "            flight.task.cancel()\n"
                    "        await self.engine.stop()",
                )
            },
            by_tests(
                "story/test_start_and_end.py::test_home_assistant_waits_for_an_order_in_flight",
                says=ASSERTS,
            ),
        ),
        one(
            "wishes are taken before the last time is settled",
            "The recovery can go on in the background.",
            "S8",
            {
                _ENGINE: (
                    "        if self.health is not Health.READY:\n"
                    "            return Refused(reason=Reason(self.health.value))\n"
                    "        if self.line_of(",
                    "        if self.health in (Health.STOPPING, Health.LOCKED):\n"
                    "            return Refused(reason=Reason(self.health.value))\n"
                    "        if self.line_of(",
                )
            },
            by_tests(
                "orders/test_engine.py::test_before_the_start_nothing_is_paid",
                says=ASSERTS,
            ),
        ),
        one(
            "wishes are taken while the process ends",
            "There is time enough: Home Assistant waits for us.",
            "S7",
            {
                _ENGINE: (
                    "        self.health = Health.STOPPING\n",
                    "",
                )
            },
            by_tests(
                "orders/test_end.py::test_a_wish_that_comes_during_the_end_is_turned_away",
                says=ASSERTS,
            ),
        ),
        one(
            "an engine that was locked on the way sends",
            "This order is on the disk already; the fault was another line's.",
            "I11",
            {
                "orders/flight.py": (
                    "                if engine.health is Health.LOCKED  # I11: another write failed meanwhile",
                    "                if engine.health is Health.STARTING",
                )
            },
            by_tests(
                "orders/test_flight.py::test_an_engine_that_is_locked_on_the_way_sends_nothing",
                says=ASSERTS,
            ),
        ),
        one(
            "what was held is decided by an action",
            "It is handy to have it in a script, and only administrators may call it.",
            "P6",
            {
                "services/__init__.py": (
                    "    for name, answer, schema in (\n",
                    "    async def resolve(call):\n"
                    "        engine = hass.data['esim_topup.engine']\n"
                    "        await engine.resolve(call.data['order_id'], charged=call.data['charged'], user_id=None)\n\n"
                    "    service.async_register_admin_service(hass, DOMAIN, 'resolve_order', resolve)\n"
                    "    for name, answer, schema in (\n",
                )
            },
            by_tests(
                "actions/test_texts.py::test_each_action_describes_the_fields_it_takes",
                says=r"^E .*resolve_order",
            ),
            by_tests(
                "torture/callers/test_caps.py::test_p6_an_assistant_finds_no_action_that_widens_its_own_leash",
                says=ASSERTS,
            ),
        ),
        one(
            "everybody may recharge",
            "Family members need no administrator's rights for their own phones.",
            "P1",
            {
                "services/__init__.py": (
                    "    service.async_register_admin_service(\n"
                    "        hass,\n"
                    "        DOMAIN,\n"
                    "        SERVICE_RECHARGE,\n"
                    "        async_recharge,\n"
                    "        RECHARGE_SCHEMA,\n"
                    "        SupportsResponse.OPTIONAL,\n"
                    "    )",
                    "    hass.services.async_register(\n"
                    "        DOMAIN,\n"
                    "        SERVICE_RECHARGE,\n"
                    "        async_recharge,\n"
                    "        RECHARGE_SCHEMA,\n"
                    "        SupportsResponse.OPTIONAL,\n"
                    "    )",
                )
            },
            by_tests(
                "actions/test_callers.py::test_people_who_are_no_administrators_may_not_pay",
                says="DID NOT RAISE.*Unauthorized",
            ),
            by_tests(
                "torture/callers/test_permissions.py::test_who_may_do_what",
                says=ASSERTS,
            ),
        ),
    ),
)
