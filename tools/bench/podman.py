"""What a container costs by way of an engine: `podman run --rm`, with each runtime in its turn.

Podman itself takes most of the time, so there is no floor.  Its store, its image and its other files are in a folder of the
measurement's own, and its runtimes see the host as it is."""

import os
import random
import shutil
import signal
import statistics
import subprocess
import time

from common import ENVIRONMENT, table

PATIENCE = 60  # seconds for one container
LEAST, MOST = 5, 60  # rounds


class Podman:
    def __init__(self, place):
        self.folder = place / "podman"
        self.runtime_dir = self.folder / "run"
        self.runtime_dir.mkdir(parents=True, mode=0o700)
        self.environment = {**ENVIRONMENT, "HOME": str(self.folder), "XDG_RUNTIME_DIR": str(self.runtime_dir)}

    def call(self, *arguments, **how):
        command = ["podman", "--root", str(self.folder / "store"), "--runroot", str(self.runtime_dir / "store"),
                   "--events-backend", "none", *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=PATIENCE, **how)

    def make_image(self, root):
        with subprocess.Popen(["tar", "-C", root, "-c", "."], stdout=subprocess.PIPE) as archive:
            self.call("import", "-", "bench", stdin=archive.stdout, check=True)

    def run_container(self, runtime):
        """The seconds that it takes, and what was wrong or None."""
        began = time.perf_counter()
        done = self.call("--runtime", runtime, "run", "--rm", "--network", "none", "bench", "/bin/true",
                         stdin=subprocess.DEVNULL)
        took = time.perf_counter() - began
        return took, None if done.returncode == 0 else done.stderr.strip().splitlines()[-1]

    def remove(self):
        """All there is, and at last the process that keeps Podman's user namespace."""
        self.call("unshare", "rm", "-rf", str(self.folder / "store"))
        try:
            os.kill(int((self.runtime_dir / "libpod/tmp/pause.pid").read_text()), signal.SIGTERM)
        except (OSError, ValueError):  # it had none
            pass


def measure(runtimes, place, seconds):
    """@runtimes: (name, path) of each.  Returns {times: {name: seconds}, notes}; nothing is measured without Podman."""
    times, notes = {}, []
    if shutil.which("podman") is None:
        return {"times": times, "notes": ["podman is not installed"]}
    os.chdir("/")
    podman = Podman(place)
    try:
        podman.make_image(place / "rootfs")
        first = {}
        for name, path in runtimes:
            took, problem = podman.run_container(path)
            if problem:
                notes.append(f"{name}, podman run: {problem.replace(str(place), '…')} (and so left out)")
            else:
                first[name] = took
        taking_part = [(name, path) for name, path in runtimes if name in first]
        times = {name: [] for name in first}
        rounds = max(LEAST, min(MOST, int(seconds / max(sum(first.values()), 0.001))))
        for _ in range(rounds):
            for name, path in random.sample(taking_part, len(taking_part)):
                times[name].append(podman.run_container(path)[0])
    finally:
        podman.remove()
    return {"times": times, "notes": notes}


def version():
    if shutil.which("podman") is None:
        return None
    return subprocess.run(["podman", "--version"], capture_output=True, text=True).stdout.split()[-1]


def times_table(times):
    peer = next((statistics.median(mine) for name, mine in times.items() if name.startswith("crun")), None)
    rows = []
    for name, mine in times.items():
        median = statistics.median(mine)
        rows.append(["podman run --rm", name, f"{median * 1e3:.0f}", f"{sorted(mine)[int(len(mine) * 0.95)] * 1e3:.0f}",
                     f"{median / peer:.2f}" if peer else None, len(mine)])
    return table(["what", "runtime", "median ms", "p95 ms", "× crun", "runs"], rows)
