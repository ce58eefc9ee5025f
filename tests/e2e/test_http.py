#!/usr/bin/env python3
"""Web sites in every state, by Debian's nginx and by servers that misbehave: each failure has its own reason. About 15 s."""

import calendar
import os
import re
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

import support

NETWORK = "sites"
SERIES = re.compile(r'^(\w+)\{(.*)\} (\S+)$', re.M)
LABEL = re.compile(r'(\w+)="([^"]*)"')

NGINX = """
daemon off;
master_process off;
worker_rlimit_nofile 1024;
error_log stderr;
pid {folder}/nginx.pid;
events {{}}
http {{
  access_log off;
  {temporary}
  server {{
    listen 127.0.0.1:{plain};
    listen [::1]:{plain};
    default_type text/plain;
    location = / {{ return 200 "all is well"; }}
    location = /-/ready {{ return 200 "ready"; }}
    location = /moved {{ return 301 /; }}
    location = /circle {{ return 302 /circle; }}
    location = /missing {{ return 404; }}
    location = /hangs_up {{ return 444; }}
    location = /asks {{ if ($http_authorization != "Basic bWU6c2VjcmV0") {{ return 401; }} return 200 $http_user_agent; }}
  }}
  server {{
    listen 127.0.0.1:{good} ssl http2;
    ssl_certificate {folder}/good.chain;
    ssl_certificate_key {folder}/good.key;
    location = / {{ return 200 "$host $server_protocol $ssl_server_name"; }}
    location = /moved {{ return 301 https://www.example.test:{good}/; }}
  }}
  server {{
    listen 127.0.0.1:{expired} ssl;
    ssl_certificate {folder}/expired.crt;
    ssl_certificate_key {folder}/expired.key;
    location = / {{ return 200 "late"; }}
  }}
  server {{
    listen 127.0.0.1:{members} ssl;
    ssl_certificate {folder}/good.chain;
    ssl_certificate_key {folder}/good.key;
    ssl_client_certificate {folder}/root.crt;
    ssl_verify_client on;
    location = / {{ return 200 "$ssl_client_s_dn"; }}
  }}
  server {{
    listen 127.0.0.1:{old} ssl;
    ssl_certificate {folder}/good.chain;
    ssl_certificate_key {folder}/good.key;
    ssl_protocols TLSv1.2;
    location = / {{ return 200 "$ssl_protocol"; }}
  }}
}}
"""

AUTHORITY = """
[ca]
default_ca = lab
[lab]
database = {folder}/index
new_certs_dir = {folder}
rand_serial = yes
unique_subject = no
default_md = sha256
policy = names
copy_extensions = copy
[names]
commonName = supplied
"""


def openssl(*arguments):
    run = subprocess.run([support.require("openssl"), *arguments], capture_output=True, text=True)
    if run.returncode != 0:
        raise AssertionError(f"openssl {' '.join(arguments)}: {run.stderr}")
    return run.stdout


def end_of(path):
    """The end of validity as openssl prints it, in seconds since 1970."""
    text = openssl("x509", "-in", path, "-noout", "-enddate").strip().removeprefix("notAfter=")
    return calendar.timegm(time.strptime(text, "%b %d %H:%M:%S %Y GMT"))


def make_certificates(folder):
    """An authority, an intermediate one that ends first, certificates for www.example.test, good and expired, and one for
    a client."""
    def path(name):
        return os.path.join(folder, name)

    with open(path("authority.cnf"), "w", encoding="utf-8") as file:
        file.write(AUTHORITY.format(folder=folder))
    open(path("index"), "w", encoding="utf-8").close()
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *key, "-subj", "/CN=root.test", "-days", "30", "-keyout", path("root.key"),
            "-out", path("root.crt"))

    def sign(name, subject, extension, issuer, begin, end):
        openssl("req", "-new", *key, "-subj", f"/CN={subject}", "-addext", extension, "-keyout", path(name + ".key"),
                "-out", path(name + ".csr"))
        openssl("ca", "-batch", "-notext", "-config", path("authority.cnf"), "-cert", path(issuer + ".crt"),
                "-keyfile", path(issuer + ".key"), "-in", path(name + ".csr"), "-out", path(name + ".crt"),
                "-startdate", begin, "-enddate", end)

    def in_days(days):
        return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + days * 86400))

    name = "subjectAltName=DNS:www.example.test"
    sign("between", "between.test", "basicConstraints=critical,CA:true", "root", in_days(-1), in_days(10))
    sign("good", "www.example.test", name, "between", in_days(-1), in_days(20))
    sign("member", "member.test", "extendedKeyUsage=clientAuth", "root", in_days(-1), in_days(20))
    sign("expired", "www.example.test", name, "root", "20200101000000Z", "20200131123456Z")
    with open(path("good.chain"), "w", encoding="utf-8") as chain:
        for part in ("good.crt", "between.crt"):
            with open(path(part), encoding="utf-8") as file:
                chain.write(file.read())


class Misbehaving:
    """A server of 127.0.0.1 that reads a request and hands the connection to `answer`. A context manager."""

    def __init__(self, answer):
        self.answer = answer
        self.stopping = threading.Event()
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.socket.settimeout(0.2)
        self.port = self.socket.getsockname()[1]
        self.threads = [threading.Thread(target=self.accept)]

    def accept(self):
        while not self.stopping.is_set():
            try:
                connection, _ = self.socket.accept()
            except TimeoutError:
                continue
            self.threads.append(threading.Thread(target=self.serve, args=(connection,)))
            self.threads[-1].start()

    def serve(self, connection):
        with connection:
            try:
                connection.settimeout(5)
                connection.recv(65536)
                self.answer(connection, self.stopping)
            except OSError:
                pass

    def __enter__(self):
        self.threads[0].start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in list(self.threads):
            thread.join()
        self.socket.close()


def slow_header(connection, stopping):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while not stopping.wait(0.2):
        connection.sendall(b"X-Slow: yes\r\n")


def endless_body(connection, stopping):
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while not stopping.is_set():
        connection.sendall(b"x" * 65536)


def reset(connection, _):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf of i")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def sites(ports, folder):
    """Modules by name: what becomes of their probes, and their options."""
    plain = f"http://{{host}}:{ports['plain']}"
    good, expired, members, old = (f"https://{{host}}:{ports[name]}" for name in ("good", "expired", "members", "old"))
    trusted = f"ca_file: {folder}/root.crt"
    www = f"{trusted}, server_name: www.example.test"
    return {
        "fine": ("reply", f'url: "{plain}/", fail_if_body_not_matches_regexp: ["^all is well$"]'),
        "followed": ("reply", f'url: "{plain}/moved"'),
        "not_followed": ("status", f'url: "{plain}/moved", follow_redirects: false'),
        "circle": ("bad_reply", f'url: "{plain}/circle"'),
        "missing": ("status", f'url: "{plain}/missing"'),
        "missing_is_fine": ("reply", f'url: "{plain}/missing", valid_status_codes: [404]'),
        "body": ("body", f'url: "{plain}/", fail_if_body_matches_regexp: [well]'),
        "hangs_up": ("bad_reply", f'url: "{plain}/hangs_up"'),
        "asks": ("status", f'url: "{plain}/asks"'),
        "answered": ("reply", f'url: "{plain}/asks", basic_auth: {{username: me, password_file: {folder}/password}}, '
                              'fail_if_body_not_matches_regexp: ["^blipd/[0-9.]+ .*noc.example.net"]'),
        "trusted": ("reply", f'url: "{good}/", tls: {{{www}}}, valid_http_versions: [HTTP/2.0], fail_if_not_ssl: true'),
        "by_header": ("reply", f'url: "{good}/moved", headers: {{Host: "www.example.test:{ports["good"]}"}}, http2: false, '
                               f'tls: {{{trusted}}}, fail_if_body_not_matches_regexp: ["^www.example.test HTTP/1.1 www.example.test$"]'),
        "unknown_authority": ("tls", f'url: "{good}/", tls: {{server_name: www.example.test}}'),
        "wrong_name": ("tls", f'url: "{good}/", tls: {{{trusted}, server_name: other.example.test}}'),
        "expired": ("tls", f'url: "{expired}/", tls: {{{www}}}'),
        "unverified": ("reply", f'url: "{expired}/", tls: {{insecure_skip_verify: true}}'),
        "member": ("reply", f'url: "{members}/", fail_if_body_not_matches_regexp: ["^CN=member.test$"], tls: {{{www}, '
                            f'cert_file: {folder}/member.crt, key_file: {folder}/member.key}}'),
        "not_a_member": ("status", f'url: "{members}/", tls: {{{www}}}'),
        "old": ("reply", f'url: "{old}/", tls: {{{www}}}, fail_if_body_not_matches_regexp: ["^TLSv1.2$"]'),
        "too_old": ("tls", f'url: "{old}/", tls: {{{www}, min_version: TLS13}}'),
        "no_tls": ("tls", f'url: "https://{{host}}:{ports["plain"]}/"'),
        "slow_header": ("timeout", f'url: "http://{{host}}:{ports["slow"]}/"'),
        "endless_body": ("bad_reply", f'url: "http://{{host}}:{ports["endless"]}/"'),
        "reset": ("bad_reply", f'url: "http://{{host}}:{ports["reset"]}/"'),
        "closed": ("refused", f'url: "http://{{host}}:{ports["closed"]}/"'),
    }


class Sites(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        nginx = support.require("nginx")
        folder = cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="blipd-e2e-"))
        make_certificates(folder)
        ports = {name: support.free_port() for name in ("plain", "good", "expired", "members", "old")}
        # Bound and not listened on: closed, whoever else looks for a port.
        closed = cls.enterClassContext(socket.socket())
        closed.bind(("127.0.0.1", 0))
        ports["closed"] = closed.getsockname()[1]
        for name, answer in (("slow", slow_header), ("endless", endless_body), ("reset", reset)):
            ports[name] = cls.enterClassContext(Misbehaving(answer)).port
        temporary = "\n  ".join(f"{kind}_temp_path {folder}/{kind};"
                                for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        config = os.path.join(folder, "nginx.conf")
        cls.write("nginx.conf", NGINX.format(folder=folder, temporary=temporary, **ports))
        cls.enterClassContext(support.Server(folder, "nginx", ports["plain"], [nginx, "-c", config, "-p", folder]))

        cls.sites = sites(ports, folder)
        cls.write("password", "secret\n")
        modules = "".join(f"  {name}: {{prober: http, interval: 1s, timeout: 2s, {options}}}\n"
                          for name, (_, options) in cls.sites.items())
        cls.write("blipd.yaml", "vantage: {name: here, contact: https://noc.example.net/probing}\n"
                  f"modules:\n{modules}networks:\n"
                  f"  - {{name: {NETWORK}, hosts: [127.0.0.1], mine: true, modules: [{', '.join(cls.sites)}]}}\n")
        port = support.free_port()
        blipd = cls.enterClassContext(support.Server(folder, "blipd", port, [
            support.BLIPD, f"--config.file={folder}/blipd.yaml", f"--web.listen-address=127.0.0.1:{port}",
            "--storage.path=none"]))
        cls.url = blipd.url
        support.wait_for("each site has ended three probes", cls.all_ended, 120)
        with open(blipd.log_path, encoding="utf-8") as file:
            cls.log = file.read()

    @classmethod
    def write(cls, name, text):
        with open(os.path.join(cls.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    @classmethod
    def all_ended(cls):
        cls.page = {}
        for name, labels, value in SERIES.findall(support.fetch(cls.url + "/metrics") or ""):
            cls.page[(name, frozenset(LABEL.findall(labels)))] = float(value)
        return all(sum(cls.outcomes(module).values()) >= 3 for module in cls.sites)

    @classmethod
    def values(cls, metric, module):
        """Values by the labels besides network and module."""
        of = {("network", NETWORK), ("module", module)}
        return {tuple(value for _, value in sorted(labels - of)): value
                for (name, labels), value in cls.page.items() if name == metric and of <= labels}

    @classmethod
    def outcomes(cls, module):
        """How many probes ended with each outcome; void ones by "void" and their cause."""
        ended = {"reply": cls.values("blipd_probe_replies_total", module).get((), 0)}
        ended.update((reason, n) for (reason,), n in cls.values("blipd_probe_failures_total", module).items())
        ended.update(("void " + cause, n) for (cause,), n in cls.values("blipd_probes_void_total", module).items())
        return {outcome: n for outcome, n in ended.items() if n}

    def test_each_site_has_its_own_outcome(self):
        seen = {module: sorted(self.outcomes(module)) for module in self.sites}
        self.assertEqual(seen, {module: [outcome] for module, (outcome, _) in self.sites.items()}, self.log)

    def expiry(self, module):
        return self.values("blipd_tls_cert_expiry_timestamp_seconds", module).get(())

    def test_the_expiry_is_openssl_s_to_the_second(self):
        first = end_of(os.path.join(self.folder, "between.crt"))
        self.assertLess(first, end_of(os.path.join(self.folder, "good.crt")))
        for module in ("trusted", "by_header", "unknown_authority", "wrong_name"):
            self.assertEqual(self.expiry(module), first, module)
        late = end_of(os.path.join(self.folder, "expired.crt"))
        for module in ("expired", "unverified"):
            self.assertEqual(self.expiry(module), late, module)

    def test_a_site_without_tls_has_no_expiry(self):
        for module in ("fine", "closed", "no_tls"):
            value = self.expiry(module)
            self.assertTrue(value is None or value != value or value == 0, f"{module}: {value}")

    def test_phases_are_counted_where_they_happen(self):
        def counts(module):
            found = self.values("blipd_http_phase_seconds_count", module)
            return {phase: n for (phase,), n in found.items()}
        plain, tls = counts("fine"), counts("trusted")
        self.assertEqual(sorted(plain), ["connect", "processing", "resolve", "tls", "transfer"])
        self.assertEqual(plain["tls"], 0)
        for phase in ("connect", "processing"):
            self.assertGreaterEqual(plain[phase], 3, phase)
            self.assertGreaterEqual(tls[phase], 3, phase)
        self.assertGreaterEqual(tls["tls"], 3)
        self.assertEqual(counts("closed")["processing"], 0)

    def test_secrets_are_in_no_page_and_no_log(self):
        self.assertNotIn("secret", self.log)
        for path in ("/", "/metrics", "/api/v1/networks"):
            self.assertNotIn("secret", support.fetch(self.url + path), path)


if __name__ == "__main__":
    unittest.main()
