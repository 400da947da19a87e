"""How a child shuts itself in, in this order. After lock_down() it may run anything."""

import os
import socket

import kernel
import landlock
import limits
from descriptors import ERRORS, HANDOVER, NOTHING, OUTPUT, READY, RESULT
from seccomp_filter import ARCHITECTURES

DEVICES = ('/dev/null', '/dev/zero', '/dev/urandom')

# Above every descriptor that the zygote can have.
MOST_DESCRIPTORS = 256

_capset = ARCHITECTURES[os.uname().machine].NUMBERS['capset']


def lock_down(settings, ends):
    """`ends` are the child's ends of its pipes and socket: output, errors, ready, handover. Returns the handover socket."""
    os.setsid()
    kernel.process_control(kernel.PR_SET_PDEATHSIG, 9)
    if settings.namespaces:
        own_work_folder(settings)
    os.chdir(settings.work)
    kernel.process_control(kernel.PR_SET_NO_NEW_PRIVS, 1)
    if settings.landlock > 0:
        landlock.restrict([*settings.rules, work_rule(settings)], settings.landlock)
    place_descriptors(ends)
    handover = socket.socket(fileno=HANDOVER)
    limits.set_fixed(settings.open_files)
    kernel.drop_capabilities(_capset)
    settings.filter.install(os.getpid())
    return handover


def own_work_folder(settings):
    kernel.unshare(kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC)
    flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
    kernel.mount('work', settings.work, 'tmpfs', flags, f'size={settings.disk_bytes},nr_inodes={settings.disk_files},mode=700')


def place_descriptors(ends):
    output, errors, ready, handover = ends
    nothing = os.open('/dev/null', os.O_RDWR)
    # The result's number is taken now, so that a descriptor that arrives later cannot have it.
    for number, descriptor in ((NOTHING, nothing), (OUTPUT, output), (ERRORS, errors), (RESULT, nothing), (READY, ready), (HANDOVER, handover)):
        os.dup2(descriptor, number, inheritable=True)
    os.closerange(HANDOVER + 1, MOST_DESCRIPTORS)


def shared_rules(settings):
    """The rules on files that are the same for every child."""
    paths = [*((path, landlock.READ) for path in settings.readable), *((device, landlock.DEVICE) for device in DEVICES)]
    return [landlock.rule(path, rights, settings.landlock) for path, rights in paths]


def work_rule(settings):
    return landlock.rule(settings.work, landlock.GROW_ONLY if settings.tier == 'L3' else landlock.FULL, settings.landlock)
