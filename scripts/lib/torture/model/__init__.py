"""T0: every state that the order protocol can reach, and what holds in each of them.

A model beside the code, not a copy of it: it knows what may happen (crashes, lost requests, late answers, a full disk) and
what the protocol says about it, and nothing of SQLite, HTTP or tasks. From `orders` it takes what is pure data: the states,
which of them are open, counted or paid, the steps between them, and the letters of the classes.

Time is a count of ticks. A request is delivered within `delay` ticks after it was sent, or never; a charge can be looked up
`sight` ticks after it was made, at the latest; the settle window is the sum of both. A tick is longer than any client waits
for an answer, so what is lost and what is never delivered are the same. Within these bounds everything may happen at any
time and in any order. No promise holds without them: a purchase that turns up after the settle window (N24) is charged
although the book says failed, and a key that is kept for less than twice the delay is forgotten too soon.

The wall clock is left out on purpose: the protocol believes the clock that says less, so a jump can only make it wait.
Approvals, refunds and answers that name another order are left to the layers that run the code itself.

    plan.py      a design, its mistake, and how much may happen to it
    world.py     one state of everything
    moves.py     what can happen next:
      wishes.py      P0-P3   somebody wants a top-up
      sending.py     P4-P6   the request, the operator, the answer
      looking.py     P9      look-ups, history, re-sends, a person
      process.py             crash, stop, start
      elsewhere.py           time, and what happens at the operator by itself
    promises.py  what must hold
    search.py    breadth first through all of it
"""

from ..rooms import without_home_assistant

without_home_assistant()
