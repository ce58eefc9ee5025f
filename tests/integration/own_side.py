"""Faults of our own side, made and taken back from outside: in the namespaces of a blipd that runs in the lab."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import support

DEVICE = "lab0"  # the lab's
STORM = os.path.join(os.path.dirname(__file__), "..", "support", "storm.py")


def mounted(*commands):
    """Words before blipd's: in a mount namespace of its own, after these shell commands. `$state` is the directory."""
    find = 'for word; do case "$word" in --storage.path=*) state=${word#*=};; esac; done; '
    return ["unshare", "-m", "sh", "-ec", find + "; ".join(commands) + '; exec "$@"', "sh"]


def mounts_are_refused():
    """Why there are no private mounts here, or None."""
    tried = subprocess.run(["unshare", "-Urm", "mount", "-t", "tmpfs", "-o", "size=64k", "none", "/mnt"],
                           capture_output=True, text=True, check=False)
    return tried.stderr.strip() if tried.returncode else None


def entered(pid):
    """Words before those of a command that is to run in the mount and network namespaces of that process."""
    same_user = os.readlink("/proc/%d/ns/user" % pid) == os.readlink("/proc/self/ns/user")
    user = [] if same_user else ["-U", "--preserve-credentials"]
    return ["nsenter", "-t", str(pid), *user, "-m", "-n"]


def inside(pid, command):
    """Runs a shell command there; what it printed."""
    done = subprocess.run([*entered(pid), "sh", "-ec", command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError("%s: %s" % (command, done.stderr))
    return done.stdout


def child_named(parent, name):
    """The process id of a child of that name, or None."""
    for entry in filter(str.isdigit, os.listdir("/proc")):
        stat = support.stat_of(entry)
        if not stat or int(stat[1]) != parent or stat[0] == "Z":
            continue
        with contextlib.suppress(OSError), open("/proc/%s/comm" % entry, encoding="utf-8") as file:
            if file.read().strip() == name:
                return int(entry)
    return None


@contextlib.contextmanager
def refused_output(pid, *prefixes):
    """A firewall of ours that drops what is sent to these prefixes: sendmsg fails with EPERM."""
    rules = "; ".join("nft add rule inet blipd_fault out %s daddr %s drop" % ("ip6" if ":" in p else "ip", p)
                      for p in prefixes)
    inside(pid, "nft add table inet blipd_fault; nft 'add chain inet blipd_fault out "
           "{ type filter hook output priority 0; policy accept; }'; " + rules)
    try:
        yield
    finally:
        inside(pid, "nft delete table inet blipd_fault")


def routes(pid, family, which=""):
    """Commands that bring the routes back which are there now."""
    lines = inside(pid, "ip %s route show dev %s %s" % (family, DEVICE, which)).splitlines()
    return ["ip %s route replace %s dev %s" % (family, line.replace(" proto kernel", "").strip(), DEVICE)
            for line in lines if "fe80" not in line and "proto kernel" not in line]


@contextlib.contextmanager
def no_routes(pid, prefix=None):
    """The routes to the lab are gone, or that one."""
    back = routes(pid, "-4", prefix or "") + ([] if prefix else routes(pid, "-6"))
    if prefix:
        inside(pid, "ip route del %s dev %s" % (prefix, DEVICE))
    else:
        inside(pid, "ip -4 route flush dev {0}; ip -6 route flush dev {0}".format(DEVICE))
    try:
        yield
    finally:
        inside(pid, "; ".join(back))


@contextlib.contextmanager
def link_down(pid):
    """The interface is down, which takes its routes and its IPv6 addresses along."""
    back = ["ip link set %s up" % DEVICE, "ip -6 address replace 2001:db8:ffff::9/128 dev %s nodad" % DEVICE]
    back += routes(pid, "-4") + routes(pid, "-6")
    inside(pid, "ip link set %s down" % DEVICE)
    try:
        yield
    finally:
        inside(pid, "; ".join(back))


def change_address(pid, old, new):
    """As after a new lease: the routes follow."""
    back = [line.replace(old, new) for line in routes(pid, "-4")]
    inside(pid, "ip address add {1}/32 dev {2}; ip address del {0}/32 dev {2}; ".format(old, new, DEVICE) +
           "; ".join(back))


@contextlib.contextmanager
def deaf(pid):
    """What comes in from the lab is thrown away, and nobody is told."""
    inside(pid, "nft add table inet blipd_deaf; nft 'add chain inet blipd_deaf in "
           "{ type filter hook input priority 0; policy accept; }'; nft add rule inet blipd_deaf in iifname %s drop" % DEVICE)
    try:
        yield
    finally:
        inside(pid, "nft delete table inet blipd_deaf")


def stand_still(pid, seconds):
    """The process gets no processor for so long."""
    os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        os.kill(pid, signal.SIGCONT)


def stand_still_often(pid, dice, seconds, longest):
    """For a twentieth of a second up to `longest` at a time, mostly short; how often."""
    until, times = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        stand_still(pid, 0.05 * (longest / 0.05) ** dice.random())
        time.sleep(dice.uniform(0.02, 1))
        times += 1
    return times


@contextlib.contextmanager
def hogs(count):
    """So many processes that take all the processor they are given."""
    running = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for hog in running:
            hog.kill()
            hog.wait()


@contextlib.contextmanager
def slow_device(pid):
    """A queue below that lets one packet go in many seconds and holds the rest, which fills the senders' buffers."""
    inside(pid, "tc qdisc add dev %s root tbf rate 8bit burst 1600 limit 100mb" % DEVICE)
    try:
        yield
    finally:
        inside(pid, "tc qdisc del dev %s root" % DEVICE)


def storm(pid, seconds, per_second, source="198.18.1.1"):
    """Packets that claim to answer and match nothing, from that address; how many were sent."""
    done = subprocess.run([*entered(pid), sys.executable, "-B", STORM, "--seconds=%d" % seconds,
                           "--per-second=%d" % per_second, "--source=" + source],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(done.stderr)
    return int(done.stdout)
