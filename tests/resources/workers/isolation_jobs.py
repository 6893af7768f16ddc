"""Jobs that tests run in isolated workers; they have to be importable by name."""

import os
import signal
import subprocess
import sys
import time


def work(job: str) -> str | int:
    """Does what its name says: "pid", "sleep", "crash", "kill", "eat", "raise", "exit", "child" or anything else."""
    match job:
        case "pid":
            return os.getpid()
        case "sleep":
            time.sleep(60)
        case "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "eat":
            return len(bytearray(8 * 2**30))
        case "raise":
            raise LookupError("no such thing")
        case "exit":
            sys.exit(3)
        case "child":
            subprocess.run(["sleep", "54.321"], check=True)
    return job.upper()
