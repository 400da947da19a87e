"""What Python does at its end, which a job never comes to: it is killed upon its word that it is done."""

import atexit
import gc
import io
import logging
import sys

_WRITERS = io.BufferedWriter, io.BufferedRandom, io.BufferedRWPair, io.TextIOWrapper


def run_handlers():
    """Python prints what they raise."""
    if atexit._ncallbacks():
        atexit._run_exitfuncs()
    # Of logging's handlers only those of this module keep anything back.
    if 'logging.handlers' in sys.modules:
        logging.shutdown()


def flush_files():
    """Writes what file objects left open keep back, wherever they are. What the zygote made is frozen, and not looked at."""
    for each in gc.get_objects():
        # Not isinstance, which asks objects that have an opinion of their own.
        if issubclass(type(each), _WRITERS):
            try:
                each.flush()
            except ValueError:
                pass  # closed, or detached
            except BaseException as error:
                print(f'{getattr(each, "name", "a file")}: not written to its end: {error}', file=sys.stderr)


def flush_streams():
    """Also those that the code put others in place of."""
    for name in ('stdout', 'stderr', '__stdout__', '__stderr__'):
        try:
            getattr(sys, name).flush()
        except BaseException:
            pass  # closed, gone, or nothing that flushes
