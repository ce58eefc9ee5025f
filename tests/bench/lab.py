#!/usr/bin/env python3
"""How many packets blipd-lab plays on one core, and what a packet costs it.

Floods the lab from inside its namespace by sendmmsg (bench_floor) with as many packets unanswered as --flight says, and
prints one table: a scenario of blipd simulate (--world), the same network in the lab's own format (--scenario, whose
answers wait in a heap), and the kernel answering for itself on loopback, one after the other in one run. The lab is
bound to one core and the flood to another, where there are two.

CPU is the lab's, user and system, with the kernel's work for both directions; "a core would play" is what one core does
of that in a second, where nothing else takes it. "played" is what came back in a second of the clock: it counts whatever
else the machine had to do.

More than 65,536 packets at once do not fit into the device.

    tests/bench/lab.py [--build=build/release] [--seconds=10] [--flight=8192] [--delay=20ms] [--check]

--check exits with 1 if a packet was lost or the truth does not add up. It never judges time.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOSTS = 10000
FIRST = "198.18.0.1"
WORLD = """
length: 1h
networks:
  - {name: flood, prefixes: [198.18.0.0/18], hosts: [{count: %d, loss: 0}], delay: %s, jitter: exponential(2ms)}
"""
SCENARIO = """
networks:
  - {name: flood, prefixes: [198.18.0.0/18], delay: %s, jitter: 4ms}
"""
REFUSED = ("refused", "cannot be opened", "cannot be mapped")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default=str(ROOT / "build" / "release"))
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--flight", type=int, default=8192)
    parser.add_argument("--delay", default="20ms")
    parser.add_argument("--check", action="store_true")
    return parser.parse_args()


def bound(core, command):
    cores = sorted(os.sched_getaffinity(0))
    return ["taskset", "-c", str(cores[core % len(cores)])] + command


def flood(options, first=FIRST):
    return bound(0, [f"{options.build}/tests/bench/bench_floor", f"--first={first}", "--rate=0",
                     f"--flight={options.flight}", f"--hosts={HOSTS}", f"--seconds={options.seconds}"])


def run_lab(options, kind, text):
    """(what the flood said, CPU seconds of the lab, the truth)"""
    with tempfile.TemporaryDirectory() as directory:
        scenario, truth = f"{directory}/scenario.yaml", f"{directory}/truth.json"
        pathlib.Path(scenario).write_text(text, encoding="utf-8")
        lab = subprocess.Popen(bound(1, [f"{options.build}/tests/lab/blipd-lab", f"--{kind}={scenario}",
                                         f"--truth={truth}", "--"]) + flood(options),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        out, errors = lab.stdout.read(), lab.stderr.read()
        _, status, usage = os.wait4(lab.pid, 0)
        lab.returncode = os.waitstatus_to_exitcode(status)
        if lab.returncode == 1 and any(word in errors for word in REFUSED):
            print("skipped: " + errors.strip())
            sys.exit(77)
        if lab.returncode != 0:
            sys.exit(f"the lab ended with {lab.returncode}: {errors}")
        said = json.loads(out)
        # The flood is the lab's child, and counted with it once it has ended.
        cpu = usage.ru_utime + usage.ru_stime - said["cpu_us_per_probe"] * said["sent"] / 1e6
        return said, cpu, json.loads(pathlib.Path(truth).read_text(encoding="utf-8"))


def row(name, said, cpu=None):
    cost = f"{cpu * 1e6 / said['sent']:>10.2f} us{said['sent'] / cpu:>16,.0f}" if cpu else f"{'':>13}{'':>16}"
    print(f"{name:22}{said['replies_per_second']:>12,.0f}{cost}{said['sent']:>12,}{said['sent'] - said['replies']:>8,}")


def wrong_in(said, counted, drops):
    """What does not add up: (sent, answered) as the lab counted it, and what it lost between."""
    wrong = [f"{said['sent'] - said['replies']} unanswered"] if said["sent"] != said["replies"] else []
    if counted != (said["sent"], said["sent"]):
        wrong.append(f"{said['sent']} sent, and the lab counted {counted}")
    return wrong + [f"{name} {count}" for name, count in drops.items() if count]


def main():
    options = arguments()
    print(f"{HOSTS} hosts {options.delay} away, {options.flight} packets unanswered, {options.seconds:g} s each\n")
    print(f"{'':22}{'played/s':>12}{'CPU a packet':>13}{'a core would':>16}{'sent':>12}{'lost':>8}")
    world, cpu, truth = run_lab(options, "world", WORLD % (HOSTS, options.delay))
    row("blipd-lab --world", world, cpu)
    rows = truth["counts"]["networks"]["flood"]
    asked, answered = (truth["counts"]["columns"].index(name) for name in ("asked", "answered"))
    wrong = wrong_in(world, (sum(r[asked] for r in rows), sum(r[answered] for r in rows)),
                     {name: truth["lab"][name] for name in ("no_room", "device_drops", "write_failures")})
    own, cpu, truth = run_lab(options, "scenario", SCENARIO % options.delay)
    row("blipd-lab --scenario", own, cpu)
    counts = truth["networks"]["flood"]
    wrong += wrong_in(own, (counts["requests"], counts["answered"]),
                      {name: truth[name] for name in ("device_drops", "write_failures")})
    row("kernel, on loopback", json.loads(subprocess.run(flood(options, "127.1.0.0"), check=True,
                                                         capture_output=True).stdout))
    if wrong:
        print("not as it should be: " + ", ".join(wrong))
        sys.exit(1 if options.check else 0)


if __name__ == "__main__":
    main()
