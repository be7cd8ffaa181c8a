"""Any model that continues text, with a tokenizer that makes indentation a token of its own."""

from fusionls.core.families._healing import Indentation, prefix_only
from fusionls.core.prompt import Family

FAMILY = Family(name="plain-sentencepiece", render=prefix_only(Indentation.STANDS_ALONE))
