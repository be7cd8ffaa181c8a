"""How an unexpected exception is written down."""


def where_it_broke(error: BaseException) -> str:
    """Return the kind of ``error`` and the file and line it came from.

    Its message is left out: it may hold the person's code, which no log of ours ever does.
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    file = trace.tb_frame.f_code.co_filename.replace("\\", "/").rsplit("/", 1)[-1]
    return f"{type(error).__name__} at {file}:{trace.tb_lineno}"
