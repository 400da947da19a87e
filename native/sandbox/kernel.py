"""Calls of the Linux kernel that Python's os module lacks. Each raises OSError where the kernel refuses."""

import ctypes
import os

CLONE_NEWNS = 0x00020000
CLONE_NEWIPC = 0x08000000
CLONE_NEWPID = 0x20000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_SLAVE = 1, 2, 4, 8, 4096, 16384, 1 << 19

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3
MADV_HUGEPAGE = 14
HUGE_PAGE, FREE_END, LARGEST_FROM_HEAP, PROBE = 2 << 20, 64 << 20, 32 << 20, 256 << 10

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
_libc.malloc.restype = ctypes.c_void_p


def _long(value):
    return ctypes.c_long(value) if isinstance(value, int) else value


def _checked(result, what):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f'{what}: {os.strerror(number)}')
    return result


def system_call(number, *arguments):
    return _checked(_libc.syscall(ctypes.c_long(number), *map(_long, arguments)), f'system call {number}')


def unshare(flags):
    _checked(_libc.unshare(flags), f'unshare({flags:#x})')


def enter_namespace(descriptor, kind):
    _checked(_libc.setns(descriptor, kind), f'setns({kind:#x})')


def mount(source, target, kind, flags, options=''):
    text = [None if part is None else os.fsencode(part) for part in (source, target, kind)]
    _checked(_libc.mount(*text, ctypes.c_ulong(flags), options.encode()), f'mount on {target}')


def process_control(*arguments):
    return _checked(_libc.prctl(*map(_long, arguments), *[ctypes.c_long(0)] * (5 - len(arguments))), f'prctl({arguments[0]})')


def settle_heap():
    """Gives back what warming up left over, and makes the heap's free end large and of huge pages.

    Images then come from there, at a page fault for each 2 MiB instead of each 4 KiB. The C library could do the same
    (glibc.malloc.hugetlb), but asks /sys, which is not there. Returns the bytes of that end: they are a job's to use.
    """
    try:
        trim, option = _libc.malloc_trim, _libc.mallopt
    except AttributeError:
        return 0  # not the GNU C library
    trim(ctypes.c_size_t(0))
    for name, value in ((M_MMAP_THRESHOLD, LARGEST_FROM_HEAP), (M_TRIM_THRESHOLD, 1 << 30), (M_TOP_PAD, FREE_END)):
        option(name, value)
    # More than is left, so that the heap grows; little, so that none of the new huge pages is begun.
    block = _libc.malloc(ctypes.c_size_t(PROBE))
    start = -(-block // HUGE_PAGE) * HUGE_PAGE
    _libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(FREE_END - HUGE_PAGE), MADV_HUGEPAGE)
    _libc.free(ctypes.c_void_p(block))
    option(M_TOP_PAD, 0)
    return FREE_END


def skip_to_huge_page():
    """In a child: leaves what the zygote has begun of the heap's free end, whose pages are small by now."""
    end = _libc.malloc(ctypes.c_size_t(PROBE)) + PROBE
    _libc.malloc(ctypes.c_size_t(-end % HUGE_PAGE))  # never used, never given back


class _CapabilityHeader(ctypes.Structure):
    _fields_ = [('version', ctypes.c_uint32), ('process', ctypes.c_int)]


def drop_capabilities(capset):
    """Gives up every capability of this process; `capset` is the number of that system call."""
    process_control(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    header = _CapabilityHeader(0x20080522, 0)
    nothing = (ctypes.c_uint32 * 6)()
    system_call(capset, ctypes.byref(header), ctypes.byref(nothing))
