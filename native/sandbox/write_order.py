"""What a job writes, noted while it runs."""

import itertools
import os
import sys


class WriteOrder:
    """The order in which files were last opened for writing: the clock of a file system is too coarse to tell.

    `sizes` are the (width, height) of those that OpenCV wrote last; the others have to be opened to tell.
    """

    def __init__(self):
        import cv2

        self.order, self.sizes = {}, {}
        self._next = itertools.count(1)
        sys.addaudithook(self._note)
        write = cv2.imwrite

        def imwrite(filename, *rest, **named):
            path = self._count(filename)
            shape = getattr(rest[0], 'shape', ()) if rest else ()
            if path and len(shape) >= 2:
                self.sizes[path] = shape[1], shape[0]
            return write(filename, *rest, **named)

        imwrite.__doc__ = write.__doc__
        cv2.imwrite = imwrite

    def _note(self, event, arguments):
        if event == 'open' and arguments[2] & (os.O_WRONLY | os.O_RDWR):
            self._count(arguments[0])

    def _count(self, name):
        if not isinstance(name, (str, bytes, os.PathLike)):
            return None
        try:
            path = os.path.realpath(os.fsdecode(name))
        except (OSError, ValueError):
            return None  # in a folder that is gone, or no name: opening it fails
        self.order[path] = next(self._next)
        self.sizes.pop(path, None)
        return path
