"""Any model that continues text: it sees the prefix and nothing else."""

from fusionls.core.families._healing import prefix_only
from fusionls.core.prompt import Family

# An unknown tokenizer is taken to be in GPT-2's style, the most common one.
FAMILY = Family(name="plain", render=prefix_only())
