// Two jobs: one leaves a secret wherever it can, the next searches its whole memory for it.

export const marker = 'TOP-SECRET-OF-THE-JOB-BEFORE';

// The code that searches knows it with every bit flipped only, so that it does not find itself.
const flipped = JSON.stringify([...Buffer.from(marker)].map((byte) => byte ^ 0xff));

export const leave = `
import os, sys
secret = ${JSON.stringify(marker)}
print(secret * 1000)
sys.stderr.write(secret * 1000)
open('secret', 'w').write(secret * 1000)
os.write(3, secret.encode() * 1000)
kept = [bytearray(secret.encode() * 1000) for _ in range(100)]
os._exit(0)`;

/** Reads every page it can: those it knows of through its own objects and everything between, guarded by a pipe. */
export const search = `
import os
flip = bytes(255 - i for i in range(256))
wanted = bytes(${flipped})
r, w = os.pipe()
os.set_blocking(w, False)
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.write.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]
def readable(page):
    # The kernel refuses to read from a page that is not there, where Python would crash.
    if libc.write(w, page, 1) != 1: return False
    os.read(r, 1)
    return True
def pages_from(start, most):
    for direction in (1, -1):
        page = start if direction == 1 else start - 4096
        for _ in range(most):
            if not readable(page): break
            yield page
            page += direction * 4096
import gc, sys, numpy
anchors = {id(thing) & ~0xFFFFF for thing in gc.get_objects() + list(sys.modules.values())} | {numpy.zeros(10).ctypes.data & ~0xFFF, ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, '_Py_NoneStruct')) & ~0xFFF}
seen, hits, positive = set(), 0, 0
here = ctypes.create_string_buffer(len(wanted))  # the search must find this one
for i, value in enumerate(wanted): here[i] = 255 - value
anchors.add(ctypes.addressof(here) & ~0xFFF)
for anchor in sorted(anchors):
    for page in pages_from(anchor, 4096):
        if page in seen: break
        seen.add(page)
        at = ctypes.string_at(page, 4096).translate(flip).find(wanted)
        if at >= 0 and page + at == ctypes.addressof(here): positive += 1
        elif at >= 0: hits += 1
print(len(seen), 'pages', positive, 'found', hits, 'foreign')
`;
