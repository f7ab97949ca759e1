"""Shops speak for themselves: requests as their senders make them, against the running program."""

import base64
import hashlib
import hmac
import json
import signal
import subprocess
import time
import unittest

from harness import BINARY, Postern, wait_until

SECRET = "whsec_only_the_shop_and_we_know"


def stripe_event(number, kind, at=None, **thing):
    return {"id": f"evt_{number}", "type": kind, "created": at or int(time.time()), "data": {"object": thing}}


class Sources(unittest.TestCase):
    def setUp(self):
        self.postern = Postern("--no-demo")
        self.addCleanup(self.postern.close)
        for title in ("club", "gold"):
            self.postern.cli("space", "add", "--title", title)

    def add(self, source, *flags, secrets=(SECRET,)):
        flag = ["--secret-stdin"] if secrets else []
        done = subprocess.run([BINARY, "webhook", "add", "--name", source, "--source", source, *flag, *flags, "--json",
                               "--data", str(self.postern.data)], input="\n".join(secrets), capture_output=True, text=True,
                              timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        made = json.loads(done.stdout)
        self.number, self.target = made["id"], made["url"].split("/", 3)[3].join(("/", ""))

    def stripe(self, event, secret=SECRET, at=None, tamper=False):
        body = json.dumps(event)
        at = at or int(time.time())
        proof = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
        if tamper:
            body = body.replace("ada@", "eve@")
        return self.postern.request("POST", self.target, body.encode(),
                                    {"Content-Type": "application/json", "Stripe-Signature": f"t={at},v1={proof}"})

    def signed(self, body, header, headers, secret=SECRET):
        proof = base64.b64encode(hmac.new(secret.encode(), body.encode(), hashlib.sha256).digest()).decode()
        return self.postern.request("POST", self.target, body.encode(),
                                    {"Content-Type": "application/json", header: proof, **headers})

    def spaces(self, email):
        return sorted(each["slug"] for each in self.postern.user(email)["spaces"])

    def rows(self):
        return [(each["status"], each["event"]) for each in self.postern.cli_json("delivery", "list")]

    def test_a_purchase_and_its_end_by_number_only(self):
        self.add("stripe", "--product", "price_gold=gold")
        paid = {"customer": "cus_1", "customer_email": "ada@example.com", "customer_name": "Ada Lovelace",
                "lines": {"data": [{"price": {"id": "price_gold"}}]}}
        now = int(time.time())
        first = self.stripe(stripe_event(1, "invoice.paid", now, **paid))
        self.assertEqual((first.status, first.json["created"]), (200, True), first.body)
        self.assertEqual(self.spaces("ada@example.com"), ["gold"])
        again = self.stripe(stripe_event(1, "invoice.paid", now, **paid))
        self.assertEqual((again.status, again.json), (200, first.json))
        self.assertEqual(again.headers["idempotent-replayed"], "true")
        other = self.stripe(stripe_event(2, "charge.updated", now, customer="cus_1"))
        self.assertEqual((other.status, other.json["status"]), (200, "ignored"))
        end = {"customer": "cus_1", "items": {"data": [{"price": {"id": "price_gold"}}]}}
        ended = self.stripe(stripe_event(3, "customer.subscription.deleted", now + 20, **end))
        self.assertEqual((ended.status, ended.json["spaces"][0]["result"]), (200, "removed"), ended.body)
        late = self.stripe(stripe_event(4, "invoice.paid", now + 10, **paid))
        self.assertEqual((late.status, late.json["status"]), (200, "stale"), late.body)
        self.assertEqual(self.spaces("ada@example.com"), [])
        self.assertEqual(self.rows(), [("stale", "invoice.paid"), ("processed", "customer.subscription.deleted"),
                                       ("ignored", "charge.updated"), ("duplicate", "invoice.paid"),
                                       ("processed", "invoice.paid")])
        story = self.postern.cli("delivery", "show", late.json["delivery_id"]).stdout
        self.assertIn("before one that was applied for the same person", story)
        self.assertNotIn(SECRET.encode(), self.postern.all_bytes())

    def test_who_cannot_prove_it_is_refused(self):
        self.add("stripe", "--add-space", "club")
        event = stripe_event(1, "invoice.paid", customer_email="ada@example.com")
        for reply in (self.stripe(event, secret="another"), self.stripe(event, tamper=True),
                      self.stripe(event, at=int(time.time()) - 1000),
                      self.postern.request("POST", self.target, json.dumps(event).encode(),
                                           {"Content-Type": "application/json"})):
            self.assertEqual((reply.status, reply.json["code"]), (401, "invalid_signature"), reply.body)
        self.assertEqual(self.rows(), [("rejected", None)] * 4)
        self.assertEqual(self.postern.cli_json("user", "list"), [])

    def test_a_secret_is_changed_without_a_gap(self):
        self.add("stripe", "--add-space", "club")
        done = subprocess.run([BINARY, "webhook", "edit", str(self.number), "--secret-stdin", "--grace", "1h", "--data",
                               str(self.postern.data)], input="whsec_the_new_one", capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        for number, secret in enumerate((SECRET, "whsec_the_new_one")):
            reply = self.stripe(stripe_event(number, "invoice.paid", customer_email="ada@example.com"), secret=secret)
            self.assertEqual(reply.status, 200, reply.body)
        self.postern.cli("webhook", "edit", str(self.number), "--remove-secret", "1")
        self.assertEqual(self.stripe(stripe_event(9, "invoice.paid", customer_email="ada@example.com")).status, 401)

    def test_a_sender_that_gives_up_on_errors_is_told_200(self):
        self.add("woocommerce", "--add-space", "club")
        probe = self.postern.request("POST", self.target, b"webhook_id=5",
                                     {"Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual((probe.status, probe.json["status"]), (200, "ignored"), probe.body)
        order = json.dumps({"id": 7, "status": "completed", "billing": {"email": "ada@example.com", "first_name": "Ada"}})
        topic = {"X-WC-Webhook-Topic": "order.updated", "X-WC-Webhook-Delivery-ID": "d1"}
        refused = self.signed(order, "X-WC-Webhook-Signature", topic, secret="guess")
        self.assertEqual((refused.status, refused.json["success"], refused.json["code"]), (200, False, "invalid_signature"))
        taken = self.signed(order, "X-WC-Webhook-Signature", topic)
        self.assertEqual((taken.status, taken.json["success"]), (200, True), taken.body)
        self.assertEqual(self.spaces("ada@example.com"), ["club"])
        self.assertEqual([each[0] for each in self.rows()], ["processed", "rejected", "ignored"])

    def test_what_stands_in_a_header_is_kept_for_a_replay(self):
        self.add("shopify")  # The map is forgotten at first: nothing is opened but a user is made.
        order = json.dumps({"id": 1, "email": "ada@example.com", "line_items": [{"product_id": 42}]})
        topic = {"X-Shopify-Topic": "orders/paid", "X-Shopify-Webhook-Id": "w1",
                 "X-Shopify-Triggered-At": "2026-01-01T00:00:00Z"}
        taken = self.signed(order, "X-Shopify-Hmac-Sha256", topic)
        self.assertEqual((taken.status, taken.json["spaces"]), (200, []), taken.body)
        self.postern.cli("webhook", "edit", str(self.number), "--product", "42=gold")
        replayed = self.postern.cli_json("delivery", "replay", taken.json["delivery_id"])
        self.assertEqual((replayed["status"], replayed["event"]), ("processed", "orders/paid"), replayed)
        self.assertEqual(self.spaces("ada@example.com"), ["gold"])

    def test_each_event_of_a_request_is_a_delivery(self):
        self.add("auth0_logs", "--add-space", "club", secrets=("token",))
        entries = [{"log_id": str(n), "data": {"type": "ss" if n < 3 else "f", "user_name": f"u{n}@example.com"}}
                   for n in range(4)]
        reply = self.postern.request("POST", self.target, json.dumps(entries).encode(),
                                     {"Content-Type": "application/json", "Authorization": "Bearer token"})
        self.assertEqual(reply.status, 200, reply.body)
        self.assertEqual(len(reply.json["events"]), 4)
        self.assertEqual([each["success"] for each in reply.json["events"]], [True] * 4)
        self.assertEqual(sorted(self.rows()), [("ignored", "f")] + [("processed", "ss")] * 3)
        again = self.postern.request("POST", self.target, json.dumps(entries).encode(),
                                     {"Content-Type": "application/json", "Authorization": "Bearer token"})
        self.assertEqual([each["delivery_id"] for each in again.json["events"][:3]],
                         [each["delivery_id"] for each in reply.json["events"][:3]])
        self.assertEqual(len(self.postern.cli_json("user", "list")), 3)

    def test_what_is_held_is_applied_in_order_with_its_source(self):
        self.add("stripe", "--add-space", "club")
        self.postern.cli("webhook", "pause", str(self.number))
        now = int(time.time())
        for number, kind in enumerate(("invoice.paid", "charge.refunded", "invoice.paid")):
            reply = self.stripe(stripe_event(number, kind, now + number, customer="cus_1",
                                             **({"customer_email": "ada@example.com"} if number == 0 else {})))
            self.assertEqual((reply.status, reply.json["status"]), (200, "held"), reply.body)
        self.assertEqual(self.stripe(stripe_event(7, "invoice.paid"), secret="guess").status, 401)
        self.postern.stop(signal.SIGKILL)
        self.postern.start()
        self.postern.cli("webhook", "resume", str(self.number))
        wait_until(lambda: [each[0] for each in self.rows()].count("processed") == 3, "what was held is applied", 30)
        self.assertEqual(self.spaces("ada@example.com"), ["club"])

    def test_a_preset_of_ones_own_is_read_while_the_server_runs(self):
        folder = self.postern.data / "sources"
        folder.mkdir()
        preset = 'name = "our_shop"\nevent_type = "/what"\n[verify]\nkind = "token"\nheader = "X-Token"\n' \
                 '[fields]\nemail = "/who"\n[[rules]]\nwhen = [["event_type", "eq", "{}"]]\naction = "grant"\n'
        (folder / "our_shop.toml").write_text(preset.format("bought"))
        self.add("our_shop", "--add-space", "club", secrets=("token",))

        def say(what):
            return self.postern.request("POST", self.target, json.dumps({"what": what, "who": "ada@example.com"}).encode(),
                                        {"Content-Type": "application/json", "X-Token": "token"})
        wait_until(lambda: say("bought").status == 200, "the new preset is read")
        self.assertEqual(self.spaces("ada@example.com"), ["club"])
        self.assertEqual(say("paid").json["status"], "ignored")
        (folder / "our_shop.toml").write_text(preset.format("paid") + "# longer\n")
        wait_until(lambda: say("paid").json.get("status") is None, "the changed preset is read")
        (folder / "our_shop.toml").write_text("name = ")
        wait_until(lambda: "preset.unusable" in self.postern.stderr(), "the broken preset is told of")
        self.assertEqual(say("paid").status, 200)

    def test_a_condition_keeps_others_out(self):
        self.add("form", "--add-space", "club", "--condition", "/plan in gold silver", secrets=())
        free = self.postern.post(self.target, {"email": "bob@example.com", "plan": "free"})
        self.assertEqual((free.status, free.json["status"]), (200, "ignored"), free.body)
        self.assertIn("/plan in gold, silver", free.json["message"])
        self.assertEqual(self.postern.post(self.target, {"email": "ada@example.com", "plan": "gold"}).json["created"], True)
        self.assertEqual(len(self.postern.cli_json("user", "list")), 1)


if __name__ == "__main__":
    unittest.main()
