"""Source, secrets and protection of a webhook on the command line."""
import json
import subprocess
import unittest

from harness import BINARY, Postern

SECRET = "whsec_never_to_be_seen_again"


class WebhookSettings(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.postern = Postern("--no-demo")
        cls.addClassCleanup(cls.postern.close)
        cls.postern.cli("space", "add", "--title", "Premium")
        cls.postern.cli("course", "add", "--title", "Rust 101")

    def run_cli(self, *arguments, secret=None):
        done = subprocess.run([BINARY, "webhook", *arguments, "--data", str(self.postern.data)], input=secret or "",
                              capture_output=True, text=True, timeout=60)
        self.assertNotIn(SECRET, done.stdout + done.stderr)
        return done

    def refused(self, *arguments, secret=None):
        done = self.run_cli(*arguments, secret=secret)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        return done.stderr

    def shown(self, number):
        return self.postern.cli_json("webhook", "show", str(number))

    def stripe(self, *flags, secret=SECRET):
        done = self.run_cli("add", "--name", "Stripe", "--source", "stripe", "--secret-stdin", "--json", *flags, secret=secret)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["id"]

    def test_everything_is_kept_and_told(self):
        number = self.stripe("--event", "invoice.paid=grant", "--event", "a=b=revoke", "--condition", "/livemode eq true",
                             "--condition", 'product in "big plan" small', "--condition", "/title contains two words",
                             "--product", "price_1=premium,course:rust-101", "--no-skip-stale", "--allow-ip", "192.0.2.0/24",
                             "--allow-ip", "2001:db8::/32", "--rate", "600/m:50", "--address-rate", "60/m",
                             "--expires", "2999-01-01T00:00:00Z")
        webhook = self.shown(number)
        source = webhook["source"]
        self.assertEqual((source["name"], source["skip_stale"]), ("stripe", False))
        self.assertEqual(source["events"], [{"type": "invoice.paid", "action": "grant"}, {"type": "a=b", "action": "revoke"}])
        self.assertEqual([(each["subject"], each["op"], each["values"]) for each in source["conditions"]],
                         [("/livemode", "eq", ["true"]), ("product", "in", ["big plan", "small"]),
                          ("/title", "contains", ["two words"])])
        self.assertEqual(source["products"], [{"product": "price_1", "spaces": [1], "courses": [2]}])
        self.assertEqual([each["id"] for each in source["secrets"]], [1])
        self.assertEqual(webhook["protection"], {
            "networks": ["192.0.2.0/24", "2001:db8::/32"], "webhook_rate": {"per_minute": 600, "burst": 50},
            "address_rate": {"per_minute": 60, "burst": 0}, "expires_at": "2999-01-01T00:00:00.000Z"})
        text = self.postern.cli("webhook", "show", str(number)).stdout
        for line in ("source   stripe (Stripe), proof: signature (secret)", "secret 1 made ", "event    invoice.paid: grant",
                     "only if  /livemode eq true", "only if  product in (big plan, small)",
                     "product  price_1: premium, rust-101", "stale    events count in whatever order they come",
                     "only by  192.0.2.0/24, 2001:db8::/32", "rate     600 a minute, at most 50 at once",
                     "rate     60 a minute, at most 60 at once, for each address", "expires  2999-01-01T00:00:00.000Z"):
            self.assertIn(line, text)
        self.assertRegex(self.postern.cli("webhook", "list").stdout, r"Stripe +active +stripe +0 +nothing +opens premium, rust-101 for")
        # A list that is given replaces the old one; what is not given stays.
        self.postern.cli("webhook", "edit", str(number), "--event", "x=ignore", "--clear", "condition", "--clear", "allow-ip",
                         "--clear", "product", "--rate", "none", "--expires", "never", "--skip-stale")
        webhook = self.shown(number)
        self.assertEqual(webhook["source"]["events"], [{"type": "x", "action": "ignore"}])
        self.assertEqual((webhook["source"]["conditions"], webhook["source"]["products"]), ([], []))
        self.assertEqual(webhook["protection"], {"networks": [], "webhook_rate": None, "expires_at": None,
                                                 "address_rate": {"per_minute": 60, "burst": 0}})
        self.assertEqual((len(webhook["source"]["secrets"]), webhook["source"]["skip_stale"]), (1, True))

    def test_secrets_are_rotated_and_never_shown(self):
        number = str(self.stripe())
        ids = lambda: [(each["id"], each["expires_at"] is not None) for each in self.shown(number)["source"]["secrets"]]
        for flags, expected in ((("--grace", "24h"), [(2, False), (1, True)]),
                                (("--add-secret",), [(3, False), (2, False), (1, True)]),
                                ((), [(4, False)])):
            done = self.run_cli("edit", number, "--secret-stdin", *flags, secret=SECRET)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(ids(), expected)
        file = self.postern.folder / "secret.txt"
        file.write_text(SECRET + "\nanother\n")
        self.run_cli("edit", number, "--secret-file", str(file), "--add-secret")
        self.assertEqual(ids(), [(6, False), (5, False), (4, False)])
        self.run_cli("edit", number, "--remove-secret", "5", "--remove-secret", "6")
        self.assertEqual(ids(), [(4, False)])
        self.assertIn("no secret with the number 9", self.refused("edit", number, "--remove-secret", "9"))
        self.assertIn("--add-secret and --grace need a secret", self.refused("edit", number, "--grace", "1h"))
        self.assertNotIn(SECRET.encode(), self.postern.all_bytes())
        # They are of the old sender: another one has others.
        self.run_cli("edit", number, "--source", "shopify")
        self.assertEqual(ids(), [])
        # Nor is there a flag that takes one.
        self.assertEqual(self.run_cli("edit", number, "--secret", "x").returncode, 2)

    def test_what_is_missing_is_a_note(self):
        done = self.run_cli("add", "--name", "Later", "--source", "stripe")
        self.assertEqual(done.returncode, 0)
        self.assertIn("Note: No secret is kept, so every request will be refused (401).", done.stderr)
        self.assertIn("Note: What its requests may lack:", done.stderr)
        self.assertNotIn("curl", done.stdout)
        self.assertEqual(self.run_cli("add", "--name", "Form").stderr, "")

    def test_what_cannot_be_is_refused_with_its_flag(self):
        for flags, message in (
                (("--source", "nobody"), "--source is 'nobody', which is no source that there is."),
                (("--source", "kit"), "--url-action is missing"),
                (("--source", "stripe", "--url-action", "grant"), "--url-action is given, but requests of Stripe"),
                (("--source", "stripe", "--url-action", "give"), "--url-action must be grant, revoke, ignore or link."),
                (("--event", "a=grant"), "--event is of no use with the source 'form'"),
                (("--source", "stripe", "--event", "a=grant", "--event", "a=revoke"), "--event names 'a' twice."),
                (("--source", "stripe", "--event", "a"), "--event must be written as TYPE=grant, not 'a'."),
                (("--source", "stripe", "--event", "a=b"), "--event a must be grant, revoke, ignore or link."),
                (("--source", "stripe", "--condition", "plan"), "--condition must be written as"),
                (("--source", "stripe", "--condition", "/a is b"), "--condition has the operator 'is'"),
                (("--source", "stripe", "--condition", '/a in "b'), "a quote that is not closed"),
                (("--source", "stripe", "--product", "p=nowhere"), "There is no space 'nowhere'."),
                (("--source", "stripe", "--product", "p=course:premium"), "There is no course 'premium'."),
                (("--source", "stripe", "--product", "p=premium", "--product", "p="), "--product names 'p' twice."),
                (("--source", "stripe", "--sender-webhook-id", "x"), "--sender-webhook-id is given, but Stripe"),
                (("--allow-ip", "192.0.2.1/24"), "--allow-ip must be an address or a network"),
                (("--rate", "fast"), "--rate must be requests a minute"),
                (("--address-rate", "0/m"), "--address-rate must be requests a minute"),
                (("--expires", "soon"), "--expires must be a time"),
                (("--expires", "2001-01-01"), "--expires is over already"),
                (("--secret-stdin",), "A secret needs a source that uses one")):
            self.assertIn(message, self.refused("add", "--name", "x", *flags, secret="x"))
        for source, secret, message in (("standard_webhooks", "whsec_%%%", "with or without 'whsec_'"),
                                        ("chargebee", "password", "user:password"),
                                        ("paypal", "no key", "public key or certificate"),
                                        ("kajabi", "x", "proves nothing"), ("stripe", "", "holds no secret")):
            meaning = ("--url-action", "grant") if source == "standard_webhooks" else ()
            error = self.refused("add", "--name", "x", "--source", source, "--secret-stdin", *meaning, secret=secret)
            self.assertIn(message, error)
        self.assertNotIn("x", [each["name"] for each in self.postern.cli_json("webhook", "list")])


if __name__ == "__main__":
    unittest.main()
