"""The sources: what the command line makes of presets and samples, and what senders' own SDKs sign."""
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from harness import BINARY, DATA, npm_folder

DOCS = DATA.parent.parent / "docs" / "sources.md"
WRITTEN = pathlib.Path(__file__).resolve().parent.parent.parent / "sources"


class Sources(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def file(self, name, text):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    def source(self, *arguments, secret=""):
        return subprocess.run([BINARY, "source", *arguments], input=secret, capture_output=True, text=True, timeout=60,
                              cwd=self.folder)

    def check(self, name, request, secret=None, *flags):
        """The report on a request {body, headers}, as JSON, and the exit code."""
        arguments = ["check", name, "--sample", self.file("body", request["body"]), "--json", *flags]
        for header, value in request["headers"].items():
            arguments += ["--header", f"{header}: {value}"]
        if secret is not None:
            arguments.append("--secret-stdin")
        done = self.source(*arguments, secret=secret or "")
        self.assertIn(done.returncode, (0, 1), done.stderr)
        self.assertEqual(done.stderr, "")
        if secret:
            self.assertNotIn(secret, done.stdout)
        return json.loads(done.stdout), done.returncode


class Commands(Sources):
    def test_list_and_show(self):
        listed = json.loads(self.source("list", "--json").stdout)
        names = [each["name"] for each in listed]
        self.assertEqual(names, sorted(path.stem for path in WRITTEN.glob("*.toml")))
        table = self.source("list").stdout
        for name in names:
            self.assertRegex(table, rf"(?m)^{name} ")
            self.assertEqual(self.source("show", name).returncode, 0)
        shown = self.source("show", "woocommerce").stdout
        for part in ("WooCommerce", "secret", "lacks", "rule 1", "order.created", "200 in every case"):
            self.assertIn(part, shown)
        self.assertEqual(json.loads(self.source("show", "stripe", "--json").stdout)["verify"]["header"], "Stripe-Signature")
        unknown = self.source("show", "strpe")
        self.assertEqual((unknown.returncode, unknown.stdout), (1, ""))
        self.assertIn("There is no source 'strpe'. See: postern source list.", unknown.stderr)

    def test_what_is_shown_as_json_can_be_checked_as_a_preset(self):
        for path in WRITTEN.glob("*.toml"):
            text = self.source("show", path.stem, "--json").stdout
            self.assertEqual(self.source("check", self.file("own.json", text)).returncode, 0)
            self.assertEqual(self.source("check", str(path)).returncode, 0)

    def test_the_table_in_the_documentation_is_that_of_the_program(self):
        found = re.search(r"(?s)(\| source \|.*?)\n\n", DOCS.read_text())
        self.assertEqual(found.group(1) + "\n", self.source("list", "--markdown").stdout)

    def test_the_examples_in_the_documentation_work(self):
        blocks = re.findall(r"(?s)```toml\n(.*?)```", DOCS.read_text())
        self.assertGreater(len(blocks), 0)
        for block in blocks:
            done = self.source("check", self.file("shop.toml", block))
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_every_key_is_documented(self):
        text = DOCS.read_text()
        for key in ("name", "title", "category", "docs", "secret_hint", "callback", "notes", "url_action", "answer",
                    "event_type", "event_id", "event_time", "repeat_key", "default", "body.format", "body.json_in",
                    "body.each", "verify.kind", "verify.optional", "verify.at", "verify.prefix", "verify.secret_hash",
                    "verify.header", "verify.format", "verify.prefix_optional", "verify.sep", "verify.ts_key",
                    "verify.sig_key", "verify.alg", "verify.enc", "verify.signed", "verify.secret_enc",
                    "verify.ts_header", "verify.ts_unit", "verify.ts_format", "verify.tolerance", "verify.id_header",
                    "verify.webhook_id", "verify.public_key", "verify.cert_url_header", "fields.email", "fields.product",
                    "rules.when", "rules.action", "setup.when", "setup.method", "setup.signed"):
            self.assertIn(f"`{key}`", text)

    def test_a_broken_preset_is_explained(self):
        for name, text, says in (
                ("a.toml", "name = \n", "a.toml:1:"),
                ("a.toml", 'name = "x"\nsince = 2026-03-01\n', "a.toml:2:9: a date or a number with a fraction"),
                ("a.toml", 'name = "x"\n', "'verify' is missing"),
                ("a.toml", 'name = "x"\n[verify]\nkind = "hmac"\nheader = "S"\n', "'verify.alg' is missing"),
                ("a.json", '{"name":"x","verify":{"kind":"non"}}', "'verify.kind' is 'non'; expected one of none, basic"),
                ("a.json", "{", "not valid JSON"),
                ("a.json", " " * 70000, "larger than 65536 bytes")):
            done = self.source("check", self.file(name, text))
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(says, done.stderr)
        self.assertIn("cannot be read", self.source("check", str(self.folder / "none.toml")).stderr)

    def test_a_preset_of_ones_own(self):
        preset = self.file("shop.toml", """
            name = "our_shop"
            event_type = "/kind"
            event_id = "/id"
            [verify]
            kind = "token"
            at = "header:X-Token"
            [fields]
            email = ["/who/mail"]
            product = ["/lines/*/sku"]
            team = ["/team"]
            [[rules]]
            when = [["event_type", "eq", "paid"], ["/total", "ge", 10]]
            action = "grant"
        """)
        request = {"headers": {"X-Token": "t0p s3cret", "Content-Type": "application/json"},
                   "body": json.dumps({"kind": "paid", "id": 7, "total": 12, "team": "blue", "who": {"mail": "ada@example"},
                                       "lines": [{"sku": "A"}, {"sku": "B"}, {"sku": "A"}]})}
        report, code = self.check(preset, request, "t0p s3cret")
        self.assertEqual((code, report["verdict"], report["shipped"]), (0, "ok", False))
        event = report["events"][0]
        self.assertEqual((event["action"], event["decided_by"], event["event_type"], event["event_id"], event["products"],
                          event["others"], event["email"], event["email_valid"]),
                         ("grant", "rule 1", "paid", "7", ["A", "B"], {"team": "blue"}, "ada@example", False))
        # Without a secret the proof is not tried; with another it fails.
        self.assertEqual([self.check(preset, request)[i] if i else self.check(preset, request)[0]["verdict"] for i in (0, 1)],
                         ["untried", 0])
        report, code = self.check(preset, request, "another")
        self.assertEqual((code, report["verdict"], report["fine"]), (1, "wrong_token", False))
        # A body that cannot be read is a failure too.
        report, code = self.check(preset, {**request, "body": "{"}, "t0p s3cret")
        self.assertEqual((code, report["rejection"]["code"], report["events"]), (1, "malformed_body", []))

    def test_for_people_and_for_a_terminal(self):
        sample = self.file("body", "email=ada%40example.com&name=Ada%1b%5b2J+Lovelace&user_pass=hunter2")
        done = self.source("check", "generic_automation", "--sample", sample, "--content-type",
                           "application/x-www-form-urlencoded")
        self.assertEqual(done.returncode, 0, done.stderr)
        for part in ("not tried", "grant, by rule 2", "ada@example.com", r"Ada\x1b[2J", "given, not shown",
                     "repeats     cannot be told"):
            self.assertIn(part, done.stdout)
        self.assertNotIn("\x1b", done.stdout)
        self.assertNotIn("hunter2", done.stdout)

    def test_secrets_come_from_files_and_standard_input_only(self):
        sample = self.file("body", "{}")
        self.assertEqual(self.source("check", "stripe", "--sample", sample, "--secret", "x").returncode, 2)
        both = self.source("check", "stripe", "--sample", sample, "--secret-stdin", "--secret-file", sample)
        self.assertEqual(both.returncode, 2)
        empty = self.source("check", "stripe", "--sample", sample, "--secret-stdin", secret="\n\n")
        self.assertIn("holds no secret", empty.stderr)
        # Several: one per line.
        request = {"headers": {"Authorization": "second"}, "body": "{}"}
        arguments = ("check", "revenuecat", "--sample", sample, "--header", "Authorization: second", "--json")
        done = self.source(*arguments, "--secret-file", self.file("secrets", "the one\r\nsecond\n"))
        self.assertEqual(json.loads(done.stdout)["verdict"], "ok")
        self.assertEqual(self.check("revenuecat", request, "the one")[0]["verdict"], "wrong_token")

    def test_wrong_flags_are_explained(self):
        sample = self.file("body", "{}")
        for flags, says in ((("--header", "X"), "--header must be written as"), (("--now", "soon"), "--now must be"),
                            (("--url-action", "add"), "--url-action must be")):
            done = self.source("check", "kit", "--sample", sample, *flags)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(says, done.stderr)

    def test_whole_deliveries(self):
        """What the unit tests hold on every delivery, through the command line on some: PEM, URLs, lists, probes."""
        seen = set()
        for delivery in json.loads((DATA / "senders" / "deliveries.json").read_text()):
            sender = delivery["sender"]
            if sender not in ("paypal", "square", "hubspot", "auth0_logs", "woocommerce", "circle", "paddle_classic"):
                continue
            flags = ["--url", delivery["url"], "--now", str(delivery["now"])]
            if delivery["url_action"]:
                flags += ["--url-action", delivery["url_action"]]
            if "webhook_id" in delivery:
                flags += ["--webhook-id", delivery["webhook_id"]]
            report, code = self.check(sender, delivery, delivery["secret"], *flags)
            self.assertEqual((code, report["events"][0]["action"]), (0, delivery["action"]), (sender, report))
            self.assertEqual(report["unsigned_probe"], delivery["verifies"] is not True)
            seen.add(sender)
        self.assertEqual(len(seen), 7)


class Sdks(Sources):
    @classmethod
    def setUpClass(cls):
        folder = npm_folder(DATA / "sdks", "SDKS_DIR")
        shutil.copy(DATA / "sdks" / "sign.mjs", folder / "sign.mjs")
        done = subprocess.run(["node", "sign.mjs"], cwd=folder, capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        cls.requests = json.loads(done.stdout)

    def test_what_the_sdks_sign_is_verified(self):
        self.assertEqual(len(self.requests), 8)
        for request in self.requests:
            with self.subTest(request["source"]):
                report, code = self.check(request["source"], request, request["secret"])
                self.assertEqual((code, report["verdict"]), (0, "ok"), report)
                self.assertIsNotNone(report["events"][0]["email"] or report["events"][0]["external_id"])
                # While a secret is changed there are two.
                self.assertEqual(self.check(request["source"], request, f"bmV3\n{request['secret']}")[1], 0)

    def test_and_nothing_else(self):
        for request in self.requests:
            with self.subTest(request["source"]):
                source, secret = request["source"], request["secret"]
                verdict = lambda sent, *flags, key=secret: self.check(source, sent, key, *flags)[0]["verdict"]
                self.assertEqual(verdict({**request, "body": request["body"] + " "}), "wrong_signature")
                self.assertEqual(verdict(request, key="whsec_b3RoZXI="), "wrong_signature")
                bare = {name: value for name, value in request["headers"].items() if "sign" not in name.lower()
                        and "hmac" not in name.lower()}
                self.assertEqual(verdict({**request, "headers": bare}), "missing_header")
                if source in ("stripe", "standard_webhooks", "svix", "polar", "paddle_billing"):
                    self.assertEqual(verdict(request, "--now", "2020-01-01"), "stale")


if __name__ == "__main__":
    unittest.main()
