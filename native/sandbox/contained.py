"""Windows: runs a command in an AppContainer without capabilities and in a job object with limits.

    python contained.py SETTINGS COMMAND...

An AppContainer reaches no network and no file that does not name it; what it needs is named here: Python, its packages
and this folder to read, its scratch folder to write. The job object allows one process, bounds its memory and processor
time, and takes it away when this program ends, however that is. Written against the documented interface; it has not
been run on Windows, and the app runs no code with it until a probe inside has been refused everything it must be.
"""

import ctypes
import json
import subprocess
import sys

NAME = 'arft.studio.sandbox'

EXTENDED_STARTUPINFO_PRESENT, CREATE_SUSPENDED, CREATE_NO_WINDOW, CREATE_UNICODE_ENVIRONMENT = 0x00080000, 0x4, 0x08000000, 0x400
STARTF_USESTDHANDLES = 0x100
ATTRIBUTE_HANDLE_LIST, ATTRIBUTE_SECURITY_CAPABILITIES, ATTRIBUTE_CHILD_PROCESS_POLICY = 0x00020002, 0x00020009, 0x0002000E
CHILD_PROCESS_RESTRICTED = 1
STANDARD_HANDLES = (-10, -11, -12)
HANDLE_FLAG_INHERIT = 1

LIMIT_PROCESS_TIME, LIMIT_ACTIVE_PROCESS, LIMIT_PROCESS_MEMORY = 0x2, 0x8, 0x100
LIMIT_DIE_ON_UNHANDLED_EXCEPTION, LIMIT_KILL_ON_JOB_CLOSE = 0x400, 0x2000
EXTENDED_LIMITS, UI_RESTRICTIONS = 9, 4
# Handles, clipboard both ways, system parameters, display settings, global atoms, desktops, leaving Windows.
ALL_UI_LIMITS = 0xFF
INFINITE = 0xFFFFFFFF
ALREADY_EXISTS = 0x800700B7

# Fixed widths instead of ctypes.wintypes, whose DWORD is as wide as the C compiler's long.
_u16, _u32, _u64, _size, _pointer = ctypes.c_uint16, ctypes.c_uint32, ctypes.c_uint64, ctypes.c_size_t, ctypes.c_void_p


class BasicLimits(ctypes.Structure):
    _fields_ = [
        ('process_time', _u64), ('job_time', _u64), ('flags', _u32), ('smallest_working_set', _size), ('largest_working_set', _size),
        ('active_processes', _u32), ('affinity', _size), ('priority_class', _u32), ('scheduling_class', _u32),
    ]


class ExtendedLimits(ctypes.Structure):
    _fields_ = [('basic', BasicLimits), ('io_counters', _u64 * 6), ('process_memory', _size), ('job_memory', _size), ('peak_process_memory', _size), ('peak_job_memory', _size)]


class SecurityCapabilities(ctypes.Structure):
    _fields_ = [('container', _pointer), ('capabilities', _pointer), ('count', _u32), ('reserved', _u32)]


class StartupInfo(ctypes.Structure):
    _fields_ = [
        ('size', _u32), ('reserved', _pointer), ('desktop', _pointer), ('title', _pointer), ('x', _u32), ('y', _u32), ('width', _u32), ('height', _u32),
        ('columns', _u32), ('rows', _u32), ('fill', _u32), ('flags', _u32), ('show', _u16), ('reserved_bytes', _u16), ('reserved_data', _pointer),
        ('input', _pointer), ('output', _pointer), ('errors', _pointer),
    ]


class StartupInfoEx(ctypes.Structure):
    _fields_ = [('startup', StartupInfo), ('attributes', _pointer)]


class ProcessInformation(ctypes.Structure):
    _fields_ = [('process', _pointer), ('thread', _pointer), ('process_id', _u32), ('thread_id', _u32)]


def limits(settings):
    """What the job object allows; `settings` as main/sandbox/windows.ts writes them."""
    found = ExtendedLimits()
    found.basic.flags = LIMIT_PROCESS_TIME | LIMIT_ACTIVE_PROCESS | LIMIT_PROCESS_MEMORY | LIMIT_DIE_ON_UNHANDLED_EXCEPTION | LIMIT_KILL_ON_JOB_CLOSE
    found.basic.process_time = round(settings['cpu_s'] * 10_000_000)  # in units of 100 ns
    found.basic.active_processes = 1
    found.process_memory = settings['memory_bytes']
    return found


def grants(settings, container):
    """The commands that let the container read and write: icacls replaces what it granted before."""
    wanted = [(path, 'RX') for path in settings['readable']] + [(path, 'M') for path in settings['writable']]
    return [['icacls', path, '/grant:r', f'*{container}:(OI)(CI)({rights})', '/Q'] for path, rights in wanted]


class Windows:
    """The functions that are needed; each raises OSError where Windows refuses."""

    def __init__(self):
        self.kernel = ctypes.WinDLL('kernel32', use_last_error=True)
        self.userenv = ctypes.WinDLL('userenv', use_last_error=True)
        self.advapi = ctypes.WinDLL('advapi32', use_last_error=True)
        for function in (self.kernel.CreateJobObjectW, self.kernel.GetStdHandle, self.kernel.LocalFree):
            function.restype = _pointer

    def checked(self, succeeded, what):
        if not succeeded:
            raise OSError(f'{what}: error {ctypes.get_last_error()}')

    def container(self):
        """The container's identity, made for this user once."""
        identity = _pointer()
        made = self.userenv.CreateAppContainerProfile(NAME, NAME, 'Code of agents', None, 0, ctypes.byref(identity)) & 0xFFFFFFFF
        if made == ALREADY_EXISTS:
            made = self.userenv.DeriveAppContainerSidFromAppContainerName(NAME, ctypes.byref(identity)) & 0xFFFFFFFF
        if made != 0:
            raise OSError(f'AppContainer profile: error {made:#x}')
        return identity

    def text_of(self, identity):
        text = ctypes.c_wchar_p()
        self.checked(self.advapi.ConvertSidToStringSidW(identity, ctypes.byref(text)), 'ConvertSidToStringSid')
        return text.value

    def job_object(self, settings):
        handle = _pointer(self.kernel.CreateJobObjectW(None, None))
        self.checked(handle.value, 'CreateJobObject')
        extended, user_interface = limits(settings), _u32(ALL_UI_LIMITS)
        for kind, value in ((EXTENDED_LIMITS, extended), (UI_RESTRICTIONS, user_interface)):
            self.checked(self.kernel.SetInformationJobObject(handle, kind, ctypes.byref(value), ctypes.sizeof(value)), f'SetInformationJobObject({kind})')
        return handle

    def start(self, command, identity, job):
        """Starts the command inside both; returns its handle. It does not run before the job object has it."""
        handles = (_pointer * 3)(*(self.kernel.GetStdHandle(_u32(number & 0xFFFFFFFF)) for number in STANDARD_HANDLES))
        for handle in handles:
            self.checked(self.kernel.SetHandleInformation(_pointer(handle), HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT), 'SetHandleInformation')
        capabilities = SecurityCapabilities(identity, None, 0, 0)
        children = _u32(CHILD_PROCESS_RESTRICTED)
        attributes = ((ATTRIBUTE_SECURITY_CAPABILITIES, capabilities), (ATTRIBUTE_HANDLE_LIST, handles), (ATTRIBUTE_CHILD_PROCESS_POLICY, children))
        size = _size()
        self.kernel.InitializeProcThreadAttributeList(None, len(attributes), 0, ctypes.byref(size))
        block = ctypes.create_string_buffer(size.value)
        self.checked(self.kernel.InitializeProcThreadAttributeList(block, len(attributes), 0, ctypes.byref(size)), 'InitializeProcThreadAttributeList')
        for kind, value in attributes:
            self.checked(self.kernel.UpdateProcThreadAttribute(block, 0, _size(kind), ctypes.byref(value), _size(ctypes.sizeof(value)), None, None), f'UpdateProcThreadAttribute({kind:#x})')
        startup = StartupInfoEx()
        startup.startup.size = ctypes.sizeof(startup)
        startup.startup.flags = STARTF_USESTDHANDLES
        startup.startup.input, startup.startup.output, startup.startup.errors = handles
        startup.attributes = ctypes.addressof(block)
        process = ProcessInformation()
        line = ctypes.create_unicode_buffer(subprocess.list2cmdline(command))
        flags = EXTENDED_STARTUPINFO_PRESENT | CREATE_SUSPENDED | CREATE_NO_WINDOW | CREATE_UNICODE_ENVIRONMENT
        self.checked(self.kernel.CreateProcessW(None, line, None, None, True, flags, None, None, ctypes.byref(startup), ctypes.byref(process)), 'CreateProcess')
        try:
            self.checked(self.kernel.AssignProcessToJobObject(job, _pointer(process.process)), 'AssignProcessToJobObject')
            if self.kernel.ResumeThread(_pointer(process.thread)) & 0xFFFFFFFF == 0xFFFFFFFF:
                self.checked(False, 'ResumeThread')
        except OSError:
            self.kernel.TerminateProcess(_pointer(process.process), 125)
            raise
        return _pointer(process.process)

    def wait(self, process):
        status = _u32()
        self.kernel.WaitForSingleObject(process, INFINITE)
        self.checked(self.kernel.GetExitCodeProcess(process, ctypes.byref(status)), 'GetExitCodeProcess')
        return status.value


def main():
    settings, command = json.loads(sys.argv[1]), sys.argv[2:]
    windows = Windows()
    identity = windows.container()
    for grant in grants(settings, windows.text_of(identity)):
        subprocess.run(grant, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    job = windows.job_object(settings)
    sys.exit(windows.wait(windows.start(command, identity, job)))


if __name__ == '__main__':
    main()
