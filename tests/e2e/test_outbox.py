"""What waits after a delivery: on the command line, in the API and in the metrics."""
import json
import sqlite3
import unittest
import urllib.parse

from api_client import Api
from harness import TestCase, wait_until


class Outbox(TestCase):
    config = '[mail]\ntransport = "file"\n'

    @classmethod
    def prepare(cls):
        cls.api = Api(cls.postern)
        _, made, _ = cls.api.post("/webhooks", {"name": "Shop"})
        cls.target = urllib.parse.urlsplit(made["url"]).path
        # What is tried again fails again, and so waits.
        hooks = cls.postern.data / "hooks"
        hooks.mkdir()
        (hooks / "all.lua").write_text("function incoming_webhook_processed() error('no') end")
        wait_until(lambda: "script=all.lua" in cls.postern.stderr(), "the script is read")

    def put(self, state, note="", kind=2):
        """A row as a performer would leave it; kind 2 is processed_hook."""
        delivery = json.loads(self.postern.post(self.target, {"email": "ada@example.com"}).body)["delivery_id"]
        number = self.api.get(f"/deliveries/{delivery}")[1]["user"]["id"]
        with sqlite3.connect(self.postern.data / "postern.db") as db:
            cursor = db.execute(
                "INSERT INTO outbox(kind, state, delivery_id, user_id, due_at, created_at, note, finished_at)"
                " VALUES(?, ?, (SELECT max(id) FROM deliveries), ?, 4102444800000, 1700000000000, ?, 1700000000000)",
                (kind, state, number, note))
            return cursor.lastrowid

    def test_a_dead_effect_is_seen_and_tried_again(self):
        number = self.put(2, "The script said no.")
        status, found, _ = self.api.get("/outbox?state=dead&kind=processed_hook")
        self.assertEqual(status, 200)
        row = next(each for each in found["items"] if each["id"] == number)
        self.assertEqual((row["state"], row["note"], row["running"]), ("dead", "The script said no.", False))
        self.assertEqual(row["user"]["email"], "ada@example.com")
        attention = self.api.get("/overview")[1]["attention"]
        self.assertTrue(any(each["kind"] == "outbox" for each in attention), attention)
        self.assertIn("postern outbox list --state dead", self.postern.cli("check").stdout)
        self.assertIn('postern_outbox_rows{kind="processed_hook",state="dead"}', self.postern.request("GET", "/metrics").body.decode())

        status, answer, _ = self.api.post(f"/outbox/{number}/retry", None)
        self.assertEqual((status, answer["state"]), (200, "waiting"))
        again = wait_until(lambda: self.api.get(f"/outbox/{number}")[1]["tries"], "it is tried again")
        self.assertEqual((len(again), again[0]["ok"], again[0]["note"]), (1, False, "A script failed: all.lua:1: no."))
        self.assertEqual(self.api.post("/outbox/999999/retry", None)[0], 404)
        audit = self.api.get("/audit?action=outbox.retry")[1]["items"]
        self.assertEqual(audit[0]["target"], f"effect {number}")

    def test_all_dead_ones_of_a_kind(self):
        numbers = [self.put(2) for _ in range(3)]
        status, answer, _ = self.api.post("/outbox/retry", {"kind": "processed_hook"})
        self.assertEqual(status, 200)
        self.assertGreaterEqual(answer["retried"], 3)
        for number in numbers:
            self.assertEqual(self.api.get(f"/outbox/{number}")[1]["state"], "waiting")
        self.assertEqual(self.api.post("/outbox/retry", {"kind": "fax"})[0], 422)
        self.assertEqual(self.api.post("/outbox/retry", {})[0], 422)

    def test_a_delivery_tells_what_happened_afterwards(self):
        _, target = self.postern.webhook("--welcome-email")
        delivery = self.postern.post(target, {"email": "eve@example.com"}).json["delivery_id"]
        wait_until(lambda: "welcome_email: done. The mail was written to" in self.postern.cli("delivery", "show", delivery).stdout,
                   "the mail is out")
        effects = self.api.get(f"/deliveries/{delivery}")[1]["effects"]
        self.assertIn(("welcome_email", "done"), [(each["kind"], each["state"]) for each in effects])

    def test_pages(self):
        numbers = [self.put(3) for _ in range(3)]
        seen, cursor = [], ""
        while True:
            _, page, _ = self.api.get(f"/outbox?state=skipped&limit=2{cursor}")
            seen += [each["id"] for each in page["items"]]
            if page["next"] is None:
                break
            cursor = "&cursor=" + page["next"]
        self.assertEqual(seen, sorted(numbers, reverse=True))
        counts = self.api.get("/outbox/counts")[1]["items"]
        self.assertIn({"kind": "processed_hook", "state": "skipped", "n": 3}, counts)
        for wrong in ("state=ill", "kind=fax", "delivery=x", "nonsense=1"):
            self.assertEqual(self.api.get("/outbox?" + wrong)[0], 422, wrong)

    def test_the_command_line(self):
        number = str(self.put(2, "Broken\x1b[31m."))
        listed = json.loads(self.postern.cli("outbox", "list", "--state", "dead", "--json").stdout)
        self.assertIn(int(number), [each["id"] for each in listed])
        self.assertNotIn("\x1b", self.postern.cli("outbox", "list").stdout)
        shown = json.loads(self.postern.cli("outbox", "show", number, "--json").stdout)
        self.assertEqual((shown["kind"], shown["tries"]), ("processed_hook", []))
        self.postern.cli("outbox", "retry", number)
        self.assertEqual(json.loads(self.postern.cli("outbox", "show", number, "--json").stdout)["state"], "waiting")
        for wrong in (["show", "x"], ["show", "999999"], ["retry"], ["retry", "--dead", "fax"], ["list", "--state", "ill"]):
            self.assertNotEqual(self.postern.cli("outbox", *wrong, check=False).returncode, 0, wrong)


if __name__ == "__main__":
    unittest.main()
