"""Runs one job in the child that waits for it: limits, hand-over, clock, captured output, end."""

import array
import mmap
import os
import select
import signal
import socket
import time

import frames
import job
import kernel
import limits
import lockdown
import scratch
import seccomp_filter

_SETUP_S = 5
# How often what a job has written is looked at, where no file system limits it.
_LOOK_MS = {'L2': 20, 'L3': 10}
_SURPLUS_BYTES = 1 << 20


class Child:
    """A child that has shut itself in, or is about to, and waits for its job."""

    def __init__(self, settings, self_descriptor, prepared):
        self.output, output = _pipe()
        self.errors, errors = _pipe()
        self.ready, ready = _pipe()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.handover = socket.socket(fileno=frames.own(ours.detach()))
        handover = frames.own(theirs.detach())
        ends = (output, errors, ready, handover)
        if settings.namespaces:
            kernel.unshare(kernel.CLONE_NEWPID)
            # The child will be the first process of its namespace: its filter is the same every time, so keep it.
            seccomp_filter.assemble(1, lockdown.HANDOVER)
        self.process = os.fork()
        if self.process == 0:
            _be_child(settings, ends, prepared)
        if settings.namespaces:
            kernel.enter_namespace(self_descriptor, kernel.CLONE_NEWPID)
        self.descriptor = frames.own(os.pidfd_open(self.process))
        self.locked = False
        for end in ends:
            os.close(end)

    def wait_until_locked(self):
        """@raises OSError with the child's own words where it could not shut itself in."""
        if self.locked:
            return
        if not select.select([self.ready], [], [], _SETUP_S)[0]:
            raise OSError('the child gave no sign')
        answer = os.read(self.ready, 2048)
        if answer != b'R':
            raise OSError(answer.decode('utf-8', 'replace') or 'the child died')
        self.locked = True

    def kill(self):
        signal.pidfd_send_signal(self.descriptor, signal.SIGKILL)

    def close(self):
        self.handover.close()
        for descriptor in (self.output, self.errors, self.ready, self.descriptor):
            os.close(descriptor)


def _pipe():
    reader, writer = os.pipe()
    return frames.own(reader), frames.own(writer)


def _be_child(settings, ends, prepared):
    ready = ends[2]
    try:
        handover = lockdown.lock_down(settings, ends)
        ready = lockdown.READY
        os.write(ready, b'R')
    except BaseException as error:
        _report_failure(ready, error)
    try:
        task = job.take(handover)
    except BaseException as error:
        _report_failure(lockdown.READY, error)
    job.run(task, settings.work, prepared)


def _report_failure(ready, error):
    for descriptor in (ready, lockdown.READY):
        try:
            os.write(descriptor, repr(error).encode()[:1000])
            break
        except OSError:
            continue
    os._exit(125)


class Capture:
    """The first bytes of each stream, in a memory file; what comes after is counted and thrown away by the kernel."""

    def __init__(self, settings, nothing):
        self.most, self.flood, self.nothing = settings.stream_bytes, settings.flood_bytes, nothing
        self.file = frames.memory_file('captured')
        os.ftruncate(self.file, 2 * self.most)
        self.mapping = mmap.mmap(self.file, 2 * self.most)
        self.kept, self.lost = [0, 0], [0, 0]

    def drain(self, stream, descriptor):
        """Takes what there is; returns how many bytes."""
        room = self.most - self.kept[stream]
        if room > 0:
            start = stream * self.most + self.kept[stream]
            with memoryview(self.mapping) as whole, whole[start:start + room] as free:
                count = os.readv(descriptor, [free])
            self.kept[stream] += count
        else:
            count = os.splice(descriptor, self.nothing, _SURPLUS_BYTES)
            self.lost[stream] += count
        return count

    @property
    def flooded(self):
        return max(self.lost) > self.flood

    def close(self):
        self.mapping.close()
        os.close(self.file)



def run(child, request, code, picture, result, capture, settings, source):
    """Runs a job to its end. Returns what the kernel says of it; captured output and result stay in their memory files."""
    started = time.monotonic()
    ended, reason = None, ''
    try:
        child.wait_until_locked()
        _hand_over(child, request, (code, picture, result))
    except (OSError, ValueError) as error:
        # The job has not begun, and it never will.
        ended, reason = 'setup_failed', str(error)
        child.kill()
    end_of_job = _watch(child, capture, settings, source, started + request['wall_ms'] / 1000)
    _, status, used = os.wait4(child.process, 0)
    words = os.read(child.ready, 2048)
    ended = ended or end_of_job
    if ended is None and words != b'G':
        ended, reason = 'setup_failed', words.decode('utf-8', 'replace')
    sign = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
    cpu_s = used.ru_utime + used.ru_stime
    if ended is None and sign in (signal.SIGKILL, signal.SIGXCPU):
        ended = 'cpu_limit' if cpu_s >= request['cpu_s'] - limits.CPU_MARGIN_S else 'killed_oom'
    return {
        'ended': ended,
        'reason': reason,
        'exit': os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
        'signal': sign,
        'ms': round((time.monotonic() - started) * 1000, 2),
        'cpu_ms': round(cpu_s * 1000, 2),
        'peak_kib': used.ru_maxrss,
    }


def _hand_over(child, request, descriptors):
    limits.set_for_job(child.process, request['address_space'], request['cpu_s'], request['file_bytes'])
    message = job.HANDOVER_MESSAGE.pack(request['code_bytes'], request['pixels'], request['outputs'], request['output_bytes'], request['seed'])
    child.handover.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', descriptors))])


def _watch(child, capture, settings, source, deadline):
    """Until the child is dead and its output read. Returns why it was killed, or None where it ended by itself."""
    poll = select.poll()
    for descriptor in (child.descriptor, child.output, child.errors, source):
        poll.register(descriptor, select.POLLIN)
    streams = {child.output: 0, child.errors: 1}
    look_ms = _LOOK_MS.get(settings.tier)
    killed = None
    dead = False
    while True:
        left_ms = max(0, (deadline - time.monotonic()) * 1000)
        wait_ms = 0 if dead else None if killed else left_ms + 1 if look_ms is None else min(left_ms + 1, look_ms)
        events = poll.poll(wait_ms)
        drained = 0
        reason = None
        for descriptor, _ in events:
            if descriptor == child.descriptor:
                dead = True
                poll.unregister(descriptor)
            elif descriptor == source:
                # Only one thing is said while a job runs: stop it.
                poll.unregister(source)
                frames.receive(source)
                reason = 'cancelled'
            else:
                count = capture.drain(streams[descriptor], descriptor)
                drained += count
                if count == 0:
                    poll.unregister(descriptor)
        if dead and drained == 0:
            return killed
        if capture.flooded:
            reason = 'output_flood'
        elif look_ms is not None and scratch.over(settings):
            reason = 'disk_flood'
        elif time.monotonic() >= deadline:
            reason = reason or 'wall_timeout'
        if reason and not killed and not dead:
            killed = reason
            child.kill()
