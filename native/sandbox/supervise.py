"""Runs one job in the child that waits for it: limits, hand-over, clock, captured output, end."""

import array
import mmap
import os
import select
import signal
import socket
import time

import frames
import handover
import job
import kernel
import limits
import lockdown
import scratch
from descriptors import READY

_SETUP_S = 5
# How often what a job has written is looked at, where no file system limits it.
_LOOK_MS = {'L2': 20, 'L3': 10}
_SURPLUS_BYTES = 1 << 20


class Child:
    """A child that has shut itself in, or is about to, and waits for its job."""

    def __init__(self, settings, self_descriptor, prepared, forget):
        """`forget` is called in the child: it has no use for what the zygote knows."""
        self.output, output = _pipe()
        self.errors, errors = _pipe()
        self.ready, ready = _pipe()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.handover = socket.socket(fileno=frames.own(ours.detach()))
        ends = (output, errors, ready, frames.own(theirs.detach()))
        if settings.namespaces:
            kernel.unshare(kernel.CLONE_NEWPID)
        self.process = os.fork()
        if self.process == 0:
            forget()
            _be_child(settings, ends, prepared)
        if settings.namespaces:
            kernel.enter_namespace(self_descriptor, kernel.CLONE_NEWPID)
        self.descriptor = frames.own(os.pidfd_open(self.process))
        self.locked = False
        self.end = None
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
            raise OSError(_words(answer) or 'the child died')
        self.locked = True

    def kill(self):
        signal.pidfd_send_signal(self.descriptor, signal.SIGKILL)

    def wait(self):
        """Until the kernel has taken it apart. Returns its exit status and what it used."""
        if self.end is None:
            _, *self.end = os.wait4(self.process, 0)
        return self.end

    def close(self):
        self.wait()
        self.handover.close()
        for descriptor in (self.output, self.errors, self.ready, self.descriptor):
            os.close(descriptor)


def _pipe():
    reader, writer = os.pipe()
    return frames.own(reader), frames.own(writer)


def _be_child(settings, ends, prepared):
    ready = ends[2]
    try:
        receiver = lockdown.lock_down(settings, ends)
        ready = READY
        os.write(ready, b'R')
    except BaseException as error:
        _report_failure(ready, error)
    try:
        handover.rehearse(receiver, prepared)
        task = handover.take(receiver)
    except BaseException as error:
        _report_failure(READY, error)
    job.run(task, settings.work, prepared)


def _report_failure(ready, error):
    for descriptor in (ready, READY):
        try:
            os.write(descriptor, f'!{error!r}'.encode()[:1000])
            break
        except OSError:
            continue
    os._exit(125)


def _words(report):
    return report.removeprefix(b'!').decode('utf-8', 'replace')


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


def run(child, request, files, capture, settings, source):
    """Runs a job to its end. Returns what became of it; captured output and result stay in their memory files.

    `files` are the code, the picture, its reading and the result to be; `source` is where the app may say stop.

    A job that says that it is done is killed and its word taken for its exit status: it could as well exit with it. It
    may not be dead yet then, which Child.close waits for.
    """
    started = time.monotonic()
    ended, reason = None, ''
    try:
        child.wait_until_locked()
        _hand_over(child, request, files)
    except (OSError, ValueError) as error:
        # The job has not begun, and it never will.
        ended, reason = 'setup_failed', str(error)
        child.kill()
    end_of_job, words = _watch(child, capture, settings, source, started + request['wall_ms'] / 1000)
    ended = ended or end_of_job
    if ended is None and words[:1] != b'G':
        ended, reason = 'setup_failed', _words(words)
    if ended is None and len(words) > 1:
        exit_status, sign = words[1], None
    else:
        status, used = child.wait()
        exit_status = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
        sign = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
        # Of a SIGKILL before that the app tells whether memory was the reason (main/sandbox/oom-kills.ts).
        if ended is None and sign in (signal.SIGKILL, signal.SIGXCPU) and used.ru_utime + used.ru_stime >= request['cpu_s'] - limits.CPU_MARGIN_S:
            ended = 'cpu_limit'
    return {'ended': ended, 'reason': reason, 'exit': exit_status, 'signal': sign, 'ms': round((time.monotonic() - started) * 1000, 2)}


def _hand_over(child, request, descriptors):
    limits.set_for_job(child.process, request['address_space'], request['cpu_s'], request['file_bytes'])
    message = handover.MESSAGE.pack(request['code_bytes'], request['pixels'], request['outputs'], request['output_bytes'], request['only_read'])
    child.handover.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', descriptors))])


def _watch(child, capture, settings, source, deadline):
    """Until the child is dead, or says that it is done, and its output is read.

    Returns why it was killed, or None where it ended by itself; and its words: 'G' when the job begins and then its exit
    status, or why it could not begin. The job can write there too, but only after the 'G'.
    """
    poll = select.poll()
    for descriptor in (child.descriptor, child.ready, child.output, child.errors, *([] if source is None else [source])):
        poll.register(descriptor, select.POLLIN)
    streams = {child.output: 0, child.errors: 1}
    look_ms = _LOOK_MS.get(settings.tier)
    killed = None
    words = b''
    dead = done = False
    while True:
        left_ms = max(0, (deadline - time.monotonic()) * 1000)
        wait_ms = 0 if dead or done else None if killed else left_ms + 1 if look_ms is None else min(left_ms + 1, look_ms)
        events = poll.poll(wait_ms)
        drained = 0
        reason = None
        for descriptor, _ in events:
            if descriptor == child.descriptor:
                dead = True
                poll.unregister(descriptor)
            elif descriptor == child.ready:
                part = os.read(descriptor, 2048)
                words += part
                done = words[:1] == b'G' and len(words) > 1
                if done and not dead:
                    child.kill()
                if done or not part:
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
        if (dead or done) and drained == 0:
            return killed, words
        if capture.flooded:
            reason = 'output_flood'
        elif look_ms is not None and scratch.over(settings):
            reason = 'disk_flood'
        elif time.monotonic() >= deadline:
            reason = reason or 'wall_timeout'
        if reason and not killed and not dead and not done:
            killed = reason
            child.kill()
