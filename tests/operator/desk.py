"""Where orders are accepted and end. Each method runs inside one transaction of the books."""

from dataclasses import asdict, dataclass, replace
from decimal import Decimal
import sqlite3

from . import agenda, keys, money, shelf, tables, till
from .behaviour import Behaviour
from .clock import US
from .model import (
    Charge,
    Code,
    Line,
    Offer,
    OfferKind,
    Order,
    OrderRequest,
    OrderStatus,
    Outcome,
    Placed,
    Refusal,
    Refused,
)


@dataclass(frozen=True, slots=True)
class Desk:
    """The operator at one moment, under its present rules."""

    db: sqlite3.Connection
    now_us: int
    rules: Behaviour

    def place(self, request: OrderRequest) -> Outcome:
        """Accept or refuse an order; a key that is known gets its first answer again."""
        known = keys.recall(self.db, request, self.now_us, self.rules)
        if known is not None:
            return known
        outcome: Outcome
        try:
            outcome = Placed(self._accept(request), replayed=False)
        except Refusal as refusal:
            outcome = Refused(refusal.code)
        keys.remember(self.db, request, outcome, self.now_us, self.rules)
        return outcome

    def postpone(self, request: OrderRequest, due_us: int, request_id: int) -> None:
        """Let an order be under way until `due_us`."""
        wish: dict[str, str | None] = {
            **asdict(request),
            "amount": format(request.amount, "f"),
        }
        agenda.add(
            self.db, due_us, agenda.What.DELIVER, {**wish, "request": str(request_id)}
        )

    def finish(self, order: Order, ending: OrderStatus, reason: str | None) -> Order:
        """End a pending order: take the money and credit the line, or let it fail. An ended order stays as it is."""
        if order.status is not OrderStatus.PENDING:
            return order
        if ending is OrderStatus.SUCCEEDED:
            method = shelf.method(self.db, order.account, order.method)
            reason = method.objection(order.amount, self.now_us)
            ending = OrderStatus.SUCCEEDED if reason is None else OrderStatus.FAILED
        ended = replace(order, status=ending, reason=reason)
        tables.save(self.db, ended)
        return self._pay(ended) if ending is OrderStatus.SUCCEEDED else ended

    def credit(self, order: Order, amount: Decimal) -> Order:
        """Give a paid line what it was paid for; a reversed order gets nothing any more."""
        if order.status is not OrderStatus.SUCCEEDED:
            return order
        till.add_to_line(self.db, *self._line_and_offer(order), amount)
        credited = replace(order, credited=amount)
        tables.save(self.db, credited)
        return credited

    def reverse(self, order: Order) -> Order:
        """Give the money back and take the credit off the line."""
        if order.status is not OrderStatus.SUCCEEDED:
            raise Refusal(Code.BAD_REQUEST)
        till.give_back(self.db, order)
        if order.credited is not None:
            till.take_from_line(self.db, *self._line_and_offer(order), order.credited)
        back = replace(order, status=OrderStatus.REVERSED)
        tables.save(self.db, back)
        return back

    def foreign_charge(self, line_id: str, offer_id: str, amount: Decimal) -> Charge:
        """Let somebody else pay for a line: the books show it, no order of the account does."""
        line = shelf.any_line(self.db, line_id, self.now_us)
        offer = shelf.offer(self.db, line, offer_id)
        till.add_to_line(self.db, line, offer, amount)
        return till.take_foreign(self.db, line, offer, amount)

    def _accept(self, request: OrderRequest) -> Order:
        self._check(request)
        order = Order(
            id=till.new_id(self.db, "orders", "ord"),
            account=request.account,
            line=request.line,
            offer=request.offer,
            amount=request.amount,
            currency=request.currency,
            method=request.method,
            reference=request.reference,
            key=request.key,
            status=OrderStatus.PENDING,
            reason=None,
            created_us=self.now_us,
            credited=None,
        )
        tables.save(self.db, order)
        ending = OrderStatus(self.rules.order_outcome)
        reason = self.rules.fail_reason if ending is OrderStatus.FAILED else None
        if self.rules.pending_s == 0:
            return self.finish(order, ending, reason)
        due_us = self.now_us + round(self.rules.pending_s * US)
        agenda.add(
            self.db,
            due_us,
            agenda.What.FINISH,
            {"order": order.id, "ending": ending, "reason": reason},
        )
        return order

    def _check(self, request: OrderRequest) -> None:
        """Raise the first reason against the order. What is wrong for good comes before what money could mend."""
        line = shelf.line(self.db, request.account, request.line, self.now_us)
        if line.barred:
            raise Refusal(Code.BARRED_LINE)
        offer = shelf.offer(self.db, line, request.offer)
        if request.currency != offer.currency:
            raise Refusal(Code.WRONG_CURRENCY)
        if not money.fits(request.amount, request.currency):
            raise Refusal(Code.AMOUNT_OUT_OF_RANGE)
        method = shelf.method(self.db, request.account, request.method)
        objection = offer.objection(request.amount) or method.objection(
            request.amount, self.now_us
        )
        if objection is not None:
            raise Refusal(objection)

    def _pay(self, order: Order) -> Order:
        till.take(self.db, order, self.now_us)
        amount = order.amount
        _, offer = self._line_and_offer(order)
        if offer.kind is OfferKind.OPEN:
            amount += money.parse(self.rules.bonus) - money.parse(self.rules.fee)
        if self.rules.credit_delay_s == 0:
            return self.credit(order, amount)
        due_us = self.now_us + round(self.rules.credit_delay_s * US)
        agenda.add(
            self.db,
            due_us,
            agenda.What.CREDIT,
            {"order": order.id, "amount": format(amount, "f")},
        )
        return order

    def _line_and_offer(self, order: Order) -> tuple[Line, Offer]:
        line = shelf.any_line(self.db, order.line, self.now_us)
        return line, shelf.any_offer(self.db, order.account, order.offer)
