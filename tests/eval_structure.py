"""How often the deterministic structure of the missing line is right, on evaluation packs.

``python -m tests.eval_structure PACK...``; without arguments the packs are searched for in the folder
that FUSIONLS_PACKS names. A pack is a .jsonl.gz file with ``prefix``, ``suffix``, ``language`` and
``gold`` or ``reference``. Set FUSIONLS_SHOW to a word (indent, opens, needed) to see what is wrong.
"""

import gzip
import json
import os
import re
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

from fusionls.core.languages import language_for
from fusionls.core.missing_line import MissingLine, missing_line
from fusionls.core.text import first_content_line, indentation

PACKS = ("live_he_single", "live_santa_js", "completion_recorded", "live_mini")
SHOWN = os.environ.get("FUSIONLS_SHOW", "")


def cases(pack: Path):
    """Yield language id, text before, text behind and the line that was there."""
    with gzip.open(pack, "rt", encoding="utf-8") as lines:
        for raw in lines:
            case = json.loads(raw)
            gold = case.get("gold", case.get("reference"))
            if "prefix" in case and gold and gold.strip():
                yield case["language"], case["prefix"], case["suffix"], gold


def opens(language, line: str, gold: str, suffix: str) -> bool:
    """Tell whether the first line of what was there opens a block that it does not close."""
    code = re.sub(r"\s*(#|//).*$", "", line).rstrip()
    return bool(language.block_end) and code.endswith(language.block_end)


def binds(line: str, name: str) -> bool:
    """Tell whether a line binds a name, by its shape."""
    if not re.search(rf"(?<![\w.]){re.escape(name)}\b", line):
        return False
    escaped = re.escape(name)
    target = rf"(?<![\w.]){escaped}\b[^=]*(?<![=!<>])(=|:=|\+=|-=)(?!=)"
    word = rf"\b(for|def|class|function|import|as|let|const|var|in|catch|foreach|with)\b.*\b{escaped}\b"
    return bool(
        re.search(target, line)
        or re.search(word, line)
        or re.search(rf"\(.*\b{escaped}\b.*\)\s*(=>|{{|:)", line)
        or re.search(rf"\b{escaped}\s*(=>|;$|\(.*{{)", line)
    )


def report(show: str, case, gold: str, found: MissingLine) -> None:
    if show != SHOWN:
        return
    print("----", case[0], found.indents, found.needed, "must open:", found.opens_block)
    print(case[1][-400:] + "\033[32m" + gold + "\033[0m" + case[2][:200])


def judge(case, counts: Counter[str]) -> None:
    language_id, prefix, suffix, gold = case
    language = language_for(language_id, "")
    begun = time.process_time()
    found = missing_line(language, prefix, suffix)
    counts["us"] += int((time.process_time() - begun) * 1e6)
    counts["slowest"] = max(counts["slowest"], int((time.process_time() - begun) * 1e6))
    counts["cases"] += 1
    at_start = not prefix.rpartition("\n")[2].strip()
    line = first_content_line(gold)
    if at_start and line:
        typed = prefix.rpartition("\n")[2]
        indent = (typed if gold.startswith(line) else "") + indentation(line)
        counts["lines"] += 1
        counts["top1"] += found.indents[0] == indent
        counts["top3"] += indent in found.indents
        if found.indents[0] != indent:
            report("indent", case, gold, found)
        one = len([row for row in gold.split("\n") if row.strip()]) == 1
        if one and language is not None and language.block_end:
            truth = opens(language, line, gold, suffix)
            counts["of one line"] += 1
            pair = found.indents[0] == indent and found.opens[:1] in ((truth,), (None,), ())
            counts["first place and opening right"] += pair
            counts[f"opens: is {truth}, found {found.opens_block}"] += 1
            if found.opens_block not in (truth, None):
                report("opens", case, gold, found)
            if truth and found.opens_block is None:
                report("unknown", case, gold, found)
    if found.needed:
        counts["needed"] += 1
        right = binds(gold, found.needed[0])
        counts["needed right"] += right
        counts["needed all right"] += all(binds(gold, name) for name in found.needed)
        if not right:
            report("needed", case, gold, found)
    elif SHOWN == "unneeded" and at_start:
        report("unneeded", case, gold, found)


def main() -> None:
    named = [Path(name) for name in sys.argv[1:]]
    folder = os.environ.get("FUSIONLS_PACKS", "")
    if not named and not folder:
        sys.exit("name the packs, or their folder in FUSIONLS_PACKS")
    packs = named or [Path(folder) / f"{pack}.jsonl.gz" for pack in PACKS]
    for pack in packs:
        by_language: dict[str, Counter[str]] = defaultdict(Counter)
        for case in cases(pack):
            judge(case, by_language[case[0]])
        for language, counts in by_language.items():
            mean = counts.pop("us") / counts["cases"] / 1000
            slowest = counts.pop("slowest") / 1000
            lines = max(counts["lines"], 1)
            print(
                f"{pack.name.split('.')[0]} {language}: {counts['cases']} cases,"
                f" {mean:.1f} ms, at most {slowest:.1f}\n"
                f"  indent of {counts['lines']}: first {counts['top1'] / lines:.1%},"
                f" among three {counts['top3'] / lines:.1%}\n"
                f"  needed {counts['needed']}, first right {counts['needed right']},"
                f" all right {counts['needed all right']}"
            )
            for key in sorted(key for key in counts if key.startswith(("opens", "of", "first"))):
                print(f"  {key}: {counts[key]}")


if __name__ == "__main__":
    main()
