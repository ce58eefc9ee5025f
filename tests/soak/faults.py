"""The faults of a soak: each is done to a `World`, lasts for a while, and is over when its function returns.

A fault returns nothing; what it is allowed to cause is in its entry of FAULTS.
"""

import contextlib
import os
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Callable

import own_side
import support
import world as scripted


def stop_blipd(world, dice):
    """As a machine that is suspended, or a hypervisor that has better things to do."""
    own_side.stand_still(world.blipd(), dice.uniform(2, 12))


def hold_blipd_up(world, dice):
    """Many standstills of a twentieth of a second to two, one soon after the other, while others want the processors."""
    with own_side.hogs(dice.randint(0, os.cpu_count())):
        own_side.stand_still_often(world.blipd(), dice, seconds=dice.uniform(4, 12), longest=2)


def network_away(world, dice):
    """What is answered does not reach us, and nothing says so: an outage of all there is, the references included."""
    with own_side.deaf(world.shell()):
        time.sleep(dice.uniform(2, 8))


def link_flaps(world, dice):
    """Down and up again before anybody who looks once a second can see it."""
    for _ in range(dice.randint(1, 4)):
        with own_side.link_down(world.shell()):
            time.sleep(dice.uniform(0, 0.5))
        time.sleep(dice.uniform(0.2, 1))


def routes_flap(world, dice):
    for _ in range(dice.randint(1, 4)):
        with own_side.no_routes(world.shell()):
            time.sleep(dice.uniform(0, 0.5))
        time.sleep(dice.uniform(0.2, 1))


def stop_lab(world, dice):
    """Nobody answers any more: our uplink is dead. What waits in the device is answered afterwards, late."""
    since = time.time()
    own_side.stand_still(world.run.lab.pid, dice.uniform(2, 8))
    world.lab_stops.append((since, time.time()))


def firewall(world, dice):
    with own_side.refused_output(world.shell(), "198.18.0.0/15", "2001:db8::/32"):
        time.sleep(dice.uniform(2, 8))


def firewall_of_one(world, dice):
    with own_side.refused_output(world.shell(), "198.18.3.0/28"):
        time.sleep(dice.uniform(2, 8))


def routes_gone(world, dice):
    with own_side.no_routes(world.shell()):
        time.sleep(dice.uniform(2, 8))


def route_of_one_gone(world, dice):
    with own_side.no_routes(world.shell(), "198.18.1.0/28"):
        time.sleep(dice.uniform(2, 8))


def link_down(world, dice):
    with own_side.link_down(world.shell()):
        time.sleep(dice.uniform(2, 8))


def new_address(world, dice):
    """A new lease, and the old one back."""
    for old, new in ((9, 10), (10, 9)):
        own_side.change_address(world.shell(), "198.51.100.%d" % old, "198.51.100.%d" % new)
        time.sleep(dice.uniform(3, 6))


def disk_full(world, dice):
    world.inside("dd if=/dev/zero of='%s/other' bs=64k 2>/dev/null || true" % world.run.state)
    time.sleep(dice.uniform(3, 10))
    world.inside("rm '%s/other'" % world.run.state)


def file_limit(world, dice):
    """No file may grow any more."""
    pid = world.blipd()
    subprocess.run(["prlimit", "--pid=%d" % pid, "--fsize=4096:unlimited"], check=True)
    time.sleep(dice.uniform(3, 8))
    subprocess.run(["prlimit", "--pid=%d" % pid, "--fsize=unlimited:unlimited"], check=True)


def disk_busy(world, dice):
    """Somebody's backup holds the file."""
    world.sqlite("database.execute('BEGIN IMMEDIATE'); time.sleep(%f); database.execute('ROLLBACK')" %
                 dice.uniform(2, 8))


def reload_good(world, dice):
    for _ in range(dice.randint(1, 4)):
        extra = "  - {name: more%d, prefixes: [198.18.1.0/29], modules: [ping], discover: false, mine: true}\n" % (
            dice.randint(1, 9))
        world.run.write_config(scripted.CONFIG + (extra if dice.random() < 0.5 else ""))
        status, text = world.run.reload()
        if status != 200:
            raise AssertionError("a good configuration is refused: %s" % text)
        time.sleep(dice.uniform(0.1, 2))
    world.run.write_config(scripted.CONFIG)
    world.run.reload()


def reload_bad(world, dice):
    world.run.write_config(scripted.CONFIG.replace("prober: icmp", "prober: icmpp"))
    for _ in range(dice.randint(1, 5)):
        status, text = world.run.reload()
        if status != 500 or "blipd.yaml:" not in text:
            raise AssertionError("a bad configuration: %d %s" % (status, text))
    world.run.write_config(scripted.CONFIG)
    world.run.reload()


def end_blipd(world, number):
    """Until it is dead: its last page must not be taken for the next one's first."""
    pid = world.blipd()
    os.kill(pid, number)
    world.run.wait(lambda: support.is_dead(pid), 30)


def kill(world, _):
    end_blipd(world, signal.SIGKILL)


def restart(world, _):
    end_blipd(world, signal.SIGTERM)


def dns_dead(world, dice):
    world.write_zone({"": {"dead": True}})
    time.sleep(dice.uniform(6, 12))
    world.write_zone(scripted.ZONE)


def dns_lies(world, dice):
    """Denies what was there, or tells of addresses that cannot be a host's."""
    lies = [{}, {name: {"A": ["0.0.0.0", "255.255.255.255", "224.0.0.1"], "AAAA": ["ff02::1", "::"], "ttl": 0}
                 for name in scripted.ZONE}]
    world.write_zone(dice.choice(lies))
    time.sleep(dice.uniform(6, 12))
    world.write_zone(scripted.ZONE)


def reply_storm(world, dice):
    own_side.storm(world.shell(), dice.randint(2, 5), 100000)


def scrape_storm(world, dice):
    """Many who read everything at once."""
    until = time.monotonic() + dice.uniform(2, 6)

    def read():
        while time.monotonic() < until:
            with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                for path in ("/metrics", "/api/v1/networks", "/api/v1/events", "/", "/api/v1/networks/one/hosts"):
                    with urllib.request.urlopen(world.run.url + path, timeout=10) as answer:
                        answer.read()

    readers = [threading.Thread(target=read) for _ in range(dice.randint(4, 16))]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()


def no_descriptors(world, dice):
    """None may be opened any more; connections wait at the door."""
    pid = world.blipd()
    before = subprocess.run(["prlimit", "--pid=%d" % pid, "--nofile", "--output=SOFT,HARD", "--noheadings"],
                            capture_output=True, text=True, check=True).stdout.split()
    # The limit is on numbers: this is below all that are open or may be closed meanwhile.
    subprocess.run(["prlimit", "--pid=%d" % pid, "--nofile=3:%s" % before[1]], check=True)
    time.sleep(dice.uniform(2, 6))
    subprocess.run(["prlimit", "--pid=%d" % pid, "--nofile=%s:%s" % tuple(before)], check=True)


@dataclass(frozen=True)
class Fault:
    do: Callable
    weight: int = 2
    ours: bool = True        # the vantage may call itself ill for it
    ends_blipd: bool = False  # the counters begin anew


FAULTS = {
    "blipd stopped": Fault(stop_blipd, 3),
    "blipd held up": Fault(hold_blipd_up, 3),
    "lab stopped": Fault(stop_lab, 3),
    "network away": Fault(network_away),
    "firewall": Fault(firewall),
    "firewall of one network": Fault(firewall_of_one),
    "routes gone": Fault(routes_gone),
    "route of one network gone": Fault(route_of_one_gone),
    "routes flap": Fault(routes_flap),
    "link down": Fault(link_down),
    "link flaps": Fault(link_flaps),
    "new address": Fault(new_address),
    "disk full": Fault(disk_full, ours=False),
    "limit on files": Fault(file_limit, ours=False),
    "disk busy": Fault(disk_busy, ours=False),
    "good reloads": Fault(reload_good, 3, ours=False),
    "bad reloads": Fault(reload_bad, ours=False),
    "kill -9": Fault(kill, 3, ends_blipd=True),
    "restart": Fault(restart, ends_blipd=True),
    "DNS dead": Fault(dns_dead, ours=False),
    "DNS lies": Fault(dns_lies, ours=False),
    "reply storm": Fault(reply_storm, 2),
    "scrape storm": Fault(scrape_storm, 2),
    "no descriptors": Fault(no_descriptors, ours=False),
}
