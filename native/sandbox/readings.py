"""A picture as OpenCV and Pillow read it, kept for the jobs that read the same picture again.

The episodes of a group look at one picture, and decoding it takes longer than most of what they do to it. A child that
has no other job reads it once, with the very functions that jobs call (make). Its reading is sealed and mapped into
later children, which take a picture that still is the input from there (offer). The zygote never looks into one.

    u32 width, u32 height as OpenCV reads it, upright | u32 width, u32 height as Pillow does | BGR, 3 bytes a pixel | RGB, 4
"""

import os
import struct

from descriptors import RESULT

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


class Reading:
    def __init__(self, memory):
        self.memory = memory
        width, height, *self.pillow_size = _SIZES.unpack_from(memory)
        self.shape = height, width, 3
        self.pillow_offset = _SIZES.size + width * height * 3

    def pixels(self, numpy):
        return numpy.frombuffer(self.memory, numpy.uint8, self.shape[0] * self.shape[1] * 3, _SIZES.size).reshape(self.shape).copy()

    def pillow_pixels(self, core):
        return core.map_buffer(self.memory, tuple(self.pillow_size), 'raw', self.pillow_offset, ('RGB', 0, 1))


def offer(memory, inputs, was_written, prepared):
    """From now on a file of `inputs` (its path → what os.stat said of it) is read from here as long as nothing changed it.

    Returns a function that marks an image opened from the input's bytes as one of it.
    """
    reading = Reading(memory)
    cv2, numpy, Image, file_class = prepared['cv2'], prepared['numpy'], prepared['Image'], prepared['PIL'].ImageFile.ImageFile
    read, load = cv2.imread, file_class.load
    marked = []

    def is_input(name):
        if not isinstance(name, str):
            return False
        try:
            path = os.path.realpath(name)
            return path in inputs and not was_written(path) and _same_file(inputs[path], os.stat(path))
        except (OSError, ValueError):
            return False  # removed, or no name: whoever reads it will say so

    def imread(*given, **named):
        if not named and given[1:] in ((), (cv2.IMREAD_COLOR,)) and given and is_input(given[0]):
            return reading.pixels(numpy)
        return read(*given, **named)

    def load_quickly(image):
        if len(image.tile) == 1 and _is_plain(image) and list(image.size) == reading.pillow_size and (any(image is each for each in marked) or is_input(image.filename)):
            image.im = reading.pillow_pixels(Image.core)
            image.tile, image.readonly = [], 1
            if image._exclusive_fp:
                image.fp.close()
            image.fp = None
        return load(image)

    imread.__doc__, load_quickly.__doc__ = read.__doc__, load.__doc__
    cv2.imread, file_class.load = imread, load_quickly
    return marked.append


def _same_file(before, now):
    return (before.st_ino, before.st_size, before.st_mtime_ns) == (now.st_ino, now.st_size, now.st_mtime_ns)
