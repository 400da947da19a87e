"""Imports what jobs use and touches what would otherwise be set up on first use, once for all of them.

A job maps no machine code (seccomp_filter.py), so extension modules of the standard library are loaded here as well.
"""

import _sitebuiltins
import atexit
import builtins
import importlib
import io
import itertools
import os
import random
import sys
import tempfile
import warnings

EXTENSIONS = '''
    _bisect _blake2 _bz2 _csv _ctypes _datetime _decimal _elementtree _heapq _json _lzma _md5 _pickle _queue _random _sha1 _sha2
    _sha256 _sha512 _sha3 _socket _statistics _struct _zoneinfo array binascii cmath fcntl grp math mmap pyexpat resource select
    unicodedata zlib
'''.split()

MODULES = '''
    ast base64 bisect collections colorsys contextlib copy csv ctypes dataclasses datetime decimal enum fractions functools gc
    glob hashlib heapq html inspect io itertools json linecache logging math operator os pathlib pickle platform pprint random re
    shutil socket statistics string struct tempfile textwrap threading time traceback types typing warnings
    xml.etree.ElementTree zipfile
    numpy numpy.fft numpy.linalg numpy.ma numpy.random
    cv2 PIL.Image PIL.ImageChops PIL.ImageColor PIL.ImageDraw PIL.ImageEnhance PIL.ImageFile PIL.ImageFilter PIL.ImageFont
    PIL.ImageMath PIL.ImageCms PIL._imagingcms PIL.ImageMorph PIL.ImageOps PIL.ImagePalette PIL.ImageSequence PIL.ImageStat PIL.ImageTransform PIL.ExifTags
'''.split()

# Large libraries that nobody needs: hashlib and uuid have code of their own. Every mapping makes every fork slower.
LEFT_OUT = '_hashlib _ssl _uuid'.split()

_COLOURS_FROM_BGR = 'BGR2GRAY BGR2RGB BGR2LAB BGR2HSV BGR2YCrCb BGR2LUV BGR2HLS BGR2YUV BGR2XYZ RGB2GRAY RGB2LAB RGB2HSV RGB2YCrCb'
_COLOURS_BACK = 'LAB2BGR LAB2RGB HSV2BGR HSV2RGB YCrCb2BGR YCrCb2RGB LUV2BGR HLS2BGR YUV2BGR'


def warm_up():
    """Returns the modules that a job finds already imported under their usual names."""
    for name in LEFT_OUT:
        sys.modules[name] = None
    for name in EXTENSIONS + MODULES:
        try:
            # Some modules of the list are gone, or deprecated, in some versions of Python.
            with warnings.catch_warnings():
                warnings.simplefilter('ignore')
                importlib.import_module(name)
        except ImportError:
            if name.split('.')[0] in ('numpy', 'cv2', 'PIL'):
                raise
    import cv2
    import numpy
    import PIL.AvifImagePlugin
    import PIL.Image

    # As Python's site does, which does not run here.
    builtins.exit, builtins.quit = (_sitebuiltins.Quitter(name, 'Ctrl-D (i.e. EOF)') for name in ('exit', 'quit'))
    # OpenCV's loader names its own folders there.
    for name in ('LD_LIBRARY_PATH', 'PWD'):
        os.environ.pop(name, None)
    PIL.Image.init()
    # Threads are denied; one thread also gives the same pixels every time.
    cv2.setNumThreads(1)
    cv2.ocl.setUseOpenCL(False)
    PIL.AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    picture = numpy.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=numpy.uint8)
    _touch_opencv(cv2, numpy, picture)
    _touch_pillow(PIL.Image.fromarray(picture))
    numpy.linalg.svd(numpy.eye(3))
    numpy.fft.fft2(picture[..., 0])
    numpy.percentile(picture, 5)
    # Pillow's and logging's: nothing of theirs outlives a job, which runs its own (ending.py).
    atexit._clear()
    # Every job begins with these random numbers.
    numpy.random.seed(0)
    random.seed(0)
    # And these where it makes generators, or temporary files, without a seed or a name.
    numpy.random.bit_generator.randbits = random.Random(0).getrandbits
    tempfile._name_sequence = map('{:08}'.format, itertools.count(1))
    return {'np': numpy, 'numpy': numpy, 'cv2': cv2, 'PIL': PIL, **{name: getattr(PIL, name) for name in ('Image', 'ImageDraw', 'ImageEnhance', 'ImageFilter', 'ImageFont', 'ImageOps')}}


def _touch_opencv(cv2, numpy, picture):
    grey = picture[..., 0].copy()
    for name in _COLOURS_FROM_BGR.split() + _COLOURS_BACK.split():
        cv2.cvtColor(picture, getattr(cv2, f'COLOR_{name}'))
    for way in (cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_AREA, cv2.INTER_LANCZOS4):
        cv2.resize(picture, (24, 24), interpolation=way)
    cv2.warpAffine(picture, cv2.getRotationMatrix2D((32, 32), 7, 1), (64, 64))
    cv2.rotate(picture, cv2.ROTATE_90_CLOCKWISE)
    cv2.flip(picture, 1)
    cv2.GaussianBlur(picture, (5, 5), 0)
    cv2.medianBlur(picture, 3)
    cv2.bilateralFilter(picture, 5, 50, 50)
    cv2.filter2D(picture, -1, numpy.eye(3))
    cv2.createCLAHE(2.0, (8, 8)).apply(grey)
    cv2.equalizeHist(grey)
    cv2.Canny(grey, 50, 100)
    cv2.threshold(grey, 0, 255, cv2.THRESH_OTSU)
    cv2.convertScaleAbs(picture, alpha=1.2)
    cv2.LUT(picture, numpy.arange(256, dtype=numpy.uint8))
    cv2.fastNlMeansDenoisingColored(picture[:16, :16].copy(), None, 3, 3, 3, 7)
    cv2.findContours(grey, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    cv2.putText(picture.copy(), 'a', (1, 9), 0, 1, (1, 1, 1))
    for suffix in ('.png', '.jpg', '.webp'):
        cv2.imdecode(cv2.imencode(suffix, picture)[1], cv2.IMREAD_COLOR)


def _touch_pillow(picture):
    from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

    for kind in ('PNG', 'JPEG', 'WEBP', 'BMP'):
        buffer = io.BytesIO()
        picture.save(buffer, kind)
        buffer.seek(0)
        Image.open(buffer).load()
    for way in Image.Resampling:
        picture.resize((20, 20), way)
    picture.rotate(5, Image.Resampling.BICUBIC, expand=True)
    picture.transpose(Image.Transpose.ROTATE_90)
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color, ImageEnhance.Sharpness):
        enhance(picture).enhance(1.2)
    for kernel in (ImageFilter.GaussianBlur(1), ImageFilter.MedianFilter(3), ImageFilter.UnsharpMask()):
        picture.filter(kernel)
    for correct in (ImageOps.autocontrast, ImageOps.equalize, ImageOps.exif_transpose):
        correct(picture)
    picture.convert('L').convert('RGB')
    picture.convert('HSV')
    ImageDraw.Draw(picture.copy()).text((1, 1), 'a')


def versions():
    import platform

    import cv2
    import numpy
    import PIL

    return {'python': platform.python_version(), 'numpy': numpy.__version__, 'opencv': cv2.__version__, 'pillow': PIL.__version__}
