"""What stands in place of a library's function looks like it."""

import functools

# File name of what stands in place of a library's function.
DISGUISE = '<sandbox>'


def disguised(original):
    """For what stands in place of a library's function: it has its name and words, and a traceback shows none of our paths."""
    def disguise(function):
        function = functools.update_wrapper(function, original)
        function.__code__ = function.__code__.replace(co_filename=DISGUISE)
        del function.__wrapped__
        return function
    return disguise
