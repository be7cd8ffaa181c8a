"""When to stop waiting: optimal stopping over who has answered, how they agree, and the time.

``signature`` says what a state is, ``outcomes`` counts what follows which and how likely right it is,
``problem`` is what a solver needs, ``solving`` solves it backwards from the cap (in the background: it
imports numpy), and ``table`` is what is looked up while a person waits. ``launch_cases``, ``drawing`` and
``launches`` find who is best asked when, for members that share a machine.
"""
