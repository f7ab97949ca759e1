"""The bridge, a must-use plugin, in a real WordPress: signatures, hooks, repeats, caches, and Postern as the sender."""
import itertools
import json
import re
import subprocess
import time
import unittest

from harness import Postern, wait_until
from mariadb_site import MariaDb
from wordpress_site import BRIDGE, EVENTS, WordPressSite, new_secret, signature

SPACE = {"id": 3, "kind": "space", "slug": "premium", "title": "Premium"}
COURSE = {"id": 4, "kind": "course", "slug": "rust-101", "title": "Rust 101"}
WEBHOOK = {"id": 7, "name": "Shop"}
GENERAL = "postern_bridge/event"  # The hook of every event.
DONE = 1  # The state of an outbox row, as it is stored.
numbers = itertools.count(100)


def setUpModule():
    global database, site
    database = MariaDb()
    unittest.addModuleCleanup(database.close)
    site = WordPressSite(database)
    unittest.addModuleCleanup(site.close)


class BridgeCase(unittest.TestCase):
    def setUp(self):
        site.set_secret(new_secret())
        site.behave()
        site.forget_fired()
        self.addCleanup(site.behave)
        self.user = next(numbers)
        self.login = f"ada{self.user}"
        self.ids = (f"evt_{self.user}.{n}" for n in itertools.count(1))

    def event(self, type, **data):
        told = {"id": self.user, "email": f"{self.login}@example.com", "login": self.login}
        data = {"user": told, "webhook": WEBHOOK, **data}
        return {"type": type, "timestamp": "2026-03-01T09:30:00.000Z", "data": data}

    def joined(self):
        return self.event("membership.added", space=SPACE, result="added")

    def refused(self, reply, status, *phrases):
        self.assertEqual(reply.status, status, reply.body)
        for phrase in phrases:
            self.assertIn(phrase, reply.json["message"])
        self.assertEqual(site.fired(), [])


class Hooks(BridgeCase):
    def test_each_event_fires_its_hook_once_with_the_arguments_that_plugins_know(self):
        site.add_user(self.user, self.login)
        premium = {"id": 3, "slug": "premium", "title": "Premium", "type": "community"}
        rust = {"id": 4, "slug": "rust-101", "title": "Rust 101", "type": "course"}
        pivot = {"user_id": self.user, "status": "active"}
        person = ["WP_User", self.user, f"{self.login}@example.com"]
        delivery = {"id": "d1", "status": "processed", "email": f"{self.login}@example.com", "outcomes": []}
        data = {"role": "subscriber", "user_email": f"{self.login}@example.com", "user_login": self.login, "user_pass": "",
                "first_name": "Ada"}
        cases = (
            (self.event("user.created"), "user_register", [self.user, data]),
            (self.joined(), "fluent_community/space/joined",
             [["stdClass", premium], self.user, "by_admin", ["stdClass", {"space_id": 3, "role": "member", **pivot}]]),
            (self.event("membership.added", space=COURSE, result="added"), "fluent_community/course/enrolled",
             [["stdClass", rust], self.user, "by_admin", ["stdClass", {"space_id": 4, "role": "student", **pivot}]]),
            (self.event("membership.removed", space=SPACE, result="removed"), "fluent_community/space/user_left",
             [["stdClass", premium], self.user, "by_admin"]),
            (self.event("membership.removed", space=COURSE, result="removed"), "fluent_community/course/student_left",
             [["stdClass", rust], self.user, "by_admin"]),
            (self.event("delivery.processed", delivery=delivery), "fluent_community/incoming_webhook_processed",
             [person, ["stdClass", {"id": 7, "title": "Shop"}], delivery]),
        )
        for event, hook, arguments in cases:
            with self.subTest(hook):
                site.forget_fired()
                id = next(self.ids)
                reply = site.send(event, id)
                self.assertEqual((reply.status, reply.json), (200, {"done": [id]}))
                own, general = site.fired()
                self.assertEqual((own["hook"], own["arguments"], own["event"]), (hook, arguments, id))
                self.assertEqual((general["hook"], general["event"]), (GENERAL, id))
                self.assertEqual(general["arguments"], [{"id": id, **event}, id])

                again = site.send(event, id)
                self.assertEqual((again.status, again.json), (200, {"done": [id], "repeated": [id]}))
                self.assertEqual(len(site.fired()), 2)

    def test_what_has_no_hook_of_its_own_is_told_to_those_who_want_all(self):
        odd = {"user": {"id": [1], "login": {}}}  # A script may say anything.
        cases = (("delivery.failed", {"user": None}), ("endpoint.test", {}), ("order.paid", odd), ("membership.vip", {}))
        for type, data in cases:
            site.forget_fired()
            id = next(self.ids)
            self.assertEqual(site.send({"type": type, "data": data}, id).json, {"done": [id]})
            self.assertEqual(site.hooks(), [GENERAL])

    def test_a_repeat_is_known_after_the_object_cache_was_flushed(self):
        site.add_user(self.user, self.login)
        id = next(self.ids)
        self.assertEqual(site.send(self.joined(), id).status, 200)
        for file in (site.content / "object-cache").glob("*/*"):
            file.unlink()
        self.assertEqual(site.send(self.joined(), id).json["repeated"], [id])
        self.assertEqual(len(site.fired()), 2)

    def test_models_are_those_of_fluentcommunity_where_it_is_loaded(self):
        site.add_user(self.user, self.login)
        plugin = site.content / "mu-plugins" / "community.php"
        plugin.write_bytes((BRIDGE.parents[3] / "tests/data/wordpress/bridge/community.php").read_bytes())
        self.addCleanup(plugin.unlink)
        gone = {"id": 404, "kind": "space", "slug": "gone", "title": "Gone"}
        classes = []
        for space in (SPACE, COURSE, gone):
            self.assertEqual(site.send(self.event("membership.added", space=space), next(self.ids)).status, 200)
            space, _, _, pivot = site.fired()[-2]["arguments"]
            classes.append((space[0], space[1]["slug"], pivot[0]))
            if pivot[0] != "stdClass":
                self.assertEqual(pivot[1]["where"], {"space_id": space[1]["id"], "user_id": self.user})
        space, pivot = "FluentCommunity\\App\\Models\\Space", "FluentCommunity\\App\\Models\\SpaceUserPivot"
        course = "FluentCommunity\\Modules\\Course\\Model\\Course"
        self.assertEqual(classes, [(space, "from-the-model", pivot), (course, "from-the-model", pivot),
                                   ("stdClass", "gone", "stdClass")])

    def test_a_batch_is_done_event_by_event(self):
        site.add_user(self.user, self.login)
        first, second, third = (next(self.ids) for _ in range(3))
        self.assertEqual(site.send(self.event("user.created"), first).status, 200)
        events = [{"id": first, **self.event("user.created")}, {"id": second, **self.joined()},
                  {"id": third, **self.event("membership.added", space=COURSE)}, {"id": second, **self.joined()}]
        reply = site.send({"events": events})
        told = {"done": [first, second, third, second], "repeated": [first, second]}
        self.assertEqual((reply.status, reply.json), (200, told))
        own = [(each["hook"], each["event"]) for each in site.fired() if each["hook"] != GENERAL]
        self.assertEqual(own, [("user_register", first), ("fluent_community/space/joined", second),
                               ("fluent_community/course/enrolled", third)])


    def test_the_documented_callback_acts_once_however_often_it_is_called(self):
        page = (BRIDGE.parents[3] / "docs" / "wordpress.md").read_text()
        example = re.search(r"^```php\n(.*?)^```", page, re.M | re.S).group(1)
        write = "file_put_contents( WP_CONTENT_DIR . '/presents', \"$id \", FILE_APPEND );"
        presents = f"function send_a_present( $id ) {{ {write} }}\n"
        plugin = site.content / "mu-plugins" / "example.php"
        plugin.write_text("<?php\n" + presents + example)
        self.addCleanup(plugin.unlink)
        site.add_user(self.user, self.login)
        id = next(self.ids)
        site.mischief("fluent_community/space/joined", "throw")
        self.assertEqual(site.send(self.joined(), id).status, 500)
        site.behave()
        self.assertEqual(site.send(self.joined(), id).status, 200)
        self.assertEqual(site.send(self.joined(), next(self.ids)).status, 200)
        self.assertEqual((site.content / "presents").read_text(), f"{self.user} {self.user} ")


class Failures(BridgeCase):
    def test_a_callback_that_throws_stops_no_other_and_is_called_again(self):
        site.add_user(self.user, self.login)
        joined, also, enrolled = (next(self.ids) for _ in range(3))
        site.mischief("fluent_community/space/joined", "throw")
        reply = site.send({"events": [{"id": joined, **self.joined()}, {"id": also, **self.joined()},
                                      {"id": enrolled, **self.event("membership.added", space=COURSE)}]})
        self.assertEqual((reply.status, reply.json["done"]), (500, [enrolled]))
        self.assertEqual([(each["id"], each["hook"]) for each in reply.json["failed"]],
                         [(joined, "fluent_community/space/joined"), (also, "fluent_community/space/joined")])
        self.assertIn("fluent_community/space/joined", reply.json["message"])
        # The callbacks behind it were called, and so were the other hooks.
        self.assertEqual(site.hooks("last"), ["fluent_community/space/joined", GENERAL] * 2 +
                         ["fluent_community/course/enrolled", GENERAL])
        # The answer tells no detail; the log does, on one line.
        self.assertNotIn(b"A detail", reply.body)
        told = "a callback of fluent_community/space/joined threw RuntimeException: A detail that only the log may tell"
        self.assertIn(f"event {joined}: {told}", site.log.read_text())

        site.forget_fired()
        self.assertEqual(site.send(self.joined(), joined).status, 500)
        site.behave()
        self.assertEqual(site.send(self.joined(), joined).json, {"done": [joined]})
        # Only the hook that failed is fired again, with the same id at every try.
        again = [(each["hook"], each["event"]) for each in site.fired()]
        self.assertEqual(again, [("fluent_community/space/joined", joined)] * 2)

    def test_a_callback_that_ends_the_program_does_not_look_like_success(self):
        site.add_user(self.user, self.login)
        id = next(self.ids)
        site.mischief("fluent_community/space/joined", "exit")
        self.assertEqual(site.send(self.joined(), id).status, 500)
        site.behave()
        site.sql(f"UPDATE wp_postern_bridge_events SET lease_until = {int(time.time()) + 60} WHERE id = '{id}'")
        busy = site.send(self.joined(), id)
        self.assertEqual((busy.status, busy.json["waiting"][0]["id"], busy.headers["retry-after"]), (503, id, "10"))
        site.sql(f"UPDATE wp_postern_bridge_events SET lease_until = {int(time.time())} WHERE id = '{id}'")
        self.assertEqual(site.send(self.joined(), id).json, {"done": [id]})
        self.assertEqual(site.hooks("last"), ["fluent_community/space/joined", GENERAL])

    def test_what_a_callback_prints_does_not_reach_the_answer(self):
        site.add_user(self.user, self.login)
        id = next(self.ids)
        site.mischief("fluent_community/space/joined", "print")
        self.assertEqual(json.loads(site.send(self.joined(), id).body), {"done": [id]})

    def test_a_person_who_is_not_there_is_waited_for_then_given_up(self):
        id = next(self.ids)
        reply = site.send(self.joined(), id)
        self.refused(reply, 503, "not in the database of this site")
        self.assertEqual(reply.headers["retry-after"], "10")
        site.add_user(self.user, self.login)
        self.assertEqual(site.send(self.joined(), id).json, {"done": [id]})
        self.assertEqual(site.hooks(), ["fluent_community/space/joined", GENERAL])

        site.forget_fired()
        site.sql(f"DELETE FROM wp_users WHERE ID = {self.user}")
        late = next(self.ids)
        self.assertEqual(site.send(self.joined(), late).status, 503)
        site.sql(f"UPDATE wp_postern_bridge_events SET first_at = first_at - 301 WHERE id = '{late}'")
        reply = site.send(self.joined(), late)
        self.assertEqual((reply.status, reply.json["done"], reply.json["skipped"][0]["id"]), (200, [late], late))
        self.assertEqual(site.hooks(), [GENERAL])

    def test_nobody_else_with_this_number_gets_the_hooks(self):
        site.add_user(self.user, f"bob{self.user}")
        self.refused(site.send(self.joined(), next(self.ids)), 503, "another one?")
        # One of login and address is enough: an address may have been changed meanwhile. WordPress escapes '&' in it.
        site.sql(f"UPDATE wp_users SET user_login = '{self.login}' WHERE ID = {self.user}")
        self.assertEqual(site.send(self.joined(), next(self.ids)).status, 200)
        site.sql(f"UPDATE wp_users SET user_login = 'bob', user_email = 'A&amp;b@example.com' WHERE ID = {self.user}")
        event = self.joined()
        event["data"]["user"]["email"] = "a&B@example.com"
        self.assertEqual(site.send(event, next(self.ids)).status, 200)

    def test_old_ids_are_deleted(self):
        self.assertEqual(site.send(self.event("endpoint.test"), next(self.ids)).status, 200)
        now = int(time.time())
        site.sql(f"INSERT INTO wp_postern_bridge_events (id, done, first_at, lease_until) VALUES"
                 f" ('evt_old', 1, {now - 31 * 86400}, 0), ('evt_young', 1, {now - 29 * 86400}, 0);"
                 " ALTER TABLE wp_postern_bridge_events AUTO_INCREMENT = 150000")
        self.assertEqual(site.send(self.event("endpoint.test"), next(self.ids)).status, 200)
        kept = {row[0] for row in site.sql("SELECT id FROM wp_postern_bridge_events")}
        self.assertIn("evt_young", kept)
        self.assertNotIn("evt_old", kept)
        site.sql("ALTER TABLE wp_postern_bridge_events AUTO_INCREMENT = 300000")
        last = next(self.ids)
        self.assertEqual(site.send(self.event("endpoint.test"), last).status, 200)
        self.assertEqual(site.sql("SELECT id FROM wp_postern_bridge_events WHERE n < 100000"), [])
        self.assertIn([last], site.sql("SELECT id FROM wp_postern_bridge_events"))

    def test_a_table_that_cannot_be_used_is_named(self):
        site.sql("DROP TABLE IF EXISTS wp_postern_bridge_events; CREATE TABLE wp_postern_bridge_events (other INT)")
        self.refused(site.send(self.joined(), next(self.ids)), 500, "postern_bridge_events")
        site.sql("DROP TABLE wp_postern_bridge_events")
        self.assertEqual(site.send(self.event("endpoint.test"), next(self.ids)).status, 200)


class Caches(BridgeCase):
    def test_what_was_changed_behind_its_back_is_stale_before_the_event_and_fresh_after(self):
        for flush in (True, False):
            with self.subTest(groups_can_be_flushed=flush):
                if not flush:
                    (site.content / "no-group-flush").touch()
                    self.addCleanup((site.content / "no-group-flush").unlink)
                self.check_caches(flush)

    def check_caches(self, flush):
        id, login = next(numbers), f"ada{next(numbers)}"
        old, new = f"{login}@example.com", f"new.{login}@example.com"
        site.add_user(id, login)
        site.request("POST", f"/wp-json/observer/v1/fill?id={id}")
        before = site.read(id, old, login)
        self.assertEqual((before["email"], before["by_email"], before["by_slug"]), (old, id, id))
        self.assertEqual((before["meta"], before["absent"]), (login, None))
        site.sql(f"UPDATE wp_users SET user_email = '{new}', user_nicename = 'fresh{id}' WHERE ID = {id};"
                 f" UPDATE wp_usermeta SET meta_value = 'fresh' WHERE user_id = {id} AND meta_key = 'nickname';"
                 " UPDATE wp_options SET option_value = '4711' WHERE option_name = 'user_count';"
                 f" INSERT INTO wp_options (option_name, option_value, autoload) VALUES ('added_{id}', 'yes', 'no')")
        self.assertEqual(site.read(id, old, login), before)

        told = {"id": id, "email": new, "login": login}
        event = {"type": "membership.added", "data": {"user": told, "space": SPACE}}
        self.assertEqual(site.send(event, next(self.ids)).status, 200)
        after = site.read(id, new, f"fresh{id}")
        self.assertEqual((after["email"], after["by_email"], after["by_slug"]), (new, id, id))
        self.assertEqual((after["nicename"], after["meta"]), (f"fresh{id}", "fresh"))
        self.assertEqual((after["count"], after["absent"]), ("4711", "yes"))
        self.assertNotEqual(after["users"], before["users"])
        self.assertEqual((after["avatar"], after["banner"]), (False, False if flush else "old"))
        gone = site.read(id, old, login)
        self.assertEqual((gone["by_email"], gone["by_slug"]), (None, None))


class Signatures(BridgeCase):
    def test_only_what_is_signed_by_a_known_secret_and_lately_is_believed(self):
        id, body, now = next(self.ids), json.dumps(self.joined()).encode(), int(time.time())
        good = signature(site.secret, id, now, body)

        def wrong(signatures):
            return {"headers": {"webhook-signature": signatures}, "at": now}, "does not verify"

        cases = {
            "another secret": ({"signed_with": [new_secret()]}, "does not verify"),
            "another id": wrong(signature(site.secret, "evt_x", now, body)),
            "another body": wrong(signature(site.secret, id, now, body + b" ")),
            "another time": wrong(signature(site.secret, id, now - 1, body)),
            "another version": wrong("v1a" + good[2:]),
            "cut": wrong(good[:-4]),
            "after too many": wrong("v1,x " * 16 + good),
            "too old": ({"at": now - 310}, "clocks"),
            "ahead": ({"at": now + 330}, "clocks"),
            "no signature": ({"headers": {"webhook-signature": None}}, "not signed"),
            "no id": ({"headers": {"webhook-id": None}}, "not signed"),
            "no time": ({"headers": {"webhook-timestamp": None}}, "not signed"),
            "odd time": ({"headers": {"webhook-timestamp": f"{now}.5"}}, "not signed"),
        }
        for name, (how, phrase) in cases.items():
            with self.subTest(name):
                reply = site.send(body, id, **how)
                self.refused(reply, 401, phrase)
                self.assertEqual(reply.json["code"], "postern_bridge_bad_signature")
                self.assertNotIn(site.secret.encode(), reply.body)
        site.add_user(self.user, self.login)
        self.assertEqual(site.send(body, id, at=now - 240).status, 200)

    def test_secrets_are_rotated_without_a_gap(self):
        old, new = new_secret(), new_secret()
        test = self.event("endpoint.test")
        for known, signed_with, status in (([old], [old], 200), ([old], [old, new], 200), ([old, new], [new], 200),
                                           ([old, new], [old], 200), ([new], [old, new], 200), ([new], [old], 401)):
            site.set_secret(*known)
            self.assertEqual(site.send(test, next(self.ids), signed_with).status, status)
        # A typing error in one takes nothing from the other.
        site.set_secret("whsec_%%%", new)
        self.assertEqual(site.send(test, next(self.ids), [new]).status, 200)

    def test_without_a_secret_nothing_is_believed(self):
        for secret in (None, "", "   ", "whsec_", "whsec_c2hvcnQ=", site.secret.removeprefix("whsec_")):
            with self.subTest(secret):
                (site.folder / "secret").unlink(missing_ok=True)
                if secret is not None:
                    (site.folder / "secret").write_text(secret)
                self.refused(site.send(self.joined(), next(self.ids)), 503, "POSTERN_BRIDGE_SECRET")

    def test_a_body_that_says_nothing_is_refused_with_a_sentence(self):
        odd = {"id": "evt 1", "type": "a", "data": {}}
        batches = ([], {}, {"a": self.joined()}, [odd], [self.joined()], [1], [{**odd, "id": "e" * 101}],
                   [{**odd, "id": "e\n"}], [{**odd, "id": "e"}] * 1001)
        bodies = (b"", b"{", b"17", b'"text"', b"null", b"{}", {"type": "a"}, {"type": 1, "data": {}},
                  {"type": "a", "data": "x"}, self.event("membership.added"),
                  self.event("membership.removed", space={"id": "3"}),
                  b'{"type":"a","data":{"a":' + b"[" * 40 + b"]" * 40 + b"}}", *({"events": each} for each in batches))
        for body in bodies:
            with self.subTest(body if len(body) < 100 else len(body)):
                self.refused(site.send(body), 400)
        self.refused(site.send({"events": [odd]}), 400, "Event 1", "Nothing was done.")
        self.refused(site.send(b"{", signed_with=[new_secret()]), 401)  # Who sent it comes first.
        self.refused(site.send(b" " * 1048577), 413, "1 MB")
        self.assertEqual(site.request("GET", EVENTS).status, 404)
        plain = "/?rest_route=/postern-bridge/v1/events"
        self.assertEqual(site.send(self.event("endpoint.test"), "evt_plain", target=plain).status, 200)


class WithPostern(BridgeCase):
    def test_what_postern_does_reaches_the_site(self):
        config = "[outgoing]\nallow = '127.0.0.0/8'\nports = '1-65535'\n"
        with Postern("--no-demo", config=config) as postern:
            settings = ["--config", str(postern.folder / "postern.toml")]
            postern.cli("space", "add", "--title", "Premium")
            _, target = postern.webhook("--add-space", "premium", name="Shop")
            # The store here is Postern's own; user 1 of both is the administrator, user 2 is Ada.
            self.assertEqual(postern.post(target, {"email": "admin@example.com"}).json["user_id"], 1)
            site.add_user(2, "ada")
            url = f"http://127.0.0.1:{site.port}{EVENTS}"
            made = postern.cli_json("endpoint", "add", "--name", "WordPress", "--url", url, *settings)
            site.set_secret(made["secret"])
            delivery = postern.post(target, {"email": "ada@example.com", "first_name": "Ada"}).json
            self.assertEqual(delivery["user_id"], 2)
            all_done = lambda: {row[0] for row in postern.sql("SELECT state FROM outbox WHERE kind = 4")} == {DONE}
            wait_until(all_done, "all events have arrived", 30)
            event = f"evt_{delivery['delivery_id']}_"
            own = sorted((each["event"], each["hook"]) for each in site.fired() if each["hook"] != GENERAL)
            self.assertEqual(own, [(event + "1", "user_register"), (event + "2", "fluent_community/space/joined"),
                                   (event + "3", "fluent_community/incoming_webhook_processed")])
            self.assertEqual(site.hooks().count(GENERAL), 3)

            # Both secrets sign for a while: the site may change its own at any time in between.
            rotated = postern.cli_json("endpoint", "rotate", str(made["id"]), "--grace", "1h", *settings)
            site.forget_fired()
            postern.post(target, {"email": "ada@example.com"})
            wait_until(lambda: all_done() and site.hooks(), "an event signed twice has arrived", 30)
            site.set_secret(rotated["secret"])
            site.forget_fired()
            postern.post(target, {"email": "ada@example.com"})
            wait_until(lambda: all_done() and site.hooks(), "an event for the new secret has arrived", 30)
            self.assertEqual(site.hooks(), ["fluent_community/incoming_webhook_processed", GENERAL])


class Source(unittest.TestCase):
    NEWER = "T_MATCH T_NULLSAFE_OBJECT_OPERATOR T_ATTRIBUTE T_ENUM T_READONLY"  # Words that PHP 7.4 does not know.

    def test_it_is_php_without_a_complaint_and_without_newer_words(self):
        done = subprocess.run(["php", "-d", "error_reporting=-1", "-d", "display_errors=1", "-l", str(BRIDGE)],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout.count("\n")), (0, 1), done.stdout + done.stderr)
        names = "foreach (token_get_all(file_get_contents($argv[1])) as $t) echo is_array($t) ? token_name($t[0]) : $t, ' ';"
        done = subprocess.run(["php", "-r", names, str(BRIDGE)], capture_output=True, text=True, check=True, timeout=60)
        tokens = done.stdout.split()
        self.assertGreater(len(tokens), 1000)
        self.assertEqual(set(tokens) & set(self.NEWER.split()), set())


if __name__ == "__main__":
    unittest.main()
