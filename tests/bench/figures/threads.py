"""What a second probing thread brings. The kernel that answers works on the same cores: every answer is made inside the
send, and bench and web server are there as well. So more than what is seen here is left to a machine of its own."""

import time

from figures import blipd, place, table

HOSTS, NETWORKS = 65536, 64
RATES = tuple(range(100000, 300000, 20000))
THREADS = (1, 2)
# The share of the wanted rate that counts as reached.
REACHED = 0.98


def measure(bench, threads, rate):
    """(us for a probe, probes a second, probes missed or void) of a window."""
    text = blipd.configuration("icmp", HOSTS if not bench.quick else rate, NETWORKS, rate)
    with blipd.Blipd(bench, text + f"engine_threads: {threads}\n", on_all_cores=True) as daemon:
        daemon.wait_ready()
        time.sleep(1 if bench.quick else 2)
        before, began = daemon.accounts(), time.monotonic()
        probes, cpu = place.probes_seen("icmp"), daemon.cpu()
        time.sleep(bench.seconds)
        cpu, probes = daemon.cpu() - cpu, place.probes_seen("icmp") - probes
        reached = probes / (time.monotonic() - began)
        after = daemon.accounts()
    return cpu * 1e6 / max(probes, 1), reached, sum(after[name] - before[name] for name in ("missed", "void"))


def run(bench):
    rows = []
    rates = (2000,) if bench.quick else RATES
    for threads in THREADS:
        common, most = [], 0
        for rate in rates:
            got = [measure(bench, threads, rate) for _ in range(bench.repeat)]
            if rate == rates[0]:
                common = got
            # One window may be another's fault; a rate that is too much is so in all.
            if all(reached < REACHED * rate or lost for _, reached, lost in got):
                break
            most = rate
        costs, reached, lost = zip(*common)
        rows.append([threads, table.count(max(reached)), table.spread(costs), table.count(min(lost)),
                     table.count(most)])
    bench.say(table.markdown(
        "Probing threads on two cores, which are the answering kernel's as well",
        ["engine_threads", "probes/s", "CPU per probe, us", "missed or void", "the highest rate without any"], rows))
