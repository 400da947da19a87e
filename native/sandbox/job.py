"""The untrusted side: takes one job, runs its code, hands its pictures over, ends. Nothing here is trusted by others.

The code sees a folder with the input picture, and the names of `prepared` besides `image` and `img`, the input decoded
on first use, where it may read them. A picture it writes is an output; where it writes none, the picture it leaves in `result`, `image` or
`img` is.
"""

import ast
import io
import linecache
import os
import re
import sys
import tempfile
import traceback
import types

import disguise
import ending
import first_use
import outputs
import readings
from descriptors import READY
from write_order import WriteOrder

INPUT_NAME = 'path_to_input_image.jpg'
# The code's own spelling of the name, where it differs in case or suffix.
_INPUT_SPELLING = re.compile(r'path_to_input_image\.(?:jpe?g|png)', re.IGNORECASE)
_MOST_SPELLINGS = 8
_PICTURE_NAMES = {'image', 'img'}
_SOURCE = '<code>'
_OWN_FOLDER = os.path.dirname(__file__)


class Job:
    """What was handed over. `picture` are the input's encoded bytes, or None; `reading` how an earlier child read them, or None."""

    def __init__(self, code, picture, pixels, outputs, output_bytes, reading=None, only_read=False):
        self.code, self.picture, self.pixels, self.outputs, self.output_bytes = code, picture, pixels, outputs, output_bytes
        self.reading, self.only_read = reading, only_read


def run(job, work, prepared):
    """Never returns."""
    status = 1
    try:
        if job.only_read:
            readings.make(job.picture, prepared['cv2'], prepared['Image'])
            status = 0
            return
        inputs = _write_inputs(job)
        written = WriteOrder(prepared['cv2'])
        mark = None
        if job.reading:
            by_path = {os.path.realpath(name): facts for name, facts in inputs.items()}
            mark = readings.offer(job.reading, by_path, written.order.__contains__, prepared)
        program = _compile(job.code, work)
        given = None
        space = _namespace(prepared)
        if job.picture is None or (program and first_use.may_read(program, _PICTURE_NAMES)):
            given = space['image'] = space['img'] = _open_picture(job, prepared, mark)
        # Said, not tried out: trying removes a file, which is not allowed everywhere.
        tempfile.tempdir = work
        if program:
            status = _execute(program, space)
        ending.run_handlers()
        if written.may_have_left_open():
            ending.flush_files()
        # The code may have gone elsewhere.
        os.chdir(work)
        pictures = outputs.written_pictures(inputs, written.order)
        if not pictures and status == 0:
            pictures = outputs.left_in_variables(space, given, prepared)
        outputs.hand_over(job, pictures, written.sizes, prepared)
    except BaseException:
        status = status or 1
        traceback.print_exc()
    finally:
        try:
            ending.flush_streams()
            # The answer does not wait until the kernel has taken this process apart.
            os.write(READY, bytes([status & 0xFF]))
        finally:
            os._exit(status & 0xFF)


def _write_inputs(job):
    """The input under its name, in every spelling the code uses. Returns what the files are like before the code runs."""
    if job.picture is None:
        return {}
    names = {INPUT_NAME, *list(dict.fromkeys(_INPUT_SPELLING.findall(job.code)))[:_MOST_SPELLINGS]}
    for name in names:
        with open(name, 'wb') as file:
            file.write(job.picture)
    return {name: os.stat(name) for name in names}


def _namespace(prepared):
    main = types.ModuleType('__main__')
    sys.modules['__main__'] = main
    space = vars(main)
    space.update(prepared)
    return space


def _open_picture(job, prepared, mark):
    if job.picture is None:
        return None
    try:
        picture = prepared['Image'].open(io.BytesIO(job.picture))
        if mark:
            mark(picture)
        return prepared['ImageOps'].exif_transpose(picture) if 'exif' in picture.info else picture
    except prepared['PIL'].UnidentifiedImageError:
        # Its own words hold an address, which is another one in each process.
        print('the input image cannot be read: it is no picture that Pillow knows', file=sys.stderr)
    except Exception as error:
        print(f'the input image cannot be read: {error}', file=sys.stderr)
    return None


def _compile(code, work):
    """The program; None where it is none, which is said on standard error."""
    linecache.cache[_SOURCE] = (len(code), None, code.splitlines(True), _SOURCE)
    try:
        source = code
        if work != '/work' and '/work' in code:
            source = ast.parse(code, _SOURCE)
            _move_work_folder(source, work)
        return compile(source, _SOURCE, 'exec', dont_inherit=True)
    except BaseException as error:
        _print_error(error)
        return None


def _print_error(error):
    """As Python does, without the frames of this folder: what stands around `cv2.imread` is not of the code."""
    waiting, seen = [error], set()
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        each.__traceback__ = _without_own_frames(each.__traceback__)
        waiting += each.__cause__, each.__context__
    traceback.print_exception(error)


def _without_own_frames(entry):
    kept = []
    while entry is not None:
        if os.path.dirname(entry.tb_frame.f_code.co_filename) != _OWN_FOLDER and entry.tb_frame.f_code.co_filename != disguise.DISGUISE:
            kept.append(entry)
        entry = entry.tb_next
    rest = None
    for each in reversed(kept):
        rest = types.TracebackType(rest, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return rest


def _execute(program, space):
    try:
        exec(program, space)
    except SystemExit as end:
        return _exit_status(end.code)
    except BaseException as error:
        _print_error(error)
        return 1
    return 0


def _exit_status(code):
    if code is None:
        return 0
    if isinstance(code, int):
        return code
    print(code, file=sys.stderr)
    return 1


def _move_work_folder(tree, work):
    """Where /work cannot be made, paths below it that the code spells out mean the folder that stands for it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and (node.value == '/work' or node.value.startswith('/work/')):
            node.value = work + node.value[len('/work'):]
