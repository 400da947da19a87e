"""The folder that jobs share one after another where there are no namespaces: what is in it, and emptying it.

With namespaces every job has a file system of its own, which the kernel limits and takes away.
"""

import itertools
import os


def over(settings):
    """Whether a job has written more than it may."""
    written, files = _usage(settings)
    return written > settings.disk_bytes or files > settings.disk_files


def _usage(settings):
    if settings.tier == 'L2':
        # A file system of its own: what is written and removed while open counts too.
        system = os.statvfs(settings.work)
        return (system.f_blocks - system.f_bfree) * system.f_frsize, system.f_files - system.f_ffree
    blocks, files, folders = 0, 0, [settings.work]
    while folders and files <= settings.disk_files:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    files += 1
                    # Blocks, not lengths: a sparse file takes no room.
                    blocks += entry.stat(follow_symlinks=False).st_blocks
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
        except OSError:
            # Too deep to be named from here, or made unreadable: what is below could not be counted.
            return 0, settings.disk_files + 1
    return blocks * 512, files


def empty(folder):
    """Removes everything. No recursion: a job may have made folders deeper than any stack, and unreadable ones."""
    top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    names = (f'.{count}' for count in itertools.count())
    try:
        while entries := os.listdir(top):
            for name in entries:
                if not _is_folder(name, top):
                    os.unlink(name, dir_fd=top)
                    continue
                os.chmod(name, 0o700, dir_fd=top)
                _lift_contents(name, top, names)
                os.rmdir(name, dir_fd=top)
    finally:
        os.close(top)


def _lift_contents(name, top, names):
    folder = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=top)
    try:
        for inner in os.listdir(folder):
            if _is_folder(inner, folder):
                os.chmod(inner, 0o700, dir_fd=folder)
                free = next(name for name in names if not os.access(name, os.F_OK, dir_fd=top, follow_symlinks=False))
                os.rename(inner, free, src_dir_fd=folder, dst_dir_fd=top)
            else:
                os.unlink(inner, dir_fd=folder)
    finally:
        os.close(folder)


def _is_folder(name, within):
    return os.stat(name, dir_fd=within, follow_symlinks=False).st_mode & 0o170000 == 0o040000
