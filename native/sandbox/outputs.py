"""The pictures that a job leaves: which there are, and how they leave it."""

import itertools
import os
import re
import struct
import sys

from descriptors import RESULT

# What OpenCV or Pillow write and read again.
_SUFFIXES = '''
    apng avif avifs blp bmp bw dds dib gif hdr icb icns ico im j2c j2k jfif jp2 jpc jpe jpeg jpf jpg jpx mpo msp pbm pcx pfm pgm pic png pnm
    ppm qoi ras rgb rgba sgi sr tga tif tiff vda vst webp xbm
'''.split()
_PICTURE = re.compile(rf'\.(?:{"|".join(_SUFFIXES)})$', re.IGNORECASE | re.ASCII)

_OUTPUT = struct.Struct('<4sIII')  # 'RGB8', bytes of the name, width, height; the name and the pixels follow
# The app refuses longer ones (main/sandbox/outputs.ts).
_LONGEST_NAME = 255


def written_pictures(inputs, order):
    """(name, path) of each picture file below this folder that the code wrote, in the order of last writing."""
    found = []
    for folder, _, files in os.walk('.'):
        for file in filter(_PICTURE.search, files):
            path = os.path.normpath(os.path.join(folder, file))
            try:
                facts = os.stat(path)
            except OSError:
                continue  # too deep to be named from here
            place = order.get(os.path.realpath(path), 0)
            # The clock of a file system may be too coarse to tell the input from what came in its place.
            if facts.st_size > 0 and not (path in inputs and place == 0 and inputs[path].st_mtime_ns == facts.st_mtime_ns):
                found.append((facts.st_mtime_ns, place, path))
    return [(path, path) for _, _, path in sorted(found)]


def left_in_variables(space, given, prepared):
    Image, numpy = prepared['Image'], prepared['numpy']
    result = space.get('result')
    if isinstance(result, numpy.ndarray):
        result = _from_array(result, numpy, Image)
    for value in (result, space.get('image'), space.get('img')):
        if isinstance(value, Image.Image) and value is not given:
            return [('result', value)]
    return []


def _from_array(array, numpy, Image):
    """An array's picture; None where it is none, which is said: results are often something else."""
    try:
        if array.dtype.kind not in 'buif' or array.ndim < 2 or array.shape[2:] not in ((), (1,), (3,), (4,)) or array.size == 0:
            raise ValueError(f'an array of {array.dtype.name} and shape {array.shape}; rows × columns of numbers, with 1, 3 or 4 channels, would be one')
        if array.shape[2:] == (1,):
            array = array[..., 0]
        if array.dtype.kind == 'b':
            array = array * numpy.uint8(255)
        with numpy.errstate(invalid='ignore'):
            return Image.fromarray(numpy.clip(array, 0, 255).astype(numpy.uint8))
    except Exception as error:
        print(f'result: not taken as an output: {error}', file=sys.stderr)
        return None


def hand_over(job, pictures, sizes, prepared):
    """Decodes the last pictures that fit and writes them as raw RGB, oldest first."""
    Image, cv2 = prepared['Image'], prepared['cv2']
    # What it says of a file that Pillow then reads is not the code's.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    chosen, names, room = [], set(), job.output_bytes
    for name, source in reversed(pictures):
        try:
            encoded = _own_name(name, names)
            if len(chosen) >= job.outputs:
                raise ValueError(f'more than {job.outputs} images')
            # What was noted of a file may be of one that had its name before, so that both sizes are looked at.
            _room_for(_size(source, sizes, Image), job, room)
            width, height, data = _decode(source, prepared)
            room = _room_for((width, height), job, room) - len(encoded)
            chosen.append((encoded, (width, height, data)))
            names.add(encoded)
        except Exception as error:
            print(f'{name}: not taken as an output: {error}', file=sys.stderr)
    for name, (width, height, data) in reversed(chosen):
        _write(_OUTPUT.pack(b'RGB8', len(name), width, height) + name)
        _write(data)


def _room_for(size, job, room):
    """Bytes that stay free when a picture of this size has gone. @raises ValueError where it may not go."""
    width, height = size
    if width * height == 0:
        raise ValueError('it has no pixels')
    if width * height > job.pixels:
        raise ValueError(f'{width} × {height} pixels are more than {job.pixels}')
    left = room - _OUTPUT.size - _LONGEST_NAME - width * height * 3
    if left < 0:
        raise ValueError(f'more than {job.output_bytes} bytes of pixels in all')
    return left + _LONGEST_NAME


def _own_name(name, others):
    """A name as bytes: as long as it may be, and none of the others. What is cut off is the end of the stem."""
    stem, suffix = os.path.splitext(name)
    for count in itertools.count(1):
        end = ('' if count == 1 else f'-{count}') + suffix
        # A character that is cut in two goes whole.
        whole = stem.encode()[:_LONGEST_NAME - len(end)].decode(errors='ignore') + end
        if whole.encode() not in others:
            return whole.encode()


def _size(source, sizes, Image):
    if isinstance(source, Image.Image):
        return source.size
    return sizes.get(os.path.realpath(source)) or Image.open(source).size


def _decode(source, prepared):
    """(width, height, RGB bytes) of a file or a Pillow image, upright."""
    Image, cv2 = prepared['Image'], prepared['cv2']
    if isinstance(source, Image.Image):
        if source.mode.startswith('I;16'):
            # As a file of it is read: Pillow's own way to RGB cuts off at 255.
            source = Image.fromarray((prepared['numpy'].asarray(source) >> 8).astype('uint8'))
        return *source.size, source.convert('RGB').tobytes()
    # OpenCV decodes into the very bytes that leave; Pillow copies them three times, but knows more formats.
    pixels = cv2.imread(source, cv2.IMREAD_COLOR_RGB)
    if pixels is not None:
        height, width, _ = pixels.shape
        return width, height, memoryview(pixels).cast('B')
    picture = prepared['ImageOps'].exif_transpose(Image.open(source)).convert('RGB')
    return *picture.size, picture.tobytes()


def _write(data):
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(RESULT, rest):]
