"""Nothing of our own is lost: as many probes as can be, where every one is answered."""

import time

from figures import blipd, place, table

RATE, HOSTS, NETWORKS, SECONDS = 100000, 65536, 64, 60
# Failures are booked five seconds after their timeout.
BOOKED_AFTER = 7


def run(bench):
    rows = []
    rate, hosts, networks, seconds = (2000, 2000, 10, 2) if bench.quick else (RATE, HOSTS, NETWORKS, SECONDS)
    for traffic in ("icmp", "icmp6", "tcp_syn"):
        if (traffic == "icmp6" and not place.has_ipv6()) or (bench.traffic and traffic not in bench.traffic):
            continue
        # A tcp_syn module may not be faster than a second.
        targets = max(hosts, rate) if traffic == "tcp_syn" else hosts
        with blipd.Blipd(bench, blipd.configuration(traffic, targets, networks, rate)) as daemon:
            daemon.wait_ready()
            time.sleep(1.5)
            before, cpu, probes = daemon.accounts(), daemon.cpu(), place.probes_seen(traffic)
            began = time.monotonic()
            for _ in range(max(round(seconds / 15), 1)):
                time.sleep(min(seconds, 15))
                daemon.fetch()
            elapsed = time.monotonic() - began
            cpu, probes = daemon.cpu() - cpu, place.probes_seen(traffic) - probes
            missed = daemon.accounts()["missed"] - before["missed"]
            time.sleep(BOOKED_AFTER)
            accounts = daemon.accounts()
        blipd.judge(bench, f"{traffic} at {rate}/s", accounts)
        rows.append([traffic, table.count(rate), table.count(probes / elapsed), f"{elapsed:.0f}", table.count(probes),
                     *(table.count(accounts[name]) for name in ("failed", "void", "unexplained")), table.count(missed),
                     f"{100 * cpu / elapsed:.0f} %"])
    bench.say(table.markdown("Nothing lost of our own",
                             ["module", "probes/s wanted", "sent", "seconds", "probes", "failed", "void", "unexplained",
                              "missed", "of a core"], rows))
