"""What came to a webhook and what waits there, as numbers; and the test console, which asks for a sender's proof."""

import base64
import hashlib
import hmac
import json
import re
import subprocess
import time
import unittest

from api_client import Api
from harness import BINARY, Postern, wait_until

SECRET = "whsec_only_the_shop_and_we_know"


def stripe_event(number, kind, at, **thing):
    return json.dumps({"id": f"evt_{number}", "type": kind, "created": at, "data": {"object": thing}})


def signature(body, at=None):
    at = at or int(time.time())
    return f"t={at},v1={hmac.new(SECRET.encode(), f'{at}.{body}'.encode(), hashlib.sha256).hexdigest()}"


class Shop(unittest.TestCase):
    def setUp(self):
        self.postern = Postern()
        self.addCleanup(self.postern.close)
        self.postern.cli("space", "add", "--title", "gold")
        made = subprocess.run([BINARY, "webhook", "add", "--name", "Shop", "--source", "stripe", "--secret-stdin", "--json",
                               "--product", "price_gold=gold", "--data", str(self.postern.data)], input=SECRET,
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(made.returncode, 0, made.stderr)
        made = json.loads(made.stdout)
        self.number, self.url = str(made["id"]), made["url"]
        self.target = self.url.split("/", 3)[3].join(("/", ""))
        self.now = int(time.time())
        self.paid = {"customer": "cus_1", "customer_email": "ada@example.com",
                     "lines": {"data": [{"price": {"id": "price_gold"}}]}}

    def send(self, body):
        headers = {"Content-Type": "application/json", "Stripe-Signature": signature(body)}
        return self.postern.request("POST", self.target, body.encode(), headers)

    def fill(self):
        """One delivery of each kind that changes nothing, and one that does."""
        self.send(stripe_event(1, "invoice.paid", self.now, **self.paid))
        self.send(stripe_event(1, "invoice.paid", self.now, **self.paid))
        self.send(stripe_event(2, "charge.updated", self.now, customer="cus_1"))
        self.send(stripe_event(3, "invoice.paid", self.now - 60, **self.paid))

    def hold(self, requests):
        self.postern.cli("webhook", "pause", self.number)
        for i in range(requests):
            reply = self.send(stripe_event(100 + i, "invoice.paid", self.now + i, **self.paid))
            self.assertEqual((reply.status, reply.json["status"]), (200, "held"))

    def story(self, api, status):
        """The newest delivery with that status, as the command line and the pages tell it."""
        row = self.postern.cli_json("delivery", "list", "--webhook", self.number, "--status", status)[0]
        steps = api.get(f"/deliveries/{row['id']}")[1]["story"]
        return self.postern.cli("delivery", "show", row["id"]).stdout, {each["step"]: each["text"] for each in steps}


class Counts(Shop):
    def test_what_came_and_what_waits(self):
        self.fill()
        self.hold(12)
        api = Api(self.postern)
        counts = {"processed": 1, "rejected": 0, "failed": 0, "duplicate": 1, "ignored": 1, "stale": 1, "held": 12}
        shown = self.postern.cli_json("webhook", "show", self.number)
        listed = [each for each in self.postern.cli_json("webhook", "list") if str(each["id"]) == self.number][0]
        _, of_api, _ = api.get(f"/webhooks/{self.number}")
        of_list = [each for each in api.get("/webhooks")[1]["items"] if str(each["id"]) == self.number][0]
        held = self.postern.sql("SELECT count(*), sum(bytes) FROM held_requests")[0]
        for each in (shown, listed, of_api, of_list):
            self.assertEqual((each["day"], each["week"]), (counts, counts))
            self.assertEqual((each["held"]["requests"], each["held"]["bytes"]), tuple(held))
            self.assertEqual(each["held"], shown["held"])
            self.assertEqual((each["day_since"], each["last_delivery_at"]), (shown["day_since"], shown["last_delivery_at"]))
        since = shown["held"]["since"]
        text = self.postern.cli("webhook", "show", self.number).stdout
        self.assertRegex(text, rf"(?m)^held     12 requests \(\d+\.\d kB\) since {re.escape(since)}; applied, in order, on: "
                               rf"postern webhook resume {self.number}$")
        self.assertRegex(text, r"(?m)^24 hours 1 processed, 1 duplicate, 1 ignored, 1 stale, 12 held$")
        self.assertRegex(text, r"(?m)^7 days   1 processed, ")
        self.assertNotIn("postern_refused_total", text)
        table = self.postern.cli("webhook", "list").stdout
        self.assertRegex(table, rf"Shop +paused +stripe +12 \(\d+\.\d kB\) since {re.escape(since)} +1 processed")
        self.assertRegex(table, r"Demo +active +form +0 +nothing")
        _, overview, _ = api.get("/overview")
        self.assertEqual([(each["state"], each["held"]) for each in overview["webhooks"]], [("active", 0), ("paused", 12)])
        attention = [each for each in overview["attention"] if each["kind"] == "held"]
        self.assertEqual(len(attention), 1)
        self.assertIn(f"12 requests to 'Shop' have been held since {since[:10]} {since[11:16]} UTC", attention[0]["text"])
        self.assertEqual(attention[0]["link"], f"/webhooks/{self.number}")
        # What was held counts as what became of it.
        self.postern.cli("webhook", "resume", self.number)
        wait_until(lambda: self.postern.cli_json("webhook", "show", self.number)["held"] is None, "all are applied", 30)
        after = api.get(f"/webhooks/{self.number}")[1]
        self.assertEqual((after["held"], after["day"]), (None, {**counts, "processed": 13, "held": 0}))
        self.assertFalse([each for each in api.get("/overview")[1]["attention"] if each["kind"] == "held"])

    def test_the_story_says_why_nothing_was_changed(self):
        self.fill()
        self.hold(1)
        api = Api(self.postern)
        for status, step, reason in (
                ("duplicate", "decided", "its Idempotency-Key or the id of its event is the same"),
                ("ignored", "decided", "Events of the type 'charge.updated' change nothing at this webhook."),
                ("stale", "decided", "before one that was applied for the same person and order. Nothing was changed."),
                ("held", "held", "The webhook was paused, so the request was kept, encrypted, and answered 200. It is "
                                 "applied when the webhook is resumed.")):
            text, steps = self.story(api, status)
            self.assertIn(reason, steps[step])
            self.assertTrue(text.startswith("delivery "), text)
            self.assertIn(f": {status}, answered 200\n", text)
            self.assertIn(steps["applied"], ("Nothing was changed.", "Nothing was changed yet."))
        self.assertEqual(self.story(api, "ignored")[1]["decoded"],
                         "The body names nobody by e-mail. Its event is 'charge.updated'.")

    def test_what_protection_refuses_is_counted_whole(self):
        self.postern.cli("webhook", "edit", self.number, "--allow-ip", "192.0.2.0/24")
        body = stripe_event(1, "invoice.paid", self.now, **self.paid)
        wait_until(lambda: self.send(body).status == 403, "the list counts", 5)
        for _ in range(24):
            self.assertEqual(self.send(body).status, 403)
        webhook = Api(self.postern).get(f"/webhooks/{self.number}")[1]
        refused = webhook["refused"]
        self.assertEqual((refused["rate_limited"], refused["without_row"]), (0, refused["ip_not_allowed"] - 10))
        self.assertGreaterEqual(refused["ip_not_allowed"], 25)
        self.assertEqual(webhook["day"]["rejected"], 10)
        text = self.postern.cli("webhook", "show", self.number).stdout
        self.assertIn("at most 10 a minute of each are counted here as rejected; postern_refused_total", text)


class Console(Shop):
    def try_out(self, body=None, **more):
        request = {"content_type": "application/json", "body": body or self.body, "dry_run": True, **more}
        status, answer, _ = self.api.post(f"/webhooks/{self.number}/test", request)
        self.assertEqual(status, 200, answer)
        return answer

    def signed(self, proof, **more):
        return self.try_out(headers=[{"name": "Stripe-Signature", "value": proof}], **more)

    def test_a_request_is_tried_with_its_proof_or_without_if_that_is_said(self):
        self.api = Api(self.postern)
        self.body = stripe_event(1, "invoice.paid", self.now, **self.paid)
        right = self.signed(signature(self.body))
        self.assertEqual(right["proof"], {"verdict": "ok", "accepted": True, "reason": None, "skipped": False})
        self.assertEqual((right["delivery"]["event"], right["delivery"]["email"]), ("invoice.paid", "ada@example.com"))
        self.assertEqual([each["result"] for each in right["delivery"]["outcomes"]], ["added"])
        self.assertEqual(right["reply"]["status"], 200)
        for answer, verdict, reason in (
                (self.try_out(), "missing_header", "nothing in the header 'Stripe-Signature'"),
                (self.signed(signature(self.body + " ")), "wrong_signature", "fits no secret that is kept"),
                (self.signed(signature(self.body, self.now - 4000)), "stale", "300 s are accepted"),
                (self.signed("nonsense"), "bad_format", "")):
            proof = answer["proof"]
            self.assertEqual((proof["verdict"], proof["accepted"], proof["skipped"]), (verdict, False, False))
            self.assertIn(reason, proof["reason"])
            self.assertEqual(answer["reply"]["status"], 401)
            self.assertEqual((answer["delivery"]["code"], answer["delivery"]["message"]), ("invalid_signature", proof["reason"]))
        skipped = self.try_out(skip_proof=True)
        self.assertEqual((skipped["proof"]["verdict"], skipped["proof"]["skipped"]), ("missing_header", True))
        self.assertEqual((skipped["delivery"]["status"], skipped["reply"]["status"]), ("processed", 200))
        self.assertEqual(self.postern.cli_json("delivery", "list"), [])
        done = self.try_out(skip_proof=True, dry_run=False)
        self.assertEqual(self.postern.user("ada@example.com")["id"], done["delivery"]["user"]["id"])
        self.assertTrue([each for each in self.api.get("/audit?action=webhook.test")[1]["items"] if each["after"]["skip_proof"]])
        # A test goes nowhere near what senders are asked for.
        self.assertEqual(self.postern.request("POST", self.target, self.body.encode(),
                                              {"Content-Type": "application/json"}).status, 401)
        self.assertNotIn(SECRET.encode(), self.postern.all_bytes())

    def test_a_proof_over_the_url_verifies_too(self):
        self.api = Api(self.postern)
        made = subprocess.run([BINARY, "webhook", "add", "--name", "Till", "--source", "square", "--secret-stdin", "--json",
                               "--data", str(self.postern.data)], input=SECRET, capture_output=True, text=True, timeout=60)
        made = json.loads(made.stdout)
        self.number = made["id"]
        self.body = '{"type":"payment.updated","event_id":"1"}'
        url = self.api.post(f"/webhooks/{self.number}/reveal")[1]["url"]
        proof = base64.b64encode(hmac.new(SECRET.encode(), (url + self.body).encode(), hashlib.sha256).digest()).decode()
        answer = self.try_out(headers=[{"name": "x-square-hmacsha256-signature", "value": proof}])
        self.assertEqual(answer["proof"]["verdict"], "ok")


if __name__ == "__main__":
    unittest.main()
