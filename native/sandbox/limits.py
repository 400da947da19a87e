"""Limits of a job. Those that never change are set by the child itself, those of one job by the zygote from outside."""

import mmap
import os
import resource

CPU_MARGIN_S = 0.2


def set_fixed(open_files):
    """Hard limits, which nothing in the job can raise."""
    fixed = {
        resource.RLIMIT_CORE: 0,
        # Not enforced for root, and no process can be started anyway: the second wall.
        resource.RLIMIT_NPROC: 1,
        resource.RLIMIT_NOFILE: open_files,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_SIGPENDING: 64,
        resource.RLIMIT_RTPRIO: 0,
        resource.RLIMIT_NICE: 0,
        resource.RLIMIT_STACK: 8 << 20,
    }
    for kind, most in fixed.items():
        resource.setrlimit(kind, (most, most))


def set_for_job(process, address_space, cpu_s, file_bytes):
    for kind, most in ((resource.RLIMIT_AS, address_space), (resource.RLIMIT_CPU, cpu_s), (resource.RLIMIT_FSIZE, file_bytes)):
        resource.prlimit(process, kind, (most, most))


def address_space_bytes():
    """Size of this process's address space, found without /proc: a child lowers its limit until nothing fits."""
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        low, high = 0, 1 << 40
        while high - low > 1 << 20:
            middle = (low + high) // 2
            resource.setrlimit(resource.RLIMIT_AS, (middle, resource.RLIM_INFINITY))
            try:
                mmap.mmap(-1, 4096).close()
                high = middle
            except (OSError, MemoryError):
                low = middle
        os.write(writer, str(high).encode())
        os._exit(0)
    os.close(writer)
    size = int(os.read(reader, 32))
    os.close(reader)
    os.waitpid(process, 0)
    return size
