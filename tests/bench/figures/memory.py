"""Memory of a target, and of a network and module."""

import time

from figures import blipd, place, table


def measure(bench, hosts, networks, rate):
    """(resident, at most) after every target was probed."""
    with blipd.Blipd(bench, blipd.configuration("icmp", hosts, networks, rate)) as daemon:
        daemon.wait_ready()
        left = daemon.started + hosts / rate * 1.5 + 2 - time.monotonic()
        time.sleep(min(max(left, 0), 1 if bench.quick else bench.warm))
        daemon.fetch()
        return place.resident(daemon.pid)


def slope(few, many, difference):
    return [(more - less) / difference for less, more in zip(few, many)]


def run(bench):
    small, large, rate = (1000, 9000, 5000) if bench.quick else (50000, 5000000, 50000)
    networks = 10 if bench.quick else 1000
    most_hosts = max(bench.hosts) if bench.hosts else large
    few = measure(bench, small, networks, rate)
    many = measure(bench, most_hosts, networks, rate)
    one = measure(bench, small, 1, rate)
    of_target = slope(few, many, most_hosts - small)
    of_network = slope(one, few, networks - 1)
    rows = [[f"{table.count(most_hosts)} targets in {networks} networks, whole process", *map(table.size, many)],
            ["that, for each target", *(f"{octets / most_hosts:.1f} octets" for octets in many)],
            [f"a target more (difference to {table.count(small)} targets)",
             *(f"{octets:.1f} octets" for octets in of_target)],
            [f"a network and module more (difference of {networks} and 1, with {table.count(small)} targets)",
             *map(table.size, of_network)]]
    bench.say(table.markdown("Memory", ["", "resident", "at most"], rows))
