"""One provider with one conversation: tell it something, and look at every promise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .answers import Facts, body_of, facts_of, of_order
from .asking import Call, Heard, ask
from .charges import of_history
from .conversation import Request
from .court import Blow, Court
from .exchange import Said
from .lessons import Lesson, Subject
from .oracles import Breach, of_contract
from .readings import of_zero

_ORDERS = frozenset({Call.SUBMIT, Call.FIND})
_READINGS = frozenset({Call.READ, Call.ACCOUNT})


@dataclass(slots=True)
class Attack:
    """A provider in front of its judge."""

    subject: Subject
    lessons: Mapping[Call, Lesson]
    court: Court
    facts: Mapping[Call, Facts | None] = field(init=False)
    """Where the right answers repeat the order."""

    def __post_init__(self) -> None:
        """Find the order in its answers."""
        self.facts = {call: self._facts(self.lessons[call]) for call in _ORDERS}

    def _facts(self, lesson: Lesson) -> Facts | None:
        if not lesson.told or not self.subject.exchange.says:
            return None
        return facts_of(body_of(lesson.told[-1].said), self.subject.exchange)

    async def strike(self, call: Call, request: Request | None, said: Said) -> Heard:
        """Let a provider make a call of which one request is told a lie; convict it of what it makes of that."""
        heard, breaches = await self.look(call, request, said)
        for breach in breaches:
            self.convict(Blow(call, request, said), breach, heard)
        return heard

    async def look(
        self, call: Call, request: Request | None, said: Said
    ) -> tuple[Heard, list[Breach]]:
        """Do the same, and only return what is broken."""
        subject, lesson = self.subject, self.lessons[call]
        subject.conversation.begin(request, said)
        provider = subject.fresh() if request in lesson.at_start else subject.provider
        heard = await ask(provider, call, subject.exchange)
        self.court.outcome.runs += 1
        return heard, list(self.breaches(call, heard))

    def convict(self, blow: Blow, breach: Breach, heard: Heard) -> None:
        """Note a breach."""
        subject = self.subject
        self.court.convict(subject.key, subject.exchange.name, blow, breach, heard)

    def breaches(self, call: Call, heard: Heard) -> Iterator[Breach]:
        """Yield what does not hold after a call, whatever was told."""
        exchange, told = self.subject.exchange, self.subject.conversation.told
        yield from of_contract(call, heard, exchange)
        if call in _ORDERS:
            yield from of_order(
                self.lessons[call],
                self.facts[call],
                heard,
                told,
                exchange,
                self.subject.provider.info.capabilities,
            )
        elif call in _READINGS:
            yield from of_zero(heard, told, derived=exchange.derived)
        elif call is Call.HISTORY:
            yield from of_history(heard, told)

    @property
    def targets(self) -> list[tuple[Call, Request, Said]]:
        """Every request that can be told a lie, with its right answer."""
        return [
            (call, told.request, told.said)
            for call, lesson in self.lessons.items()
            for told in lesson.told
        ]
