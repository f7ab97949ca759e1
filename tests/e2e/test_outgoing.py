"""Outgoing events: from a delivery to receivers that behave, and to receivers that do not."""
import json
import os
import pathlib
import shutil
import signal
import ssl
import subprocess
import threading
import time
import unittest

from api_client import Api
from harness import DATA, SLOWDOWN, Postern, wait_until
from receiver import Receiver, hang, reset

RECEIVER = DATA / "receiver"
ALLOW = "[outgoing]\nallow = '127.0.0.0/8'\nports = '1-65535'\ntimeout = '%ds'\n" % (2 * SLOWDOWN)
WAITING, DONE, DEAD, SKIPPED = range(4)
EVENT = 4  # The kinds of rows, as they are stored.


class OutgoingCase(unittest.TestCase):
    def postern(self, config=ALLOW, **more):
        postern = Postern("--no-demo", config=config, **more)
        self.addCleanup(postern.close)
        self.config = str(postern.folder / "postern.toml")
        return postern

    def receiver(self, *arguments, **more):
        receiver = Receiver(*arguments, **more)
        self.addCleanup(receiver.close)
        return receiver

    def endpoint(self, postern, url, *flags):
        return postern.cli_json("endpoint", "add", "--name", "test", "--url", url, *flags, "--config", self.config)

    def member(self, postern, email="ada@example.com"):
        """A delivery that makes a member; its id."""
        if not hasattr(self, "target"):
            postern.cli("space", "add", "--title", "Premium", "--slug", "premium")
            _, self.target = postern.webhook("--add-space", "premium", name="Shop")
        reply = postern.post(self.target, {"email": email, "first_name": "Ada"})
        self.assertEqual(reply.status, 200)
        return reply.json["delivery_id"]

    def rows(self, postern, columns="state, attempts, note"):
        return postern.sql(f"SELECT {columns} FROM outbox WHERE kind = {EVENT} ORDER BY id")

    def tried(self, postern, times=1):
        """The first row that has been tried so often, with its last attempt."""
        def row():
            found = postern.sql(
                "SELECT o.id, o.state, o.note, o.due_at, a.status, a.response, a.at FROM outbox o"
                f" JOIN outbox_attempts a ON a.outbox_id = o.id WHERE kind = {EVENT} AND lease = 0"
                f" AND a.n >= {times} ORDER BY o.id, a.n DESC LIMIT 1")
            return found and dict(zip(("id", "state", "note", "due_at", "status", "response", "at"), found[0]))
        return wait_until(row, "an event has been tried", 30)

    def state(self, postern, number=1):
        return postern.cli_json("endpoint", "show", str(number))


class Events(OutgoingCase):
    def test_what_happens_is_told_signed_and_verified(self):
        postern, receiver = self.postern(), self.receiver()
        made = self.endpoint(postern, receiver.url)
        delivery = self.member(postern)
        receiver.wait(3)
        events = {each.id: json.loads(each.body) for each in receiver.requests}
        self.assertEqual({id: event["type"] for id, event in events.items()},
                         {f"evt_{delivery}_1": "user.created", f"evt_{delivery}_2": "membership.added",
                          f"evt_{delivery}_3": "delivery.processed"})
        added = events[f"evt_{delivery}_2"]["data"]
        self.assertEqual((added["user"]["email"], added["user"]["first_name"]), ("ada@example.com", "Ada"))
        self.assertEqual((added["space"]["slug"], added["result"], added["delivery_id"]), ("premium", "added", delivery))
        self.assertEqual(postern.request("POST", self.target, b"email=no").status, 415)
        postern.post(self.target, {"email": "nonsense"})
        failed = json.loads(receiver.wait(5)[-1].body)
        self.assertEqual((failed["type"], failed["data"]["delivery"]["status"]), ("delivery.failed", "rejected"))

        # A new key: until the grace is over each event is signed with both.
        rotated = postern.cli_json("endpoint", "rotate", "1", "--grace", "1h")
        self.member(postern, "bob@example.com")
        receiver.wait(8)
        old, both = receiver.requests[:5], receiver.requests[5:]
        self.assertEqual({len(each.headers["webhook-signature"].split()) for each in old}, {1})
        self.assertEqual({len(each.headers["webhook-signature"].split()) for each in both}, {2})
        good = self.verify([(made["secret"], each) for each in old + both] + [(rotated["secret"], each) for each in both])
        self.assertTrue(all(each["good"] for each in good), good)
        # And what is not signed like that is not believed.
        altered = receiver.requests[0]
        altered.body = altered.body.replace(b"ada@", b"eve@")
        bad = self.verify([(rotated["secret"], old[1]), (made["secret"], altered)])
        self.assertEqual([each["good"] for each in bad], [False, False])

        wait_until(lambda: {row[0] for row in self.rows(postern)} == {DONE}, "all are done")
        for secret in (made["secret"], rotated["secret"]):
            self.assertNotIn(secret[6:].encode(), postern.all_bytes())

    def verify(self, requests):
        """What the npm package standardwebhooks says."""
        folder = pathlib.Path(os.environ.get("CLIENTS_DIR", "/tmp/clients")).parent / "receiver"
        folder.mkdir(parents=True, exist_ok=True)
        lock = (RECEIVER / "package-lock.json").read_text()
        installed = folder / "installed-lock.json"
        if not installed.exists() or installed.read_text() != lock:
            for name in ("package.json", "package-lock.json", ".npmrc"):
                shutil.copy(RECEIVER / name, folder / name)
            subprocess.run(["npm", "ci", "--silent", "--no-progress"], cwd=folder, check=True, timeout=120)
            installed.write_text(lock)
        shutil.copy(RECEIVER / "verify.mjs", folder / "verify.mjs")
        given = json.dumps([{"secret": secret, "headers": each.headers, "body": each.body.decode()}
                            for secret, each in requests])
        done = subprocess.run(["node", "verify.mjs"], cwd=folder, input=given, capture_output=True, text=True,
                              timeout=60, check=True)
        return json.loads(done.stdout)

    def test_each_endpoint_gets_what_it_wants(self):
        postern, all_of_it, some = self.postern(), self.receiver(), self.receiver()
        self.member(postern, "before@example.com")  # Nobody wants to know.
        self.endpoint(postern, all_of_it.url)
        self.endpoint(postern, some.url, "--event", "membership.added")
        self.member(postern)
        all_of_it.wait(3)
        self.assertEqual(some.wait(1)[0].id, next(each.id for each in all_of_it.requests if b"membership.added" in each.body))
        wait_until(lambda: {row[0] for row in self.rows(postern)} == {DONE}, "all are done")
        self.assertEqual((len(all_of_it.requests), len(some.requests)), (3, 1))
        self.assertEqual(postern.sql("SELECT count(*) FROM outbox WHERE kind = 3"), [(1,)])
        # A repeat changes nothing, and nothing is told.
        headers = {"Idempotency-Key": "1"}
        for _ in range(2):
            postern.post(self.target, {"email": "ada@example.com"}, headers)
        all_of_it.wait(4)
        wait_until(lambda: {row[0] for row in self.rows(postern)} == {DONE}, "all are done")
        self.assertEqual(len(all_of_it.requests), 4)

    def test_no_proxy_is_used_whatever_the_environment_says(self):
        proxy, receiver = self.receiver(), self.receiver()
        through = f"http://127.0.0.1:{proxy.port}"
        environment = {name: through for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY",
                                                  "ALL_PROXY")}
        postern = self.postern(environment={**environment, "no_proxy": "", "NO_PROXY": ""})
        self.endpoint(postern, receiver.url)
        self.member(postern)
        receiver.wait(3)
        self.assertEqual(proxy.requests, [])

    def test_after_kill_9_the_same_event_comes_again(self):
        postern = self.postern()
        receiver = self.receiver(lambda *_: 500)
        self.endpoint(postern, receiver.url, "--event", "user.created")
        self.member(postern)
        self.tried(postern)
        postern.stop(signal.SIGKILL)
        first = receiver.requests[0]
        receiver.answer = lambda *_: 200
        n = len(receiver.requests)
        postern.start()
        receiver.wait(n + 1)
        self.assertEqual({each.id for each in receiver.requests}, {first.id})
        self.assertEqual({each.body for each in receiver.requests}, {first.body})
        wait_until(lambda: [row[0] for row in self.rows(postern)] == [DONE], "it is done")
        self.assertEqual(self.state(postern)["state"], "active")


class Receivers(OutgoingCase):
    """Whatever a receiver does: the event waits for its next try, and everything else goes on."""

    def fails(self, answer, status, note):
        postern, receiver = self.postern(), self.receiver(answer)
        self.endpoint(postern, receiver.url, "--event", "user.created")
        self.member(postern)
        row = self.tried(postern)
        self.assertEqual((row["state"], row["status"]), (WAITING, status))
        self.assertIn(note, row["note"])
        shown = self.state(postern)
        self.assertEqual(shown["state"], "failing")
        self.assertIn(note, shown["problem"])
        # The server lives, and another endpoint is told at once.
        other = self.receiver()
        self.endpoint(postern, other.url)
        self.member(postern, "bob@example.com")
        other.wait(3)
        return row, receiver, postern

    def test_500(self):
        row, _, _ = self.fails(lambda *_: (500, {}, b"out of order\xff"), 500, "The receiver answered 500.")
        self.assertEqual(row["response"], "out of order\ufffd")

    def test_reset(self):
        self.fails(reset, 0, "The receiver was not reached")

    def test_hang(self):
        release = threading.Event()
        self.addCleanup(release.set)
        self.fails(hang(release), 0, "did not answer within")

    def test_drip(self):
        """A byte now and then does not keep an attempt alive."""
        def drip(_, handler):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            for _ in range(100):
                handler.wfile.write(b"x")
                time.sleep(0.2)
        started = time.time()
        self.fails(drip, 0, "did not answer within")
        self.assertLess(time.time() - started, 15 * SLOWDOWN)

    def test_answer_that_breaks_off(self):
        def break_off(_, handler):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        self.fails(break_off, 0, "broke off")

    def test_no_http(self):
        self.fails(lambda _, handler: handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n") and None, 0, "The receiver")

    def test_endless_headers(self):
        def headers(_, handler):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for n in range(100_000):
                handler.wfile.write(b"X-%d: %s\r\n" % (n, b"a" * 1000))
        self.fails(headers, 0, "more than 64 KiB of headers")

    def test_closed_port(self):
        postern, receiver = self.postern(), self.receiver()
        receiver.close()
        self.endpoint(postern, receiver.url, "--event", "user.created")
        self.member(postern)
        self.assertIn("The receiver was not reached", self.tried(postern)["note"])

    def test_redirects_are_not_followed(self):
        elsewhere = self.receiver()
        for location in ("http://169.254.169.254/latest/meta-data/", elsewhere.url):
            for status in (301, 302, 303, 307, 308):
                with self.subTest(location=location, status=status):
                    postern = self.postern()
                    receiver = self.receiver(lambda *_: (status, {"Location": location}, b""))
                    self.endpoint(postern, receiver.url)
                    if status == 302:
                        self.member(postern)
                        del self.target
                        row = self.tried(postern)
                        self.assertEqual((row["state"], row["status"]), (WAITING, status))
                        self.assertIn("a redirect, which is not followed", row["note"])
                    else:
                        tried = postern.cli("endpoint", "test", "1", "--json", "--config", self.config, check=False)
                        self.assertEqual((tried.returncode, json.loads(tried.stdout)["status"]), (1, status))
                    self.assertEqual({each.path for each in receiver.requests}, {"/events"})
                    postern.close()
        self.assertEqual(elsewhere.requests, [])

    def test_of_a_huge_answer_the_status_counts(self):
        postern = self.postern()
        sent = []

        def huge(_, handler):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
            try:
                while len(sent) < 10_000:
                    handler.wfile.write(b"x" * 100_000)
                    sent.append(1)
            except OSError:
                sent.append("refused")
        receiver = self.receiver(huge)
        self.endpoint(postern, receiver.url, "--event", "user.created")
        self.member(postern)
        row = self.tried(postern)
        self.assertEqual((row["state"], row["status"], row["response"]), (DONE, 200, "x" * 2048))
        wait_until(lambda: "refused" in sent, "the rest is not read")
        self.assertLess(len(sent), 1000)

    def test_410_pauses(self):
        postern, receiver = self.postern(), self.receiver(lambda *_: 410)
        self.endpoint(postern, receiver.url, "--event", "user.created")
        self.member(postern)
        self.assertEqual(self.tried(postern)["state"], DEAD)
        shown = self.state(postern)
        self.assertEqual((shown["state"], shown["dead"]), ("paused", 1))
        self.assertIn("410", shown["problem"])
        self.assertIn("endpoint.paused", postern.stderr())
        self.member(postern, "bob@example.com")
        wait_until(lambda: [row[0] for row in self.rows(postern)] == [DEAD, DEAD], "the next one is kept")
        self.assertEqual(len(receiver.requests), 1)
        # When it is resumed, what could not be sent is sent.
        receiver.answer = lambda *_: 200
        done = postern.cli("endpoint", "resume", "1")
        self.assertIn("could not be sent before: 2", done.stdout)
        receiver.wait(3)
        wait_until(lambda: [row[0] for row in self.rows(postern)] == [DONE, DONE], "both are sent")
        self.assertEqual(self.state(postern)["state"], "active")

    def test_429_is_waited_for(self):
        postern, receiver = self.postern(), self.receiver(lambda *_: (429, {"Retry-After": "120"}, b""))
        self.endpoint(postern, receiver.url, "--event", "user.created")
        self.member(postern)
        row = self.tried(postern)
        self.assertEqual((row["state"], row["status"]), (WAITING, 429))
        self.assertGreaterEqual(row["due_at"] - row["at"], 120_000)
        self.assertLess(row["due_at"] - row["at"], 300_000)

    def test_what_stays_dead_is_paused_with_a_notice(self):
        postern, receiver = self.postern(ALLOW + "pause_after = '1s'\n"), self.receiver(lambda *_: 503)
        self.endpoint(postern, receiver.url, "--event", "user.created")
        self.member(postern)
        self.tried(postern, times=2)
        shown = self.state(postern)
        self.assertEqual(shown["state"], "paused")
        self.assertIn("Nothing has arrived for a long time", shown["problem"])
        self.assertIn("level=error event=endpoint.paused", postern.stderr().replace('"', ""))
        _, overview, _ = Api(postern).get("/overview")
        self.assertIn("endpoint_paused", [each["kind"] for each in overview["attention"]])


class Guard(OutgoingCase):
    """What is not public is not connected to. Which addresses those are: tests/unit/effects_outgoing."""

    def test_urls_are_refused_when_they_are_set(self):
        postern = self.postern("[outgoing]\nports = '1-65535'\n")
        api = Api(postern)
        for url in ("http://127.0.0.1/", "http://2130706433/", "http://[::1]/", "http://169.254.169.254/", "http://10.0.0.1/",
                    "https://user:word@example.com/", "ftp://example.com/", "https://example.com/#x", "nonsense"):
            with self.subTest(url=url):
                status, problem, _ = api.post("/endpoints", {"name": "x", "url": url})
                self.assertEqual((status, problem["errors"][0]["field"]), (422, "url"))
                done = postern.cli("endpoint", "add", "--name", "x", "--url", url, check=False)
                self.assertEqual(done.returncode, 1)
        self.assertEqual(api.get("/endpoints")[1]["items"], [])

    def test_a_name_that_leads_inside_is_not_connected_to(self):
        receiver = self.receiver()
        postern = self.postern("[outgoing]\nports = '1-65535'\n")
        self.endpoint(postern, f"http://localhost:{receiver.port}/", "--event", "user.created")
        self.member(postern)
        row = self.tried(postern)
        self.assertEqual((row["state"], row["status"]), (WAITING, 0))
        self.assertRegex(row["note"], r"Nothing was sent: (127\.0\.0\.1|::1) is a loopback address")
        self.assertEqual(receiver.requests, [])

    def test_what_is_no_longer_allowed_is_not_reached(self):
        """The settings are read at the start: a server that may not reach an endpoint any more does not."""
        receiver, postern = self.receiver(), self.postern()
        self.endpoint(postern, receiver.url, "--event", "user.created")
        self.member(postern)
        receiver.wait(1)
        postern.stop()
        pathlib.Path(self.config).write_text("[outgoing]\nports = '1-65535'\n")
        postern.start()
        self.member(postern, "bob@example.com")
        wait_until(lambda: len(self.rows(postern)) == 2 and self.rows(postern)[1][2], "the second was tried")
        self.assertIn("not public", self.rows(postern)[1][2])
        self.assertEqual(len(receiver.requests), 1)

    def test_only_listed_ports(self):
        receiver = self.receiver()
        postern = self.postern("[outgoing]\nallow = '127.0.0.0/8'\n")
        status, problem, _ = Api(postern).post("/endpoints", {"name": "x", "url": receiver.url})
        self.assertEqual(status, 422)
        self.assertIn("outgoing.ports", problem["errors"][0]["message"])


class Tls(OutgoingCase):
    @classmethod
    def setUpClass(cls):
        import tempfile
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="postern-e2e-tls-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        for name, subject in (("good", "IP:127.0.0.1"), ("other", "DNS:example.com")):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                            "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName={subject}",
                            "-keyout", cls.folder / f"{name}.key", "-out", cls.folder / f"{name}.pem"],
                           check=True, capture_output=True)

    def context(self, name):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        return context

    def attempt(self, certificate, believed=None):
        receiver = self.receiver(tls=self.context(certificate))
        config = ALLOW + (f"ca_file = '{self.folder / believed}.pem'\n" if believed else "")
        postern = self.postern(config)
        self.endpoint(postern, receiver.url)
        done = postern.cli("endpoint", "test", "1", "--json", "--config", self.config, check=False)
        return json.loads(done.stdout), receiver

    def test_a_certificate_that_is_believed(self):
        result, receiver = self.attempt("good", believed="good")
        self.assertEqual((result["ok"], result["status"]), (True, 200))
        self.assertEqual(json.loads(receiver.requests[0].body)["type"], "endpoint.test")

    def test_one_that_nobody_vouches_for(self):
        result, receiver = self.attempt("good")
        self.assertEqual((result["ok"], receiver.requests), (False, []))
        self.assertIn("certificate", result["detail"])

    def test_one_of_another_host(self):
        result, receiver = self.attempt("other", believed="other")
        self.assertEqual((result["ok"], receiver.requests), (False, []))


class Managing(OutgoingCase):
    def test_the_command_line(self):
        postern, receiver = self.postern(), self.receiver()
        made = self.endpoint(postern, receiver.url, "--event", "user.created")
        self.assertEqual((made["id"], made["state"], made["events"]), (1, "active", ["user.created"]))
        self.assertTrue(made["secret"].startswith("whsec_"))
        self.assertEqual(postern.cli_json("endpoint", "reveal", "1")["secret"], made["secret"])
        for command in ("list", "show"):
            shown = postern.cli("endpoint", command, *(["1"] if command == "show" else [])).stdout
            self.assertIn(receiver.url, shown)
            self.assertNotIn(made["secret"], shown)
        edited = postern.cli_json("endpoint", "edit", "1", "--name", "CRM", "--all-events")
        self.assertEqual((edited["name"], edited["events"]), ("CRM", []))
        note = postern.cli("endpoint", "edit", "1", "--event", "order.paid").stderr
        self.assertIn("only a script can emit it", note)
        self.assertEqual(postern.cli("endpoint", "edit", "1", "--event", "No!", check=False).returncode, 1)
        self.assertEqual(postern.cli_json("endpoint", "pause", "1")["state"], "paused")
        self.assertEqual(postern.cli_json("endpoint", "resume", "1")["state"], "active")
        self.assertIn("took it", postern.cli("endpoint", "test", "1", "--config", self.config).stdout)
        receiver.answer = lambda *_: (500, {}, b"\x1b[31mred")
        failed = postern.cli("endpoint", "test", "1", "--config", self.config, check=False)
        self.assertEqual(failed.returncode, 1)
        self.assertIn("\\x1b[31mred", failed.stdout)
        self.assertEqual(postern.cli("endpoint", "remove", "1", check=False).returncode, 1)  # Not confirmed.
        postern.cli("endpoint", "remove", "1", "--yes")
        self.assertEqual(postern.cli("endpoint", "show", "1", check=False).returncode, 1)

    def test_the_api(self):
        postern, receiver = self.postern(), self.receiver()
        api = Api(postern)
        status, made, headers = api.post("/endpoints", {"name": "CRM", "url": receiver.url, "events": ["user.created"]})
        self.assertEqual(status, 201, made)
        endpoint, secret = made["endpoint"], made["secret"]
        self.assertEqual(headers["etag"], f'"{endpoint["etag"]}"')
        self.assertEqual((endpoint["state"], endpoint["problem"], endpoint["waiting"], endpoint["dead"]),
                         ("active", None, 0, 0))
        path = f"/endpoints/{endpoint['id']}"
        self.assertEqual(api.post(path + "/reveal")[1], {"secret": secret})
        self.assertEqual(api.patch(path, {"name": "X"})[0], 428)
        match = {"If-Match": f'"{endpoint["etag"]}"'}
        status, edited, _ = api.patch(path, {"name": "X", "events": []}, match)
        self.assertEqual((status, edited["name"], edited["events"]), (200, "X", []))
        self.assertEqual(api.patch(path, {"name": "Y"}, match)[0], 412)
        for wrong in ({"name": ""}, {"url": "http://10.0.0.1/"}, {"events": ["Nonsense!"]}, {"paused": True}):
            self.assertEqual(api.patch(path, wrong, {"If-Match": f'"{edited["etag"]}"'})[0], 422, wrong)
        status, rotated, _ = api.post(path + "/rotate", {"grace": "7d"})
        self.assertEqual((status, len(rotated["endpoint"]["keys"])), (200, 2))
        self.assertNotEqual(rotated["secret"], secret)
        status, tried, _ = api.post(path + "/test")
        self.assertEqual((status, tried["ok"], tried["status"]), (200, True, 200))
        self.assertEqual(api.post(path + "/pause")[1]["state"], "paused")
        self.assertEqual(api.post(path + "/resume")[1]["state"], "active")
        types = api.get("/endpoints/event-types")[1]["items"]
        self.assertEqual([each["type"] for each in types], [each["example"]["type"] for each in types])
        # A viewer sees endpoints but no secret, and changes nothing.
        _, viewer = api.invite("viewer@example.com", "viewer")
        self.assertEqual(viewer.get("/endpoints")[0], 200)
        self.assertNotIn("whsec_", json.dumps(viewer.get("/endpoints")[1]))
        for method, what in (("POST", "/reveal"), ("POST", "/rotate"), ("POST", "/test"), ("POST", "/pause"),
                             ("POST", "/resume"), ("PATCH", ""), ("DELETE", "")):
            body = {} if what in ("/rotate", "") and method != "DELETE" else None
            self.assertEqual(viewer.request(method, path + what, body)[0], 403, what)
        actions = [each["action"] for each in api.get("/audit?limit=50")[1]["items"]]
        for action in ("endpoint.add", "endpoint.edit", "endpoint.rotate", "endpoint.reveal", "endpoint.test"):
            self.assertIn(action, actions)
        self.assertNotIn("whsec_", json.dumps(api.get("/audit?limit=50")[1]))
        etag = api.get(path)[1]["etag"]
        self.assertEqual(api.delete(path, headers={"If-Match": f'"{etag}"'})[0], 204)
        self.assertEqual(api.get(path)[0], 404)


if __name__ == "__main__":
    unittest.main()
