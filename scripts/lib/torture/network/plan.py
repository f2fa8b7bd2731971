"""What a gate is to do, and what it saw: values that travel between two processes as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order to a gate: this toxic, at these calls."""

    toxic: str
    operation: str
    skip: int = 0
    """So many calls of the operation pass first."""
    times: int | None = 1
    """`None`: until the network heals."""
    after: tuple[str, int] | None = None
    """For what strikes before there is a request: it begins with this call of that operation, or at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything one gate has to know."""

    upstream: int
    book: str
    """The path of the house's book, to look whether the intent is on the disk when its request arrives."""
    orders: tuple[Order, ...]
    stranger: str
    """The operator's true answer to another order."""
    certificates: Mapping[str, str] | None = None
    """PEM by name, where the client wants TLS."""

    def to_json(self) -> dict[str, Any]:
        """Return it as it travels."""
        return asdict(self)


def plan_of(data: Mapping[str, Any]) -> Plan:
    """Read a plan as it travels."""
    orders = (
        Order(
            **{
                **order,
                "after": None if order["after"] is None else tuple(order["after"]),
            }
        )
        for order in data["orders"]
    )
    return Plan(**{**data, "orders": tuple(orders)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request as the client sent it, whatever became of it."""

    operation: str
    method: str
    key: str | None
    reference: str | None
    """The order that a purchase is for."""
    body: str
    """Its digest."""
    durable: bool | None
    """Whether its order was in the book, on the disk, when it arrived; `None`: it names none."""
    reused: bool
    """It was not the first one on its connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a gate did and saw."""

    strikes: Mapping[str, int]
    """By toxic."""
    seen: tuple[Seen, ...]
    elsewhere: tuple[str, ...]
    """What arrived where no request of ours belongs: its first line, and whether the key came along."""
    busy: int
    """Requests that the operator has and did not answer yet."""

    def to_json(self) -> dict[str, Any]:
        """Return it as it travels."""
        return asdict(self)


def report_of(data: Mapping[str, Any]) -> Report:
    """Read a report as it travels."""
    return Report(
        strikes=data["strikes"],
        seen=tuple(Seen(**seen) for seen in data["seen"]),
        elsewhere=tuple(data["elsewhere"]),
        busy=data["busy"],
    )
