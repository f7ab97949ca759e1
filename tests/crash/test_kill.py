"""kill -9 under load, again and again: nothing acknowledged is lost, nothing is half applied."""
import os
import random
import signal
import threading
import time
import unittest

from harness import Postern, build_request, wait_until

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ROUNDS = 8


class Kill(unittest.TestCase):
    def test_nothing_acknowledged_is_lost(self):
        seed = int(os.environ.get("POSTERN_SEED", random.randrange(1 << 32)))
        print(f"seed {seed} (POSTERN_SEED)", flush=True)
        chance = random.Random(seed)
        postern = Postern("--no-demo", start=False, environment={"POSTERN_MAIL_TRANSPORT": "file"})
        self.addCleanup(postern.close)
        postern.cli("space", "add", "--title", "A", "--slug", "a")
        postern.cli("course", "add", "--title", "C", "--slug", "c")
        _, join = postern.webhook("--add-space", "a", "--add-course", "c", "--welcome-email")
        _, leave = postern.webhook("--remove-space", "a")
        acknowledged = {}  # delivery → (e-mail, what was done)
        for round_number in range(ROUNDS):
            postern.start()
            before = len(acknowledged)
            threads = [threading.Thread(target=self.load, args=(postern.port, join, leave, f"r{round_number}w{n}", acknowledged))
                       for n in range(6)]
            for thread in threads:
                thread.start()
            wait_until(lambda: len(acknowledged) > before + 20, "the load runs")
            time.sleep(chance.uniform(0, 0.3))
            postern.stop(signal.SIGKILL)
            for thread in threads:
                thread.join()
        postern.start()
        self.assertEqual(postern.cli_json("check")["problems"], [])
        self.verify(postern, acknowledged)

    def load(self, port, join, leave, worker, acknowledged):
        from harness import Connection
        try:
            with Connection(port) as connection:
                for i in range(100_000):
                    email = f"{worker}n{i}@example.com"
                    for target, done in ((join, "joined"), (leave, "left"))[: 1 + i % 2]:
                        connection.send(build_request("POST", target, f"email={email}".encode(), FORM))
                        reply = connection.read_reply()
                        assert reply.status == 200, reply.body
                        acknowledged[reply.json["delivery_id"]] = (email, done)
        except (EOFError, ConnectionError, AttributeError):
            pass  # The server is gone.

    def verify(self, postern, acknowledged):
        self.assertGreater(len(acknowledged), 20 * ROUNDS)
        logged = {}
        page = postern.cli_json("delivery", "list", "--limit", "1000000")
        for delivery in page:
            logged[delivery["id"]] = delivery
        users = {row[0]: row[1] for row in postern.sql("SELECT email_key, id FROM users")}
        places = set(postern.sql("SELECT user_id, space_id FROM memberships"))
        mails = {row[0] for row in postern.sql("SELECT user_id FROM outbox")}
        for number, (email, _) in acknowledged.items():
            self.assertIn(number, logged)
            self.assertIn(email, users)
        # Nothing half applied: what the log says is what there is, also for what was not acknowledged.
        left = {d["email"] for d in page if d["spaces"] and d["spaces"][0]["result"] == "removed"}
        created = {d["email"] for d in page if d["created"]}
        self.assertEqual(created, set(users))
        for email in created:
            self.assertEqual((users[email], 1) in places, email not in left)
            self.assertIn((users[email], 2), places)
            self.assertIn(users[email], mails)


if __name__ == "__main__":
    unittest.main()
