"""Calls of the Linux kernel that Python's os module lacks. Each raises OSError where the kernel refuses."""

import ctypes
import mmap
import os

CLONE_NEWNS = 0x00020000
CLONE_NEWIPC = 0x08000000
CLONE_NEWPID = 0x20000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_SLAVE = 1, 2, 4, 8, 4096, 16384, 1 << 19

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

_libc = ctypes.CDLL(None, use_errno=True)
# Looked up here, in the zygote: what a child looks up costs it, and each after it, the pages that it writes.
_syscall, _unshare, _setns, _mount, _mmap, _prctl = _libc.syscall, _libc.unshare, _libc.setns, _libc.mount, _libc.mmap, _libc.prctl
_syscall.restype = ctypes.c_long
_mmap.restype = ctypes.c_void_p
_buffer_at = ctypes.pythonapi.PyMemoryView_FromMemory
_buffer_at.restype = ctypes.py_object
_PyBUF_READ = 0x100


def _long(value):
    return ctypes.c_long(value) if isinstance(value, int) else value


def _checked(result, what):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f'{what}: {os.strerror(number)}')
    return result


def system_call(number, *arguments):
    return _checked(_syscall(ctypes.c_long(number), *map(_long, arguments)), f'system call {number}')


def unshare(flags):
    _checked(_unshare(flags), f'unshare({flags:#x})')


def enter_namespace(descriptor, kind):
    _checked(_setns(descriptor, kind), f'setns({kind:#x})')


def mount(source, target, kind, flags, options=''):
    text = [None if part is None else os.fsencode(part) for part in (source, target, kind)]
    _checked(_mount(*text, ctypes.c_ulong(flags), options.encode()), f'mount on {target}')


def map_memory(address, count, protection, flags, descriptor):
    """Returns where the mapping begins: with MAP_FIXED at the address asked for."""
    mapped = _mmap(ctypes.c_void_p(address), ctypes.c_size_t(count), protection, flags, descriptor, ctypes.c_long(0))
    if mapped == ctypes.c_void_p(-1).value:
        raise OSError(ctypes.get_errno(), f'mmap: {os.strerror(ctypes.get_errno())}')
    return mapped


def map_to_read(descriptor, count):
    """The first `count` bytes of a file as a buffer. Python's own mapping keeps a descriptor, which a job would have."""
    return _buffer_at(ctypes.c_void_p(map_memory(None, count, mmap.PROT_READ, mmap.MAP_SHARED, descriptor)), ctypes.c_ssize_t(count), _PyBUF_READ)


def process_control(*arguments):
    return _checked(_prctl(*map(_long, arguments), *[ctypes.c_long(0)] * (5 - len(arguments))), f'prctl({arguments[0]})')


class _CapabilityHeader(ctypes.Structure):
    _fields_ = [('version', ctypes.c_uint32), ('process', ctypes.c_int)]


_OWN_CAPABILITIES, _NO_CAPABILITIES = _CapabilityHeader(0x20080522, 0), (ctypes.c_uint32 * 6)()


def drop_capabilities(capset):
    """Gives up every capability of this process; `capset` is the number of that system call."""
    process_control(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    system_call(capset, ctypes.byref(_OWN_CAPABILITIES), ctypes.byref(_NO_CAPABILITIES))
