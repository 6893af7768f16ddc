"""A program started without the network: `subprocess.run([*PREFIX, "soffice", ...])`.

LibreOffice fetches what a document links to, from any host, and has no setting that keeps it from that. On Linux the
kernel refuses such a program, and all that it starts, every socket but local ones (seccomp, which needs no rights);
elsewhere it runs as it is. This file is run as a script by a Python without site-packages: it imports nothing of ours.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import socket
import struct
import sys

PREFIX = (sys.executable, "-I", "-S", __file__)

# Machine -> (AUDIT_ARCH of linux/audit.h, number of socket(2)).
_MACHINES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
# linux/prctl.h and linux/seccomp.h
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
# linux/bpf_common.h: load a word of seccomp_data, jump if equal, return
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in seccomp_data


def refuse_network() -> None:
    """From here on this process and its children get EACCES for every socket that is not local (AF_UNIX, AF_NETLINK).

    Does nothing on other systems than Linux, and on machines other than x86_64 and aarch64. Raises OSError where the
    kernel refuses the filter.
    """
    machine = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or machine is None:
        return
    architecture, socket_number = machine
    program = (
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 0, 5, architecture),
        (_LOAD, 0, 0, _NUMBER),
        (_EQUAL, 0, 3, socket_number),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_EQUAL, 1, 0, socket.AF_UNIX),
        (_EQUAL, 0, 1, socket.AF_NETLINK),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _ERRNO | errno.EACCES),
    )
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *instruction) for instruction in program))
    filter_program = ctypes.create_string_buffer(struct.pack("HP", len(program), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    for option, first, second in (
        (_PR_SET_NO_NEW_PRIVS, 1, 0),
        (_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(filter_program)),
    ):
        if libc.prctl(option, first, second, 0, 0) != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"the network cannot be refused to a program: {os.strerror(number)}")


if __name__ == "__main__":
    refuse_network()
    os.execvp(sys.argv[1], sys.argv[1:])
