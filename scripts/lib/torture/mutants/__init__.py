"""T9, naive designs in the code: each is planted into a copy of the integration, and the proofs must convict it.

A proof that lets a wrong engine pass says nothing about a right one. So every mutant here is a mistake that a hurried
engineer could make for a good-looking reason, written into the real files, and for each the cheapest proof that fails.

    mutant.py    what a mutant is: the replacement, the promise it breaks, who has to notice
    naive/       the mutants, one file for each room of the house
    tree.py      a copy of the project, and planting a mutant into it
    inside.py    a warm process that runs tests and layers inside of such copies
    bench.py     the other end of it
    court.py     what a run says about a mutant
    trial.py     all runs, in lanes: first the code as it is, which must pass every proof
    report.py    the table
"""
