"""How the clean-up compares with what other completion servers expect of theirs.

    python -m tests.eval_postprocess [PACK.jsonl.gz] [-o PREDICTIONS.jsonl] [--differ]

The pack is read as ``score.py`` documents it. Each answer goes through the filters, the joins, the gate and
the repair, as an answer of a member does, and must come out as the peer expects. Exits with 1 where an
answer that must stay as it is does not, and docs/evaluation-postprocess.md names no better policy.
"""

import argparse
import gzip
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fusionls.core.cleanup import CleaningContext, clean
from fusionls.core.extent import extent_of
from fusionls.core.families import family_for
from fusionls.core.joining import joined
from fusionls.core.languages import language_for
from fusionls.core.request import CompletionRequest, Trigger
from fusionls.core.showable import showable
from fusionls.core.text import DocumentSnapshot
from fusionls.core.validation import open_hole

POLICIES = Path(__file__).parent.parent / "docs" / "evaluation-postprocess.md"
PACK = "postprocess.jsonl.gz"
# The peers give a request by hand what they have; a line at a time they show where a person types.
ONE_LINE = ("single-line mode", "SingleLineMode")


def shown(case: dict[str, Any], answer: str) -> str:
    """Return what would be inserted of ``answer``, "" for nothing."""
    prefix, suffix = case.get("prefix") or "", case.get("suffix") or ""
    name = case.get("language") or ""
    if not name.replace("-", "").isalnum():
        # The pack took the first line of some documents for the name of their language.
        prefix, name = name + prefix, ""
    language = language_for(name, case.get("filename") or "")
    one_line = any(words in f"{case['name']} {case['group']}" for words in ONE_LINE)
    trigger = Trigger.AUTOMATIC if one_line else Trigger.MANUAL
    document = DocumentSnapshot("file:///case", name, 1, prefix + suffix)
    request = CompletionRequest(case["id"], document, len(prefix), trigger)
    tokens = family_for("", "chat").special_tokens
    cleaned = clean(
        answer,
        CleaningContext(
            prefix, suffix, extent_of(request), special_tokens=tokens, language=language
        ),
    )
    if cleaned.copy:
        return ""
    hole = open_hole(language, prefix, suffix)
    text, _ = joined(hole, cleaned.text, prefix, suffix)
    return showable(hole, text, prefix, suffix)


def answers(case: dict[str, Any]) -> list[str]:
    if "args" in case:
        return [str(case["args"][-1])]
    return case.get("completions") or [case.get("completion") or ""]


def prediction(case: dict[str, Any]) -> str | list[str] | None:
    """Return what comes of a case's answers: of several either the one the peer asks for or all."""
    if "args" in case and len(case["args"]) > 1:
        case = case | {"prefix": case["args"][0]}
    texts = [shown(case, answer) for answer in answers(case)]
    if isinstance(case.get("expected"), list):
        return list(dict.fromkeys(text for text in texts if text))
    number = str(case.get("expected_selector") or "0")
    # The peer that asks for one of several puts the longest first.
    texts.sort(key=lambda text: -text.count("\n"))
    return texts[int(number) if number.isdigit() else 0] or None


def agrees(found: str | list[str] | None, expected: str | list[str] | None) -> bool:
    if isinstance(expected, list):
        return found == expected
    return not isinstance(found, list) and (found or "").rstrip("\n") == (expected or "").rstrip(
        "\n"
    )


def cases(pack: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(pack, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    folder = Path(os.environ.get("FUSIONLS_PACKS", "../shared/eval/dev"))
    parser.add_argument("pack", nargs="?", type=Path, default=folder / PACK)
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--differ", action="store_true", help="print every case that differs")
    asked = parser.parse_args()
    policies = POLICIES.read_text("utf-8")
    counts: Counter[str] = Counter()
    agreed: Counter[str] = Counter()
    predictions, failures = [], []
    for case in cases(asked.pack):
        found, expected = prediction(case), case["expected"]
        same = agrees(found, expected)
        unmodified = case["peer"] == "continue" and "unmodified" in case["group"]
        groups = [f"{case['peer']}/{case['group']}", f"{case['peer']} in all"]
        for group in groups + ["must stay unmodified"] * unmodified:
            counts[group] += 1
            agreed[group] += same
        named = f"`{case['id']}`" in policies
        if not same and asked.differ:
            print(f"{case['id']}{'' if named else ' (no policy named)'}: {case['name']}")
            print(f"   {(case.get('prefix') or '')[-60:]!r} | {(case.get('suffix') or '')[:60]!r}")
            print(f"   said {answers(case)!r}\n   expected {expected!r}\n   shown    {found!r}")
        if not same and not named:
            failures.append((case["id"], unmodified))
        predictions.append({"id": case["id"], "text": found})
    if asked.output:
        asked.output.write_text("".join(json.dumps(p) + "\n" for p in predictions), "utf-8")
    for group in sorted(counts):
        print(f"{group:48} {agreed[group]:3} of {counts[group]:3}")
    print("differ without a policy:", ", ".join(name for name, _ in failures) or "none")
    return int(any(must for _, must in failures))


if __name__ == "__main__":
    sys.exit(main())
