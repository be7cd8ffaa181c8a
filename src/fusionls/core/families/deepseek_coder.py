"""DeepSeek-Coder and its V2: the format of their READMEs ("Code Insertion").

The bars are U+FF5C and the low lines U+2581, as in the vocabulary: the usual ones would be plain text.
"""

from fusionls.core.families._fill_in import Markers, fill_in_family

_BEGIN = "<\uff5cfim\u2581begin\uff5c>"
_HOLE = "<\uff5cfim\u2581hole\uff5c>"
_END = "<\uff5cfim\u2581end\uff5c>"

FAMILY = fill_in_family(
    "deepseek-coder",
    markers=Markers(_BEGIN, _HOLE, _END),
    models=("deepseek-coder",),
    special_tokens=(
        _BEGIN,
        _HOLE,
        _END,
        "<\uff5cbegin\u2581of\u2581sentence\uff5c>",
        "<\uff5cend\u2581of\u2581sentence\uff5c>",
        "<|EOT|>",
    ),
)
