"""How a child of a zygote comes to its job: it rehearses while none is there, and takes the one that arrives."""

import array
import io
import os
import select
import struct

import heap
import job
import kernel
from descriptors import READY, RESULT

# Sent with the four descriptors: bytes of code, pixels of an output, outputs, bytes of all outputs, whether the picture is only to be read (readings.py).
MESSAGE = struct.Struct('<QQQQ?')
# Of the heap's free end: room for a photograph and what becomes of it.
_TOUCHED_BYTES, _PAGE_BYTES = 6 << 20, 4096
# How long to wait for a job before rehearsing.
_IDLE_S = 0.002


def rehearse(handover, prepared):
    """Does once what most jobs do, where none comes at once: a fork gets its pages only when it touches them."""
    heap.skip_to_huge_page()
    if select.select([handover], [], [], _IDLE_S)[0]:
        return
    cv2, numpy, Image = prepared['cv2'], prepared['numpy'], prepared['Image']
    numpy.empty(_TOUCHED_BYTES, numpy.uint8)[::_PAGE_BYTES] = 0
    pixels = numpy.zeros((32, 32, 3), numpy.uint8)
    for suffix in ('.png', '.jpg'):
        _, encoded = cv2.imencode(suffix, pixels)
        cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    Image.open(io.BytesIO(encoded.tobytes())).load()
    exec(compile('pass', '<code>', 'exec', dont_inherit=True), {})


def take(handover):
    """Waits for the job; ends the process where none comes."""
    message, ancillary, _, _ = handover.recvmsg(MESSAGE.size, 256)
    if not message:
        os._exit(0)
    descriptors = array.array('i')
    descriptors.frombytes(ancillary[0][2])
    code_file, picture_file, reading_file, result = descriptors
    os.dup2(result, RESULT)
    handover.close()
    code_bytes, pixels, outputs, output_bytes, only_read = MESSAGE.unpack(message)
    code = os.pread(code_file, code_bytes, 0).decode('utf-8', 'replace')
    size, reading_size = os.fstat(picture_file).st_size, os.fstat(reading_file).st_size
    picture = os.pread(picture_file, size, 0) if size > 0 else None
    reading = kernel.map_to_read(reading_file, reading_size) if reading_size > 0 else None
    for descriptor in descriptors:
        os.close(descriptor)
    os.write(READY, b'G')
    return job.Job(code, picture, pixels, outputs, output_bytes, reading, only_read)
