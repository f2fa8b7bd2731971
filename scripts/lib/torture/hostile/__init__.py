"""T7: every provider's parser is told lies, garbage and bombs.

A provider joins by existing: whatever the registry finds is attacked through its public contract, with a transport that
answers what the attack says. `tests/providers/<key>/exchange.py` may show a conversation that goes well (`exchange`);
then its answers are spoilt one by one and every promise is looked at. Without one, answers are guessed and learned.

    exchange.py   what a provider's tests may show: a conversation that goes well
    finding.py    which providers and conversations there are
    conversation.py  who is told what, and what is spoilt
    seams.py      where answers enter: as bytes behind the session, or as decoded JSON
    wire.py       the same through the real HTTP library, for bombs and broken framing
    asking.py     the seven calls of the contract, and what came of each
    lessons.py    which requests a call makes, learned by letting it go well
    shapes.py     JSON trees: leaves, paths, records
    mutate.py     spoiling a tree, by any source of choices
    scalars.py    what an attacker would write into a field
    oracles.py    what must hold whatever was told (and answers.py, readings.py, charges.py for one kind each)
    directed.py   one field at a time, each with the effect that is known
    corpus.py     bodies that were seen to break somebody's parser
    random_runs.py  a million spoilt answers   drawn.py  Hypothesis   guided.py  atheris
    settings.py   what a person may have typed or pasted   files.py  a provider that reads a file
"""

from ..rooms import without_home_assistant

without_home_assistant()
