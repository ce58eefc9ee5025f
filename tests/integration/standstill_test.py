"""blipd gets no processor for a moment, again and again, with many probes on their way. About two minutes.

The stops are drawn from a seed, which is printed; BLIPD_STANDSTILL_SEED sets it.
"""

import os
import random

import own_side
import support
from fault_case import CONFIG, FaultCase, MISSED

SEED = int(os.environ.get("BLIPD_STANDSTILL_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)


class Standstill(FaultCase):
    config = CONFIG.replace("interval: 250ms", "interval: 100ms", 1)

    def test_a_process_that_is_stopped_again_and_again(self):
        print("seed %d" % SEED, flush=True)
        times = own_side.stand_still_often(self.run_.blipd_pid(), random.Random(SEED), seconds=45, longest=5)
        self.assertGreater(times, 5)
        page = self.check_over(*MISSED)
        self.check_probed(page)

    def test_a_machine_that_is_busy_as_well(self):
        print("seed %d" % SEED, flush=True)
        with own_side.hogs(2 * os.cpu_count()):
            own_side.stand_still_often(self.run_.blipd_pid(), random.Random(SEED), seconds=45, longest=5)
        self.check_probed(self.check_over(*MISSED))

    def check_probed(self, page):
        for network in self.networks:
            self.assertGreater(self.grown(page, "blipd_probe_replies_total", network=network), 100)


if __name__ == "__main__":
    support.main()
