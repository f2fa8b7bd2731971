"""What can go wrong before a request has left, or at the very moment at which it leaves."""

from typing import Final

from ..toxic import Deaf, Door, Effect, Toxic

TOXICS: Final = (
    # Proven: nothing was sent.
    Toxic(name="dns-fails", effect=Effect.NOT_SENT, deaf=Deaf.GUARD, cases=("N1",)),
    Toxic(
        name="dns-fails-in-connector",
        effect=Effect.NOT_SENT,
        deaf=Deaf.CONNECTOR,
        cases=("N1",),
    ),
    Toxic(name="refused", effect=Effect.NOT_SENT, door=Door.CLOSED, cases=("N2",)),
    Toxic(
        name="tls-untrusted",
        effect=Effect.NOT_SENT,
        door=Door.UNTRUSTED,
        cases=("N3",),
    ),
    Toxic(name="tls-expired", effect=Effect.NOT_SENT, door=Door.EXPIRED, cases=("N3",)),
    Toxic(
        name="tls-wrong-host",
        effect=Effect.NOT_SENT,
        door=Door.WRONG_HOST,
        cases=("N3",),
    ),
    Toxic(name="tls-cut", effect=Effect.NOT_SENT, door=Door.CUTS_TLS),
    Toxic(name="tls-is-plain", effect=Effect.NOT_SENT, door=Door.NO_TLS),
    Toxic(
        name="connect-time-out",
        effect=Effect.NOT_SENT,
        door=Door.FULL,
        hangs=True,
        cases=("N4",),
    ),
    # The connection stood: who knows what arrived?
    Toxic(
        name="accept-then-close",
        effect=Effect.NEVER_READ,
        door=Door.CLOSES,
        cases=("N6",),
    ),
    Toxic(
        name="accept-then-reset",
        effect=Effect.NEVER_READ,
        door=Door.RESETS,
        cases=("N5",),
    ),
    Toxic(
        name="drop-before-headers",
        effect=Effect.LOST,
        door=Door.CLOSES_EARLY,
        cases=("N5", "N6"),
    ),
    # A connection from the call before. It may be found closed in time, or not.
    Toxic(
        name="idle-closed",
        effect=Effect.EITHER,
        door=Door.CLOSES_IDLE,
        cases=("N25",),
    ),
    Toxic(
        name="answered-unasked",
        effect=Effect.EITHER,
        door=Door.ANSWERS_UNASKED,
        cases=("N21",),
        lies=True,
    ),
)
