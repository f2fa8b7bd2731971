"""What a call asks for, and what it makes of the truth: learned by letting everything go well once."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from aiohttp import ClientSession

from custom_components.esim_topup.providers import create_provider
from custom_components.esim_topup.providers.base import Provider

from .asking import Call, Heard, ask
from .conversation import Conversation, Request, Told
from .exchange import Exchange
from .seams import FakeSession


@dataclass(frozen=True, slots=True)
class Lesson:
    """One call that went well."""

    call: Call
    told: tuple[Told, ...]
    """Its requests and the right answers; the last one decides."""
    heard: Heard
    at_start: frozenset[Request]
    """What only a provider that has just started asks for: a token."""


class Subject:
    """A provider under attack, with its conversation."""

    def __init__(
        self, key: str, exchange: Exchange, conversation: Conversation | None = None
    ) -> None:
        """Set the provider up; no request is made."""
        self.key = key
        self.exchange = exchange
        self.conversation = conversation or Conversation(exchange)
        self._session = FakeSession(self.conversation).as_session
        self.provider = self.fresh()

    def fresh(self) -> Provider:
        """Return the provider as it is after a start, without a token."""
        return create_provider(
            self.key,
            self.exchange.credentials,
            self._session,
            base_url=self.exchange.base_url,
        )

    @contextmanager
    def on(self, session: ClientSession) -> Iterator[None]:
        """Let the provider talk over another session for a while."""
        usual = self._session, self.provider
        self._session = session
        self.provider = self.fresh()
        try:
            yield
        finally:
            self._session, self.provider = usual

    @property
    def name(self) -> str:
        """For stories."""
        return f"{self.key} ({self.exchange.name})"


async def learn(subject: Subject) -> Mapping[Call, Lesson]:
    """Make each call twice: by a provider that has just started, and once more by it."""
    return {call: await _learn(subject, call) for call in Call}


async def _learn(subject: Subject, call: Call) -> Lesson:
    provider, conversation = subject.fresh(), subject.conversation
    conversation.begin()
    heard = await ask(provider, call, subject.exchange)
    told = tuple(conversation.told)
    conversation.begin()
    await ask(provider, call, subject.exchange)
    again = {each.request for each in conversation.told}
    at_start = frozenset(each.request for each in told) - again
    return Lesson(call, told, heard, at_start)
