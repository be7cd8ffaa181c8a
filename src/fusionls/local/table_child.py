"""The process that solves when to stop waiting: one problem on standard input, one table on standard output.

Run as ``python -P -m fusionls.local.table_child``. It works for one server and for one problem, gives way
to everything else on the machine, and ends by itself if that server was killed: at the latest when its
share of the processor is used up.
"""

import json
import os
import sys
from contextlib import suppress

# A niced process gets a tenth of a processor that others want for themselves. With 19 it would get a
# seventieth, and a model that writes all the time would keep it from ever being done.
NICENESS = 10
# Seconds of the processor: six times what five members that share machines take, the longest there is.
PROCESSOR_S = 30
# Of addresses, not of memory: numpy reserves hundreds of megabytes that it never touches.
ADDRESS_BYTES = 4 * 1024**3


def main() -> None:
    """Solve one problem. Exit code 0 if standard output has the table."""
    give_way()
    # Whatever libraries print, standard output is for the table alone.
    answers = os.dup(1)
    os.dup2(2, 1)
    question = sys.stdin.buffer.read()
    # Imported late: it takes as long as solving does, and is done with little of the processor.
    from fusionls.core.stopping.problem import Problem
    from fusionls.core.stopping.solving import solve

    table = solve(Problem.from_json(json.loads(question)))
    with os.fdopen(answers, "w", encoding="ascii") as stream:
        json.dump(table.to_json(), stream, separators=(",", ":"))


def give_way() -> None:
    """Let every other process go first, and bound what this one may use. On Windows who starts it does."""
    if sys.platform == "win32":
        return
    import resource

    os.nice(NICENESS)
    for limit, most in (
        (resource.RLIMIT_CPU, PROCESSOR_S),
        (resource.RLIMIT_AS, ADDRESS_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        # macOS has no limit of addresses; an administrator may have set lower ones.
        with suppress(ValueError, OSError):
            resource.setrlimit(limit, (most, most))


if __name__ == "__main__":
    main()
