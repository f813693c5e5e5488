"""The bundles that run-oci measures with: each as a config.json, and as the steps that floor-oci takes.

`small` has what a program needs to run.  `full` is as an engine makes it: 14 mounts with some 60 options, the usual
masks, capabilities and limits, and a seccomp profile of some 400 names.
"""

import json
import os
import platform
import re
import shutil
import struct
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
RDONLY, NOSUID, NODEV, NOEXEC = 1, 2, 4, 8
ATTRIBUTES = {"ro": RDONLY, "nosuid": NOSUID, "nodev": NODEV, "noexec": NOEXEC}

SMALL_MOUNTS = [
    ("proc", "proc", "/proc", ""),
    ("tmpfs", "tmpfs", "/dev", "nosuid,mode=755"),
    ("devpts", "devpts", "/dev/pts", "ptmxmode=0666"),
    ("sysfs", "sysfs", "/sys", "ro"),
]
FILES = ["/etc/resolv.conf", "/etc/hosts", "/etc/hostname", "/run/.containerenv"]
VOLUMES = ["/data/one", "/data/two"]
FULL_MOUNTS = [
    ("proc", "proc", "/proc", "nosuid,noexec,nodev"),
    ("tmpfs", "tmpfs", "/dev", "nosuid,noexec,strictatime,mode=755,size=65536k"),
    ("sysfs", "sysfs", "/sys", "nosuid,noexec,nodev,ro"),
    ("devpts", "devpts", "/dev/pts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620"),
    ("mqueue", "mqueue", "/dev/mqueue", "nosuid,noexec,nodev"),
    ("tmpfs", "shm", "/dev/shm", "nosuid,noexec,nodev,mode=1777,size=65536k"),
    ("cgroup", "cgroup", "/sys/fs/cgroup", "private,rprivate,nosuid,noexec,nodev,relatime,ro"),
    ("tmpfs", "tmpfs", "/tmp", "nosuid,nodev,mode=1777,size=65536k"),
    *(("bind", "", path, "bind,rprivate,nosuid,noexec,nodev") for path in FILES),
    *(("bind", "", path, "rbind,rprivate,nosuid,nodev") for path in VOLUMES),
]
MASKED = ["/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
          "/proc/timer_list", "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap"]
PROTECTED = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
CAPABILITIES = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE",
                "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT"]
ABIS = {"x86_64": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
        "aarch64": ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]}
ENOSYS = 38


# ---- config.json ----


def call_names():
    """The names of our own profile."""
    text = (HERE / "../../src/plan/seccomp-default.def").read_text()
    return sorted(set(re.findall(r"^(?:ALLOW|ALLOW_WITH|HIDE_WITHOUT) \((?:.*, )?(\w+)\)$", text, re.M)))


def seccomp():
    def when(name, value, op, **more):
        return {"names": [name], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": value, "op": op, **more}]}

    conditional = {"personality", "clone", "clone3", "socket"}
    return {
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": ENOSYS,
        "architectures": ABIS.get(platform.machine(), []),
        "syscalls": [
            {"names": [name for name in call_names() if name not in conditional], "action": "SCMP_ACT_ALLOW"},
            *(when("personality", value, "SCMP_CMP_EQ") for value in (0, 8, 0x20000, 0x20008, 0xFFFFFFFF)),
            when("clone", 0x7E020000, "SCMP_CMP_MASKED_EQ", valueTwo=0),
            when("socket", 40, "SCMP_CMP_NE"),
            {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": ENOSYS},
        ],
    }


def mount(place, kind, source, destination, options):
    return {"destination": destination, "type": kind, "source": source or str(place / "host") + destination,
            "options": [option for option in options.split(",") if option]}


def config(place, account, mounts, arguments):
    """@account: (uid, gid)."""
    kinds = ("user", "mount", "pid", "network", "ipc", "uts", "cgroup")
    return {
        "ociVersion": "1.0.2",
        "root": {"path": str(place / "rootfs")},
        "hostname": "bench",
        "process": {"args": arguments, "cwd": "/", "env": ["PATH=/bin"], "user": {"uid": 0, "gid": 0},
                    "noNewPrivileges": True},
        "mounts": [mount(place, *one) for one in mounts],
        "linux": {
            "uidMappings": [{"containerID": 0, "hostID": account[0], "size": 1}],
            "gidMappings": [{"containerID": 0, "hostID": account[1], "size": 1}],
            "namespaces": [{"type": kind} for kind in kinds],
        },
    }


def engine_config(*arguments):
    made = config(*arguments)
    made["process"] |= {
        "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm", "HOME=/root",
                "HOSTNAME=bench", "container=engine"],
        "capabilities": dict.fromkeys(("bounding", "effective", "permitted"), CAPABILITIES),
        "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 1024, "hard": 1024}],
    }
    made["annotations"] = {f"org.example.engine.label{i}": f"what an engine notes, {i}" for i in range(8)}
    made["linux"] |= {"maskedPaths": MASKED, "readonlyPaths": PROTECTED, "seccomp": seccomp()}
    return made


# ---- the same for floor-oci ----


def filter_program(names):
    """A program that allows these calls of the machine's own ABI: a decision tree, as it would be made by hand."""
    text = subprocess.run(["cc", "-dM", "-E", "-include", "asm/unistd.h", "-x", "c", "/dev/null"], check=True,
                          capture_output=True, text=True).stdout
    numbers = {name: int(number) for name, number in re.findall(r"^#define __NR_(\w+) (\d+)$", text, re.M)}
    allowed = {numbers[name] for name in names if name in numbers}
    edges = [(0, 0 in allowed)]
    edges += [(n, n in allowed) for n in range(1, max(allowed) + 2) if (n in allowed) != (n - 1 in allowed)]

    def instruction(code, yes, no, value):
        return struct.pack("=HBBI", code, yes, no, value)

    def tree(edges):
        if len(edges) == 1:
            return instruction(0x06, 0, 0, 0x7FFF0000 if edges[0][1] else 0x50000 + ENOSYS)
        middle = len(edges) // 2
        below, above = tree(edges[:middle]), tree(edges[middle:])
        at_least, always = instruction(0x35, 0, 1, edges[middle][0]), instruction(0x05, 0, 0, len(below) // 8)
        return at_least + always + below + above

    return instruction(0x20, 0, 0, 0) + tree(edges)


def floor_mount(place, kind, source, destination, options):
    words = options.split(",") if options else []
    attributes = str(sum(ATTRIBUTES.get(word, 0) for word in words))
    if kind == "bind":
        return ["bind", str(place / "host") + destination, destination, attributes]
    values = [word for word in words if "=" in word] or [f"source={source}"]
    return ["mount", {"cgroup": "cgroup2"}.get(kind, kind), destination, attributes, ",".join(values)]


def floor_steps(place, mounts):
    steps = [word for one in mounts for word in floor_mount(place, *one)] + ["devices"]
    if mounts is FULL_MOUNTS:
        steps += [word for path in MASKED for word in ("mask", path)]
        steps += [word for path in PROTECTED for word in ("protect", path)]
        steps += floor_filter(place, "full")
    return steps


def floor_filter(place, name):
    return ["seccomp", str(place / "filter")] if name == "full" else []


# ---- making them ----

KINDS = {"small": (SMALL_MOUNTS, config), "full": (FULL_MOUNTS, engine_config)}


def make_root(place):
    """Makes the root file system, and what is bound into it."""
    for folder in ("bin", "proc", "dev", "sys", "tmp", "run", "etc", *(path[1:] for path in VOLUMES)):
        (place / "rootfs" / folder).mkdir(parents=True)
    shutil.copy(shutil.which("busybox"), place / "rootfs/bin/busybox")
    for name in ("true", "sleep"):
        os.symlink("busybox", place / "rootfs/bin" / name)
    for root in (place / "rootfs", place / "host"):
        for path in FILES:
            file = Path(f"{root}{path}")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("bench\n" if root.name == "host" else "")
    for path in VOLUMES:
        Path(f"{place}/host{path}").mkdir(parents=True)


def prepare(place, account):
    """Makes the root file system and the bundles NAME and NAME-held, whose program stays, for all programs."""
    make_root(place)
    for name, (mounts, make) in KINDS.items():
        for bundle, arguments in ((name, ["/bin/true"]), (f"{name}-held", ["/bin/sleep", "1000"])):
            (place / bundle).mkdir()
            (place / bundle / "config.json").write_text(json.dumps(make(place, account, mounts, arguments)))
    (place / "filter").write_bytes(filter_program(call_names()))
