"""What crosses between the app and the zygote.

    request   'ARQ1' | u32 header bytes | u64 payload bytes | header (JSON) | payload
    reply     'ARP1' | u32 header bytes | u64 payload bytes | header (JSON) | payload

Headers inward hold limits and lengths, headers outward what the kernel says of a job. Payloads are the jobs' bytes:
they go from the socket into sealed memory files and from memory files to the socket, never through this heap, which
every later job inherits. Results, which are large, go into a file that both ends have open, the outbox, where it has room.
"""

import fcntl
import json
import mmap
import os
import struct

_FRAME = struct.Struct('<4sIQ')
_MOST_HEADER = 4096
_MOST_PAYLOAD = 64 << 20
_LENGTH = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW
_SEALS = _LENGTH | fcntl.F_SEAL_WRITE

# Descriptors of the zygote are kept above those that a job has.
_FIRST_OWN = 10


class HostGone(Exception):
    """The other end of the socket was closed."""


class Broken(Exception):
    """A request that this zygote does not understand."""


def own(descriptor):
    """Moves a descriptor out of the way."""
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _FIRST_OWN)
    os.close(descriptor)
    return moved


def memory_file(name):
    return own(os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING))


def _read_exactly(descriptor, count):
    read = b''
    while len(read) < count:
        part = os.read(descriptor, count - len(read))
        if not part:
            raise HostGone
        read += part
    return read


def receive(source):
    """The next request: its header, and how many bytes of payload follow."""
    magic, header_bytes, payload_bytes = _FRAME.unpack(_read_exactly(source, _FRAME.size))
    if magic != b'ARQ1' or header_bytes > _MOST_HEADER or payload_bytes > _MOST_PAYLOAD:
        raise Broken(f'frame {magic!r}, {header_bytes} + {payload_bytes} bytes')
    return json.loads(_read_exactly(source, header_bytes)), payload_bytes


def receive_sealed(source, name, count):
    """A payload as a memory file that nobody can change any more."""
    descriptor = memory_file(name)
    os.ftruncate(descriptor, count)
    if count > 0:
        with mmap.mmap(descriptor, count) as mapping, memoryview(mapping) as view:
            filled = 0
            while filled < count:
                with view[filled:] as rest:
                    part = os.readv(source, [rest])
                if part == 0:
                    raise HostGone
                filled += part
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS)
    return descriptor


def fix_length(descriptor):
    """Returns the length of a memory file, which stays as it is from now on."""
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _LENGTH)
    return os.fstat(descriptor).st_size


def seal(descriptor):
    """The same for all of a file that nobody writes to any more."""
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS)
    return os.fstat(descriptor).st_size


def send(target, header, payload_bytes=0):
    """Sends a frame up to its payload, which the caller sends after it."""
    text = json.dumps(header).encode()
    left = _FRAME.pack(b'ARP1', len(text), payload_bytes) + text
    while left:
        left = left[os.write(target, left):]


def send_file(target, source, offset, count):
    """`count` bytes of a memory file, from kernel to kernel."""
    while count > 0:
        sent = os.sendfile(target, source, offset, count)
        if sent == 0:
            raise Broken('a memory file shrank')
        offset += sent
        count -= sent


def put_in_outbox(outbox, source, count):
    """Copies the first `count` bytes of a memory file to the beginning of the outbox; False where they do not fit."""
    try:
        os.lseek(outbox, 0, os.SEEK_SET)
        send_file(outbox, source, 0, count)
        return True
    except OSError:
        return False
