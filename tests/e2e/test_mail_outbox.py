"""From a delivery to the mail: committed first, sent once, not forgotten, whatever the mail server and the process do."""
import os
import re
import signal
import subprocess
import unittest

from api_client import Api
from harness import BINARY, Postern, wait_until
from smtp_server import SmtpServer

LINK = re.compile(r"^https://gate\.example\.com/account/set-password/([A-Za-z0-9_-]{43,})$", re.MULTILINE)


class OutboxTest(unittest.TestCase):
    def start(self, smtp, start=True, **more):
        """A server that sends to `smtp`, with a webhook that wants welcome e-mails."""
        environment = {"POSTERN_SITE_NAME": "My Site", "POSTERN_SERVER_PUBLIC_URL": "https://gate.example.com", **more}
        if smtp is not None:
            environment = {**smtp.settings(), **environment}
        self.postern = Postern("--no-demo", environment=environment, start=start)
        self.addCleanup(self.postern.close)
        _, self.target = self.postern.webhook("--welcome-email", name="Shop")

    def deliver(self, email="ada@example.com"):
        reply = self.postern.post(self.target, {"email": email, "first_name": "Ada"})
        self.assertEqual(reply.status, 200, reply.body)
        return reply.json["delivery_id"]

    def rows(self):
        return self.postern.cli_json("outbox", "list", "--limit", "1000")

    def row(self):
        rows = self.rows()
        self.assertEqual(len(rows), 1, rows)
        return rows[0]

    def wait_for_row(self, what, **wanted):
        def found():
            row = self.row()
            return row if all(row[name] == value for name, value in wanted.items()) else None
        return wait_until(found, what, 40)


class Sending(OutboxTest):
    def test_a_new_user_gets_the_welcome_email(self):
        with SmtpServer() as smtp:
            self.start(smtp)
            delivery = self.deliver()
            wait_until(lambda: smtp.mails, "the mail arrives")
            row = self.wait_for_row("it is written down", state="done")
            self.deliver()  # The user exists now.
            self.assertEqual(len(self.rows()), 1)
        mail = smtp.mails[0]
        self.assertEqual(mail.recipients, ["ada@example.com"])
        self.assertEqual(mail.message["Subject"], "[My Site] Login Details")
        text = mail.part("plain")
        self.assertTrue(text.startswith("Username: ada\n\nTo set your password, visit the following address:\n\nhttps://"), text)
        self.assertIn("\nhttps://gate.example.com/account/login\n", text)
        self.assertRegex(mail.message["Message-ID"], rf"^<postern\.{row['id']}\.[0-9a-f]{{12}}@example\.com>$")
        self.assertEqual((row["kind"], row["attempts"], row["delivery"]), ("welcome_email", 1, delivery))
        # Security 42: the link is in the mail and nowhere else.
        secret = LINK.search(text).group(1).encode()
        self.assertNotIn(secret, self.postern.all_bytes())
        shown = self.postern.cli("delivery", "show", delivery).stdout
        self.assertIn("mail      A welcome e-mail was put into the outbox.", shown)

    def test_later_is_tried_again_with_the_same_message_id(self):
        with SmtpServer("later once") as smtp:
            self.start(smtp)
            self.deliver()
            row = self.wait_for_row("it is tried again and taken", state="done")
            self.assertEqual(row["attempts"], 2)
            shown = self.postern.cli_json("outbox", "show", str(row["id"]))
        self.assertEqual([(each["ok"], each["status"]) for each in shown["tries"]], [(False, 451), (True, 250)])
        self.assertEqual(shown["tries"][0]["response"], "451 4.7.1 Try again later, please")
        self.assertEqual(len(smtp.mails), 1)

    def test_no_is_for_good_until_an_operator_retries(self):
        with SmtpServer("refuse") as smtp:
            self.start(smtp)
            self.deliver()
            row = self.wait_for_row("it is given up", state="dead")
            self.assertEqual(row["attempts"], 1)
            self.assertEqual(row["note"], "The mail server refused it: 550 5.1.1 No such user here")
            checked = self.postern.cli_json("check")
            self.assertTrue(any("welcome_email" in each for each in checked["warnings"]), checked)
            smtp.mood = "ok"
            self.postern.cli("outbox", "retry", str(row["id"]))
            self.wait_for_row("it is sent", state="done")
        self.assertEqual(len(smtp.mails), 1)

    def test_a_drop_after_the_message_is_sent_again_and_both_links_are_good(self):
        with SmtpServer("drop") as smtp:
            self.start(smtp)
            self.deliver()
            self.wait_for_row("the first try is over", attempts=1, state="waiting")
            wait_until(lambda: "broke off" in (self.row()["note"] or ""), "it is said")
            smtp.mood = "ok"
            self.postern.cli("outbox", "retry", str(self.row()["id"]))
            wait_until(lambda: smtp.mails, "the mail arrives")
        links = self.postern.sql("SELECT count(DISTINCT hash) FROM user_links")
        self.assertEqual(links, [(2,)])

    # Security 54: a mail server that hangs holds nobody up.
    def test_a_hanging_mail_server_does_not_slow_the_receiving_side(self):
        with SmtpServer("hang") as smtp:
            self.start(smtp)
            for n in range(20):
                self.deliver(f"user{n}@example.com")
            self.assertEqual(self.postern.request("GET", "/readyz").status, 200)
            self.assertEqual(len(self.rows()), 20)

    def test_a_removed_user_gets_none(self):
        with SmtpServer("later") as smtp:
            self.start(smtp)
            self.deliver()
            self.wait_for_row("the first try is over", attempts=1, state="waiting")
            self.postern.cli("user", "remove", "ada@example.com", "--yes")
            smtp.mood = "ok"
            self.assertEqual([row for row in self.rows() if row["state"] == "waiting"], [])
        self.assertEqual(smtp.mails, [])

    def test_the_file_transport_writes_what_would_be_sent(self):
        self.start(None, POSTERN_MAIL_TRANSPORT="file")
        self.deliver()
        folder = self.postern.data / "mail"
        [file] = wait_until(lambda: list(folder.glob("*.eml")) if folder.exists() else [], "the file is there")
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        self.assertIn(b"\r\nTo: ada@example.com\r\n", file.read_bytes())

    def test_without_a_mail_server_the_delivery_says_so(self):
        self.start(None)
        delivery = self.deliver()
        self.assertEqual(self.rows(), [])
        self.assertIn("mail      Welcome e-mail not sent: no mail server is configured.",
                      self.postern.cli("delivery", "show", delivery).stdout)
        self.assertFalse(self.postern.cli_json("delivery", "show", delivery)["welcome_email"])
        checked = self.postern.cli_json("check")
        self.assertTrue(any("No mail server is configured, so the welcome e-mail of 'Shop' is not sent" in each
                            for each in checked["warnings"]), checked)
        api = Api(self.postern)
        story = api.get(f"/deliveries/{delivery}")[1]["story"]
        self.assertTrue(any("no mail server is configured" in str(step) for step in story), story)
        self.assertIn("mail", [each["kind"] for each in api.get("/overview")[1]["attention"]])


class Surviving(OutboxTest):
    def test_a_kill_between_commit_and_mail_forgets_nothing(self):
        with SmtpServer() as smtp:
            self.start(smtp)
            environment = self.postern.environment
            self.postern.stop()
            self.postern.environment = {**environment, "POSTERN_MAIL_PORT": "1"}  # Nobody answers there.
            self.postern.start()
            for n in range(5):
                self.deliver(f"user{n}@example.com")
            self.postern.stop(signal.SIGKILL)
            self.assertEqual(smtp.mails, [])
            self.postern.environment = environment
            self.postern.start()
            # Killed during an attempt, a row is kept from others until its lease ends: 120 s.
            wait_until(lambda: len(smtp.mails) == 5, "all mails arrive", 150)
            wait_until(lambda: {row["state"] for row in self.rows()} == {"done"}, "it is written down")
        self.assertEqual(sorted(mail.recipients[0] for mail in smtp.mails), [f"user{n}@example.com" for n in range(5)])

    def test_two_servers_on_one_store_send_each_mail_once(self):
        with SmtpServer() as smtp:
            self.start(smtp)
            with open(self.postern.folder / "second.txt", "wb") as out:
                second = subprocess.Popen([BINARY, "serve", "--no-demo", "--data", str(self.postern.data), "--listen", "127.0.0.1:0"],
                                          stdout=out, stderr=out, env={**os.environ, **self.postern.environment})
            self.addCleanup(second.wait)
            self.addCleanup(second.terminate)
            wait_until(lambda: b"Listening on" in (self.postern.folder / "second.txt").read_bytes(), "the second one listens")
            port = int(re.search(rb"127\.0\.0\.1:(\d+)", (self.postern.folder / "second.txt").read_bytes()).group(1))
            first = self.postern.port
            for n in range(60):
                self.postern.port = (first, port)[n % 2]
                self.deliver(f"user{n}@example.com")
            self.postern.port = first
            wait_until(lambda: {row["state"] for row in self.rows()} == {"done"}, "all are done", 60)
            self.assertEqual(len(self.rows()), 60)
        self.assertEqual(len(smtp.mails), 60)
        self.assertEqual(len({mail.recipients[0] for mail in smtp.mails}), 60)
        self.assertEqual(len({mail.message["Message-ID"] for mail in smtp.mails}), 60)
        self.assertEqual({row["attempts"] for row in self.rows()}, {1})
        # Connections are kept: far fewer than mails.
        self.assertLess(smtp.connections, 60)


if __name__ == "__main__":
    unittest.main()
