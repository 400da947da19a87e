"""The zygote's heap, laid out so that forking it costs little.

A fork copies an entry for each page that holds memory of its own, some eight thousand once everything is imported, and the
kernel takes them apart again when the child is gone. Pages of a file cost nothing before they are touched. So the heap
grows in a memory file that is shared while modules are imported (begin), and is mapped again as a private copy when that
is done (settle): what the zygote or a child writes to from then on becomes its own, page by page; the rest, which is most
of it, is in no page table. Python's small objects, which have regions of their own, are taken into the heap too.

The C library must be GNU's, from 2.33. Where it is another, nothing is done, and everything works, only slower.
"""

import ctypes
import mmap
import os

import kernel

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3
MADV_HUGEPAGE = 14
MAP_FIXED = 0x10
PAGE, HUGE_PAGE = mmap.PAGESIZE, 2 << 20
# What stays free behind everything for jobs: images come from there, at a page fault for each huge page.
FREE_END = 64 << 20
# What importing takes, with as much again to spare.
ROOM = 128 << 20
LARGEST_FROM_HEAP, PROBE = 32 << 20, 256 << 10
# Free blocks among used ones, from this size on, are not for jobs.
LARGEST_HOLE = 64 << 10

_libc = ctypes.CDLL(None)
for _name in ('malloc', 'sbrk'):
    getattr(_libc, _name).restype = ctypes.c_void_p


class _Usage(ctypes.Structure):
    """mallinfo2's, of which the last of ten numbers is wanted (`keepcost`)."""

    _fields_ = [('others', ctypes.c_size_t * 9), ('free_end', ctypes.c_size_t)]


class _ArenaAllocator(ctypes.Structure):
    _fields_ = [('context', ctypes.c_void_p), ('allocate', ctypes.c_void_p), ('free', ctypes.c_void_p)]


def _address(function):
    return ctypes.cast(function, ctypes.c_void_p)


def _map(start, end, flags, descriptor):
    kernel.map_memory(start, end - start, mmap.PROT_READ | mmap.PROT_WRITE, flags | MAP_FIXED, descriptor)


def _free_end():
    return _libc.sbrk(ctypes.c_long(0)) - _libc.mallinfo2().free_end


def _end_of_used():
    """Where the heap's free end begins, and something more that is about to be used."""
    return _free_end() + PROBE


def _fill_holes():
    """Takes the large free blocks for good: an image in one would be copied page by page, where the free end has huge pages."""
    size = LARGEST_FROM_HEAP // 2
    while size >= LARGEST_HOLE:
        free_end = _free_end()
        block = _libc.malloc(ctypes.c_size_t(size))
        if block >= free_end:
            _libc.free(ctypes.c_void_p(block))
            size //= 2


class Heap:
    """From now on everything comes from the heap, and the heap from a shared memory file."""

    def __init__(self):
        # Large blocks too; nothing is given back, and the heap grows once, by everything that is needed.
        for option, value in ((M_MMAP_THRESHOLD, LARGEST_FROM_HEAP), (M_TRIM_THRESHOLD, 1 << 30), (M_TOP_PAD, ROOM + FREE_END)):
            _libc.mallopt(option, value)
        _libc.free(ctypes.c_void_p(_libc.malloc(ctypes.c_size_t(LARGEST_FROM_HEAP - PAGE))))
        # No page of this range has been touched yet: only the heap's free end lies here, which begins before it.
        self.start = -(-_end_of_used() // PAGE) * PAGE
        _libc.mallopt(M_TOP_PAD, 0)
        self.end = _libc.sbrk(ctypes.c_long(0)) // PAGE * PAGE
        self.file = os.memfd_create('heap', os.MFD_CLOEXEC)
        os.ftruncate(self.file, self.end - self.start)
        _map(self.start, self.end, mmap.MAP_SHARED, self.file)
        self.python_arenas = _ArenaAllocator()
        ctypes.pythonapi.PyObject_GetArenaAllocator(ctypes.byref(self.python_arenas))
        # aligned_alloc(context, size); what is freed stays where it is, because arenas from before cannot go the same way.
        in_heap = _ArenaAllocator(PAGE, _address(_libc.aligned_alloc), _address(_libc.getpid))
        ctypes.pythonapi.PyObject_SetArenaAllocator(ctypes.byref(in_heap))

    def settle(self):
        """Ends this. Returns the bytes of the free end: they are a job's to use."""
        # An arena of the heap that is freed one day is unmapped, and nothing else ever lies there.
        ctypes.pythonapi.PyObject_SetArenaAllocator(ctypes.byref(self.python_arenas))
        _fill_holes()
        # Beyond its room the heap has grown in the usual way.
        used = min(self.end, -(-_end_of_used() // HUGE_PAGE) * HUGE_PAGE)
        # One call: memory is the same before and after it.
        _map(self.start, used, mmap.MAP_PRIVATE, self.file)
        os.close(self.file)
        if used < self.end:
            _map(used, self.end, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1)
            _libc.madvise(ctypes.c_void_p(used), ctypes.c_size_t(self.end - used), MADV_HUGEPAGE)
        _libc.malloc_trim(ctypes.c_size_t(FREE_END))
        return max(0, _libc.sbrk(ctypes.c_long(0)) - used)


class OtherHeap:
    """One that stays as it is."""

    def settle(self):
        return 0


def begin():
    try:
        _libc.mallinfo2.restype = _Usage
        return Heap()
    except (AttributeError, OSError):
        return OtherHeap()  # another C library or an older one, or no memory files


def skip_to_huge_page():
    """In a child: leaves what the zygote has begun of the heap's free end, whose pages are small by now."""
    end = _libc.malloc(ctypes.c_size_t(PROBE)) + PROBE
    _libc.malloc(ctypes.c_size_t(-end % HUGE_PAGE))  # never used, never given back
