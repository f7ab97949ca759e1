"""Webhooks, spaces, people and deliveries over the admin API, beside real deliveries."""
import json
import unittest
import urllib.parse

from api_client import Api
from harness import TestCase, wait_until


class Resources(TestCase):
    @classmethod
    def prepare(cls):
        cls.api = Api(cls.postern)

    def made(self, path, body):
        status, answer, _ = self.api.post(path, body)
        self.assertEqual(status, 201, answer)
        return answer

    def test_from_nothing_to_a_member_and_back(self):
        space = self.made("/spaces", {"title": "Club"})
        course = self.made("/courses", {"title": "Course"})
        made = self.made("/webhooks", {"name": "Shop", "add_spaces": [space["id"]], "add_courses": [course["id"]]})
        webhook = made["webhook"]["id"]
        target = urllib.parse.urlsplit(made["url"]).path
        reply = self.postern.post(target, {"email": "ada@example.com", "first_name": "Ada", "user_pass": "correct horse"})
        self.assertEqual(reply.status, 200)
        delivery = json.loads(reply.body)["delivery_id"]

        status, answer, _ = self.api.get(f"/deliveries/{delivery}")
        self.assertEqual(status, 200)
        self.assertEqual([step["step"] for step in answer["story"]],
                         ["received", "recognised", "decoded", "decided", "applied", "answered"])
        self.assertEqual(answer["reply"]["body"], reply.body.decode())
        self.assertNotIn("correct horse", json.dumps(answer))

        _, found, _ = self.api.get("/users?search=ada@")
        user = found["items"][0]["id"]
        _, person, _ = self.api.get(f"/users/{user}")
        self.assertEqual({m["space"]["slug"] for m in person["memberships"]}, {"club", "course"})
        _, members, _ = self.api.get(f"/spaces/{space['id']}/members")
        self.assertEqual(members["items"][0]["because_of"], delivery)

        _, paused, _ = self.api.post(f"/webhooks/{webhook}/pause", None)
        self.assertEqual(paused["state"], "paused")
        held = self.postern.post(target, {"email": "ada@example.com"}).json
        self.assertEqual((held["success"], held["status"]), (True, "held"))
        shown = lambda: self.api.get(f"/deliveries/{held['delivery_id']}")[1]
        self.assertEqual(shown()["status"], "held")
        self.assertIn("held", [step["step"] for step in shown()["story"]])
        self.api.post(f"/webhooks/{webhook}/resume", None)
        wait_until(lambda: shown()["status"] == "processed", "what was held is applied", 10)
        _, rotated, _ = self.api.post(f"/webhooks/{webhook}/rotate", {"grace": "0s"})
        self.assertEqual(self.postern.post(target, {"email": "ada@example.com"}).status, 410)
        new = urllib.parse.urlsplit(rotated["url"]).path
        self.assertEqual(self.postern.post(new, {"email": "ada@example.com"}).status, 200)

        status, answer, _ = self.api.post(f"/deliveries/{delivery}/replay", {"dry_run": True})
        self.assertEqual((status, answer["delivery"]["replay_of"]), (200, delivery))
        status, answer, _ = self.api.post("/deliveries/replay", {"filter": {"status": "rejected"}, "dry_run": True})
        self.assertEqual((status, answer["matched"]), (200, 1))

        status, answer, _ = self.api.post(f"/users/{user}/erase", {"email": "ada@example.com"})
        self.assertEqual((status, answer["deliveries_erased"]), (200, 4))
        self.assertEqual(self.api.get(f"/users/{user}")[0], 404)

    def test_nobody_overwrites_somebody_elses_change(self):
        space = self.made("/spaces", {"title": "Shared"})
        path = f"/spaces/{space['id']}"
        self.assertEqual(self.api.patch(path, {"title": "A"})[0], 428)
        first = {"If-Match": f'"{space["etag"]}"'}
        status, changed, headers = self.api.patch(path, {"title": "A"}, headers=first)
        self.assertEqual(status, 200)
        status, problem, _ = self.api.patch(path, {"title": "B"}, headers=first)
        self.assertEqual((status, problem["current"]["title"]), (412, "A"))
        self.assertEqual(self.api.delete(path, headers={"If-Match": f'"{changed["etag"]}"'})[0], 204)

    def test_wrong_questions_are_told_apart_from_empty_answers(self):
        for path in ("/deliveries?cursor=x", "/users?cursor=-1", "/deliveries?sort=id", "/deliveries?status=lost",
                     "/deliveries/export?format=xml"):
            self.assertEqual(self.api.get(path)[0], 422, path)
        self.assertEqual(self.api.get("/deliveries/0000000000000")[0], 404)

    def test_overview_and_settings(self):
        status, overview, _ = self.api.get("/overview")
        self.assertEqual((status, len(overview["days"])), (200, 7))
        status, settings, _ = self.api.get("/settings")
        self.assertEqual(status, 200)
        self.assertIn("server.listen", [item["key"] for item in settings["items"]])


if __name__ == "__main__":
    unittest.main()
