"""A picture as OpenCV and Pillow read it, kept for the jobs that read the same picture again.

The episodes of a group look at one picture, and decoding it takes longer than most of what they do to it. A child that
has no other job reads it once, with the very functions that jobs call (make). Its reading is sealed and mapped into
later children, which take a picture that still is the input from there (offer). The zygote never looks into one.

    u32 width, u32 height as OpenCV reads it, upright | u32 width, u32 height as Pillow does | BGR, 3 bytes a pixel | RGB, 4
"""

import os
import struct

from descriptors import RESULT
from disguise import disguised

_SIZES = struct.Struct('<4I')


def make(picture, cv2, Image):
    """Writes the reading of encoded bytes; nothing where OpenCV reads none. Colours other than RGB are left to Pillow itself."""
    with open('picture', 'wb') as file:
        file.write(picture)
    pixels = cv2.imread('picture')
    if pixels is None:
        return
    height, width, _ = pixels.shape
    size, mapped = _by_pillow(Image)
    rest = memoryview(_SIZES.pack(width, height, *size) + pixels.tobytes() + mapped)
    while rest:
        rest = rest[os.write(RESULT, rest):]


def _by_pillow(Image):
    try:
        image = Image.open('picture')
        if _is_plain(image):
            image.load()
            return image.size, image.tobytes('raw', 'RGBX')
    except Exception:
        pass  # whoever opens it will see why
    return (0, 0), b''


def _is_plain(image):
    """Of a JPEG Pillow knows everything but its pixels when it has opened it; `draft` asks for others than those of the file."""
    return image.format == 'JPEG' and image.mode == 'RGB' and image.decoderconfig == ()


_taken = None


def install(prepared):
    """In the zygote: what reads a picture asks from now on for a reading first.

    A child could put this in place itself, but a class that is changed writes to all that inherit from it, Pillow's sixty
    formats, and each of those pages would be copied for each job.
    """
    cv2, file_class = prepared['cv2'], prepared['PIL'].ImageFile.ImageFile
    read, load = cv2.imread, file_class.load

    @disguised(read)
    def imread(*given, **named):
        if _taken and not named and len(given) in (1, 2) and all(type(flag) is int and flag == cv2.IMREAD_COLOR for flag in given[1:]) and _taken.is_input(given[0]):
            return _taken.pixels()
        return read(*given, **named)

    @disguised(load)
    def load_quickly(image):
        if _taken:
            _taken.fill(image)
        return load(image)

    cv2.imread, file_class.load = imread, load_quickly


def offer(memory, inputs, was_written, prepared):
    """From now on a file of `inputs` (its path → what os.stat said of it) is read from here as long as nothing changed it.

    Returns a function that marks an image opened from the input's bytes as one of it.
    """
    global _taken
    _taken = _Reading(memory, inputs, was_written, prepared)
    return _taken.marked.append


class _Reading:
    def __init__(self, memory, inputs, was_written, prepared):
        self.memory, self.inputs, self.was_written = memory, inputs, was_written
        self.numpy, self.core = prepared['numpy'], prepared['Image'].core
        width, height, *self.pillow_size = _SIZES.unpack_from(memory)
        self.shape = height, width, 3
        self.pillow_offset = _SIZES.size + width * height * 3
        self.marked = []

    def is_input(self, name):
        if not isinstance(name, str):
            return False
        try:
            path = os.path.realpath(name)
            return path in self.inputs and self._is_as_given(path, os.stat(path))
        except (OSError, ValueError):
            return False  # removed, or no name: whoever reads it will say so

    def _is_as_given(self, path, now):
        before = self.inputs[path]
        same = (before.st_ino, before.st_size, before.st_mtime_ns) == (now.st_ino, now.st_size, now.st_mtime_ns)
        return same and not self.was_written(path)

    def pixels(self):
        height, width, channels = self.shape
        return self.numpy.frombuffer(self.memory, self.numpy.uint8, height * width * channels, _SIZES.size).reshape(self.shape).copy()

    def fill(self, image):
        """Gives an image that is the input, opened and not yet loaded, its pixels."""
        if len(image.tile) != 1 or not _is_plain(image) or list(image.size) != self.pillow_size or not self._has_input_open(image):
            return
        # A copy: what loads a picture may write to its pixels, by ways that never ask whether it may.
        pixels = self.core.map_buffer(self.memory, tuple(self.pillow_size), 'raw', self.pillow_offset, ('RGB', 0, 1)).copy()
        if image._exclusive_fp:
            image.fp.close()
        image.fp = None
        image.im, image.tile, image.readonly = pixels, [], 0

    def _has_input_open(self, image):
        """Whether what an image would read is the input: its name may mean another file by now."""
        if image.fp is None or image.fp.closed:
            return False  # whoever loads it will say so
        if any(image is each for each in self.marked):
            return True
        try:
            now = os.fstat(image.fp.fileno())
        except (OSError, ValueError, AttributeError):
            return False  # no file
        return any(self._is_as_given(path, now) for path in self.inputs)
