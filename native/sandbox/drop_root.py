"""Started as root: gives root up for good, then runs what follows `--`.

    python3 drop_root.py UID FOLDER... -- COMMAND...

The folders are what the command must reach. Where one lies below a folder that only root may enter (/root, a data folder
of root's), this process gets a view of the file system of its own in which the way there is open and everything beside
it is gone.
"""

import os
import stat
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import kernel


def closed_ancestor(path):
    """The first folder on the way to `path` that others may not enter."""
    parts = path.split('/')
    for count in range(1, len(parts) + 1):
        folder = '/'.join(parts[:count]) or '/'
        if not os.stat(folder).st_mode & stat.S_IXOTH:
            return folder
    return None


def open_ways(paths):
    closed = {path: closed_ancestor(path) for path in map(os.path.realpath, paths)}
    closed = {path: folder for path, folder in closed.items() if folder}
    if not closed:
        return
    try:
        kernel.unshare(kernel.CLONE_NEWNS)
        kernel.mount(None, '/', None, kernel.MS_REC | kernel.MS_SLAVE)
    except OSError as error:
        raise SystemExit(f'root may not hand {", ".join(sorted(closed))} to another user ({error}): put it where every user can read it')
    held = {path: os.open(path, os.O_PATH) for path in closed}
    for folder in sorted(set(closed.values())):
        kernel.mount('way', folder, 'tmpfs', kernel.MS_NOSUID | kernel.MS_NODEV, 'mode=755,size=1m')
    for path, descriptor in held.items():
        os.makedirs(path, exist_ok=True)
        kernel.mount(f'/proc/self/fd/{descriptor}', path, None, kernel.MS_BIND | kernel.MS_REC)


def main():
    user = int(sys.argv[1])
    split = sys.argv.index('--')
    open_ways(sys.argv[2:split])
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    os.execv(sys.argv[split + 1], sys.argv[split + 1:])


if __name__ == '__main__':
    main()
