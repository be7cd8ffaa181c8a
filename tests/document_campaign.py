"""Compares document sync with the npm package on edits that were never seen before.

python -m tests.document_campaign --edits 200000 [--seed N]     (once: npm install in tests/oracle)
"""

import argparse
import shutil
import subprocess
import sys

from tests.conftest import REPOSITORY
from tests.support.document_replay import replay

ORACLE = REPOSITORY / "tests" / "oracle"
EDITS_OF_A_ROUND = 20_000
# Tiny chunks put a seam into every edit, the largest hold any of these documents whole.
CHUNK_SIZES = (1, 2, 3, 7, 16, 100, 8192)
MOST_SHOWN = 10


def fresh_lives(seed: int, edits: int) -> list[str]:
    """Return lives of documents as the npm package saw them, one JSON line each."""
    node = shutil.which("node")
    if node is None or not (ORACLE / "node_modules").exists():
        sys.exit("the campaign needs node, and npm install in tests/oracle")
    asked = [node, "make_vectors.mjs", "--seed", str(seed), "--edits", str(edits)]
    made = subprocess.run(asked, cwd=ORACLE, capture_output=True, check=True)
    return made.stdout.decode().split("\n")[:-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edits", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1000, help="of the first round")
    options = parser.parse_args()
    done, wrong = 0, []
    while done < options.edits:
        turn = done // EDITS_OF_A_ROUND
        edits = min(EDITS_OF_A_ROUND, options.edits - done)
        lives = fresh_lives(options.seed + turn, edits)
        score = replay(lives, CHUNK_SIZES[turn % len(CHUNK_SIZES)])
        done += score.edits
        wrong += [f"seed {options.seed + turn}: {each}" for each in score.wrong]
    print(f"{len(wrong)} wrong of {done} edits, each in UTF-8, UTF-16 and UTF-32")
    print("\n".join(wrong[:MOST_SHOWN]))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
