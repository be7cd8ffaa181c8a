"""How often the right first line is among what a person is offered by hand.

python -m tests.eval_alternatives PACK.jsonl.gz

A pack of recorded completions, with the weights that are shipped. Cases of fewer than ``--least`` models are
left out, so that devbench and granite are not mixed.
"""

import argparse
from collections import Counter
from pathlib import Path

from fusionls.cli.packs import PackCase, read_pack
from fusionls.core.agreement import class_key
from fusionls.core.candidate import Gate
from fusionls.core.choice import choose
from fusionls.core.recorded_case import candidates_of, hole_of


def figures(pack: Path, least: int) -> Counter[str]:
    counted: Counter[str] = Counter()
    for found in read_pack(pack, with_reference=True):
        if not isinstance(found, PackCase) or len(found.case.answers) < least:
            continue
        hole, right = hole_of(found.case), class_key(found.reference or "")
        offers = choose(candidates_of(found.case, hole), hole, found.case.request).offers
        keys = [class_key(offer.text) for offer in offers]
        firsts = [class_key(a[0] or "") for a in found.case.answers.values() if a]
        counted["cases"] += 1
        counted["offers"] += len(offers)
        counted["the first offer is right"] += keys[:1] == [right]
        counted["one of the offers is right"] += right in keys
        counted["any model is right"] += right in firsts
        counted["two offers begin alike"] += len(set(keys)) < len(keys)
        counted["an offer is broken"] += any(
            hole.check(offer.text).gate is Gate.BROKEN for offer in offers
        )
    return counted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pack", type=Path)
    parser.add_argument("--least", type=int, default=9, help="models that a case must have")
    options = parser.parse_args()
    counted = figures(options.pack, options.least)
    cases = max(1, counted["cases"])
    for name, count in counted.items():
        print(
            f"{name}: {count}" + ("" if name in ("cases", "offers") else f" ({count / cases:.1%})")
        )


if __name__ == "__main__":
    main()
