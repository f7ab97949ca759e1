"""Limits, slow senders, a graceful end."""
import concurrent.futures
import threading
import time
import unittest

from harness import Connection, Postern, build_request, wait_until

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SHORT = "[limits]\nhead_timeout = \"1s\"\nbody_timeout = \"1s\"\nidle_timeout = \"1s\"\nconnections = 1200\n"


class Slow(unittest.TestCase):
    def test_slow_senders_are_cut_off_and_block_nobody(self):
        with Postern("--no-demo", config=SHORT) as postern:
            _, target = postern.webhook()
            with postern.connect() as silent, postern.connect() as head, postern.connect() as body:
                head.send(f"POST {target} HTTP/1.1\r\nHost: x\r\nX-Sl".encode())
                body.send(build_request("POST", target, b"email=", {**FORM, "Content-Length": "100"}))
                for i in range(20):
                    self.assertEqual(postern.post(target, {"email": f"quick{i}@example.com"}).status, 200)
                self.assertEqual(head.read_reply().status, 408)
                self.assertTrue(head.is_closed())
                reply = body.read_reply()
                self.assertEqual((reply.status, reply.json["code"]), (408, "request_timeout"))
                self.assertTrue(body.is_closed())
                self.assertTrue(silent.is_closed())
            self.assertEqual(postern.cli_json("delivery", "list", "--limit", "1")[0]["code"], "request_timeout")

    def test_a_thousand_idle_connections_are_no_burden(self):
        with Postern("--no-demo") as postern:
            _, target = postern.webhook()
            idle = [Connection(postern.port) for _ in range(1000)]
            try:
                for i in range(10):
                    self.assertEqual(postern.post(target, {"email": f"{i}@example.com"}).status, 200)
                self.assertGreaterEqual(postern.metric("postern_http_connections_open"), 1000)
                for connection in idle[::100]:
                    connection.send(build_request("POST", target, b"email=idle%40example.com", FORM))
                    self.assertEqual(connection.read_reply().status, 200)
            finally:
                for connection in idle:
                    connection.socket.close()

    def test_too_many_connections_are_told_so(self):
        with Postern("--no-demo", config="[limits]\nconnections = 3\n") as postern:
            open_ones = [Connection(postern.port) for _ in range(3)]
            wait_until(lambda: len(open_ones) == 3, "three are open")
            open_ones[0].send(build_request("GET", "/livez"))
            self.assertEqual(open_ones[0].read_reply().status, 200)
            with Connection(postern.port) as fourth:
                reply = fourth.read_reply()
                self.assertEqual((reply.status, reply.json["code"]), (503, "unavailable"))
                self.assertIn("retry-after", reply.headers)
            for connection in open_ones:
                connection.socket.close()


class Sizes(unittest.TestCase):
    def test_body_and_head_limits(self):
        with Postern("--no-demo", config="[limits]\nbody_bytes = \"10KiB\"\nhead_bytes = \"2KiB\"\nfields = 3\n") as postern:
            _, target = postern.webhook()
            with postern.connect() as connection:  # Declared: refused at once, before a byte of the body.
                connection.send(build_request("POST", target, b"", {**FORM, "Content-Length": str(10**12)}))
                self.assertEqual(connection.read_reply().status, 413)
                self.assertTrue(connection.is_closed())
            with postern.connect() as connection:  # Chunked: cut at the limit.
                connection.send(build_request("POST", target, b"", {**FORM, "Transfer-Encoding": "chunked"}))
                connection.send(b"1000\r\n" + b"x" * 4096 + b"\r\n1000\r\n" + b"x" * 4096 + b"\r\n1000\r\n")
                self.assertEqual(connection.read_reply().status, 413)
            with postern.connect() as connection:
                connection.send(build_request("POST", target, b"", {**FORM, "X-Long": "x" * 3000}))
                self.assertEqual(connection.read_reply().status, 431)
            with postern.connect() as connection:
                connection.send(b"GET /" + b"x" * 3000 + b" HTTP/1.1\r\n")
                self.assertEqual(connection.read_reply().status, 414)
            self.assertEqual(postern.post(target, {"email": "a@b.co", "a": 1, "b": 2, "c": 3}).json["code"], "too_many_fields")

    def test_bodies_that_are_arriving_are_bounded_together(self):
        with Postern("--no-demo", config="[limits]\nbody_bytes = \"1MiB\"\nbody_memory_bytes = \"2MiB\"\n") as postern:
            _, target = postern.webhook()
            slow = []
            for _ in range(2):
                connection = Connection(postern.port)
                connection.send(build_request("POST", target, b"x", {**FORM, "Content-Length": str(1 << 20)}))
                slow.append(connection)
            postern.request("GET", "/livez")
            with postern.connect() as third:
                third.send(build_request("POST", target, b"x", {**FORM, "Content-Length": str(1 << 20)}))
                reply = third.read_reply()
                self.assertEqual(reply.status, 503)
                self.assertIn("retry-after", reply.headers)
            self.assertEqual(postern.post(target, {"email": "small@example.com"}).status, 200)
            for connection in slow:
                connection.socket.close()

    def test_a_full_queue_says_so_and_loses_nothing(self):
        with Postern("--no-demo", config="[limits]\npassword_queue = 2\n") as postern:
            _, target = postern.webhook()
            with concurrent.futures.ThreadPoolExecutor(24) as pool:
                replies = list(pool.map(
                    lambda i: (i, postern.post(target, {"email": f"q{i}@example.com", "user_pass": "secret"})), range(24)))
            refused = [reply for _, reply in replies if reply.status == 503]
            self.assertGreater(len(refused), 0)
            self.assertEqual({(r.json["code"], r.headers["retry-after"] != "") for r in refused}, {("unavailable", True)})
            for i, reply in replies:
                self.assertEqual(postern.user(f"q{i}@example.com") is not None, reply.status == 200)
            self.assertEqual(postern.metric("postern_ingest_overloaded_total"), len(refused))


class Stop(unittest.TestCase):
    def test_what_was_accepted_is_finished(self):
        postern = Postern("--no-demo")
        self.addCleanup(postern.close)
        _, target = postern.webhook()
        acknowledged, cut_off = [], []
        stopping = threading.Event()

        def send(worker):
            try:
                with postern.connect() as connection:
                    for i in range(100_000):
                        email = f"stop{worker}.{i}@example.com"
                        connection.send(build_request("POST", target, f"email={email}".encode(), FORM))
                        reply = connection.read_reply()
                        if reply.status == 200:
                            acknowledged.append(email)
                        if reply.headers.get("connection") == "close":
                            return
            except (EOFError, ConnectionError):
                if not stopping.is_set():
                    cut_off.append(worker)

        threads = [threading.Thread(target=send, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(acknowledged) > 200, "the load runs")
        stopping.set()
        code = postern.stop()
        for thread in threads:
            thread.join()
        self.assertEqual((code, cut_off), (0, []))
        stored = {row[0] for row in postern.sql("SELECT email_key FROM users")}
        self.assertEqual(set(acknowledged) - stored, set())

    def test_a_password_being_hashed_is_waited_for(self):
        postern = Postern("--no-demo")
        self.addCleanup(postern.close)
        _, target = postern.webhook()
        with postern.connect() as connection:
            connection.send(build_request("POST", target, b"email=last%40example.com&user_pass=x", FORM))
            time.sleep(0.005)
            self.assertEqual(postern.stop(), 0)
            reply = connection.read_reply()
            self.assertEqual((reply.status, reply.headers["connection"]), (200, "close"))


if __name__ == "__main__":
    unittest.main()
