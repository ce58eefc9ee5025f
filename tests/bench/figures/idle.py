"""What blipd takes when there is little to do, and when there is nothing."""

import time

from figures import blipd, floor, place, table

SETTLED = 75


def window(daemon, seconds):
    """(share of a core, wakes a second, probes a second) without a scrape."""
    began, probes = time.monotonic(), place.probes_seen("icmp")
    cpu, wakes = daemon.cpu(), place.wakes(daemon.pid)
    time.sleep(seconds)
    cpu, wakes = daemon.cpu() - cpu, place.wakes(daemon.pid) - wakes
    elapsed = time.monotonic() - began
    return cpu / elapsed, wakes / elapsed, (place.probes_seen("icmp") - probes) / elapsed


def measure(bench, hosts, networks, interval, seconds):
    """Windows of one daemon, and the floor's us for a probe at that rate, before it and after it."""

    def measure_floor():
        rate = hosts / interval
        if rate >= 1:
            floors.append(floor.run_floor(bench, "icmp", hosts, rate, seconds / 2)["cpu_us_per_probe"])

    floors = []
    measure_floor()
    # A prefix of a network that has everything begins at a multiple of its size.
    text = blipd.configuration("icmp", hosts, networks, 1000, f"{interval}s", references=False, first="127.16.0.0")
    with blipd.Blipd(bench, text) as daemon:
        daemon.wait(lambda: daemon.answers("/-/healthy"), "does not answer")
        if not bench.quick:
            # A start is busier: networks are judged at every turn until something can be said of them, which takes a
            # minute at such rates, and what was sent is booked six seconds later.
            time.sleep(max(daemon.started + SETTLED - time.monotonic(), 0))
        windows = [window(daemon, seconds) for _ in range(bench.repeat)]
    measure_floor()
    return windows, floors


def run(bench):
    million = 10000 if bench.quick else 1000000
    networks = 10 if bench.quick else 1000
    cases = ((f"{table.count(million)} hosts in {table.count(networks)} networks, a round in 10 minutes", million, networks,
              600),
             (f"{table.count(million)} hosts in one network, a round in 10 minutes", million, 1, 600),
             ("one host, a round in an hour: nothing is due", 1, 1, 3600))
    seconds = 2 if bench.quick else 20
    rows = []
    for name, hosts, networks, interval in cases:
        windows, floors = measure(bench, hosts, networks, interval, seconds)
        cpu, wakes, rates = zip(*windows)
        bare = [cost * hosts / interval / 1e4 for cost in floors]
        rows.append([name, table.count(max(rates)), table.spread(bare, 3) if bare else "-",
                     table.spread([share * 100 for share in cpu], 3), table.spread(wakes, 1)])
    bench.say(table.markdown("Idle", ["", "probes/s", "floor, % of a core", "blipd, % of a core", "wakes a second"], rows))
