"""Somebody who buys at the operator, over real HTTP."""

from dataclasses import dataclass
from typing import Any

from aiohttp import ClientResponse, ClientSession, ClientTimeout

WISH = {
    "line": "line-1",
    "offer": "open",
    "amount": "300.00",
    "currency": "RUB",
    "method": "wallet",
    "reference": "wish-1",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    json: Any
    headers: dict[str, str]

    @property
    def code(self) -> str:
        """The reason of a refusal."""
        return str(self.json["error"]["code"])


@dataclass(slots=True)
class Customer:
    """One account's client."""

    session: ClientSession
    base_url: str
    api_key: str = "demo-key"

    def send(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        timeout_s: float = 10,
        **kwargs: Any,
    ) -> Any:
        """Begin a request; use it as `async with`."""
        headers = {"Authorization": f"Bearer {self.api_key}"} | (
            {"Idempotency-Key": key} if key else {}
        )
        return self.session.request(
            method,
            self.base_url + path,
            headers=headers | kwargs.pop("headers", {}),
            timeout=ClientTimeout(total=timeout_s),
            allow_redirects=False,
            **kwargs,
        )

    async def get(self, path: str) -> Answer:
        """Ask, and read the answer as JSON."""
        async with self.send("GET", path) as response:
            return await _read(response)

    async def order(
        self, *, key: str | None = None, timeout_s: float = 10, **changes: Any
    ) -> Answer:
        """Order 300 roubles for line-1 from the wallet, but for the changes, and read the answer as JSON."""
        async with self.send(
            "POST", "/v1/orders", key=key, timeout_s=timeout_s, json=WISH | changes
        ) as response:
            return await _read(response)

    async def balance(self, line: str = "line-1") -> str | None:
        """Return a line's balance."""
        balance: str | None = (await self.get(f"/v1/lines/{line}")).json["balance"]
        return balance


async def _read(response: ClientResponse) -> Answer:
    return Answer(
        response.status, await response.json(content_type=None), dict(response.headers)
    )
