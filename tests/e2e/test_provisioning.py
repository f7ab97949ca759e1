"""What a delivery does to people, through HTTP and the command line."""
import concurrent.futures
import unittest

from harness import TestCase


class Provisioning(TestCase):
    config = '[mail]\ntransport = "file"\n'

    @classmethod
    def prepare(cls):
        for slug, flags in (("premium", []), ("lounge", ["--privacy", "private"]), ("asks", ["--approval"]), ("old", [])):
            cls.postern.cli("space", "add", "--title", slug, "--slug", slug, *flags)
        for slug in ("rust", "cpp"):
            cls.postern.cli("course", "add", "--title", slug, "--slug", slug)

    def memberships(self, email):
        user = self.postern.user(email)
        return {m["slug"]: (m["role"], m["status"]) for m in user["spaces"] + user["courses"]}

    def results(self, reply):
        return {each["slug"]: each["result"] for each in reply.json["spaces"] + reply.json["courses"]}

    def test_new_user_gets_everything_given(self):
        _, target = self.postern.webhook("--add-space", "premium", "--add-course", "rust")
        reply = self.postern.post(target, {"email": "Ada@Example.com", "first_name": " Ada ", "last_name": "Lovelace",
                                           "user_login": "The Countess!", "user_pass": "correct horse"})
        self.assertEqual(reply.status, 200)
        user = self.postern.user("ada@example.com")
        self.assertEqual((user["email"], user["login"], user["first_name"], user["last_name"], user["display_name"]),
                         ("Ada@Example.com", "The Countess", "Ada", "Lovelace", "Ada Lovelace"))
        self.assertEqual(self.memberships("ada@example.com"), {"premium": ("member", "active"), "rust": ("student", "active")})
        (stored,), = self.postern.sql("SELECT password_hash FROM users WHERE email_key = 'ada@example.com'")
        self.assertTrue(stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$"), stored)
        self.assertEqual(user["spaces"][0]["because_of"], reply.json["delivery_id"])

    def test_without_a_password_none_is_known(self):
        _, target = self.postern.webhook()
        self.postern.post(target, {"email": "nopass@example.com"})
        self.assertEqual(self.postern.sql("SELECT password_hash FROM users WHERE email_key = 'nopass@example.com'"), [(None,)])

    def test_known_user_is_never_overwritten(self):
        _, target = self.postern.webhook()
        self.postern.post(target, {"email": "known@example.com", "first_name": "First", "user_login": "first"})
        before = self.postern.user("known@example.com")
        reply = self.postern.post(target, {"email": "KNOWN@example.com", "first_name": "Other", "last_name": "Name",
                                           "user_login": "other", "user_pass": "pw"})
        self.assertIs(reply.json["created"], False)
        self.assertEqual(self.postern.user("known@example.com"), before)
        self.assertEqual(self.postern.sql("SELECT password_hash FROM users WHERE email_key = 'known@example.com'"), [(None,)])

    def test_what_the_command_line_does_counts_from_the_next_request_on(self):
        _, add = self.postern.webhook("--add-space", "premium")
        first = self.postern.post(add, {"email": "again@example.com"})
        self.assertEqual(self.results(self.postern.post(add, {"email": "again@example.com"})), {"premium": "already_member"})
        self.postern.cli("user", "remove", "again@example.com", "--yes")
        reply = self.postern.post(add, {"email": "again@example.com"})
        self.assertEqual((reply.json["created"], self.results(reply)), (True, {"premium": "added"}))
        self.assertGreater(reply.json["user_id"], first.json["user_id"])

    def test_adds_and_removes(self):
        _, add = self.postern.webhook("--add-space", "premium", "--add-space", "lounge", "--add-course", "rust")
        _, remove = self.postern.webhook("--remove-space", "premium", "--remove-course", "rust")
        self.postern.post(add, {"email": "swap@example.com"})
        reply = self.postern.post(remove, {"email": "swap@example.com"})
        self.assertEqual(self.results(reply), {"premium": "removed", "rust": "removed"})
        self.assertEqual(self.memberships("swap@example.com"), {"lounge": ("member", "active")})
        reply = self.postern.post(remove, {"email": "swap@example.com"})
        self.assertEqual(self.results(reply), {"premium": "not_member", "rust": "not_member"})
        self.assertEqual(reply.json["message"], "Existing user found, nothing to change")

    def test_removal_wins(self):
        _, both = self.postern.webhook("--add-space", "premium", "--remove-space", "premium")
        self.assertEqual(self.results(self.postern.post(both, {"email": "both@example.com"})), {"premium": "not_member"})
        self.assertEqual(self.memberships("both@example.com"), {})

    def test_approval_archive_and_missing(self):
        number, target = self.postern.webhook("--add-space", "asks", "--add-space", "old", "--add-space", "premium")
        self.postern.cli("space", "archive", "old")
        gone = self.postern.cli_json("space", "add", "--title", "Gone")
        self.postern.cli("webhook", "edit", str(number), "--add-space", "asks", "--add-space", "old", "--add-space", "gone",
                         "--add-space", "premium")
        self.postern.cli("space", "remove", "gone", "--yes")
        reply = self.postern.post(target, {"email": "odd@example.com"})
        self.assertEqual([(s["id"], s["result"]) for s in reply.json["spaces"]][2], (gone["id"], "not_found"))
        self.assertEqual([s["result"] for s in reply.json["spaces"]], ["pending_approval", "unavailable", "not_found", "added"])
        self.assertEqual(self.memberships("odd@example.com"), {"asks": ("member", "pending"), "premium": ("member", "active")})
        self.postern.cli("space", "edit", "asks", "--no-approval")
        reply = self.postern.post(target, {"email": "odd@example.com"})
        self.assertEqual(reply.json["spaces"][0]["result"], "activated")
        self.postern.cli("space", "edit", "asks", "--approval")

    def test_administrators_are_protected(self):
        _, add = self.postern.webhook("--add-space", "premium")
        _, remove = self.postern.webhook("--remove-space", "premium")
        self.postern.post(add, {"email": "boss@example.com"})
        self.postern.cli("user", "edit", "boss@example.com", "--administrator")
        self.assertEqual(self.results(self.postern.post(remove, {"email": "boss@example.com"})), {"premium": "protected"})
        self.assertIn("premium", self.memberships("boss@example.com"))

    def test_logins(self):
        _, target = self.postern.webhook()
        cases = [("jane.doe@a.example", {}, "janedoe"), ("jane.doe@b.example", {}, "jane.doe"),
                 ("jane.doe@c.example", {"first_name": "Jane"}, "jane"), ("jane.doe@d.example", {}, "jane.doe2"),
                 ("a@b.example", {}, "a10"), ("info@a.example", {}, "info2"), ("new@a.example", {"user_login": "janedoe"}, "new"),
                 ("o'brien@a.example", {}, "obrien"), ("tom&jerry@a.example", {}, "tomjerry")]
        for email, more, login in cases:
            with self.subTest(email):
                self.assertEqual(self.postern.post(target, {"email": email, **more}).status, 200)
                self.assertEqual(self.postern.user(email)["login"], login)
        self.assertIs(self.postern.post(target, {"email": "tom&jerry@a.example"}).json["created"], False)

    def test_one_user_however_many_race(self):
        _, target = self.postern.webhook("--add-space", "premium")
        with concurrent.futures.ThreadPoolExecutor(64) as pool:
            replies = list(pool.map(lambda i: self.postern.post(target, {"email": "Race@example.com" if i % 2 else "race@EXAMPLE.com",
                                                                         **({"user_pass": "x"} if i % 3 == 0 else {})}), range(64)))
        self.assertEqual({r.status for r in replies}, {200})
        self.assertEqual(len({r.json["user_id"] for r in replies}), 1)
        self.assertEqual(sum(r.json["created"] for r in replies), 1)
        self.assertEqual(self.postern.sql("SELECT count(*) FROM users WHERE email_key = 'race@example.com'"), [(1,)])

    def test_same_local_part_from_many(self):
        _, target = self.postern.webhook()
        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            list(pool.map(lambda i: self.postern.post(target, {"email": f"crowd@{i}.example"}), range(130)))
        logins = [row[0] for row in self.postern.sql("SELECT login FROM users WHERE email_key LIKE 'crowd@%'")]
        self.assertEqual(len(set(logins)), 130)
        self.assertIn("crowd99", logins)
        self.assertIn("crowd-100", logins)

    def test_order_per_person_is_order_of_arrival(self):
        _, add = self.postern.webhook("--add-space", "premium")
        _, remove = self.postern.webhook("--remove-space", "premium")
        from harness import build_request
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        for i in range(5):
            with self.postern.connect() as one, self.postern.connect() as two:
                # The first needs its password hashed, which takes longer than everything else.
                one.send(build_request("POST", add, f"email=order{i}%40example.com&user_pass=secret".encode(), form))
                self.postern.request("GET", "/livez")  # The same I/O thread: the first one has arrived before this answers.
                two.send(build_request("POST", remove, f"email=order{i}%40example.com".encode(), form))
                self.assertEqual(one.read_reply().status, 200)
                reply = two.read_reply()
            self.assertEqual((reply.json["created"], reply.json["spaces"][0]["result"]), (False, "removed"))

    def test_welcome_email_is_queued_for_new_users_only(self):
        _, target = self.postern.webhook("--welcome-email")
        before = self.postern.sql("SELECT count(*) FROM outbox")[0][0]
        reply = self.postern.post(target, {"email": "welcome@example.com"})
        self.postern.post(target, {"email": "welcome@example.com"})
        rows = self.postern.sql("SELECT kind, user_id FROM outbox")
        self.assertEqual(len(rows), before + 1)
        self.assertEqual(rows[-1], (0, reply.json["user_id"]))


if __name__ == "__main__":
    unittest.main()
