"""Where the figures are taken: a network namespace of their own, two cores, and what the kernel counts there."""

import atexit
import fcntl
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import time

INSIDE = "BLIPD_BENCH_INSIDE"
SKIPPED = 77
# The kernel makes a neighbour of every IPv6 address of the loopback that is sent to, and forgets it after a minute
# without use: millions would be made anew in every round, as on no other link.
IPV6 = ("ip -6 route add local fd00::/48 dev lo",
        "ip ntable change name ndisc_cache dev lo gc_stale 86400000")
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def enter_namespace():
    """Goes on inside a network namespace of its own, where every address of 127.0.0.0/8 and of fd00::/48 answers."""
    if os.environ.get(INSIDE):
        link_up("lo")
        if shutil.which("ip"):
            for command in IPV6:
                subprocess.run(command.split(), stderr=subprocess.DEVNULL)
        return
    os.environ[INSIDE] = "1"
    options = ["-n"] if os.geteuid() == 0 else ["-Urn"]
    if subprocess.run(["unshare", *options, "true"], stderr=subprocess.DEVNULL).returncode != 0:
        print("skipped: network namespaces are refused here")
        sys.exit(SKIPPED)
    os.execvp("unshare", ["unshare", *options, sys.executable, "-B", *sys.argv])


class Apart:
    """A namespace of its own for the time of a `with`: raw sockets of others would be shown its packets, which costs it
    something."""

    def __enter__(self):
        self.holder = subprocess.Popen(["unshare", "-n", "sleep", "infinity"])
        own, deadline = os.readlink("/proc/self/ns/net"), time.monotonic() + 20
        while os.readlink(f"/proc/{self.holder.pid}/ns/net") == own:
            if time.monotonic() > deadline:
                raise RuntimeError("no second namespace")
            time.sleep(0.01)
        self.prefix = ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net"]
        self.run("ip", "link", "set", "lo", "up")
        if has_ipv6():
            for command in IPV6:
                self.run(*command.split())
        return self

    def __exit__(self, *_):
        self.holder.kill()
        self.holder.wait()

    def inside(self, command):
        return self.prefix + command

    def run(self, *command):
        subprocess.run(self.inside(list(command)), check=True)


def link_up(name):
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", name.encode(), IFF_UP))


def has_ipv6():
    return pathlib.Path("/proc/net/if_inet6").exists() and shutil.which("ip") is not None


class Cores:
    """What is measured runs on one core, everything else on another, where there are two."""

    def __init__(self, nice):
        cores = sorted(os.sched_getaffinity(0))
        self.measured, self.other = cores[-1], cores[0]
        os.sched_setaffinity(0, {self.other})
        self.prefix = ["taskset", "-c", str(self.measured)]
        self.everywhere = ["chrt", "-o", "0", "taskset", "-c", ",".join(map(str, cores))]
        if nice and subprocess.run(["nice", "-n", str(nice), "true"], stderr=subprocess.PIPE).stderr == b"":
            self.prefix += ["nice", "-n", str(nice)]
            self.everywhere += ["nice", "-n", str(nice)]
            self.raise_session(nice)

    @staticmethod
    def raise_session(nice):
        """Where the kernel shares a core out among sessions, niceness counts within ours alone; so it is raised too."""
        path = pathlib.Path("/proc/self/autogroup")
        try:
            before = path.read_text().split()[-1]
            path.write_text(str(nice))
            atexit.register(path.write_text, before)
        except (OSError, IndexError):
            pass

    def bound(self, command):
        return self.prefix + [str(word) for word in command]

    def unbound(self, command):
        """On all cores, for what has several threads; never at a real-time priority, which would leave no core to others
        where there is too much to do."""
        return self.everywhere + [str(word) for word in command]


def cpu_seconds(pid):
    """User and system time of all threads, in nanosecond steps."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except (FileNotFoundError, ProcessLookupError):
            pass
    return total / 1e9


def wakes(pid):
    """How often the threads went to sleep of themselves, and woke up again."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        total += status_number(task / "status", "voluntary_ctxt_switches")
    return total


def status_number(path, name):
    lines = pathlib.Path(path).read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name + ":"))


def resident(pid):
    """(now, at most so far) in bytes."""
    path = f"/proc/{pid}/status"
    return status_number(path, "VmRSS") * 1024, status_number(path, "VmHWM") * 1024


def snmp(section, name):
    lines = [line.split() for line in pathlib.Path("/proc/net/snmp").read_text().splitlines()]
    rows = [line[1:] for line in lines if line[0] == section + ":"]
    return int(rows[1][rows[0].index(name)])


def probes_seen(traffic):
    """How many probes of that kind the kernel of this namespace has carried so far: it has nobody else's."""
    if traffic == "icmp":
        return snmp("Icmp", "InEchos")
    if traffic == "tcp_syn":
        return snmp("Tcp", "OutRsts")
    for line in pathlib.Path("/proc/net/snmp6").read_text().splitlines():
        if line.startswith("Icmp6InEchos "):
            return int(line.split()[1])
    raise RuntimeError("no Icmp6InEchos in /proc/net/snmp6")
