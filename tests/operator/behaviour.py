"""How this operator behaves: the differences between real operators, as switches."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import TypedDict

from . import money


class Idempotency(StrEnum):
    """What a repeated key does."""

    REPLAY = "replay"
    """The first answer again."""
    REFUSE = "refuse"
    """409 already_processed."""
    OFF = "off"
    """Nothing: each request is an order of its own."""


class Switches(TypedDict, total=False):
    """The switches as they travel; see `Behaviour` for what each does."""

    idempotency: str
    idempotency_header: str
    key_retention_s: float
    replay_refusals: bool
    lookup: bool
    lookup_off_status: int
    lookup_delay_s: float
    history: bool
    history_references: bool
    history_delay_s: float
    pending_s: float
    order_outcome: str
    fail_reason: str
    credit_delay_s: float
    fee: str
    bonus: str
    rate_limit_requests: int
    rate_limit_window_s: float
    usage_cache_s: float
    order_effect_delay_s: float


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The switches of the whole operator. Seconds are those of the operator's clock."""

    idempotency: str = Idempotency.REPLAY
    idempotency_header: str = "Idempotency-Key"
    key_retention_s: float = 86_400.0
    """After this the same key is a new order."""
    replay_refusals: bool = False
    """Whether a refusal is stored under the key too; if not, the same key tries again."""
    lookup: bool = True
    """Whether orders can be found by id and by reference."""
    lookup_off_status: int = 404
    """What a look-up gets where there is none: 404 or 501."""
    lookup_delay_s: float = 0.0
    """An order is found only this long after it was made."""
    history: bool = True
    history_references: bool = True
    """False: the history shows no references (class H)."""
    history_delay_s: float = 0.0
    """A charge is shown only this long after it was made."""
    pending_s: float = 0.0
    """Orders stay pending for this long; money is taken at the end of it."""
    order_outcome: str = "succeeded"
    """How an order ends that nobody refused: "succeeded" or "failed"."""
    fail_reason: str = "operator_error"
    credit_delay_s: float = 0.0
    """The line gets the money or data this long after it was paid."""
    fee: str = "0"
    """Kept from an open amount: the line gets this much less than was paid."""
    bonus: str = "0"
    """Given on top of an open amount."""
    rate_limit_requests: int = 0
    """Requests per account and window; 0 is unlimited."""
    rate_limit_window_s: float = 60.0
    usage_cache_s: float = 0.0
    """Readings may be this old."""
    order_effect_delay_s: float = 0.0
    """An order reaches the books this long after it arrived, whether or not the client still waits."""

    def __post_init__(self) -> None:
        """Refuse values that no operator has: a typing error in a test must not pass unnoticed."""
        Idempotency(self.idempotency)
        if self.order_outcome not in ("succeeded", "failed"):
            raise ValueError(f"order_outcome: {self.order_outcome!r}")
        for amount in (self.fee, self.bonus):
            money.parse(amount)
        for field in fields(self):
            _check_type(field.name, getattr(self, field.name), field.default)

    def to_json(self) -> Switches:
        """Return all switches as they travel."""
        switches: Switches = asdict(self)  # type: ignore[assignment]  # the names are compared by a test
        return switches

    def changed(self, values: Mapping[str, object]) -> Behaviour:
        """Return a copy with these switches set. Raises ValueError for an unknown switch or a wrong value."""
        if unknown := set(values) - {field.name for field in fields(self)}:
            raise ValueError(f"unknown switches: {sorted(unknown)}")
        return replace(self, **values)  # type: ignore[arg-type]  # __post_init__ looks at each value


def _check_type(name: str, value: object, example: object) -> None:
    match example:
        case bool():
            good = isinstance(value, bool)
        case str():
            good = isinstance(value, str)
        case _:
            good = (
                isinstance(value, int | float)
                and not isinstance(value, bool)
                and value >= 0
            )
    if not good:
        raise ValueError(f"{name}: {value!r}")
