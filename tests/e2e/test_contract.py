"""The HTTP contract: URLs, bodies, dialects, statuses, headers."""
import unittest

from harness import Postern, TestCase, build_request

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Contract(TestCase):
    @classmethod
    def prepare(cls):
        cls.postern.cli("space", "add", "--title", "Premium", "--slug", "premium")
        cls.postern.cli("course", "add", "--title", "Rust", "--slug", "rust")
        cls.id, cls.target = cls.postern.webhook("--add-space", "premium", "--add-course", "rust")
        cls.key = cls.target.rsplit("/", 1)[1]

    def test_success_has_the_promised_fields(self):
        reply = self.postern.post(self.target, {"email": "fields@example.com"})
        self.assertEqual(reply.status, 200)
        body = reply.json
        self.assertEqual(list(body), ["success", "message", "user_id", "created", "delivery_id", "spaces", "courses"])
        self.assertIs(body["success"], True)
        self.assertEqual(body["message"], "User created and added to spaces/courses successfully")
        self.assertIsInstance(body["user_id"], int)
        self.assertIs(body["created"], True)
        self.assertRegex(body["delivery_id"], "^[0-9a-z]{13}$")
        self.assertEqual([(s["slug"], s["result"]) for s in body["spaces"]], [("premium", "added")])
        self.assertEqual([(s["slug"], s["result"]) for s in body["courses"]], [("rust", "added")])
        again = self.postern.post(self.target, {"email": "FIELDS@example.com"}).json
        self.assertEqual((again["user_id"], again["created"]), (body["user_id"], False))
        self.assertEqual(again["spaces"][0]["result"], "already_member")

    def test_every_url_shape(self):
        key = self.key
        rest = [self.target, self.target + "/", self.target.upper().replace(key.upper(), key),
                f"/?rest_route=/fluent-community/v2/webhook/{key}", f"/index.php?rest_route=/fluent-community/v2/webhook/{key}",
                f"/?rest_route=%2Ffluent-community%2Fv2%2Fwebhook%2F{key}"]
        plugin = [f"/portal/?fcom_action=incoming_webhook&webhook={key}", f"/?webhook={key}&fcom_action=incoming_webhook",
                  f"/any/path/at/all?fcom_action=incoming_webhook&webhook={key}"]
        for target in rest:
            with self.subTest(target=target.replace(key, "KEY")):
                self.assertIs(self.postern.post(target, {"email": "shape@example.com"}).json["success"], True)
        for target in plugin:
            with self.subTest(target=target.replace(key, "KEY")):
                body = self.postern.post(target, {"email": "shape@example.com"}).json
                self.assertEqual(list(body), ["status", "message", "execution_timestamp", "user_id"])
                self.assertEqual(body["message"], "webhook has been successfully executied")
        for target in ("/", "/portal/", "/wp-json/fluent-community/v2/webhook", "/wp-json/other/" + key):
            self.assertEqual(self.postern.post(target, {"email": "shape@example.com"}).status, 404)

    def test_every_body_type(self):
        boundary = "x"
        multipart = (f'--{boundary}\r\nContent-Disposition: form-data; name="email"\r\n\r\nbody@example.com\r\n'
                     f"--{boundary}--\r\n").encode()
        bodies = [("application/x-www-form-urlencoded", b"email=body%40example.com"),
                  ("application/x-www-form-urlencoded; charset=UTF-8", b"email=body%40example.com"),
                  ("multipart/form-data; boundary=x", multipart),
                  ("application/json", b'{"email":"body@example.com"}'),
                  ("Application/JSON; charset=utf-8", b'{"email":"body@example.com"}'),
                  ("application/vnd.shop+json", b'{"email":"body@example.com"}')]
        for content_type, body in bodies:
            with self.subTest(content_type=content_type):
                reply = self.postern.request("POST", self.target, body, {"Content-Type": content_type})
                self.assertEqual(reply.status, 200, reply.body)

    def test_rest_errors(self):
        cases = [
            ("missing", b"first_name=x", FORM, 400, "missing_email"),
            ("empty", b"email=", FORM, 400, "missing_email"),
            ("no body", b"", FORM, 400, "missing_email"),
            ("invalid", b"email=nobody", FORM, 400, "invalid_email"),
            ("list", b"email[]=a@b.co", FORM, 400, "invalid_email"),
            ("number", b'{"email":1}', {"Content-Type": "application/json"}, 400, "invalid_email"),
            ("broken json", b'{"email":', {"Content-Type": "application/json"}, 400, "malformed_body"),
            ("no object", b"[]", {"Content-Type": "application/json"}, 400, "malformed_body"),
            ("long password", b"email=a@b.co&user_pass=" + b"x" * 5000, FORM, 400, "invalid_field"),
            ("long name", b"email=long-name@example.com&first_name=" + b"x" * 300, FORM, 400, "invalid_field"),
            ("many fields", b"email=a@b.co" + b"&x=1" * 1001, FORM, 400, "too_many_fields"),
            ("text", b"email=a@b.co", {"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
            ("no type", b"email=a@b.co", {}, 415, "unsupported_media_type"),
            ("gzip", b"email=a@b.co", {**FORM, "Content-Encoding": "gzip"}, 415, "unsupported_encoding"),
            ("too large", b"email=a@b.co&x=" + b"x" * (1 << 20), FORM, 413, "body_too_large"),
            ("expectation", b"email=a@b.co", {**FORM, "Expect": "tea"}, 417, "expectation_failed"),
        ]
        for name, body, headers, status, code in cases:
            with self.subTest(name):
                reply = self.postern.request("POST", self.target, body, headers)
                self.assertEqual((reply.status, reply.json["code"]), (status, code), reply.body)
                self.assertIs(reply.json["success"], False)
                self.assertGreater(len(reply.json["message"]), 20)
                newest = self.postern.cli_json("delivery", "list", "--limit", "1")[0]
                self.assertEqual((newest["status"], newest["http_status"], newest["code"]), ("rejected", status, code))
        self.assertEqual(self.postern.request("POST", self.target, b"x", {"Content-Type": "text/plain"}).headers["accept-post"],
                         "application/json, application/x-www-form-urlencoded, multipart/form-data")

    def test_plugin_errors(self):
        target = f"/portal/?fcom_action=incoming_webhook&webhook={self.key}"
        for body in (b"first_name=x", b"email=nobody", b"email[]=a@b.co"):
            reply = self.postern.request("POST", target, body, FORM)
            self.assertEqual((reply.status, reply.json), (423, {"status": "error", "message": "Email is required"}))
        reply = self.postern.post(target + "x", {"email": "a@b.co"})
        self.assertEqual((reply.status, reply.json), (404, {"status": "error", "message": "Webhook not found"}))
        self.assertEqual(self.postern.post_json(target, {"email": "plugin-json@example.com"}).status, 200)

    def test_unknown_keys_look_all_the_same(self):
        replies = [self.postern.post("/wp-json/fluent-community/v2/webhook/" + key, {"email": "a@b.co"})
                   for key in ("", "x", "A" * 43, self.key[:-1], self.key.swapcase())]
        self.assertEqual({reply.status for reply in replies}, {404})
        self.assertEqual(len({reply.body for reply in replies}), 1)
        self.assertEqual(replies[0].json["code"], "unknown_webhook")

    def test_methods(self):
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            with self.subTest(method):
                headers = {"Content-Length": "0"} if method in ("PUT", "PATCH") else {}
                reply = self.postern.request(method, self.target, headers=headers)
                self.assertEqual((reply.status, reply.headers["allow"]), (405, "POST, HEAD, OPTIONS"))
        self.assertEqual(self.postern.request("HEAD", self.target).status, 200)  # Shops probe so.
        reply = self.postern.request("OPTIONS", self.target)
        self.assertEqual((reply.status, reply.headers["allow"]), (204, "POST, HEAD, OPTIONS"))
        self.assertIn("application/json", reply.headers["accept-post"])
        with self.postern.connect() as connection:
            connection.send(f"POST {self.target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            self.assertEqual(connection.read_reply().status, 411)
        self.assertEqual(self.postern.request("TRACE", "/").status, 405)

    def test_headers_of_every_reply(self):
        for reply in (self.postern.post(self.target, {"email": "headers@example.com"}), self.postern.post(self.target, {}),
                      self.postern.request("GET", "/nothing"), self.postern.request("GET", "/livez")):
            self.assertEqual(reply.headers["x-content-type-options"], "nosniff")
            self.assertEqual(reply.headers["cache-control"], "no-store")
            self.assertIn("charset=utf-8", reply.headers["content-type"])
            self.assertNotIn("server", reply.headers)
            self.assertNotIn("access-control-allow-origin", reply.headers)

    def test_keep_alive_pipelining_and_chunks(self):
        chunked = (f"POST {self.target} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                   "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"ema\r\n1c;x=y\r\nil\":\"chunked@example.com\"  }\r\n0\r\n\r\n").encode()
        plain = build_request("POST", self.target, b"email=pipe%40example.com", FORM)
        with self.postern.connect() as connection:
            connection.send(plain + chunked + plain)
            ids = [connection.read_reply().json["user_id"] for _ in range(3)]
        self.assertEqual(ids[0], ids[2])
        self.assertNotEqual(ids[0], ids[1])

    def test_expect_continue(self):
        with self.postern.connect() as connection:
            body = b"email=continue%40example.com"
            connection.send(build_request("POST", self.target, b"", {**FORM, "Content-Length": str(len(body)),
                                                                     "Expect": "100-continue"}))
            self.assertEqual(connection.read_reply().status, 100)
            connection.send(body)
            self.assertEqual(connection.read_reply().status, 200)

    def test_idempotency_key(self):
        first = self.postern.post(self.target, {"email": "once@example.com"}, {"Idempotency-Key": "k1"})
        self.postern.cli("user", "remove", "once@example.com", "--yes")
        again = self.postern.post(self.target, {"email": "once@example.com"}, {"Idempotency-Key": "k1"})
        self.assertEqual((again.status, again.body), (first.status, first.body))
        self.assertEqual(again.headers["idempotent-replayed"], "true")
        self.assertIsNone(self.postern.user("once@example.com"))
        newest = self.postern.cli_json("delivery", "list", "--limit", "1")[0]
        self.assertEqual((newest["status"], newest["duplicate_of"]), ("duplicate", first.json["delivery_id"]))
        other = self.postern.post(self.target, {"email": "twice@example.com"}, {"Idempotency-Key": "k1"})
        self.assertEqual((other.status, other.json["code"]), (422, "idempotency_key_reused"))

    def test_health_and_metrics(self):
        self.assertEqual(self.postern.request("GET", "/livez").status, 200)
        self.assertEqual(self.postern.request("GET", "/readyz").status, 200)
        self.assertIs(self.postern.request("GET", "/readyz?verbose").json["ready"], True)
        self.assertEqual(self.postern.request("POST", "/livez").status, 405)
        before = self.postern.metric("postern_unknown_keys_total")
        self.postern.post(self.target + "x", {"email": "a@b.co"})
        self.assertEqual(self.postern.metric("postern_unknown_keys_total"), before + 1)
        self.assertGreaterEqual(
            self.postern.metric(f'postern_ingest_requests_total{{webhook="{self.id}",outcome="rejected"}}') or 0, 0)
        forwarded = self.postern.request("GET", "/metrics", headers={"X-Forwarded-For": "198.51.100.1"})
        self.assertEqual(forwarded.status, 403)


class Policies(unittest.TestCase):
    def test_creation_can_be_switched_off(self):
        with Postern("--no-demo", config="[users]\ncreate = false\n") as postern:
            number, target = postern.webhook()
            reply = postern.post(target, {"email": "a@example.com"})
            self.assertEqual((reply.status, reply.json["code"]), (403, "user_creation_disabled"))
            self.assertIsNone(postern.user("a@example.com"))
            self.assertEqual(postern.cli_json("delivery", "list")[0]["code"], "user_creation_disabled")

    def test_plain_http_and_the_client_address(self):
        config = '[server]\ntrusted_proxies = ["127.0.0.1", "10.0.0.0/8"]\n[metrics]\ntoken = "0123456789abcdef"\n'
        with Postern("--no-demo", config=config) as postern:
            number, target = postern.webhook()
            reply = postern.post(target, {"email": "a@example.com"}, {"X-Forwarded-Proto": "http"})
            self.assertEqual((reply.status, reply.json["code"]), (403, "https_required"))
            self.assertEqual(postern.cli_json("delivery", "list")[0]["code"], "https_required")
            reply = postern.post(target, {"email": "a@example.com"},
                                 {"X-Forwarded-Proto": "https", "X-Forwarded-For": "1.2.3.4, 198.51.100.7, 10.1.1.1"})
            self.assertEqual(reply.status, 200)
            self.assertEqual(postern.cli_json("delivery", "list")[0]["remote_ip"], "198.51.100.7")
            good = {"Authorization": "Bearer 0123456789abcdef", "X-Forwarded-For": "198.51.100.7"}
            self.assertEqual(postern.request("GET", "/metrics", headers=good).status, 200)
            bad = {"Authorization": "Bearer 0123456789abcdeX", "X-Forwarded-For": "198.51.100.7"}
            self.assertEqual(postern.request("GET", "/metrics", headers=bad).status, 403)
        with Postern("--no-demo", "--insecure-http", config='[server]\ntrusted_proxies = ["127.0.0.1"]\n') as postern:
            number, target = postern.webhook()
            self.assertEqual(postern.post(target, {"email": "a@example.com"}, {"X-Forwarded-Proto": "http"}).status, 200)

    def test_forwarded_headers_of_strangers_are_ignored(self):
        with Postern("--no-demo") as postern:
            number, target = postern.webhook()
            postern.post(target, {"email": "a@example.com"}, {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "http"})
            self.assertEqual(postern.cli_json("delivery", "list")[0]["remote_ip"], "127.0.0.1")


if __name__ == "__main__":
    unittest.main()
