"""Code Llama: the infilling format of its repository (``llama/generation.py``).

The blanks around the parts belong to the tokens. ``<EOT>`` ends the middle.
"""

from fusionls.core.families._fill_in import Markers, fill_in_family

FAMILY = fill_in_family(
    "codellama",
    markers=Markers("<PRE> ", " <SUF>", " <MID>"),
    models=("codellama", "code-llama"),
    special_tokens=("<PRE>", "<SUF>", "<MID>", "<EOT>"),
)
