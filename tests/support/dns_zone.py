"""A name server for tests: UDP on 127.0.0.1:53, answers from a zone file that is read again for each question.

    dns_zone.py ZONE.json COMMAND...

runs COMMAND with this server beside it, asked by whatever reads /etc/resolv.conf: the file is replaced in a mount
namespace of its own. The zone is {"name": {"A": ["192.0.2.1"], "AAAA": [], "ttl": 1}}; a name that is not there does
not exist. "swapped": true answers each question with the records of the other type. {"": {"dead": true}} closes the port until it is gone, {"": {"asked": "FILE"}} appends each question there.
"""

import ctypes
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

TYPES = {1: "A", 28: "AAAA"}
CLONE_NEWNS = 0x00020000


def parse_question(packet):
    """(name, type, end of the question)"""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode())
        at += 1 + packet[at]
    return ".".join(labels).lower(), struct.unpack("!H", packet[at + 1:at + 3])[0], at + 5


def answer(packet, zone):
    name, kind, end = parse_question(packet)
    entry = zone.get(name)
    if entry and entry.get("swapped"):
        kind = {1: 28, 28: 1}.get(kind, kind)
    records = entry.get(TYPES.get(kind, ""), []) if entry else []
    code = 0 if entry else 3
    head = packet[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(records), 0, 0)
    body = b""
    for text in records:
        data = socket.inet_pton(socket.AF_INET if kind == 1 else socket.AF_INET6, text)
        body += struct.pack("!HHHIH", 0xC00C, kind, 1, entry.get("ttl", 1), len(data)) + data
    return head + packet[12:end] + body, "%s %s" % (TYPES.get(kind, kind), name)


def read_zone(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def open_port():
    port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    port.bind(("127.0.0.1", 53))
    port.settimeout(0.1)
    return port


def serve(path):
    port = open_port()
    while True:
        settings = read_zone(path).get("", {})
        if settings.get("dead"):
            if port:
                port.close()
            port = None
            time.sleep(0.1)
            continue
        port = port or open_port()
        try:
            packet, client = port.recvfrom(4096)
        except socket.timeout:
            continue
        reply, asked = answer(packet, read_zone(path))
        if settings.get("asked"):
            with open(settings["asked"], "a", encoding="utf-8") as file:
                file.write(asked + "\n")
        port.sendto(reply, client)


def main():
    zone, command = sys.argv[1], sys.argv[2:]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0:
        sys.exit("no mount namespace: " + os.strerror(ctypes.get_errno()))
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as conf:
        conf.write("nameserver 127.0.0.1\n")
        conf.flush()
        subprocess.run(["mount", "--bind", conf.name, os.path.realpath("/etc/resolv.conf")], check=True)
    ready_read, ready_write = os.pipe()
    if os.fork() == 0:
        libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: ends with the command
        os.close(ready_read)
        port = open_port()
        port.close()
        os.close(ready_write)
        serve(zone)
    os.close(ready_write)
    os.read(ready_read, 1)  # the end of the pipe: the port can be bound
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
