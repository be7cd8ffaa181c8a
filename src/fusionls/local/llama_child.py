"""A server's own child process: llama.cpp's own HTTP server for one model, on the loopback address.

For machines on which a model cannot be shared (see ``keeper_process.py``). Run as
``python -P -m fusionls.local.llama_child``. It reads one order from standard input, writes one answer to
standard output, serves until standard input ends, and then exits at once. Its parent holds the other end
of standard input, so a parent that is killed takes it along.
"""

import os
import signal
import sys
import threading
from typing import BinaryIO

from fusionls.local.child_lines import Answer, Order, line_of, order_from

# llama.cpp's levels: 1 errors, 2 warnings, 3 what it does. Nothing of a prompt is logged at 2.
_VERBOSITY = 2


def main() -> None:
    """Serve one order until standard input ends. Never returns."""
    # An interrupt from the keyboard goes to the whole terminal; our parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.dup(1)
    # llama.cpp prints where it likes; standard output is for our one line.
    os.dup2(2, 1)
    line = sys.stdin.buffer.readline()
    watch = threading.Thread(target=_exit_at_end_of, args=(sys.stdin.buffer,), daemon=True)
    watch.start()
    try:
        # Kept in a variable: the server ends with its last reference.
        server, answer = serve(order_from(line))
    except (ValueError, TypeError) as error:
        server, answer = None, Answer(error=f"no order was understood ({type(error).__name__})")
    os.write(answers, line_of(answer))
    os.close(answers)
    if server is None:
        sys.stderr.flush()
        os._exit(1)
    watch.join()


def _exit_at_end_of(stream: BinaryIO) -> None:
    while stream.read(4096):
        pass
    # An orderly shutdown would wait for llama.cpp's threads, and there is nothing to save.
    os._exit(0)


def serve(order: Order) -> tuple[object | None, Answer]:
    """Start llama.cpp in this process; return it, or None, and the answer to ``order``. Never raises."""
    try:
        import xllamacpp
    except ModuleNotFoundError as error:
        if error.name != "xllamacpp":
            return None, Answer(error=f"llama.cpp cannot be loaded: {error}")
        return None, Answer(error="the package xllamacpp is not installed", missing=True)
    except ImportError as error:
        return None, Answer(error=f"llama.cpp cannot be loaded: {error}")
    params = xllamacpp.CommonParams()
    params.model.path = order.model
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [order.key]
    # llama.cpp divides its context among the slots.
    params.n_ctx = order.context * order.slots
    params.n_parallel = order.slots
    params.cpuparams.n_threads = order.threads
    params.cpuparams_batch.n_threads = order.reading_threads
    params.cache_ram_mib = order.cache_mib
    params.n_cache_reuse = order.cache_reuse
    params.swa_full = order.swa_full
    params.warmup = True
    params.ui = False
    params.endpoint_slots = True
    params.verbosity = _VERBOSITY
    try:
        server = xllamacpp.Server(params)
        port = int(server.listening_address.rsplit(":", 1)[1])
    except (RuntimeError, ValueError, OSError) as error:
        return None, Answer(error=f"llama.cpp did not start: {error}")
    return server, Answer(port=port)


if __name__ == "__main__":
    main()
