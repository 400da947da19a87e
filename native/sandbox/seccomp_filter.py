"""The system calls a job may make: tables of rules, and an assembler of classic BPF that turns them into a filter.

Whatever no table names fails with EPERM. A job is one thread of one process that neither starts others nor loads
machine code: everything executable was mapped by the zygote before, so no mapping may become executable any more.
"""

import ctypes
import errno
import platform
import struct

import kernel
import syscalls_aarch64
import syscalls_x86_64

ARCHITECTURES = {'x86_64': syscalls_x86_64, 'aarch64': syscalls_aarch64}

ALLOWED = '''
    read write readv writev pread64 pwrite64 preadv pwritev lseek close close_range dup dup2 dup3 pipe pipe2
    fstat stat lstat newfstatat statx statfs fstatfs access faccessat faccessat2 readlink readlinkat getdents getdents64
    getcwd chdir fchdir umask mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 creat ftruncate
    fsync fdatasync fadvise64 poll ppoll select pselect6
    brk munmap mremap msync futex set_robust_list rseq sched_yield getcpu
    rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack restart_syscall pause alarm getitimer setitimer
    nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday time times getrusage getrlimit sysinfo uname
    getpid gettid getppid getpgrp getuid geteuid getgid getegid getgroups getresuid getresgid getrandom exit exit_group
'''.split()

# Harmless to pretend: shutil.copy and the like go on, and nothing changes. A lock would be seen by jobs that run at the same time.
PRETENDED = 'flock chmod fchmod fchmodat fchmodat2 utimensat utime utimes futimesat'.split()

# The C library falls back to the older call, whose arguments the filter can see.
ABSENT = 'clone3 openat2 epoll_pwait2'.split()

# ENOTSUP is what a file system without such attributes says: shutil.copy2 and copytree go on.
UNSUPPORTED = '''
    getxattr lgetxattr fgetxattr setxattr lsetxattr fsetxattr listxattr llistxattr flistxattr removexattr lremovexattr fremovexattr
'''.split()

# EAGAIN is what a full process table says; programs know it.
REFUSED_FOR_NOW = ['clone']

# No honest code comes here by accident: the job ends at once.
DEADLY = '''
    ptrace process_vm_readv process_vm_writev process_madvise process_mrelease kcmp pidfd_getfd pidfd_send_signal
    mount umount2 pivot_root chroot open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr statmount listmount
    unshare setns name_to_handle_at open_by_handle_at fanotify_init fanotify_mark quotactl acct swapon swapoff reboot
    bpf userfaultfd perf_event_open add_key request_key keyctl io_uring_setup io_uring_enter io_uring_register
    init_module finit_module delete_module kexec_load kexec_file_load personality memfd_secret iopl ioperm modify_ldt
'''.split()

ALLOW, KILL = 0x7FFF0000, 0x80000000


def error(number):
    return 0x00050000 | number


REFUSE = error(errno.EPERM)

# Operation codes of classic BPF (linux/bpf_common.h).
LOAD, AND, JUMP, JUMP_EQUAL, JUMP_GREATER_EQUAL, JUMP_SET, RETURN = 0x20, 0x54, 0x05, 0x15, 0x35, 0x45, 0x06
# How many instructions a condition can skip.
FARTHEST = 255

# struct seccomp_data: number, architecture, instruction pointer, six 64-bit arguments.
NUMBER, ARCHITECTURE = 0, 4


def low(argument):
    return 16 + 8 * argument


def high(argument):
    return 20 + 8 * argument


def instruction(code, value, if_true=0, if_false=0):
    return struct.pack('<HBBI', code, if_true, if_false, value & 0xFFFFFFFF)


# Conditions: lists of instructions that refuse or fall through to what follows.


def without(argument, bits, answer=REFUSE):
    return [instruction(LOAD, low(argument)), instruction(JUMP_SET, bits, 0, 1), instruction(RETURN, answer)]


def one_of(argument, values):
    count = len(values)
    jumps = [instruction(JUMP_EQUAL, value, count - i) for i, value in enumerate(values)]
    return [instruction(LOAD, low(argument)), *jumps, instruction(RETURN, REFUSE)]


def pretended(argument, values):
    return [instruction(LOAD, low(argument)), *(part for value in values for part in (instruction(JUMP_EQUAL, value, 0, 1), instruction(RETURN, error(0))))]


def null(argument):
    halves = (instruction(LOAD, half(argument)) for half in (low, high))
    return [part for load in halves for part in (load, instruction(JUMP_EQUAL, 0, 1), instruction(RETURN, REFUSE))]


def masked_not(argument, mask, value):
    return [instruction(LOAD, low(argument)), instruction(AND, mask), instruction(JUMP_EQUAL, value, 0, 1), instruction(RETURN, REFUSE)]


PROT_EXEC = 4
MAP_LOCKED, MAP_HUGETLB = 0x2000, 0x40000
O_TMPFILE, O_ACCMODE, O_TRUNC = 0o20000000, 3, 0o1000
TCGETS, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX = 0x5401, 0x541B, 0x5421, 0x5450, 0x5451
F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW, F_DUPFD_CLOEXEC = 0, 1, 2, 3, 4, 5, 6, 7, 1030
PR_SET_NAME, PR_SET_VMA = 15, 0x53564D41
MADVICE = (0, 1, 2, 3, 4, 8, 14, 15, 16, 17)  # access patterns, DONTNEED, FREE, (NO)HUGEPAGE, (DO/DONT)DUMP: no merging


def opening(flags):
    """O_TMPFILE makes files that nobody sees; O_RDONLY|O_TRUNC shortens a file that may only be read (Landlock before ABI 3)."""
    return without(flags, O_TMPFILE, error(errno.EOPNOTSUPP)) + masked_not(flags, O_ACCMODE | O_TRUNC, O_TRUNC)


def conditions(process, handover):
    """What the arguments of a call must be; `process` is the job's id as it sees it, `handover` its socket."""
    return {
        'open': opening(1),
        'openat': opening(2),
        'mmap': without(2, PROT_EXEC) + without(3, MAP_LOCKED | MAP_HUGETLB),
        'mprotect': without(2, PROT_EXEC),
        'madvise': one_of(2, MADVICE),
        'ioctl': one_of(1, (TCGETS, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX)),
        'fcntl': pretended(1, (F_SETLK, F_SETLKW)) + one_of(1, (F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_DUPFD_CLOEXEC)),
        'prctl': one_of(0, (PR_SET_NAME, PR_SET_VMA)),
        'prlimit64': one_of(0, (0, process)) + null(2),
        'sched_getaffinity': one_of(0, (0, process)),
        'tgkill': one_of(0, (process,)),
        # The one message that hands the job over; no other socket can come to be.
        'recvmsg': one_of(0, (handover,)),
    }


def assemble(process, handover, machine=platform.machine()):
    """The filter's bytes. Calls that an architecture never had are left out for it."""
    table = ARCHITECTURES[machine]
    program = [
        # Another architecture's calls (32-bit x86) have other numbers; x32 marks its own by a high bit.
        instruction(LOAD, ARCHITECTURE), instruction(JUMP_EQUAL, table.AUDIT_ARCH, 1), instruction(RETURN, KILL),
        instruction(LOAD, NUMBER), instruction(JUMP_GREATER_EQUAL, 0x40000000, 0, 1), instruction(RETURN, KILL),
    ]
    checked = conditions(process, handover)
    answers = {
        **{name: [instruction(RETURN, ALLOW)] for name in ALLOWED},
        **{name: [instruction(RETURN, error(0))] for name in PRETENDED},
        **{name: [instruction(RETURN, error(errno.ENOSYS))] for name in ABSENT},
        **{name: [instruction(RETURN, error(errno.EOPNOTSUPP))] for name in UNSUPPORTED},
        **{name: [instruction(RETURN, error(errno.EAGAIN))] for name in REFUSED_FOR_NOW},
        **{name: [instruction(RETURN, KILL)] for name in DEADLY},
        **{name: [*body, instruction(RETURN, ALLOW)] for name, body in checked.items()},
    }
    by_number = {table.NUMBERS[name]: answer for name, answer in answers.items() if name in table.NUMBERS}
    return b''.join([*program, *search(ranges(by_number))])


def ranges(by_number):
    """[(first number, answer)] in order: each answer holds up to the next number; what is not named is refused."""
    refused = [instruction(RETURN, REFUSE)]
    found = [(0, refused)]
    for number in sorted(by_number.keys() | {number + 1 for number in by_number}):
        answer = by_number.get(number, refused)
        if number == 0:
            found = [(0, answer)]
        elif answer != found[-1][1]:
            found.append((number, answer))
    return found


def search(answers):
    """Halves the numbers again and again: the kernel tries a filter on every number when a child installs it."""
    if len(answers) == 1:
        return answers[0][1]
    middle = len(answers) // 2
    below, above = search(answers[:middle]), search(answers[middle:])
    first = answers[middle][0]
    if len(below) <= FARTHEST:
        return [instruction(JUMP_GREATER_EQUAL, first, len(below)), *below, *above]
    return [instruction(JUMP_GREATER_EQUAL, first, 0, 1), instruction(JUMP, len(below)), *below, *above]


class _Program(ctypes.Structure):
    _fields_ = [('length', ctypes.c_ushort), ('filter', ctypes.c_void_p)]


SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC = 1, 1
# In a filter made before the process is there.
_ANY_PROCESS = 0x7FFFFFFF


class Filter:
    """A filter that lacks only the id of its process: made once, in the zygote."""

    def __init__(self, handover):
        program = assemble(_ANY_PROCESS, handover)
        self.places = [at for at in range(4, len(program), 8) if struct.unpack_from('<I', program, at) == (_ANY_PROCESS,)]
        self.buffer = ctypes.create_string_buffer(program, len(program))
        self.description = _Program(len(program) // 8, ctypes.addressof(self.buffer))
        self.number = ARCHITECTURES[platform.machine()].NUMBERS['seccomp']

    def install(self, process):
        """Shuts this process in for good. `process` is its id as it sees it; `no_new_privs` must be set."""
        for at in self.places:
            struct.pack_into('<I', self.buffer, at, process)
        kernel.system_call(self.number, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, ctypes.byref(self.description))
