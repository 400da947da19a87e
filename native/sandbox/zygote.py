"""Runs the agent's code: theory of operation.

The app starts this program, in bubblewrap where there is one (main/sandbox/tiers.ts), and speaks to it over one socket
(frames.py). It imports numpy, OpenCV and Pillow once (warmup.py) and then forks: a fork has everything loaded, so a job
starts in milliseconds where a new Python needs half a second. The heap is laid out for that (heap.py).

    app ── zygote (trusted, never looks into a job's bytes)
             ├─ child: shuts itself in, says so, waits for one job, runs it, dies
             └─ the next child, forked while the app thinks about the answer

One job at a time. A child is used once, so nothing of a job is left for the next one:

  1. The zygote forks a child (supervise.py), always at the same place, and the child drops what the zygote knows: jobs find
     neither each other nor how many there were. With namespaces it is the first process of a process namespace of its own:
     when it dies the kernel takes away everything it made.
  2. The child shuts itself in (lockdown.py): own file system for its work, Landlock, exact descriptors, limits, no
     capabilities, seccomp. Then it says that it is ready, rehearses and waits.
  3. The zygote sets the job's limits from outside, and hands over code, picture and an empty result as descriptors.
     A child that could not shut itself in gets no job: that is a fault of the sandbox, not of the code.
  4. The child runs the code (job.py). The zygote keeps the clock and captures what it prints (supervise.py).
  5. How it ended goes to the app, with the captured output and the result as they are. A child that says that it is done
     is killed; that it is dead is waited for only after the answer, and before anything of the next job begins.
  6. When a picture has come the second time, a child is spent on reading it for the jobs to come (readings.py, pictures.py).

Bytes of jobs never enter this process's heap, which every later job inherits: they go through memory files.

Three tiers: L1 is bubblewrap and namespaces for each job; L2 bubblewrap alone, jobs share a small file system one after
another (scratch.py); L3 no bubblewrap, Landlock and seccomp alone. In each the job is one process of one thread, without
network, that can read Python's own files and read and write its work folder. What remains: the kernel is shared.
"""

import gc
import json
import os
import resource
import sys
import types

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

# Modules ask to be called after a fork, to make new locks and new random seeds: a third of the price of a fork. Here is
# one thread, which holds no lock when it forks, and each job is to begin with the same random numbers.
register_at_fork = os.register_at_fork
os.register_at_fork = lambda **_: None

import heap

own_heap = heap.begin()

import frames
import kernel
import landlock
import limits
import lockdown
import pictures
import readings
import scratch
import seccomp_filter
import supervise
import warmup
from descriptors import HANDOVER

# A job neither sees these modules nor can mistake its own for them.
sys.path.pop(0)
for own_module in ('descriptors', 'disguise', 'ending', 'first_use', 'frames', 'handover', 'heap', 'job', 'kernel', 'landlock', 'limits', 'lockdown', 'outputs', 'pictures', 'readings', 'scratch', 'seccomp_filter', 'supervise', 'syscalls_aarch64', 'syscalls_x86_64', 'warmup', 'write_order'):
    del sys.modules[own_module]


# A job waits while a picture is read.
_READING_MS = 1000


class Zygote:
    def __init__(self, settings):
        self.settings = settings
        resource.setrlimit(resource.RLIMIT_NOFILE, (lockdown.MOST_DESCRIPTORS,) * 2)
        kernel.process_control(kernel.PR_SET_DUMPABLE, 0)
        self.source, self.target, self.outbox = frames.own(0), frames.own(1), frames.own(3)
        nothing = os.open('/dev/null', os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        self.nothing = frames.own(nothing)
        self.no_code = frames.memory_file('nothing')
        self.pictures = pictures.Pictures()
        self.self_descriptor = frames.own(os.pidfd_open(os.getpid()))
        # A picture that a child is to read, with the request of the job that asked for it.
        self.unread = None

    def open(self):
        """Warms up. The greeting goes with the first child: whoever reads it knows that this tier works here."""
        settings = self.settings
        sys.path.append(settings.site)
        self.prepared = warmup.warm_up()
        readings.install(self.prepared)
        versions = warmup.versions()
        os.register_at_fork = register_at_fork
        settings.filter = seccomp_filter.Filter(HANDOVER)
        settings.landlock = landlock.version()
        if settings.tier == 'L3' and settings.landlock < 1:
            raise OSError('this kernel has no Landlock, or it is switched off')
        settings.rules = lockdown.shared_rules(settings) if settings.landlock > 0 else []
        if not settings.namespaces:
            scratch.empty(settings.work)
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(line_buffering=True, errors='replace')
        gc.collect()
        gc.freeze()
        free = own_heap.settle()
        self.address_space = limits.address_space_bytes() - free
        self.greeting = {'tier': settings.tier, 'landlock': settings.landlock, 'versions': versions}

    def serve(self):
        """Children are forked here alone: each has the same frames below it, and no word of a job before it in them."""
        while True:
            self.child = supervise.Child(self.settings, self.self_descriptor, self.prepared, self.__dict__.clear)
            self._use_child()

    def _use_child(self):
        """Until it is used up: by a job, or by a picture that is to be read for the jobs to come."""
        if self.greeting:
            self.child.wait_until_locked()
            frames.send(self.target, self.greeting)
            self.greeting = None
        if self.unread:
            self._read(*self.unread)
            self.unread = None
            return
        while True:
            request, payload_bytes = frames.receive(self.source)
            if request['op'] == 'run':
                self._run(request, payload_bytes)
                return
            {'put': self._put, 'drop': self._drop, 'cancel': lambda *_: None}[request['op']](request, payload_bytes)

    def _put(self, request, payload_bytes):
        self.pictures.put(request['key'], frames.receive_sealed(self.source, 'picture', payload_bytes))

    def _drop(self, request, _):
        self.pictures.drop(request['key'])

    def _run(self, request, payload_bytes):
        code = frames.receive_sealed(self.source, 'code', payload_bytes)
        picture = self.pictures.of_job(request.get('picture'))
        result = frames.memory_file('result')
        capture = supervise.Capture(self.settings, self.nothing)
        request['code_bytes'], request['only_read'] = payload_bytes, False
        request['address_space'] = self.address_space + picture.reading_bytes + request.pop('memory_bytes')
        facts = supervise.run(self.child, request, (code, picture.encoded, picture.reading, result), capture, self.settings, self.source)
        result_bytes = min(frames.fix_length(result), request['file_bytes'])
        output, errors = capture.kept
        in_outbox = frames.put_in_outbox(self.outbox, result, result_bytes)
        facts.update(output_bytes=output, error_bytes=errors, result_bytes=result_bytes, result_in_outbox=in_outbox)
        frames.send(self.target, facts, output + errors + (0 if in_outbox else result_bytes))
        frames.send_file(self.target, capture.file, 0, output)
        frames.send_file(self.target, capture.file, self.settings.stream_bytes, errors)
        if not in_outbox:
            frames.send_file(self.target, result, 0, result_bytes)
        # The app has its answer.
        capture.close()
        os.close(code)
        os.close(result)
        self._bury_child()
        if self.pictures.wants_reading(picture):
            self.unread = request, picture

    def _read(self, request, picture):
        """A child reads a picture for the jobs to come (readings.py). Where that has anything to say, each job is to hear it itself."""
        reading = frames.memory_file('reading')
        capture = supervise.Capture(self.settings, self.nothing)
        request = {**request, 'code_bytes': 0, 'only_read': True, 'wall_ms': min(request['wall_ms'], _READING_MS)}
        facts = supervise.run(self.child, request, (self.no_code, picture.encoded, self.no_code, reading), capture, self.settings, None)
        clean = facts['ended'] is None and facts['exit'] == 0 and not any(capture.kept)
        capture.close()
        self._bury_child()
        self.pictures.keep_reading(picture, reading, frames.seal(reading) if clean else 0)

    def _bury_child(self):
        """The next one must inherit nothing of the job before, and its work folder must be empty."""
        self.child.close()
        if not self.settings.namespaces:
            scratch.empty(self.settings.work)


def main():
    os.chdir('/')
    settings = types.SimpleNamespace(**json.loads(sys.argv[1]))
    settings.namespaces = settings.tier == 'L1'
    sys.argv[:] = sys.orig_argv[:] = ['<code>']
    if settings.tier == 'L3':
        # bubblewrap sees to this itself.
        kernel.process_control(kernel.PR_SET_PDEATHSIG, 9)
    try:
        zygote = Zygote(settings)
        zygote.open()
        zygote.serve()
    except frames.HostGone:
        pass
    except (OSError, frames.Broken) as error:
        print(f'sandbox: {error}', file=sys.stderr)
        sys.exit(1)


if __name__ == '__main__':
    main()
