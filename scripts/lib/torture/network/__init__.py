"""T5, the network: a TCP proxy of our own between the engine and the simulated operator, and everything it can do to a call.

A *cell* is one toxic x the moment at which it strikes x the class of the operator: the real engine with its real book wants
300 RUB through the real HTTP client; the toxic strikes; the network heals; days pass on a clock that nobody waits for. Then
the operator's books are compared with ours.

    wire.py, exchange.py, gate.py   the proxy: one call, one listener
    hub.py                          many of them, in a process of their own
    toxic.py, toxics/               what can go wrong, as data
    moments.py, cells.py            which of it is tried, when and for whom
    house.py, client.py, clock.py   our side of a cell; other_side.py: the operator; names.py: who finds it
    story.py                        what happens in a cell
    told.py, promises.py, ends.py   what is told of it, and what must be true afterwards
    table.py                        what came of all of it
    mutants.py                      broken clients that must be convicted

usage: python -m torture.network [--cell NAME [--true-times]] [--list] [--mutants]
"""
