"""T4: kill -9 of a real Home Assistant process, again and again, while it pays at the simulated operator.

A *lane* is a process that has imported Home Assistant and the integration once. For each run it forks a child that calls
Home Assistant's real runner on a real configuration folder: real loop, real HTTP, real `.storage`, real signals; a start
takes a tenth of a second instead of ten. The operator is another process with books of its own, which are the truth.

    labels     which points there are: every await and every call that touches the disk, derived from the source
    trap       a child's sys.monitoring: counts how often a point is passed, or kills the process there
    shared     memory that outlives a kill: the time, the counters
    clocks     the engine's clock in a child (days pass at once), and a loop whose seconds are shorter
    preload    what a start imports, imported once; the settings that make a start cheap
    child      forking one Home Assistant, and its end
    folder     the configuration folder: set up once, written out anew for each run
    operator   the simulated operator, which also looks into the order book when a purchase arrives
    house      talking to the running Home Assistant
    stories    what happens in a run: scenes, the operator's faults; `scenes`, `stage` how; `named` those with a name
    cycle      one run (`runs`): story, kills, restarts, until everything is settled
    checks     the invariants, on the operator's books and on the order database
    campaign   what runs next, and where (`crew`); `plan` names the points' runs, `draw` the random ones
    defects    naive designs, to see whether they are found
    serve      the same for a test: one run after the other, asked for on stdin

The product knows nothing of this: no hook, label or switch. A label is a place in the source, found by reading it, and
the kill comes from the interpreter's own monitoring, set up in the forked child before Home Assistant starts. So it costs
nothing in production and nothing in Home Assistant can switch it on.
"""
