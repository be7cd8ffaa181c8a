"""What the votes on edits count: of those who propose, of those who may still, and of what is in doubt."""

# Of 80 pools of five near-equal models with three samples the square was right as often as the third power
# and oftener than the plain rate; on large pools it keeps many weak members from outvoting a few good ones.
POWER = 2
# A member that says the same three times is not three that agree: 0.1 to 0.6 points in pools with samples.
OF_EQUAL_SAMPLES = 0.5
# Next to the share of the votes. From 0.25 to 1 it makes no difference that could be measured.
WEIGHT_OF_LIKENESS = 0.5
# For each doubt of the gate: what one of five equal members says outweighs one.
COST_OF_DOUBT = 0.2
MOST_DOUBTS = 3
# Doubts that people are told and that say nothing of what is right: of recorded answers that pass the gate 46
# to 70 % with one of them pass their tests, as of all 45 % do.
TWICE_AS_LONG = "it is twice as long"
DEFINED_TWICE = "it defines a name twice"
LACKS_A_NAME = "it lacks a name that was mentioned"
TELLING_NOTHING = frozenset((TWICE_AS_LONG, DEFINED_TWICE, LACKS_A_NAME))
# A member with less than this part of the best one's pass rate has no vote and no candidate, unless
# nobody else has one that passes.
LEAST_RATE = 0.6
