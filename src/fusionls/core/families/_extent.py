"""How much a model may write: the limits that every family shares."""

# A line of code has 10 tokens on average and seldom over 30; a model that goes on is rambling.
LINE_TOKENS = 32
# About ten lines. On a small machine 96 tokens take a second, the whole of a cap by hand.
BLOCK_TOKENS = 96
# A line ends here. In grammars the blanks behind it belong to the token that ends it.
LINE_STOP = ("\n",)
# Two blank lines separate definitions: what comes behind them is something else.
BLOCK_STOP = ("\n\n\n",)
