"""How long a start and a reload take with many hosts."""

import signal
import time

from figures import blipd, place, table

PATIENCE = 120


def hosts_file(hosts):
    return "\n".join(blipd.address(blipd.FIRST["icmp"], offset) for offset in range(hosts)) + "\n"


def file_configuration(hosts, interval):
    return f"""vantage: {{name: bench}}
limits: {{packets_per_second: 100000}}
modules:
{blipd.module_line("icmp", interval)}
networks:
  - {{name: all, hosts_file: hosts.txt, mine: true, modules: [probe]}}
"""


def first_probe(daemon, before):
    """Seconds from the start of the process to its first probe."""
    daemon.wait(lambda: place.probes_seen("icmp") > before, "sent nothing", PATIENCE, pause=0.002)
    return time.monotonic() - daemon.started


def reload(daemon):
    """(seconds from SIGHUP to the end of the reload by the daemon's own word, probes missed in it and soon after)."""
    before = daemon.scrape()
    name = "blipd_config_last_reload_success_timestamp_seconds"
    asked = time.time()
    daemon.signal(signal.SIGHUP)
    daemon.wait(lambda: daemon.scrape()[name] > before[name], "did not reload", PATIENCE, pause=0.2)
    took = daemon.scrape()[name] - asked
    time.sleep(3)
    return took, daemon.scrape()["blipd_probes_missed_total"] - before["blipd_probes_missed_total"]


def run(bench):
    hosts = 5000 if bench.quick else 1000000
    rate = 1000 if bench.quick else 20000
    networks = 10 if bench.quick else 1000
    interval = f"{round(hosts * 1000 / rate)}ms"
    forms = {f"{networks} networks of prefixes": (blipd.configuration("icmp", hosts, networks, rate, references=False), ()),
             "one network with a hosts_file": (file_configuration(hosts, interval), [("hosts.txt", hosts_file(hosts))])}
    rows = []
    for name, (text, files) in forms.items():
        starts, reloads, missed = [], [], []
        for _ in range(bench.repeat):
            before = place.probes_seen("icmp")
            with blipd.Blipd(bench, text, files) as daemon:
                starts.append(first_probe(daemon, before))
                daemon.wait_ready()
                # A prefix more, so that there is something to do.
                with open(daemon.config, "a", encoding="utf-8") as config:
                    config.write("  - {name: more, prefixes: [127.254.0.0/30], discover: false, mine: true, "
                                 "modules: [probe]}\n")
                took, lost = reload(daemon)
                reloads.append(took)
                missed.append(lost)
                accounts = daemon.accounts()
            blipd.judge(bench, f"start and reload, {name}", accounts)
        rows.append([name, table.count(hosts), table.spread(starts), table.spread(reloads),
                     table.count(sum(missed)), table.count(accounts["failed"])])
    bench.say(table.markdown("Start and reload, seconds",
                             ["", "hosts", "start to first probe", "reload", f"missed at {rate:,} probes/s", "failed"],
                             rows))
