"""What the measurements have in common: the ordinary user, processes, intervals, tables."""

import ctypes
import json
import os
import platform
import pwd
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import traceback
from pathlib import Path

ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/"}


class Failed(Exception):
    """A program did not make its sandbox; says what it wrote about that."""


# ---- the ordinary user ----


def ordinary_account(name):
    """The account to measure as when we are root: made, with subordinate ids, where it is absent."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        print(f"bench: making the account {name}", file=sys.stderr)
        subprocess.run(["useradd", "-m", "-s", "/bin/sh", name], check=True)
    for kind in ("uid", "gid"):
        if not re.search(rf"^{name}:", Path(f"/etc/sub{kind}").read_text(), re.M):
            subprocess.run(["usermod", f"--add-sub{kind}s", "100000-165535", name], check=True)
    return pwd.getpwnam(name)


def as_user(account, function):
    """What @function returns, called in a process of @account's (in this one if that is None)."""
    if account is None:
        return function()

    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.initgroups(account.pw_name, account.pw_gid)
            os.setresgid(*[account.pw_gid] * 3)
            os.setresuid(*[account.pw_uid] * 3)
            with open(writer, "w") as result:
                json.dump(function(), result)
            code = 0
        except Failed as reason:
            print(f"bench: {reason}", file=sys.stderr)
        except Exception:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writer)
    try:
        with open(reader) as result:
            text = result.read()
    except SystemExit:
        os.kill(pid, signal.SIGTERM)
        raise
    finally:
        os.waitpid(pid, 0)
    if not text:
        sys.exit(1)
    return json.loads(text)


# ---- what the programs see, as root ----


def call(function, *arguments):
    """A function of the C library that returns -1 and errno when it fails."""
    if getattr(ctypes.CDLL(None, use_errno=True), function)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), f"{function}: {os.strerror(ctypes.get_errno())}")


def own_mounts(state, uid):
    """As root: a mount namespace, with a tmpfs for @state and one cgroup tree."""
    CLONE_NEWNS, MS_BIND, MS_REC, MS_PRIVATE = 0x20000, 0x1000, 0x4000, 1 << 18
    call("unshare", CLONE_NEWNS)
    call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    call("mount", b"tmpfs", os.fsencode(state), b"tmpfs", 0, f"mode=700,uid={uid}".encode())
    if os.path.isdir("/sys/fs/cgroup/unified"):
        call("mount", b"/sys/fs/cgroup/unified", b"/sys/fs/cgroup", None, MS_BIND, None)


# ---- processes ----


def adopt_orphans():
    """Makes this process the parent of what a program leaves behind, so that it can be waited for."""
    PR_SET_CHILD_SUBREAPER = 36
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def reap_all(staying=frozenset()):
    """Waits for the end of our children, but for those @staying."""
    try:
        while not staying or not staying.issuperset(children(os.getpid())):
            os.wait()
    except ChildProcessError:
        pass


def children(parent):
    """The pids of @parent's children."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
        except OSError:  # it has just gone
            pass
    return found


def descendants(pid):
    return [pid] + [below for child in children(pid) for below in descendants(child)]


def field(pid, file, name):
    """The sum of what /proc/PID/FILE has under @name, in KiB; None where it may not be read."""
    try:
        text = Path(f"/proc/{pid}/{file}").read_text()
    except OSError:
        return None
    return sum(int(value) for value in re.findall(rf"^{name}:\s+(\d+) kB", text, re.M))


def kill_children(*_):
    """For a program that hangs: once the monitor is gone, the next alarm finds what was below it."""
    for pid in children(os.getpid()):
        os.kill(pid, signal.SIGKILL)
    signal.alarm(1)


def reachable(path, place, account, name):
    """@path, or where @account would not see it, a copy of it that does not belong to it."""
    if account is None or path.startswith("/usr/"):
        return os.path.abspath(path)
    folder = place / "bin" / name
    folder.mkdir(parents=True)
    return shutil.copy(path, folder)


# ---- figures ----


def interval(times, floor, resamples=300):
    """The 95 % bootstrap interval of the ratio of two medians."""

    def median(sample):
        return statistics.median(random.choices(sample, k=len(sample)))

    ratios = sorted(median(times) / median(floor) for _ in range(resamples))
    return ratios[int(resamples * 0.025)], ratios[int(resamples * 0.975)]


# ---- the report ----


def table(heads, rows):
    """An aligned Markdown table; the second column to the left, numbers to the right."""
    cells = [heads] + [["–" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(heads))]

    def line(row):
        fitted = [cell.ljust(w) if i == 1 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths))]
        return "| " + " | ".join(fitted) + " |"

    rule = "|" + "|".join(":" + "-" * (w + 1) if i == 1 else "-" * (w + 1) + ":" for i, w in enumerate(widths)) + "|"
    return "\n".join([line(cells[0]), rule, *map(line, cells[1:])])


def machine(load):
    return f"Linux {platform.release()}, {platform.machine()}, {os.cpu_count()} CPUs, load before {load:.2f}"
