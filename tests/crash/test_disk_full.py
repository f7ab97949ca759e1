"""A full disk: refused with 5xx, nothing acknowledged is lost, and it works again when there is room, without a restart."""
import resource
import unittest

from harness import Postern


class DiskFull(unittest.TestCase):
    """The file size limit of the process stands for the disk: writing past it fails as on a full one (EFBIG, ENOSPC)."""

    def test_full_and_free_again(self):
        postern = Postern("--no-demo", start=False)
        self.addCleanup(postern.close)
        postern.cli("space", "add", "--title", "A", "--slug", "a")
        _, target = postern.webhook("--add-space", "a")
        limit = 2 * 1024 * 1024
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        postern.start(preexec=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard)))
        acknowledged, refused = [], []
        for i in range(400):
            email = f"full{i}@example.com"
            reply = postern.post(target, {"email": email, "filler": "x" * 20_000})
            if reply.status == 200:
                acknowledged.append(email)
            else:
                self.assertEqual((reply.status, reply.json["code"]), (503, "unavailable"))
                self.assertIn("retry-after", reply.headers)
                refused.append(email)
            if len(refused) == 5:
                break
        self.assertEqual(len(refused), 5)
        self.assertGreater(len(acknowledged), 10)
        self.assertIn("event=store.commit_failed", postern.stderr())
        stored = {row[0] for row in postern.sql("SELECT email_key FROM users")}
        self.assertEqual(stored, set(acknowledged))

        resource.prlimit(postern.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        for email in refused:
            self.assertEqual(postern.post(target, {"email": email}).status, 200)
        self.assertEqual(postern.request("GET", "/readyz").status, 200)
        stored = {row[0] for row in postern.sql("SELECT email_key FROM users")}
        self.assertEqual(stored, set(acknowledged) | set(refused))
        self.assertEqual(postern.cli_json("check")["problems"], [])


if __name__ == "__main__":
    unittest.main()
