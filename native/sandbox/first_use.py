"""Whether a program may read a name before it gives it a value of its own. In doubt it does.

Most programs begin with `image = cv2.imread(…)`: the picture need not be opened for them, which costs as much as a fork.
"""

import opcode
import types

_EXTENDED_ARG, _STORE_NAME = opcode.opmap['EXTENDED_ARG'], opcode.opmap['STORE_NAME']
_READS = {opcode.opmap['LOAD_NAME'], opcode.opmap['DELETE_NAME']}
_JUMPS = {*opcode.hasjrel, *opcode.hasjabs}
# Ways to a name that are not its name.
_INDIRECT = {'globals', 'locals', 'vars', 'dir', 'eval', 'exec', 'compile', '__import__', '__main__', 'modules', 'builtins', '__builtins__', '__dict__', '_getframe', 'f_globals', 'inspect'}


def may_read(program, names):
    """`program` is the code object of a module."""
    mentioned = set(program.co_names)
    inner = set().union(*map(_mentioned_in, program.co_consts))
    if _INDIRECT & (mentioned | inner) or inner & names:
        return True
    unread = mentioned & names
    # A program with `try` may go on after an assignment that failed; Python 3.10 jumps there, later ones have a table.
    return bool(unread) and (bool(getattr(program, 'co_exceptiontable', b'')) or _read_before_stored(program, unread))


def _mentioned_in(constant):
    if not isinstance(constant, types.CodeType):
        return set()
    return set(constant.co_names).union(constant.co_freevars, *map(_mentioned_in, constant.co_consts))


def _read_before_stored(program, unread):
    high = 0
    for operation, low in zip(program.co_code[::2], program.co_code[1::2]):
        argument = high | low
        high = argument << 8 if operation == _EXTENDED_ARG else 0
        if operation in _JUMPS:
            return True
        if operation in _READS and program.co_names[argument] in unread:
            return True
        if operation == _STORE_NAME:
            unread.discard(program.co_names[argument])
            if not unread:
                return False
    return False
