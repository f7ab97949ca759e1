"""The command line's mails against a real mail server in all its moods: what is sent, what is secured, what is said."""
import json
import os
import pathlib
import socket
import ssl
import tempfile
import threading
import time
import unittest

from harness import Postern
from smtp_server import SmtpServer, TestAuthority


class MailTest(unittest.TestCase):
    def setUp(self):
        self.postern = Postern(start=False)
        self.addCleanup(self.postern.close)

    def send(self, environment, *flags, to="ada@example.com"):
        """(sent, detail, response) of one test mail."""
        done = self.postern.cli("mail", "test", "--to", to, "--json", *flags, check=False, environment=environment)
        self.assertTrue(done.stdout, done.stderr)
        reply = json.loads(done.stdout)
        self.assertEqual(done.returncode, 0 if reply["sent"] else 1)
        return reply["sent"], reply["detail"], reply["response"]


class Smtp(MailTest):
    def test_a_mail_arrives(self):
        with SmtpServer() as smtp:
            sent, detail, response = self.send(smtp.settings(FROM_NAME="Die Größte Gemeinschaft"))
        self.assertTrue(sent, detail)
        self.assertIn("Taken", response)
        mail = smtp.mails[0]
        self.assertEqual((mail.sender, mail.recipients), ("gate@example.com", ["ada@example.com"]))
        self.assertEqual(mail.message["From"], "Die Größte Gemeinschaft <gate@example.com>")
        self.assertEqual(mail.message["To"], "ada@example.com")
        self.assertIn("Test", mail.message["Subject"])
        self.assertRegex(mail.message["Message-ID"], r"^<postern\.test\.[0-9a-f]{18}@example\.com>$")
        self.assertEqual(smtp.names, ["example.com"])

    def test_the_welcome_mail_with_example_values(self):
        with SmtpServer() as smtp:
            self.postern.cli("space", "add", "--title", "A")  # Makes the database.
            environment = {**smtp.settings(), "POSTERN_SITE_NAME": "Café & Söhne", "POSTERN_SERVER_PUBLIC_URL": "https://gate.example.com/"}
            self.assertTrue(self.send(environment, "--template", "welcome")[0])
        mail = smtp.mails[0]
        self.assertEqual(mail.message["Subject"], "[Café & Söhne] Login Details")
        self.assertIn("\nhttps://gate.example.com/account/login\n", mail.part("plain"))
        self.assertIn('<a href="https://gate.example.com/account/set-password/', mail.part("html"))

    def test_lines_that_begin_with_a_dot_and_long_lines_arrive(self):
        self.postern.cli("space", "add", "--title", "A")
        text = ".\n..\n.x\nFrom me\n" + "word " * 500 + "\n.\nend ü\n"
        (self.postern.folder / "text").write_text(text)
        self.postern.cli("mail", "template", "set", "welcome", "--text", str(self.postern.folder / "text"))
        with SmtpServer() as smtp:
            self.assertTrue(self.send(smtp.settings(), "--template", "welcome")[0])
        self.assertEqual(smtp.mails[0].part("plain"), text)

    def test_a_server_that_says_later_or_no(self):
        with SmtpServer("later") as smtp:
            sent, detail, response = self.send(smtp.settings())
            self.assertFalse(sent)
            self.assertEqual(response, "451 4.7.1 Try again later, please")
            self.assertEqual(detail, "The mail server refused it: 451 4.7.1 Try again later, please")
            smtp.mood = "refuse"
            self.assertEqual(self.send(smtp.settings())[1], "The mail server refused it: 550 5.1.1 No such user here")
            smtp.mood = "refuse message"
            self.assertEqual(self.send(smtp.settings())[2], "554 5.7.1 This looks like spam")

    # Security 54.
    def test_a_server_that_hangs_drops_or_is_not_there(self):
        with SmtpServer("hang") as smtp:
            begun = time.monotonic()
            sent, detail, _ = self.send(smtp.settings(TIMEOUT="1s"))
            self.assertFalse(sent)
            self.assertIn("did not answer within 1 s", detail)
            self.assertLess(time.monotonic() - begun, 20)
            smtp.mood = "drop"
            sent, detail, _ = self.send(smtp.settings())
            self.assertFalse(sent)
            self.assertIn("broke off", detail)
        sent, detail, _ = self.send(smtp.settings())
        self.assertFalse(sent)
        self.assertIn(f"127.0.0.1:{smtp.port} cannot be reached", detail)

    def test_no_mail_server_is_said(self):
        done = self.postern.cli("mail", "test", "--to", "ada@example.com", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("No mail server is configured. Set mail.transport", done.stderr)

    # Security 20.
    def test_an_address_with_more_in_it_is_refused(self):
        with SmtpServer() as smtp:
            for to in ("ada@example.com\r\nBcc: eve@example.com", "ada@example.com,eve@example.com", "<ada@example.com>", "ada"):
                done = self.postern.cli("mail", "test", "--to", to, check=False, environment=smtp.settings())
                self.assertEqual(done.returncode, 1)
                self.assertIn("no e-mail address", done.stderr)
        self.assertEqual(smtp.connections, 0)

    # RFC 6531.
    def test_an_address_beyond_ascii_arrives(self):
        with SmtpServer() as smtp:
            sent, detail, _ = self.send(smtp.settings(), to="grüße@example.com")
            self.assertTrue(sent, detail)
        self.assertEqual(smtp.mails[0].recipients, ["grüße@example.com"])
        self.assertTrue(smtp.mails[0].utf8)


class Secured(MailTest):
    """Security 58."""

    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.postern.folder)
        self.authority = TestAuthority(self.folder)

    def tls(self, smtp, security="starttls", **more):
        return smtp.settings(**{"SECURITY": security, "HOST": "localhost", "CA_FILE": self.authority.ca, **more})

    def test_starttls(self):
        with SmtpServer(tls=self.authority.context) as smtp:
            sent, detail, _ = self.send(self.tls(smtp))
            self.assertTrue(sent, detail)
        self.assertTrue(smtp.mails[0].tls)

    def test_tls_at_once(self):
        with SmtpServer(tls=self.authority.context, implicit=True) as smtp:
            sent, detail, _ = self.send(self.tls(smtp, "tls"))
            self.assertTrue(sent, detail)
        self.assertEqual(len(smtp.mails), 1)

    def test_without_starttls_nothing_is_sent(self):
        with SmtpServer() as smtp:
            sent, detail, _ = self.send(self.tls(smtp, USER="gate", PASSWORD="a secret"))
        self.assertFalse(sent)
        self.assertIn("does not offer STARTTLS, and without it nothing is sent", detail)
        self.assertEqual((smtp.mails, smtp.attempts), ([], 0))

    def test_a_stripped_starttls_gets_no_mail(self):
        """Somebody in between answers STARTTLS with 454."""
        with Stripping() as smtp:
            sent, detail, _ = self.send(self.tls(smtp, USER="gate", PASSWORD="a secret"))
        self.assertFalse(sent)
        self.assertNotIn("MAIL", " ".join(smtp.heard))
        self.assertNotIn("AUTH", " ".join(smtp.heard))
        self.assertIn("STARTTLS", smtp.heard)

    def test_a_certificate_for_another_name_is_refused(self):
        other = TestAuthority(self.folder, "mail.example.com")
        with SmtpServer(tls=other.context) as smtp:
            sent, detail, _ = self.send(self.tls(smtp, CA_FILE=other.ca))
        self.assertFalse(sent)
        self.assertIn("could not be secured", detail)
        self.assertEqual((smtp.mails, smtp.attempts), ([], 0))

    def test_an_unknown_authority_is_refused(self):
        with SmtpServer(tls=self.authority.context) as smtp:
            environment = self.tls(smtp)
            del environment["POSTERN_MAIL_CA_FILE"]
            sent, detail, _ = self.send(environment)
        self.assertFalse(sent)
        self.assertIn("could not be secured", detail)
        self.assertEqual(smtp.attempts, 0)

    def test_old_tls_is_refused(self):
        context = self.authority.context
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        with SmtpServer(tls=context) as smtp:
            sent, detail, _ = self.send(self.tls(smtp))
        self.assertFalse(sent)
        self.assertIn("could not be secured", detail)

    def test_login(self):
        with SmtpServer(tls=self.authority.context, login=("gate", "open sesame")) as smtp:
            secret = self.folder / "secret"
            secret.write_text("open sesame\n")
            sent, detail, _ = self.send({**self.tls(smtp, USER="gate"), "POSTERN_MAIL_PASSWORD_FILE": str(secret)})
            self.assertTrue(sent, detail)
            self.assertEqual(smtp.mails[0].user, "gate")
            sent, detail, response = self.send(self.tls(smtp, USER="gate", PASSWORD="wrong-secret"))
            self.assertFalse(sent)
            self.assertEqual(detail, "The mail server did not accept mail.user and mail.password.")
            self.assertNotIn("wrong-secret", response)
            sent, _, response = self.send(self.tls(smtp))
            self.assertFalse(sent)
            self.assertTrue(response.startswith("530"), response)

    # Security 47.
    def test_the_password_is_not_printed(self):
        done = self.postern.cli("config", "--json", environment={"POSTERN_MAIL_PASSWORD": "open sesame"})
        self.assertNotIn("sesame", done.stdout + done.stderr)
        self.assertEqual(json.loads(done.stdout)["mail.password"]["value"], "********")


class Stripping:
    """Speaks SMTP, offers STARTTLS and then does not do it."""

    def __enter__(self):
        self.heard = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(20)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        return self

    settings = SmtpServer.settings

    def run(self):
        connection, _ = self.listener.accept()
        connection.settimeout(20)
        with connection, connection.makefile("rwb", buffering=0) as stream:
            stream.write(b"220 mail.test\r\n")
            for line in stream:
                verb = line.decode().strip().split(" ")[0].upper()
                self.heard.append(verb)
                stream.write({"EHLO": b"250-mail.test\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n", "STARTTLS": b"454 4.7.0 Not now\r\n",
                              "QUIT": b"221 Bye\r\n"}.get(verb, b"250 OK\r\n"))
                if verb == "QUIT":
                    return

    def __exit__(self, *_):
        self.thread.join(10)
        self.listener.close()


class Templates(MailTest):
    def setUp(self):
        super().setUp()
        self.postern.cli("space", "add", "--title", "A")

    def write(self, text):
        handle, path = tempfile.mkstemp(dir=self.postern.folder)
        os.write(handle, text.encode())
        os.close(handle)
        return path

    def test_set_preview_and_reset(self):
        built_in = self.postern.cli_json("mail", "template", "show", "welcome")
        self.assertEqual(built_in["subject"], "[{{site_name}}] Login Details")
        self.postern.cli("mail", "template", "set", "welcome", "--subject", "Hi {{first_name}}", "--html", self.write(""))
        shown = self.postern.cli_json("mail", "preview", "welcome")
        self.assertEqual((shown["subject"], shown["html"]), ("Hi Ada", ""))
        self.assertIn("/account/set-password/an-example-that-does-not-work", shown["text"])
        tried = self.postern.cli_json("mail", "preview", "welcome", "--text", self.write("{{#spaces}}In {{spaces}}{{/spaces}}"))
        self.assertEqual(tried["text"], "In Premium, Rust 101")
        self.assertNotEqual(self.postern.cli_json("mail", "template", "show", "welcome")["text"], tried["text"])
        self.postern.cli("mail", "template", "reset", "welcome", "--part", "subject")
        self.assertEqual(self.postern.cli_json("mail", "template", "show", "welcome"), {**built_in, "html": ""})
        self.postern.cli("mail", "template", "reset", "welcome")
        self.assertEqual(self.postern.cli_json("mail", "template", "show", "welcome"), built_in)
        self.assertIn("{{set_password_url}}", self.postern.cli("mail", "template", "show", "password").stdout)

    def test_what_is_wrong_is_said(self):
        for flags, words in ((("--subject", "{{nmae}}"), "--subject: line 1: there is no variable 'nmae'"),
                             (("--text", self.write("\n{{{login}}}")), "--text: line 2: a value cannot be written unescaped"),
                             (("--text", "/no/such/file"), "/no/such/file cannot be read"),
                             ((), "Nothing is given to change")):
            done = self.postern.cli("mail", "template", "set", "welcome", *flags, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(words, done.stderr)
        done = self.postern.cli("mail", "preview", "farewell", check=False)
        self.assertIn("There are welcome and password", done.stderr)

    def test_settings_that_do_not_fit_are_refused(self):
        for environment, words in (({"TRANSPORT": "smtp"}, "mail.transport = smtp needs mail.host"),
                                   ({"TRANSPORT": "pigeon"}, "must be none, smtp or file"),
                                   ({"FROM": "gate@example.com\r\nBcc: x@y.z"}, "it is no e-mail address"),
                                   ({"FROM_NAME": "a\nb"}, "it has control characters")):
            environment = {f"POSTERN_MAIL_{name}": value for name, value in environment.items()}
            done = self.postern.cli("check", check=False, environment=environment)
            self.assertEqual(done.returncode, 1)
            self.assertIn(words, done.stderr)


if __name__ == "__main__":
    unittest.main()
