"""A reply storm for tests: copies of one true echo reply, sent to this machine as fast as asked.

    storm.py --seconds=N --per-second=N --source=ADDRESS

Waits for an echo reply that comes in, and repeats it with the source address that is given, to whom no probe of that
signature was sent: what the identifier lets through the packet filter of the prober matches nothing. Prints how many
were sent.
"""

import argparse
import socket
import struct
import sys
import time

ETH_P_ALL = 3


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def an_echo_reply(seconds):
    """The IPv4 packet of one that comes in."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL)) as tap:
        deadline = time.monotonic() + seconds
        tap.settimeout(seconds)
        while time.monotonic() < deadline:
            packet, about = tap.recvfrom(65535)
            size = (packet[0] & 15) * 4
            if about[2] == 0 and packet[0] >> 4 == 4 and packet[9] == 1 and packet[size] == 0:  # PACKET_HOST
                return packet
    sys.exit("storm: no echo reply came in")


def from_elsewhere(packet, source):
    size = (packet[0] & 15) * 4
    head = bytearray(packet[:size])
    head[12:16] = socket.inet_aton(source)
    head[10:12] = b"\0\0"
    head[10:12] = struct.pack("!H", checksum(bytes(head)))
    return bytes(head) + packet[size:]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--per-second", type=int, required=True)
    parser.add_argument("--source", required=True)
    options = parser.parse_args()
    true = an_echo_reply(10)
    packet, to = from_elsewhere(true, options.source), (socket.inet_ntoa(true[16:20]), 0)
    sent = 0
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        begun = time.monotonic()
        while (elapsed := time.monotonic() - begun) < options.seconds:
            # Bursts of a millisecond's worth, as long as that keeps up.
            for _ in range(min(1000, int(elapsed * options.per_second) - sent)):
                raw.sendto(packet, to)
                sent += 1
    print(sent)


if __name__ == "__main__":
    main()
