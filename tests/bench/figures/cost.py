"""CPU per probe, blipd and the floor by turns."""

import signal
import time
from statistics import mean, median

from figures import blipd, floor, place, table

# traffic, hosts, networks, probes a second
ROWS = (("icmp", 1000, 10, 1000), ("icmp", 65536, 64, 50000), ("icmp", 1000000, 1000, 50000),
        ("icmp", 5000000, 1000, 50000),
        ("icmp6", 1000, 10, 1000), ("icmp6", 65536, 64, 50000), ("icmp6", 1000000, 1000, 50000),
        ("icmp6", 5000000, 1000, 50000),
        ("tcp_syn", 1000, 10, 1000), ("tcp_syn", 65536, 64, 50000), ("tcp_syn", 1000000, 1000, 50000),
        ("tcp_syn", 5000000, 1000, 50000))
QUICK_ROWS = (("icmp", 1000, 10, 1000), ("icmp6", 1000, 10, 1000), ("tcp_syn", 1000, 10, 1000))
NAMES = {"icmp": "icmp", "icmp6": "icmp, IPv6", "tcp_syn": "tcp_syn"}
# After it was stopped blipd gives up what it could not send, and answers and timeouts settle.
SETTLE = 3


def wanted_rows(bench):
    rows = QUICK_ROWS if bench.quick else ROWS
    rows = [row for row in rows if row[0] != "icmp6" or place.has_ipv6()]
    return [row for row in rows if (not bench.hosts or row[1] in bench.hosts) and
            (not bench.traffic or row[0] in bench.traffic)]


def measure_blipd(daemon, traffic, seconds):
    """(us for a probe, probes a second, missed) over a window with one scrape in it."""
    missed = daemon.accounts()["missed"]
    time.sleep(1)
    began, probes, cpu = time.monotonic(), place.probes_seen(traffic), daemon.cpu()
    time.sleep(seconds / 2)
    daemon.fetch()
    time.sleep(seconds / 2)
    cpu, probes = daemon.cpu() - cpu, place.probes_seen(traffic) - probes
    rate = probes / (time.monotonic() - began)
    time.sleep(1)
    return cpu * 1e6 / max(probes, 1), rate, daemon.accounts()["missed"] - missed


def warm_up(bench, daemon, hosts, rate):
    """Until every target was probed once."""
    daemon.wait_ready()
    left = daemon.started + hosts / rate * 1.5 + 1 - time.monotonic()
    time.sleep(min(max(left, 0), 1 if bench.quick else bench.warm))


def run_row(bench, row):
    traffic, hosts, networks, rate = row
    floors, costs, rates, missed = [], [], [], 0

    def measure_floor():
        daemon.signal(signal.SIGSTOP)
        got = floor.run_floor(bench, traffic, hosts, rate, bench.seconds, apart=apart)
        daemon.signal(signal.SIGCONT)
        floors.append(got["cpu_us_per_probe"])
        time.sleep(1 if bench.quick else SETTLE)

    with place.Apart() as apart:
        floor.ask_all_once(bench, traffic, hosts, apart)
        with blipd.Blipd(bench, blipd.configuration(traffic, hosts, networks, rate)) as daemon:
            warm_up(bench, daemon, hosts, rate)
            for _ in range(bench.repeat):
                measure_floor()
                cost, reached, more = measure_blipd(daemon, traffic, bench.seconds)
                costs.append(cost)
                rates.append(reached)
                missed += more
            measure_floor()
            accounts = daemon.accounts()
            memory = place.resident(daemon.pid)
    blipd.judge(bench, f"{NAMES[traffic]}, {hosts} targets", accounts)
    # Each window of blipd against the two of the floor around it.
    ratios = [cost / mean(floors[i:i + 2]) for i, cost in enumerate(costs)]
    return {"traffic": traffic, "hosts": hosts, "networks": networks, "rate": median(rates), "floors": floors,
            "costs": costs, "ratios": ratios, "missed": missed, "accounts": accounts, "memory": memory}


def run(bench):
    rows, memory = [], []
    for row in wanted_rows(bench):
        got = run_row(bench, row)
        rows.append([NAMES[got["traffic"]], table.count(got["hosts"]), table.count(got["networks"]),
                     table.count(got["rate"]), table.spread(got["floors"]), table.spread(got["costs"]),
                     f"**{median(got['ratios']):.2f}**",
                     f"{min(got['ratios']):.2f} - {max(got['ratios']):.2f}", table.count(got["missed"]),
                     table.count(got["accounts"]["failed"]), table.count(got["accounts"]["unexplained"])])
        now, most = got["memory"]
        memory.append([NAMES[got["traffic"]], table.count(got["hosts"]), table.count(got["networks"]), table.size(now),
                       table.size(most), f"{now / got['hosts']:.0f}", f"{most / got['hosts']:.0f}"])
    bench.say(table.markdown(
        "CPU per probe", ["module", "targets", "networks", "probes/s", "floor, us", "blipd, us", "ratio", "spread",
                          "missed", "failed", "unexplained"], rows))
    bench.say(table.markdown("Memory of the whole process, after these runs",
                             ["module", "targets", "networks", "resident", "at most", "octets a target",
                              "at most"], memory))


def run_floor_rows(bench):
    """The floor by itself: paced, flat out, and with every packet stamped on its way out."""
    rows = []
    hosts, rate = (1000, 1000) if bench.quick else (65536, 50000)
    for traffic, options, name in (("icmp", [], NAMES["icmp"]), ("icmp6", [], NAMES["icmp6"]),
                                   ("tcp_syn", [], NAMES["tcp_syn"]),
                                   ("tcp_syn", ["--bound"], "tcp_syn, bound to its source")):
        if traffic == "icmp6" and not place.has_ipv6():
            continue
        paced, stamped, flat = [], [], []
        with place.Apart() as apart:
            floor.ask_all_once(bench, traffic, hosts, apart)
            for _ in range(bench.repeat):
                for kind, at, more in ((paced, rate, []), (stamped, rate, ["--send-stamps"]), (flat, 0, [])):
                    kind.append(floor.run_floor(bench, traffic, hosts, at, bench.seconds, *options, *more, apart=apart))
        for got in paced + stamped + flat:
            if got["sent"] != got["replies"] or got["refused"]:
                bench.wrong.append(f"floor, {name}: {got['sent'] - got['replies']} unanswered, "
                                   f"{got['refused']} refused")
        costs = [[got["cpu_us_per_probe"] for got in kind] for kind in (paced, stamped, flat)]
        rows.append([name, table.count(median(got["replies_per_second"] for got in paced)),
                     table.spread(costs[0]), table.spread(costs[1]), table.spread(costs[2]),
                     table.count(median(1e6 / cost for cost in costs[2]))])
    bench.say(table.markdown("The floor", ["packets", "probes/s", "paced, us", "paced, every send stamped, us",
                                           "flat out, us", "a core would do, probes/s"], rows))
