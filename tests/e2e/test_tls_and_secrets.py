"""TLS, and that no secret is ever printed, logged or stored in the clear."""
import signal
import ssl
import subprocess
import unittest

from harness import Connection, Postern, build_request, wait_until


def make_certificate(folder, name):
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)],
                   check=True, capture_output=True)
    return certificate, key


def client(minimum=None, maximum=None):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if maximum:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = minimum
        context.maximum_version = maximum
    return context


def subject(port):
    with Connection(port, tls=client()) as connection:
        return ssl.DER_cert_to_PEM_cert(connection.socket.getpeercert(binary_form=True))


class Tls(unittest.TestCase):
    def setUp(self):
        self.postern = Postern(start=False)
        self.addCleanup(self.postern.close)
        self.certificate, self.key = make_certificate(self.postern.folder, "one")
        self.postern.start("--no-demo", "--tls-cert", str(self.certificate), "--tls-key", str(self.key))
        _, self.target = self.postern.webhook()

    def test_requests_over_tls(self):
        body = build_request("POST", self.target, b'{"email":"tls@example.com"}', {"Content-Type": "application/json"})
        with self.postern.connect(tls=client()) as connection:
            self.assertIn(connection.socket.version(), ("TLSv1.2", "TLSv1.3"))
            for _ in range(3):
                connection.send(body)
                self.assertEqual(connection.read_reply().status, 200)
            connection.send(build_request("POST", self.target, b"", {"Content-Type": "application/json", "Content-Length": "27",
                                                                     "Expect": "100-continue"}))
            self.assertEqual(connection.read_reply().status, 100)
            connection.send(b'{"email":"tls@example.com"}')
            self.assertEqual(connection.read_reply().status, 200)
            big = b'{"email":"tls@example.com","x":"' + b"y" * 900_000 + b'"}'
            connection.send(build_request("POST", self.target, big, {"Content-Type": "application/json"}))
            self.assertEqual(connection.read_reply().status, 200)
            connection.send(b"nonsense\r\n\r\n")
            self.assertEqual(connection.read_reply().status, 400)

    def test_plain_http_and_old_tls_are_refused(self):
        with self.postern.connect() as plain:
            plain.send(build_request("POST", self.target, b"email=a%40b.co"))
            self.assertTrue(plain.is_closed() or not plain.buffer.startswith(b"HTTP/1.1 200"))
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                self.postern.connect(tls=client(version, version)).socket.close()
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            self.postern.connect(tls=client(version, version)).socket.close()

    def test_sighup_reads_the_certificate_again(self):
        before = subject(self.postern.port)
        new_certificate, new_key = make_certificate(self.postern.folder, "two")
        self.key.write_bytes(b"garbage")
        self.postern.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "tls.reload_failed" in self.postern.stderr(), "the failure is logged")
        self.assertEqual(subject(self.postern.port), before)
        self.certificate.write_bytes(new_certificate.read_bytes())
        self.key.write_bytes(new_key.read_bytes())
        self.postern.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "tls.reloaded" in self.postern.stderr(), "the certificate is read again")
        self.assertEqual(subject(self.postern.port), new_certificate.read_text())


class Secrets(unittest.TestCase):
    def test_no_secret_is_left_anywhere(self):
        with Postern("--no-demo", environment={"POSTERN_METRICS_TOKEN": "metrics-token-4711", "POSTERN_LOG_LEVEL": "debug"}) as postern:
            number, target = postern.webhook()
            rotated = postern.cli_json("webhook", "rotate", str(number))["url"].rsplit("/", 1)[1]
            key = target.rsplit("/", 1)[1]
            password = "p4ssw0rd-that-is-secret"
            bodies = [(f"email=a@example.com&user_pass={password}", "application/x-www-form-urlencoded"),
                      (f"email=b@example.com&user%5fpassword={password}", "application/x-www-form-urlencoded"),
                      ('{"email":"c@example.com","p\\u0061ssword":"%s","nested":[{"api_key":"%s"}]}' % (password, password),
                       "application/json"),
                      (f'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\nd@example.com\r\n--x\r\n'
                       f'Content-Disposition: form-data; name="user_pass"\r\n\r\n{password}\r\n--x--', "multipart/form-data; boundary=x"),
                      (f"email=broken&user_pass={password}", "application/x-www-form-urlencoded"),
                      ('{"email":"e@example.com","user_pass":"%s"' % password, "application/json"),
                      (f"email=f@example.com&user_pass={password}", "text/plain"),
                      ("x" * 200_000 + f"&user_pass={password}&email=g@example.com", "application/x-www-form-urlencoded")]
            replies = b""
            for body, content_type in bodies:
                replies += postern.request("POST", target, body.encode(), {"Content-Type": content_type}).body
            for path in (target + "x", f"/portal/?fcom_action=incoming_webhook&webhook={key}", target):
                replies += postern.request("GET", path).body
            with postern.connect() as connection:
                connection.send(f"POST {target} HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n".encode())
                replies += connection.read_reply().body
            printed = b"".join(postern.cli(*arguments).stdout.encode() for arguments in (
                ("delivery", "list"), ("delivery", "list", "--json"), ("webhook", "list", "--json"), ("config",), ("check",)))
            everything = postern.all_bytes() + replies + printed + postern.request("GET", "/metrics").body
            for secret in (key, rotated, password, "metrics-token-4711"):
                self.assertNotIn(secret.encode(), everything, secret[:4])

    def test_errors_tell_nothing_about_the_inside(self):
        with Postern("--no-demo") as postern:
            _, target = postern.webhook()
            for reply in (postern.post(target, {"email": "x"}), postern.request("GET", "/../../etc/passwd"),
                          postern.request("GET", "/.git/config"), postern.request("GET", "/.env"), postern.post("/", {})):
                for word in (b"sqlite", b"/work", b"SELECT", b"terminate", b".cpp", b"0.1.0"):
                    self.assertNotIn(word, reply.body)
                self.assertIn(reply.status, (400, 404))


if __name__ == "__main__":
    unittest.main()
