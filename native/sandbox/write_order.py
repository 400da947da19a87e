"""What a job writes, noted while it runs."""

import itertools
import os
import sys

from descriptors import READY
from disguise import disguised

# OpenCV's functions that write pictures: it opens files by itself.
_WRITERS = 'imwrite', 'imwritemulti', 'imwriteanimation'


class WriteOrder:
    """The order in which files were last opened for writing: the clock of a file system is too coarse to tell.

    `sizes` are the (width, height) of those that OpenCV wrote last; the others have to be opened to tell.
    """

    def __init__(self, cv2):
        self.order, self.sizes = {}, {}
        self._next = itertools.count(1)
        self._descriptors = set()
        sys.addaudithook(self._note)
        for name in _WRITERS:
            if hasattr(cv2, name):
                setattr(cv2, name, self._noting(getattr(cv2, name), name == 'imwrite'))

    def _noting(self, write, tells_size):
        @disguised(write)
        def noting(filename, *rest, **named):
            path = self._count(filename)
            shape = getattr(rest[0], 'shape', ()) if rest and tells_size else ()
            if path and len(shape) >= 2:
                self.sizes[path] = shape[1], shape[0]
            return write(filename, *rest, **named)

        return noting

    def may_have_left_open(self):
        """Whether a file object that keeps bytes back may still be open: to look for it costs more than to ask the kernel."""
        return any(map(_is_open, self._descriptors))

    def _note(self, event, arguments):
        if event == 'open' and arguments[2] & (os.O_WRONLY | os.O_RDWR):
            # Of a file object, which os.open does not make.
            if arguments[1] is not None:
                self._descriptors.add(arguments[0] if isinstance(arguments[0], int) else _lowest_free())
            self._count(arguments[0])
        elif event == 'os.rename':
            self._move(*arguments[:2])

    def _move(self, source, target):
        """A file keeps its place in the order under its new name; what was noted of the one that had it is gone."""
        place = self.order.get(_path_of(source))
        path = self._count(target)
        if path and place:
            self.order[path] = place

    def _count(self, name):
        path = _path_of(name)
        if path is None:
            return None
        self.order[path] = next(self._next)
        self.sizes.pop(path, None)
        return path


def _path_of(name):
    if not isinstance(name, (str, bytes, os.PathLike)):
        return None
    try:
        return os.path.realpath(os.fsdecode(name))
    except (OSError, ValueError):
        return None  # in a folder that is gone, or no name: opening it fails


def _lowest_free():
    """The descriptor that a file about to be opened gets; -1 where none is left, so that it cannot be opened."""
    try:
        free = os.dup(READY)
        os.close(free)
        return free
    except OSError:
        return -1


def _is_open(descriptor):
    try:
        os.fstat(descriptor)
        return True
    except OSError:
        return False
