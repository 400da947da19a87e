"""Landlock: which files a job may read or write. The rules are paths with rights; everything else is closed."""

import ctypes
import os
import platform

import kernel
from seccomp_filter import ARCHITECTURES

WRITE_FILE, READ_FILE, READ_DIR = 1 << 1, 1 << 2, 1 << 3
REMOVE_DIR, REMOVE_FILE, MAKE_DIR, MAKE_FILE = 1 << 4, 1 << 5, 1 << 7, 1 << 8
REFER, TRUNCATE = 1 << 13, 1 << 14

READ = READ_FILE | READ_DIR
DEVICE = READ_FILE | WRITE_FILE
# Without removal every byte a job has written can be counted by looking at the folder.
GROW_ONLY = READ | WRITE_FILE | MAKE_FILE | MAKE_DIR | TRUNCATE
FULL = GROW_ONLY | REMOVE_DIR | REMOVE_FILE | REFER

# How many rights on files an interface version knows; what a kernel does not know it cannot forbid.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_NETWORK_FROM, _SCOPES_FROM = 4, 6
_TCP_BIND_CONNECT = 3
_ABSTRACT_SOCKETS_SIGNALS = 3

_numbers = ARCHITECTURES[platform.machine()].NUMBERS


class _Ruleset(ctypes.Structure):
    _fields_ = [('files', ctypes.c_uint64), ('network', ctypes.c_uint64), ('scopes', ctypes.c_uint64)]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [('allowed', ctypes.c_uint64), ('parent', ctypes.c_int32)]


def version():
    """The kernel's interface version; 0 where there is no Landlock."""
    try:
        return kernel.system_call(_numbers['landlock_create_ruleset'], 0, 0, 1)
    except OSError:
        return 0


def _handled(interface):
    return (1 << _FILE_RIGHTS.get(interface, 16)) - 1


def rule(path, rights, interface):
    """What may be done with a path and all below it; keeps the path open."""
    return _PathBeneath(rights & _handled(interface), os.open(path, os.O_PATH | os.O_CLOEXEC))


def restrict(rules, interface):
    """Closes every path but those of `rules`. `no_new_privs` must be set."""
    ruleset = _Ruleset(_handled(interface), _TCP_BIND_CONNECT if interface >= _NETWORK_FROM else 0, _ABSTRACT_SOCKETS_SIGNALS if interface >= _SCOPES_FROM else 0)
    size = 24 if interface >= _SCOPES_FROM else 16 if interface >= _NETWORK_FROM else 8
    descriptor = kernel.system_call(_numbers['landlock_create_ruleset'], ctypes.byref(ruleset), size, 0)
    for each in rules:
        kernel.system_call(_numbers['landlock_add_rule'], descriptor, 1, ctypes.byref(each), 0)
    kernel.system_call(_numbers['landlock_restrict_self'], descriptor, 0)
