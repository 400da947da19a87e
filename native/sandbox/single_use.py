"""Runs one job in a process of its own: for systems where a warm Python cannot be forked (macOS, Windows).

The app starts this program inside the walls of the system (main/sandbox/macos.ts, contained.py), some time before a job
is there. It loads the packages, greets, waits for its job, runs it and ends:

    app ── walls ── this program ── the job, in the same process

Nothing here is trusted once the job runs. The app keeps the clock, counts what is printed and written, takes how the
process ended from the system, and reads the result from a file as it reads that of a zygote's child.
"""

import json
import os
import struct
import sys
import time
import types

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import job
import warmup
from descriptors import NOTHING, OUTPUT, READY, RESULT

sys.path.pop(0)
for own_module in ('descriptors', 'disguise', 'ending', 'first_use', 'job', 'outputs', 'readings', 'warmup', 'write_order'):
    del sys.modules[own_module]

_FRAME = struct.Struct('<4sIQ')  # as in frames.py


def main():
    settings = types.SimpleNamespace(**json.loads(sys.argv[1]))
    sys.argv[:] = sys.orig_argv[:] = ['<code>']
    sys.path.append(settings.site)
    prepared = warmup.warm_up()
    os.chdir(settings.work)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors='replace')
    greet({'tier': settings.tier, 'landlock': 0, 'versions': warmup.versions()})
    request = receive()
    result = os.open(settings.result, os.O_WRONLY | getattr(os, 'O_BINARY', 0))
    nothing = os.open(os.devnull, os.O_RDWR)
    # A job that ends says so to nobody: the system tells the app.
    for number, descriptor in ((RESULT, os.dup(result)), (READY, nothing), (NOTHING, nothing)):
        os.dup2(descriptor, number)
    os.closerange(READY + 1, 64)
    limit(settings)
    job.run(request, settings.work, prepared)


def greet(header):
    text = json.dumps(header).encode()
    os.write(OUTPUT, _FRAME.pack(b'ARP1', len(text), 0) + text)


def receive():
    magic, header_bytes, payload_bytes = _FRAME.unpack(_read(_FRAME.size))
    if magic != b'ARQ1':
        sys.exit(125)
    header = json.loads(_read(header_bytes))
    payload = _read(payload_bytes)
    code, picture = payload[:header['code_bytes']], payload[header['code_bytes']:]
    return job.Job(code.decode('utf-8', 'replace'), picture or None, header['pixels'], header['outputs'], header['output_bytes'])


def _read(count):
    parts = []
    while count > 0:
        part = os.read(NOTHING, min(count, 1 << 20))
        if not part:
            # The app is gone, or needs no job any more.
            os._exit(0)
        parts.append(part)
        count -= len(part)
    return b''.join(parts)


def limit(settings):
    """Hard limits, where the system has them (Windows has a job object instead, which contained.py makes)."""
    try:
        import resource
    except ImportError:
        return
    cpu_s = int(time.process_time() + settings.cpu_s + 1)
    wanted = (
        ('RLIMIT_CPU', cpu_s + 1), ('RLIMIT_FSIZE', settings.file_bytes), ('RLIMIT_NOFILE', settings.open_files), ('RLIMIT_CORE', 0),
        ('RLIMIT_NPROC', 1), ('RLIMIT_MEMLOCK', 0), ('RLIMIT_DATA', settings.memory_bytes),
    )
    for name, most in wanted:
        kind = getattr(resource, name)
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (most, most) if hard == resource.RLIM_INFINITY else (min(most, hard),) * 2)
    # At the soft limit comes the signal that tells why, at the hard one a plain kill.
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (min(cpu_s, hard), hard))


if __name__ == '__main__':
    main()
