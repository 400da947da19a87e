/**
 * Code that tries to get out, to harm the machine, or to leave something for the next job. Where an attempt succeeds it
 * prints ESCAPED. `status` is how the sandbox must report the end.
 */
export type Hostile = { readonly name: string; readonly code: string; readonly status: RegExp; readonly stderr?: RegExp };

/** Where the host listens; nothing may arrive there. */
export type Listeners = { readonly tcp: number; readonly udp: number; readonly path: string; readonly abstract: string; readonly secretFile: string };

const attempt = `
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
def attempt(name, action):
    try:
        found = action()
    except BaseException as error:
        print(name, 'refused', type(error).__name__)
        return
    if isinstance(found, int) and not isinstance(found, bool) and found < 0:
        print(name, 'refused', os.strerror(ctypes.get_errno()))
    else:
        print(name, 'ESCAPED', repr(found)[:200])
def call(number, *arguments):
    return libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
`;

const tries = (lines: string): string => `${attempt}${lines}`;

// Numbers differ between machines; deadly calls are tried on the one this test runs on.
const numbers = process.arch === 'arm64'
  ? { ptrace: 117, process_vm_readv: 270, mount: 40, umount2: 39, unshare: 97, setns: 268, bpf: 280, userfaultfd: 282, perf_event_open: 241, keyctl: 219, add_key: 217, io_uring_setup: 425, open_by_handle_at: 265, init_module: 105, finit_module: 273, kexec_load: 104, personality: 92, kcmp: 272, pidfd_getfd: 438, pidfd_send_signal: 424, pivot_root: 41, chroot: 51, fsopen: 430, open_tree: 428, move_mount: 429, memfd_create: 279, execve: 221, shmget: 194, msgget: 186, semget: 190, mq_open: 180, kill: 129, tkill: 130, tgkill: 131, pidfd_open: 434, socket: 198, socketpair: 199, clone: 220, clone3: 435, vmsplice: 75, splice: 76, inotify_init1: 26, sched_setaffinity: 122, setpriority: 140, prlimit64: 261, seccomp: 277, landlock: 444, mprotect: 226, setuid: 146, mincore: 232 }
  : { ptrace: 101, process_vm_readv: 310, mount: 165, umount2: 166, unshare: 272, setns: 308, bpf: 321, userfaultfd: 323, perf_event_open: 298, keyctl: 250, add_key: 248, io_uring_setup: 425, open_by_handle_at: 304, init_module: 175, finit_module: 313, kexec_load: 246, personality: 135, kcmp: 312, pidfd_getfd: 438, pidfd_send_signal: 424, pivot_root: 155, chroot: 161, fsopen: 430, open_tree: 428, move_mount: 429, memfd_create: 319, execve: 59, shmget: 29, msgget: 68, semget: 64, mq_open: 240, kill: 62, tkill: 200, tgkill: 234, pidfd_open: 434, socket: 41, socketpair: 53, clone: 56, clone3: 435, vmsplice: 278, splice: 275, inotify_init1: 294, sched_setaffinity: 203, setpriority: 141, prlimit64: 302, seccomp: 317, landlock: 444, mprotect: 10, setuid: 105, mincore: 27 };

const deadly = ['ptrace', 'process_vm_readv', 'mount', 'umount2', 'unshare', 'setns', 'bpf', 'userfaultfd', 'perf_event_open', 'keyctl', 'add_key', 'io_uring_setup', 'open_by_handle_at', 'init_module', 'finit_module', 'kexec_load', 'personality', 'kcmp', 'pidfd_getfd', 'pidfd_send_signal', 'pivot_root', 'chroot', 'fsopen', 'open_tree', 'move_mount'] as const;
const refused = ['memfd_create', 'execve', 'shmget', 'msgget', 'semget', 'mq_open', 'kill', 'tkill', 'pidfd_open', 'socket', 'socketpair', 'clone', 'clone3', 'vmsplice', 'splice', 'inotify_init1', 'sched_setaffinity', 'setpriority', 'seccomp', 'landlock', 'setuid'] as const;

const ended = /^(ok|exit \d+)$/;
const killed = /^(wall_timeout|cpu_limit)$/;

export const hostile = (listen: Listeners): readonly Hostile[] => [
  // Network
  { name: 'sockets of every family', status: ended, code: tries(`
import socket
for family in range(0, 46):
    for kind in (1, 2, 3, 5):
        attempt('socket', lambda: socket.socket(family, kind).fileno())
attempt('pair', lambda: socket.socketpair())`) },
  { name: 'TCP, UDP, urllib', status: ended, code: tries(`
import socket, urllib.request
attempt('tcp', lambda: socket.create_connection(('127.0.0.1', ${listen.tcp}), 1))
attempt('udp', lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', ${listen.udp})))
attempt('http', lambda: urllib.request.urlopen('http://127.0.0.1:${listen.tcp}/', timeout=1).read())
attempt('name', lambda: socket.gethostbyname('localhost') and socket.create_connection(('localhost', ${listen.tcp}), 1))`) },
  { name: 'abstract and path sockets', status: ended, code: tries(`
import socket
for address in (${JSON.stringify(listen.path)}, '\\0' + ${JSON.stringify(listen.abstract)}):
    attempt(repr(address), lambda: socket.socket(socket.AF_UNIX).connect(address))
    attempt(repr(address), lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'x', address))`) },
  // Files, environment, other processes
  { name: '/etc, home, /proc, the environment', status: ended, code: tries(`
for path in ('/etc/passwd', '/etc/shadow', '/etc/hostname', '/etc/resolv.conf', '/proc/self/maps', '/proc/1/environ', '/proc/self/environ', '/proc/self/mem', '/proc/version', '/sys/kernel/notes', '/dev/mem', '/dev/kmsg', '/dev/tty', '/dev/ptmx', '/dev/shm/x', '/dev/random', '/usr/bin/env', '/bin/sh', ${JSON.stringify(listen.secretFile)}):
    attempt(path, lambda: open(path, 'rb').read(64))
for folder in ('/', '/etc', '/root', '/home', '/proc', '/sys', '/dev', '/tmp', '/var', '/usr', '/sandbox', '/sandbox/program', '/usr/bin', '..', '/work/..'):
    attempt(folder, lambda: os.listdir(folder))
for name in ('SECRET_OF_THE_HOST', 'ARFT_HOME', 'USER', 'PWD', 'LD_LIBRARY_PATH'):
    attempt(name, lambda: os.environ[name])`) },
  { name: 'writing outside', status: ended, code: tries(`
import numpy
places = ['/tmp/x', '/etc/x', '/usr/lib/x', '/sandbox/program/zygote.py', '/x', '/dev/x', '/var/tmp/x', ${JSON.stringify(`${listen.secretFile}.new`)}, os.path.dirname(os.__file__) + '/os.py', os.path.dirname(numpy.__file__) + '/__init__.py', os.path.dirname(numpy.__file__) + '/new.py']
for path in places:
    attempt(path, lambda: open(path, 'ab').write(b'#'))
    attempt(path, lambda: os.truncate(path, 0))
    attempt(path, lambda: os.unlink(path))
    attempt(path, lambda: os.rename(path, 'mine'))
    attempt(path, lambda: os.mkdir(path))
    attempt(path, lambda: os.close(os.open(path, os.O_RDONLY | os.O_TRUNC)))`) },
  { name: 'symbolic links, hard links, fifos, devices as outputs', status: ended, code: tries(`
name = 'path_to_output_image.jpg'
attempt('symlink', lambda: os.symlink(${JSON.stringify(listen.secretFile)}, name) or 1)
attempt('link', lambda: os.link(${JSON.stringify(listen.secretFile)}, name) or 1)
attempt('link inside', lambda: os.link('path_to_input_image.jpg', name) or 1)
attempt('fifo', lambda: os.mkfifo(name) or 1)
attempt('device', lambda: os.mknod(name, 0o020666, os.makedev(1, 1)) or 1)
attempt('block', lambda: os.mknod(name, 0o060666, os.makedev(254, 0)) or 1)`) },
  { name: 'a result that names a path outside', status: ended, code: tries(`
result = '/etc/passwd'
image = ${JSON.stringify(listen.secretFile)}
os.makedirs('etc') if False else None`) },
  { name: 'the O_TMPFILE of a folder', status: ended, code: tries(`attempt('tmpfile', lambda: os.open('.', os.O_TMPFILE | os.O_RDWR))`) },
  { name: 'signals to everyone', status: ended, code: tries(`
import signal
for process in (-1, 0, 1, 2, os.getppid(), os.getpid(), *range(3, 400)):
    for sign in (0, 9, 19):
        if not (process == os.getpid()):
            attempt(f'kill {process}', lambda: os.kill(process, sign) or 1)
attempt('group', lambda: os.killpg(0, 9) or 1)
attempt('pidfd', lambda: os.pidfd_open(1))
attempt('tgkill', lambda: call(${numbers.tgkill}, 2, 2, 9))`) },
  ...deadly.map((name): Hostile => ({ name: `deadly: ${name}`, status: /^seccomp_kill$/, code: tries(`call(${numbers[name]}, 0, 0, 0, 0, 0, 0)\nprint('ESCAPED')`) })),
  { name: 'refused system calls', status: ended, code: tries([...refused].map((name) => `attempt('${name}', lambda: call(${numbers[name]}, ${name === 'clone' ? '0x11' : name === 'socket' || name === 'socketpair' ? '1' : '0'}, ${name === 'socket' ? '1' : '0'}, 0, 0, 0, 0))`).join('\n')) },
  // 32-bit system calls have other numbers: mov eax,20; int 0x80 would be getpid. No executable page can be had to hold it.
  { name: 'x32 numbers', status: process.arch === 'x64' ? /^seccomp_kill$/ : ended, code: tries(`call(0x40000000 + 39)\nprint('ESCAPED' if ${process.arch === 'x64' ? 'True' : 'False'} else '')`) },
  { name: 'memory that is writable and executable', status: ended, code: tries(`
import mmap
for protection in (mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC, mmap.PROT_READ | mmap.PROT_EXEC, mmap.PROT_EXEC):
    attempt('map', lambda: mmap.mmap(-1, 4096, prot=protection))
    attempt('private', lambda: mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=protection))
m = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
address = ctypes.addressof(ctypes.c_char.from_buffer(m))
for protection in (4, 5, 7):
    attempt('mprotect', lambda: call(${numbers.mprotect}, address, 4096, protection))
open('code', 'wb').write(b'\\x90' * 4096)
f = os.open('code', os.O_RDWR)
for flags in (mmap.MAP_PRIVATE, mmap.MAP_SHARED):
    attempt('file', lambda: mmap.mmap(f, 4096, flags=flags, prot=mmap.PROT_READ | mmap.PROT_EXEC))
    attempt('result', lambda: (os.ftruncate(3, 4096), mmap.mmap(3, 4096, flags=flags, prot=mmap.PROT_READ | mmap.PROT_EXEC))[1])
os.ftruncate(3, 0)
attempt('library', lambda: ctypes.CDLL('./code'))
attempt('read implies exec', lambda: call(${numbers.mincore}, 0, 0, 0))`) },
  // Bombs
  { name: 'fork bomb', status: ended, code: tries(`
attempt('fork', os.fork)
import subprocess, multiprocessing
attempt('spawn', lambda: subprocess.run(['/bin/sh', '-c', 'true']))
attempt('exec', lambda: os.execv('/bin/sh', ['sh']))
attempt('posix_spawn', lambda: os.posix_spawn('/bin/sh', ['sh'], {}))
attempt('system', lambda: -1 if os.system('true') != 0 else 1)
attempt('process', lambda: multiprocessing.Process(target=print).start() or 1)
attempt('vfork', lambda: call(${process.arch === 'x64' ? 58 : 220}, 0x4111))`) },
  { name: 'thread bomb', status: ended, code: tries(`
import threading
for _ in range(100): attempt('thread', lambda: threading.Thread(target=print).start() or 1)`) },
  { name: 'memory bomb', status: /^(exit 1|killed_oom|signal \d+)$/, code: `x = []\nwhile True: x.append(bytearray(16 << 20))` },
  { name: 'memory bomb in C', status: /^(exit 1|killed_oom|signal \d+)$/, code: `import numpy as np\nx = [np.ones((1 << 24,), np.float64) for _ in range(100)]` },
  { name: 'memfd and shared memory bomb', status: ended, code: tries(`
import mmap
from multiprocessing import shared_memory
attempt('memfd', lambda: os.memfd_create('x'))
attempt('shm', lambda: shared_memory.SharedMemory(create=True, size=1 << 20))`) },
  { name: 'the result as a store', status: /^(ok|exit \d+|signal 25|disk_flood)$/, code: `import os\nfor _ in range(100): os.write(3, b'x' * (1 << 20))` },
  { name: 'disk bomb in one file', status: /^(exit \d+|disk_flood|signal 25)$/, code: `f = open('big', 'wb')\nwhile True: f.write(b'x' * (1 << 20)); f.flush()` },
  { name: 'disk bomb in many files', status: /^(exit \d+|disk_flood|signal 25)$/, code: `i = 0\nwhile True:\n    i += 1\n    open(f'f{i}', 'wb').write(b'x' * (4 << 20))` },
  { name: 'disk bomb in removed files', status: /^(exit \d+|disk_flood|signal 25)$/, code: `import os\nkept = []\nfor i in range(60):\n    f = open(f'f{i}', 'wb')\n    f.write(b'x' * (4 << 20)); f.flush()\n    os.unlink(f'f{i}')\n    kept.append(f)\nprint('ESCAPED')` },
  { name: 'inode bomb', status: /^(exit \d+|disk_flood)$/, code: `i = 0\nwhile True:\n    i += 1\n    open(f'f{i}', 'wb').close()` },
  { name: 'folder bomb', status: /^(exit \d+|disk_flood)$/, code: `import os\nwhile True:\n    os.mkdir('d', 0)\n    os.chdir('d')` },
  { name: 'deep folders', status: /^(exit \d+|disk_flood)$/, code: `import os\nwhile True:\n    os.mkdir('d')\n    os.chdir('d')\n    open('f', 'w').close()` },
  { name: 'reserving blocks', status: ended, code: tries(`f = os.open('f', os.O_RDWR | os.O_CREAT)\nattempt('fallocate', lambda: os.posix_fallocate(f, 0, 1 << 40) or 1)`) },
  { name: 'output bomb', status: /^output_flood$/, code: `import os\nwhile True: os.write(1, b'x' * 65536)` },
  { name: 'output bomb on stderr', status: /^output_flood$/, code: `import sys\nwhile True: sys.stderr.write('x' * 65536)` },
  { name: 'pipe bomb', status: ended, code: `import os\nends = []\ntry:\n    while True:\n        r, w = os.pipe(); os.set_blocking(w, False); ends += [r, w]; os.write(w, b'x' * 65536)\nexcept OSError as error: print(len(ends), error)\nif len(ends) > 64: print('ESCAPED')` },
  { name: 'endless loop', status: killed, code: `while True: pass` },
  { name: 'endless loop with signals ignored', status: killed, code: `import signal\nfor s in range(1, 65):\n    try: signal.signal(s, signal.SIG_IGN)\n    except (OSError, ValueError): pass\nwhile True: pass` },
  { name: 'endless loop in C', status: killed, code: `import re\nre.match(r'(a+)+$', 'a' * 40 + 'b')` },
  { name: 'endless arithmetic', status: killed, code: `x = 9 ** 9 ** 8` },
  { name: 'sleeping', status: /^wall_timeout$/, code: `import time\ntime.sleep(1000)` },
  { name: 'waiting for input', status: ended, code: `import sys\nassert sys.stdin.read() == ''\ninput()` },
  { name: 'waiting on a pipe', status: /^wall_timeout$/, code: `import os\nr, w = os.pipe()\nos.read(r, 1)` },
  { name: 'raised limits', status: ended, code: tries(`
import resource
for kind in range(16):
    attempt(f'limit {kind}', lambda: resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)) or 1)
    attempt(f'prlimit {kind}', lambda: resource.prlimit(0, kind, (1 << 40, 1 << 40)) and 1)
attempt('other', lambda: call(${numbers.prlimit64}, 1 if os.getpid() != 1 else 2, 7, 0, 0))
attempt('nice', lambda: os.nice(-1))`) },
  { name: 'decompression bombs', status: /^(ok|exit \d+|killed_oom|signal \d+|cpu_limit|wall_timeout)$/, code: `
import zlib, io, struct
def chunk(kind, data): return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
side = 60000
rows = zlib.compressobj(9)
body = b''.join(rows.compress(bytes(1 << 20)) for _ in range(200)) + rows.flush()
png = b'\\x89PNG\\r\\n\\x1a\\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', side, side, 8, 2, 0, 0, 0)) + chunk(b'IDAT', body) + chunk(b'IEND', b'')
open('path_to_output_image.png', 'wb').write(png)
print(len(png))` },
  { name: 'an output beyond the limit of pixels', status: ended, code: `from PIL import Image\nImage.new('RGB', (5000, 4000)).save('path_to_output_image.png')` },
  // Forged results
  { name: 'a forged header of a result', status: ended, stderr: /refused/, code: `import os, struct\nos.write(3, struct.pack('<4sIII', b'RGB8', 1, 60000, 60000) + b'x' + bytes(100))\nos._exit(0)` },
  { name: 'a partial result', status: ended, stderr: /refused/, code: `import os, struct\nos.write(3, struct.pack('<4sIII', b'RGB8', 1, 10, 10) + b'x' + bytes(299))\nos._exit(0)` },
  { name: 'a result of no pixels', status: ended, stderr: /refused/, code: `import os, struct\nos.write(3, struct.pack('<4sIII', b'RGB8', 1, 0, 0xffffffff) + b'x')\nos._exit(0)` },
  { name: 'garbage as a result', status: ended, stderr: /refused/, code: `import os\nos.write(3, os.urandom(1000))\nos._exit(0)` },
  { name: 'a result too long', status: ended, stderr: /refused/, code: `import os\nos.ftruncate(3, 64 << 20)\nos._exit(0)` },
  { name: 'forged protocol frames on every descriptor', status: ended, code: `
import os, struct, json
header = json.dumps({'ended': None, 'exit': 0, 'output_bytes': 4}).encode()
for magic in (b'ARP1', b'ARQ1'):
    frame = struct.pack('<4sIQ', magic, len(header), 4) + header + b'ESC!'
    for descriptor in range(0, 1024):
        try: os.write(descriptor, frame)
        except OSError: pass
os._exit(0)` },
  { name: 'inherited descriptors', status: ended, code: `
import os
found = []
for descriptor in range(0, 4096):
    try: os.fstat(descriptor); found.append(descriptor)
    except OSError: pass
print(found)
if found != [0, 1, 2, 3, 4]: print('ESCAPED')` },
  // A word of being done is an exit: nothing that follows it counts, and nothing of it lasts.
  { name: 'a forged word of being done', status: /^exit 7$/, code: `
import os
os.write(4, bytes([7]))
while True:
    print('x' * 1000)
    open('late', 'ab').write(b'x' * 1000)` },
  { name: 'a forged word of being done, while the result grows', status: /^ok$/, code: `
import mmap, os
os.ftruncate(3, 1 << 20)
shared = mmap.mmap(3, 1 << 20)
os.write(4, bytes(1000))
while True:
    shared[:] = os.urandom(1 << 20)
    os.ftruncate(3, 1 << 22)
    os.ftruncate(3, 0)` },
  { name: 'a forged word of being unable to begin', status: /^exit 33$/, code: `import os\nos.write(4, b"!it could not begin")\nos._exit(0)` },
  { name: 'all descriptors closed', status: ended, code: `import os\nos.closerange(0, 4096)\nprint('x')` },
  // Ends
  { name: 'segfault', status: /^signal 11$/, code: `import ctypes\nctypes.string_at(0)` },
  { name: 'abort', status: /^signal (6|11)$/, code: `import os\nos.abort()` },
  { name: 'stack overflow', status: /^(exit 1|signal 11|cpu_limit|wall_timeout)$/, code: `import sys\nsys.setrecursionlimit(1 << 30)\ndef f(): f()\nf()` },
  { name: 'stack overflow in C', status: /^(exit 1|signal 11|cpu_limit|wall_timeout)$/, code: `import sys\nsys.setrecursionlimit(1 << 30)\nx = []\nfor _ in range(10 ** 6): x = [x]\nrepr(x)\nraise ValueError` },
  { name: 'a status of its own', status: /^exit 77$/, code: `import os\nos._exit(77)` },
  { name: 'hostile __str__', status: /^(exit 1|wall_timeout|cpu_limit)$/, code: `class E(Exception):\n    def __str__(self):\n        while True: pass\nraise E()` },
  { name: 'hostile exception hooks', status: ended, code: `import sys, atexit, os\nsys.excepthook = lambda *a: os._exit(0)\natexit.register(os._exit, 0)\nclass E(BaseException):\n    def __repr__(self): raise KeyboardInterrupt\n    __str__ = __repr__\nraise E()` },
  { name: 'a handler that never ends', status: killed, code: `import atexit\n@atexit.register\ndef forever():\n    while True: pass` },
  { name: 'code that does not parse', status: /^exit 1$/, stderr: /SyntaxError/, code: `def (:\n` },
  { name: 'code with NUL', status: /^exit 1$/, code: `print(1)\0` },
  { name: 'deeply nested code', status: /^(exit 1|signal 11)$/, code: `${'('.repeat(5000)}1${')'.repeat(5000)}` },
  // For the next job
  { name: 'poisoned modules and builtins', status: ended, code: `
import builtins, sys, numpy, cv2, PIL.Image, os, json
builtins.POISON = 1; builtins.open = None; builtins.print = None
numpy.array = None; cv2.imread = None; PIL.Image.open = None; json.dumps = None; os.write = lambda *a: 0
sys.modules['poison'] = sys; sys.path.insert(0, '/work'); sys.meta_path.insert(0, None)
open_ = os.open('numpy.py', os.O_WRONLY | os.O_CREAT)
for name in ('sitecustomize.py', 'usercustomize.py', 'math.py', 'os.py', 'json.pyc'):
    os.close(os.open(name, os.O_WRONLY | os.O_CREAT))` },
  { name: 'poisoned .pyc', status: ended, code: tries(`
import importlib.util, colorsys
cached = importlib.util.cache_from_source(colorsys.__file__)
attempt('pyc', lambda: open(cached, 'wb').write(b'x'))
attempt('folder', lambda: os.mkdir(os.path.dirname(colorsys.__file__) + '/__pycache__2') or 1)
attempt('replace', lambda: os.replace('path_to_input_image.jpg', cached) or 1)`) },
  { name: 'timers and handlers', status: /^(ok|exit \d+|signal \d+)$/, code: `import signal, threading\nsignal.signal(signal.SIGALRM, lambda *a: None)\nsignal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)\nsignal.setitimer(signal.ITIMER_VIRTUAL, 0.2, 0.2)` },
  { name: 'daemon', status: ended, code: tries(`
attempt('setsid', lambda: os.setsid())
attempt('daemon', lambda: -1 if libc.daemon(0, 0) < 0 else 1)
attempt('setpgid', lambda: os.setpgid(0, 0) or 1)`) },
  { name: 'changing the picture', status: ended, code: `
open('path_to_input_image.jpg', 'r+b').write(b'x' * 100)
import ctypes, gc, mmap
for thing in gc.get_objects():
    if isinstance(thing, mmap.mmap): thing[:] = bytes(len(thing))
image.paste(0, (0, 0, *image.size))` },
  { name: 'a lock that stays', status: ended, code: `import fcntl\nfcntl.lockf(open('lock', 'w'), fcntl.LOCK_EX)\nimport os\ntry: fcntl.flock(3, fcntl.LOCK_EX)\nexcept OSError: pass\nos._exit(0)` },
  { name: 'odd names', status: ended, code: `
import os, shutil
for name in ('../x.png', 'a\\nb.png', '\\x1b[31m.png', 'ü' * 100 + '.png', '.hidden.png', 'x' * 251 + '.png', b'\\xff\\xfe.png'):
    try: shutil.copy('path_to_input_image.jpg', name)
    except OSError as error: print(error)` },
];
