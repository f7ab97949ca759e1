"""The protection of a webhook: pause and hold, allow-list, rate limits, expiry, HEAD."""

import json
import signal
import sqlite3
import threading
import unittest

from harness import Postern, TestCase, wait_until
from portal_browser import PortalBrowser


def protect(postern, number, protection):
    """Another process changes the webhook in the database, as the command line does."""
    with sqlite3.connect(postern.data / "postern.db", timeout=20) as db:
        db.execute("UPDATE webhooks SET settings = ? WHERE id = ?", (json.dumps({"protection": protection}), number))
        db.execute("UPDATE catalog SET generation = generation + 1")


class Pause(unittest.TestCase):
    def setUp(self):
        self.postern = Postern("--no-demo")
        self.addCleanup(self.postern.close)
        self.postern.cli("space", "add", "--title", "club")
        self.number, self.target = self.postern.webhook("--add-space", "club")

    def held(self):
        return self.postern.sql("SELECT count(*) FROM held_requests")[0][0]

    def wait_for_release(self):
        wait_until(lambda: self.held() == 0, "everything that was held is applied", 30)

    def test_nothing_is_lost_and_the_order_is_kept(self):
        self.postern.cli("webhook", "pause", str(self.number))
        first = self.postern.post(self.target, {"email": "ada@example.com", "first_name": "Ada",
                                                "user_pass": "correct horse battery"}, {"Idempotency-Key": "k1"})
        self.assertEqual(first.status, 200)
        self.assertEqual({**first.json, "delivery_id": None},
                         {"success": True, "message": "The webhook is paused: the request is kept and will be applied "
                                                      "when the webhook is resumed",
                          "user_id": 0, "created": False, "delivery_id": None, "status": "held", "spaces": [], "courses": []})
        for i in range(48):
            reply = self.postern.post(self.target, {"email": f"user{i % 24}@example.com", "first_name": f"Name{i}"})
            self.assertEqual((reply.status, reply.json["status"]), (200, "held"))
        again = self.postern.post(self.target, {"email": "ada@example.com", "first_name": "Ada",
                                                "user_pass": "correct horse battery"}, {"Idempotency-Key": "k1"})
        self.assertEqual((again.status, again.json), (200, first.json))
        self.assertEqual(again.headers["idempotent-replayed"], "true")
        plugin = self.postern.post(f"/?fcom_action=incoming_webhook&webhook={self.target.rsplit('/', 1)[1]}",
                                   {"email": "plugin@example.com"})
        self.assertEqual((plugin.status, plugin.json["status"], plugin.json["user_id"]), (200, "success", 0))
        wrong = self.postern.post(self.target, {"email": "nobody"})
        self.assertEqual((wrong.status, wrong.json["code"]), (400, "invalid_email"))
        self.assertEqual(self.held(), 50)
        self.assertIsNone(self.postern.user("ada@example.com"))
        self.assertEqual(self.postern.metric(f'postern_held_requests{{webhook="{self.number}"}}'), 50)
        self.assertNotIn(b"correct horse", self.postern.all_bytes())
        self.assertNotIn(b"correct+horse", self.postern.all_bytes())

        self.postern.stop(signal.SIGKILL)
        self.postern.start()
        self.assertEqual(self.held(), 50)
        self.assertEqual(self.postern.post(self.target, {"email": "user0@example.com"}).json["status"], "held")

        # New ones come while it is resumed.
        sent = []

        def send():
            for i in range(60):
                reply = self.postern.post(self.target, {"email": f"user{i % 24}@example.com", "first_name": "Late"})
                sent.append(reply.status)

        thread = threading.Thread(target=send)
        thread.start()
        self.postern.cli("webhook", "resume", str(self.number))
        thread.join()
        self.wait_for_release()
        self.assertLessEqual(set(sent), {200, 503})
        self.assertGreater(sent.count(200), 50)
        rows = self.postern.cli_json("delivery", "list", "--limit", "1000")
        by_status = {}
        for row in rows:
            by_status.setdefault(row["status"], []).append(row)
        self.assertEqual(set(by_status) - {"failed"}, {"processed", "duplicate", "rejected"})
        self.assertEqual(len(by_status["processed"]), 51 + sent.count(200))
        self.assertEqual(len(by_status["duplicate"]), 1)
        for i in range(24):  # Whoever came first has made the user.
            self.assertEqual(self.postern.user(f"user{i}@example.com")["first_name"], f"Name{i}")
        rows.sort(key=lambda row: row["id"])
        created = [row["email"] for row in rows if row["created"]]
        self.assertEqual(created, ["ada@example.com", *(f"user{i}@example.com" for i in range(24)), "plugin@example.com"])
        login = PortalBrowser(self.postern.port).log_in("ada@example.com", "correct horse battery")
        self.assertEqual((login.status, login.headers.get("location")), (303, "/account"), login.body)
        # From then on as ever.
        self.assertNotIn("status", self.postern.post(self.target, {"email": "ada@example.com"}).json)

    def test_a_server_that_is_killed_while_it_applies_applies_each_once(self):
        self.postern.cli("webhook", "pause", str(self.number))
        for i in range(300):
            self.assertEqual(self.postern.post(self.target, {"email": f"user{i}@example.com"}).status, 200)
        for _ in range(3):
            self.postern.cli("webhook", "resume", str(self.number))
            self.postern.stop(signal.SIGKILL)
            self.postern.start()
        self.wait_for_release()
        rows = self.postern.cli_json("delivery", "list", "--limit", "1000")
        self.assertEqual(len(rows), 300)
        self.assertEqual({row["status"] for row in rows}, {"processed"})
        self.assertEqual(len({row["user_id"] for row in rows}), 300)

    def test_disabled_and_removed_meanwhile(self):
        other, other_target = self.postern.webhook(name="other")
        for number, target in ((self.number, self.target), (other, other_target)):
            self.postern.cli("webhook", "pause", str(number))
            self.assertEqual(self.postern.post(target, {"email": "ada@example.com"}).status, 200)
        self.postern.cli("webhook", "disable", str(self.number), "--yes")
        self.postern.cli("webhook", "remove", str(other), "--yes")
        self.wait_for_release()
        rows = self.postern.cli_json("delivery", "list")
        self.assertEqual({(row["status"], row["code"]) for row in rows},
                         {("rejected", "webhook_disabled"), ("rejected", "unknown_webhook")})
        self.assertIsNone(self.postern.user("ada@example.com"))

    def test_another_key_file(self):
        self.postern.cli("webhook", "pause", str(self.number))
        self.postern.post(self.target, {"email": "ada@example.com"})
        self.postern.stop()
        (self.postern.data / "postern.key").unlink()
        self.postern.start()
        self.postern.cli("webhook", "resume", str(self.number))
        self.wait_for_release()
        row = self.postern.cli_json("delivery", "list")[0]
        self.assertEqual((row["status"], row["code"], row["email"]), ("rejected", "held_unreadable", "ada@example.com"))
        self.assertIn("another key file", row["message"])

    def test_one_that_cannot_be_applied_does_not_block_the_others(self):
        self.postern.cli("webhook", "pause", str(self.number))
        for name in ("ada", "poison", "grace"):
            self.assertEqual(self.postern.post(self.target, {"email": f"{name}@example.com"}).status, 200)
        with sqlite3.connect(self.postern.data / "postern.db", timeout=20) as db:
            db.execute("CREATE TRIGGER poison BEFORE INSERT ON users WHEN NEW.email_key LIKE 'poison%'"
                       " BEGIN SELECT RAISE(ABORT, 'not this one'); END")
        self.postern.cli("webhook", "resume", str(self.number))
        self.wait_for_release()
        rows = {row["email"]: row for row in self.postern.cli_json("delivery", "list")}
        self.assertEqual([rows[f"{name}@example.com"]["status"] for name in ("ada", "poison", "grace")],
                         ["processed", "failed", "processed"])
        self.assertEqual(rows["poison@example.com"]["code"], "internal")
        self.assertIn("held.not_applied", self.postern.stderr())

    def test_limits(self):
        self.postern.stop()
        self.postern.environment = {"POSTERN_LIMITS_HELD_REQUESTS": "2"}
        self.postern.start()
        self.postern.cli("webhook", "pause", str(self.number))
        for status in (200, 200, 503):
            reply = self.postern.post(self.target, {"email": "ada@example.com"})
            self.assertEqual(reply.status, status)
        self.assertEqual((reply.json["code"], reply.headers["retry-after"]), ("unavailable", "300"))
        self.postern.stop()
        self.postern.environment = {"POSTERN_LIMITS_HELD_REQUESTS": "0"}
        self.postern.start()
        reply = self.postern.post(self.target, {"email": "ada@example.com"})
        self.assertEqual((reply.status, reply.headers["retry-after"]), (503, "300"))
        self.assertIn("paused by its operator", reply.json["message"])
        self.postern.cli("webhook", "resume", str(self.number))
        self.wait_for_release()


class Protection(TestCase):
    config = '[server]\ntrusted_proxies = ["127.0.0.1"]\n'

    def post_from(self, target, address, email="ada@example.com"):
        headers = {"X-Forwarded-For": address, "X-Forwarded-Proto": "https"}
        return self.postern.post(target, {"email": email}, headers)

    def test_allow_list_behind_a_proxy(self):
        number, target = self.postern.webhook()
        self.assertEqual(self.post_from(target, "203.0.113.5").status, 200)
        protect(self.postern, number, {"networks": ["192.0.2.0/24", "2001:db8::/32"]})
        refused = lambda: self.post_from(target, "203.0.113.5")
        wait_until(lambda: refused().status == 403, "the list counts", 5)
        reply = refused()
        self.assertEqual((reply.status, reply.json["code"]), (403, "ip_not_allowed"))
        self.assertIn("203.0.113.5", reply.json["message"])
        for allowed in ("192.0.2.77", "2001:db8::1"):
            self.assertEqual(self.post_from(target, allowed).status, 200)
        # A foreign X-Forwarded-For in front of the proxy's own does not count.
        self.assertEqual(self.post_from(target, "192.0.2.77, 203.0.113.5").status, 403)
        plugin = self.post_from(f"/?fcom_action=incoming_webhook&webhook={target.rsplit('/', 1)[1]}", "203.0.113.5")
        self.assertEqual((plugin.status, plugin.json["status"]), (403, "error"))
        for _ in range(40):
            self.assertEqual(refused().status, 403)
        rows = self.postern.cli_json("delivery", "list", "--webhook", str(number), "--status", "rejected", "--limit", "100")
        self.assertEqual(len(rows), 10)
        labels = f'{{webhook="{number}",code="ip_not_allowed"}}'
        refusals = self.postern.metric("postern_refused_total" + labels)
        self.assertEqual(self.postern.metric("postern_refused_without_row_total" + labels), refusals - 10)

    def test_rate_limits(self):
        number, target = self.postern.webhook()
        protect(self.postern, number, {"address_rate": {"per_minute": 6, "burst": 3}})
        wait_until(lambda: self.post_from(target, "198.51.100.9").status == 429, "the limit counts", 5)
        statuses = [self.post_from(target, "198.51.100.1").status for _ in range(5)]
        self.assertEqual(statuses, [200, 200, 200, 429, 429])
        reply = self.post_from(target, "198.51.100.1")
        self.assertEqual(reply.json["code"], "rate_limited")
        self.assertTrue(1 <= int(reply.headers["retry-after"]) <= 10, reply.headers)
        self.assertEqual(self.post_from(target, "2001:db8:5:6::1").status, 200)

    def test_expiry(self):
        number, target = self.postern.webhook()
        protect(self.postern, number, {"expires_at": "2020-01-01T00:00:00.000Z"})
        reply = self.post_from(target, "192.0.2.1")
        self.assertEqual((reply.status, reply.json["code"]), (410, "webhook_disabled"))
        self.assertIn("2020-01-01", reply.json["message"])

    def test_head(self):
        _, target = self.postern.webhook()
        before = self.postern.sql("SELECT count(*) FROM deliveries")
        for address in (target, target[:-1] + "x", "/?fcom_action=incoming_webhook&webhook=x"):
            reply = self.postern.request("HEAD", address)
            self.assertEqual((reply.status, reply.body), (200, b""))
            self.assertEqual(reply.headers["content-length"], "0")
        self.assertEqual(self.postern.sql("SELECT count(*) FROM deliveries"), before)
        self.assertEqual(self.postern.request("GET", target, headers={"X-Forwarded-Proto": "https"}).status, 405)


if __name__ == "__main__":
    unittest.main()
