"""The admin UI over real HTTP and HTTPS: what is sent, with which headers."""
import gzip
import re
import ssl
import subprocess

from harness import TestCase


class UiPages(TestCase):
    def get(self, target, headers=None, method="GET"):
        return self.postern.request(method, target, headers=headers)

    def test_the_root_leads_to_the_page_and_the_page_to_its_files(self):
        root = self.get("/")
        self.assertEqual((root.status, root.headers["location"]), (303, "/admin/"))
        page = self.get("/admin/webhooks/1?tab=setup", {"Accept": "text/html"})
        self.assertEqual((page.status, page.headers["content-type"]), (200, "text/html; charset=utf-8"))
        self.assertEqual(page.headers["cache-control"], "no-cache")
        files = re.findall(r'(?:src|href)="(/[^"]+)"', page.body.decode())
        self.assertGreater(len(files), 1)
        for file in files:
            plain = self.get(file)
            self.assertEqual((plain.status, plain.headers["cache-control"]), (200, "public, max-age=31536000, immutable"))
            packed = self.get(file, {"Accept-Encoding": "gzip"})
            if packed.headers.get("content-encoding") == "gzip":
                self.assertEqual(gzip.decompress(packed.body), plain.body)
            again = self.get(file, {"If-None-Match": plain.headers["etag"]})
            self.assertEqual((again.status, again.body), (304, b""))

    def test_head_has_the_headers_of_get_and_no_body(self):
        page, head = self.get("/admin/"), self.get("/admin/", method="HEAD")
        self.assertEqual((head.status, head.body), (200, b""))
        self.assertEqual(head.headers["content-length"], str(len(page.body)))

    def test_every_answer_carries_the_security_headers(self):
        for target, status in (("/", 303), ("/admin/", 200), ("/admin/assets/none.js", 404)):
            reply = self.get(target)
            self.assertEqual(reply.status, status, target)
            self.assertIn("default-src 'none'", reply.headers["content-security-policy"])
            self.assertNotIn("unsafe", reply.headers["content-security-policy"])
            for name, value in (("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer"),
                                ("cross-origin-opener-policy", "same-origin"),
                                ("cross-origin-resource-policy", "same-origin")):
                self.assertEqual(reply.headers[name], value, target)
            self.assertIn("permissions-policy", reply.headers)
            self.assertNotIn("access-control-allow-origin", reply.headers)
            self.assertNotIn("strict-transport-security", reply.headers)
        self.assertEqual(self.get("/admin/assets/none.js").headers["cache-control"], "no-store")

    def test_no_other_method_and_no_way_out_of_the_folder(self):
        self.assertEqual(self.postern.post("/admin/", {"a": "b"}).status, 404)
        for target in ("/admin/assets/../../postern.key", "/admin/assets/%2e%2e/index.html", "/admin/assets//etc/passwd"):
            self.assertIn(self.get(target).status, (400, 404), target)


class UiPagesOverTls(TestCase):
    @classmethod
    def prepare(cls):
        folder = cls.postern.folder
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem"), "-days", "2", "-subj",
                        "/CN=localhost"], check=True, capture_output=True)
        cls.postern.stop()
        cls.postern.start("--no-demo", "--tls-cert", str(folder / "cert.pem"), "--tls-key", str(folder / "key.pem"))

    def test_hsts_is_said_over_https(self):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        reply = self.postern.request("GET", "/admin/", tls=context)
        self.assertEqual(reply.headers["strict-transport-security"], "max-age=31536000; includeSubDomains")
