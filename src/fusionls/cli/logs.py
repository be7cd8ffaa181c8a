"""Where logs go: stderr, or the file in FUSIONLS_LOG. They hold ids, sizes and times, no code."""

import logging
import os
import sys

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def set_up() -> None:
    """Send our own log to stderr (warnings) or to the file that FUSIONLS_LOG names (everything).

    pygls writes every outgoing body, with code in it, at INFO: it is held at ERROR.
    """
    target = os.environ.get("FUSIONLS_LOG", "")
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    if target:
        try:
            handler = logging.FileHandler(target, encoding="utf-8")
        except OSError as error:
            print(f"fusionls: FUSIONLS_LOG={target}: {error.strerror}", file=sys.stderr)
    handler.setFormatter(logging.Formatter(FORMAT))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("fusionls").setLevel(logging.INFO if target else logging.WARNING)
    logging.getLogger("pygls").setLevel(logging.CRITICAL)
