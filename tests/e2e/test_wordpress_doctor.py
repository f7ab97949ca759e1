"""The doctor for WordPress sites: a healthy one, and one with each kind of damage. Nothing on a site is changed."""
import json
import os
import re
import shutil
import subprocess
import unittest

from harness import BINARY, SLOWDOWN
from mariadb_site import MariaDb, SiteFolder

WEBHOOK = "a:6:{s:5:\"title\";s:5:\"plain\";"  # How the row of the recorded webhook 2 begins.
KEY = "2715b18cdca3407ddf4a02e63e1f08cc"  # Its key.
PASSWORD = "hush-hush-4711"


def setUpModule():
    global database
    database = MariaDb()
    unittest.addModuleCleanup(database.close)


class DoctorCase(unittest.TestCase):
    def site(self, damage="", **options):
        """A site of its own, damaged; its folder."""
        name = database.make_site()
        if damage:
            database.run(damage, name)
        return self.folder(name, **options)

    def folder(self, name, **options):
        folder = SiteFolder(database, name, **options)
        folder.name = name
        self.addCleanup(folder.close)
        return folder

    def run_doctor(self, path, *flags, environment=None):
        done = subprocess.run([BINARY, "wordpress", "doctor", "--wordpress", str(path), *flags], capture_output=True,
                              text=True, timeout=60 * SLOWDOWN, env={**os.environ, **(environment or {})})
        for secret in (PASSWORD, KEY, "a-salt-that-nobody-may-see"):
            self.assertNotIn(secret, done.stdout + done.stderr)
        return done

    def examine(self, folder, *flags, **options):
        """What the doctor found: (exit code, {check: [finding, …]})."""
        done = self.run_doctor(folder.folder, "--json", *flags, **options)
        self.assertEqual(done.stderr, "")
        report = json.loads(done.stdout)
        self.assertEqual(done.returncode, 1 if report["problems"] else 0)
        checks = {}
        for each in report["checks"]:
            checks.setdefault(each["check"], []).append(each)
            self.assertEqual(each["verdict"] == "ok", each["advice"] is None, each)
        return done.returncode, checks

    def assert_finds(self, checks, check, verdict, *phrases):
        texts = [each["says"] + " → " + str(each["advice"]) for each in checks.get(check, []) if each["verdict"] == verdict]
        self.assertTrue(any(all(phrase in text for phrase in phrases) for text in texts),
                        f"no {verdict} of {check} with {phrases}: {json.dumps(checks.get(check), indent=1)}")


class Healthy(DoctorCase):
    def test_all_checks_are_made_and_no_problem_is_found(self):
        code, checks = self.examine(self.site())
        self.assertEqual(code, 0)
        self.assertEqual(set(checks), {
            "config", "connection", "server", "read_only", "cluster", "clock", "privileges", "tables", "columns", "engine",
            "charset", "collation", "wordpress", "plugins", "default_role", "time_zone", "addresses", "blog_charset",
            "db_charset", "multisite", "object_cache", "duplicate_users", "duplicate_logins", "duplicate_memberships",
            "webhooks", "webhook_spaces"})
        # The recorded site has two webhooks that name what is not there, and one membership twice.
        self.assertEqual({check for check, found in checks.items() if any(f["verdict"] != "ok" for f in found)},
                         {"duplicate_memberships", "webhook_spaces"})
        self.assert_finds(checks, "wordpress", "ok", "WordPress 7.1", "version.php", "as since 6.8")
        self.assert_finds(checks, "plugins", "ok", "version 2.8.1", "1.0.8")
        self.assert_finds(checks, "time_zone", "ok", "Asia/Kolkata")
        self.assert_finds(checks, "webhook_spaces", "warning", "row 17", "666666, 777777, 888888 and 999999")
        self.assert_finds(checks, "webhook_spaces", "warning", "row 21", "number 2,")
        self.assert_finds(checks, "webhooks", "ok", "23 webhooks")

    def test_nothing_is_written(self):
        folder = self.site()
        tables = [row[0] for row in database.query("SHOW TABLES", folder.name)]
        state = lambda: (database.query("CHECKSUM TABLE " + ", ".join(tables), folder.name),
                         database.query("SHOW TABLES", folder.name),
                         sorted((str(p), p.stat().st_mtime_ns) for p in folder.folder.rglob("*")))
        before = state()
        log = database.folder / f"{folder.name}.log"
        database.run(f"SET GLOBAL general_log_file = '{log}'; SET GLOBAL general_log = 1")
        self.examine(folder)
        database.run("SET GLOBAL general_log = 0")
        self.assertEqual(state(), before)
        statements = re.findall(r"\t *\d+ (?:Query|Prepare|Execute)\t(\w+)(.*)", log.read_text())
        self.assertIn(("START", " TRANSACTION READ ONLY"), statements)
        self.assertGreater(len(statements), 40)
        allowed = {"SELECT", "SHOW", "START", "ROLLBACK"}
        other = [verb + rest for verb, rest in statements if verb not in allowed]
        # The session's own settings, and the statement that ends this log.
        self.assertEqual([re.split(r"[ =]", each, maxsplit=2)[1] for each in other], ["NAMES", "SESSION", "GLOBAL"], other)

    def test_for_people(self):
        done = self.run_doctor(self.site().config)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("ok       default_role           New users get the role 'subscriber'.", done.stdout)
        self.assertIn("0 problems, 3 warnings.", done.stdout)
        for each in ("proxy_pass http://127.0.0.1:8080;", "RewriteRule", "reverse_proxy 127.0.0.1:8080", "not built"):
            self.assertIn(each, done.stdout)


class DamagedTables(DoctorCase):
    def test_each_kind(self):
        cases = [
            ("DROP TABLE wp_fcom_xprofile", "tables", "problem", "no table wp_fcom_xprofile", "FluentCommunity"),
            ("DROP TABLE wp_users, wp_options", "tables", "problem", "wp_users and wp_options", "$table_prefix"),
            ("ALTER TABLE wp_fcom_space_user DROP COLUMN role, DROP COLUMN meta", "columns", "problem",
             "wp_fcom_space_user", "role and meta"),
            ("ALTER TABLE wp_fcom_spaces DROP COLUMN type, ADD COLUMN type INT", "columns", "problem", "wp_fcom_spaces.type", "should be a text"),
            ("ALTER TABLE wp_users MODIFY user_registered VARCHAR(30)", "columns", "problem", "should be a time"),
            ("ALTER TABLE wp_usermeta ENGINE=MyISAM", "engine", "problem", "wp_usermeta", "MyISAM", "ENGINE=InnoDB"),
            ("ALTER TABLE wp_users CONVERT TO CHARACTER SET latin1", "charset", "problem", "wp_users", "latin1"),
            ("ALTER TABLE wp_options CONVERT TO CHARACTER SET utf8mb3", "charset", "warning", "wp_options", "emoji"),
            ("ALTER TABLE wp_users CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", "collation", "warning",
             "utf8mb4_bin and utf8mb4_unicode_520_ci"),
        ]
        for damage, *expected in cases:
            with self.subTest(damage):
                _, checks = self.examine(self.site(damage))
                self.assert_finds(checks, *expected)

    def test_a_column_of_another_width_is_no_damage(self):
        code, checks = self.examine(self.site("ALTER TABLE wp_fcom_space_user MODIFY user_id BIGINT UNSIGNED NOT NULL;"
                                              "ALTER TABLE wp_users MODIFY user_pass VARCHAR(500) NOT NULL"))
        self.assertEqual(code, 0, checks)


class Privileges(DoctorCase):
    def user(self, name, *grants):
        user = f"user_{name}"
        database.run(f"CREATE USER {user}@localhost IDENTIFIED BY '{PASSWORD}';" +
                     "".join(f"GRANT {each} TO {user}@localhost;" for each in grants))
        return {"user": user, "password": PASSWORD}

    def test_enough(self):
        name = database.make_site()
        folder = self.folder(name, **self.user(name, f"SELECT, INSERT, UPDATE, DELETE, CREATE ON {name}.*"))
        code, checks = self.examine(folder)
        self.assertEqual(code, 0)
        self.assert_finds(checks, "privileges", "ok", "7 tables")

    def test_by_a_role(self):
        name = database.make_site()
        login = self.user(name)
        database.run(f"CREATE ROLE role_{name}; GRANT ALL ON {name}.* TO role_{name};"
                     f"GRANT role_{name} TO {login['user']}@localhost;"
                     f"SET DEFAULT ROLE role_{name} FOR {login['user']}@localhost")
        code, _ = self.examine(self.folder(name, **login))
        self.assertEqual(code, 0)

    def test_not_enough(self):
        name = database.make_site()
        code, checks = self.examine(self.folder(name, **self.user(
            name, f"SELECT ON {name}.*", f"INSERT, UPDATE (user_pass), DELETE ON {name}.wp_users")))
        self.assertEqual(code, 1)
        self.assert_finds(checks, "privileges", "problem", "lacks UPDATE on `" + name + "`.`wp_users`")
        self.assert_finds(checks, "privileges", "problem", "lacks INSERT, UPDATE, DELETE on `" + name + "`.`wp_fcom_meta`")
        self.assert_finds(checks, "privileges", "problem", "lacks CREATE on")
        self.assert_finds(checks, "tables", "ok", "7 tables")

    def test_tables_that_must_not_be_seen(self):
        name = database.make_site()
        code, checks = self.examine(self.folder(name, **self.user(name, f"SELECT ON {name}.wp_options")))
        self.assertEqual(code, 1)
        self.assert_finds(checks, "tables", "problem", "wp_users")
        self.assert_finds(checks, "privileges", "problem", "lacks SELECT, INSERT, UPDATE, DELETE on")

    def test_nobody_is_let_in(self):
        name = database.make_site()
        login = self.user(name)
        code, checks = self.examine(self.folder(name, **login))
        self.assertEqual((code, set(checks)), (1, {"config", "connection"}))
        self.assert_finds(checks, "connection", "problem", "denies access", login["user"], "grants")
        login["password"] = PASSWORD + "x"
        _, checks = self.examine(self.folder(name, **login))
        self.assert_finds(checks, "connection", "problem", "using password: YES", "DB_PASSWORD")


class DamagedContents(DoctorCase):
    def option(self, name, value):
        return f"UPDATE wp_options SET option_value = '{value}' WHERE option_name = '{name}'"

    def test_each_kind_of_option(self):
        roles = "SELECT option_value FROM wp_options WHERE option_name = 'wp_user_roles'"
        cases = [
            (self.option("default_role", "administrator"), "default_role", "problem", "'administrator'", "make administrators",
             "Subscriber"),
            (self.option("default_role", "boss") + "; UPDATE wp_options SET option_value = 'a:1:{s:4:\"boss\";a:1:{s:12:"
             "\"capabilities\";a:1:{s:14:\"manage_options\";b:1;}}}' WHERE option_name = 'wp_user_roles'",
             "default_role", "problem", "'boss'"),
            (self.option("default_role", "guest"), "default_role", "warning", "'guest'", "not defined"),
            (self.option("default_role", ""), "default_role", "warning", "no role"),
            (f"UPDATE wp_options SET option_value = LEFT(option_value, 100) WHERE option_name = 'wp_user_roles'",
             "default_role", "problem", "'wp_user_roles' cannot be read", "damaged at byte"),
            (self.option("active_plugins", "a:0:{}"), "plugins", "problem", "not active"),
            (self.option("active_plugins", "a:1:{i:0;s:99"), "plugins", "problem", "cannot be read"),
            (self.option("timezone_string", "Mars/Olympus"), "time_zone", "problem", "Mars/Olympus"),
            (self.option("timezone_string", "../../etc/passwd"), "time_zone", "problem", "not known"),
            (self.option("timezone_string", "") + ";" + self.option("gmt_offset", "5.5"), "time_zone", "ok", "5.5 hours"),
            (self.option("home", "http://localhost:8080"), "addresses", "warning", "localhost", "no mail"),
            (self.option("siteurl", ""), "addresses", "problem", "siteurl"),
            (self.option("blog_charset", "ISO-8859-1"), "blog_charset", "warning", "ISO-8859-1"),
        ]
        for damage, *expected in cases:
            with self.subTest(damage):
                _, checks = self.examine(self.site(damage))
                self.assert_finds(checks, *expected)
        self.assertTrue(database.query(roles, database.make_site()))

    def test_versions(self):
        for number, verdict, phrase in ((61833, "ok", "WordPress 7.1, by the option 'db_version'"),
                                        (58975, "ok", "WordPress 6.7"), (49752, "problem", "older than 6.1"),
                                        (1, "problem", "cannot be told")):
            with self.subTest(number):
                folder = self.site(self.option("db_version", number))
                shutil.rmtree(folder.folder / "wp-includes")
                _, checks = self.examine(folder)
                self.assert_finds(checks, "wordpress", verdict, phrase)
        folder = self.site()
        (folder.folder / "wp-includes" / "version.php").write_text("<?php $wp_version = '8.0-beta1';")
        _, checks = self.examine(folder)
        self.assert_finds(checks, "wordpress", "warning", "newer than 7.1")

    def test_what_is_there_twice(self):
        _, checks = self.examine(self.site(
            "UPDATE wp_users SET user_email = 'MEMBER@example.com' WHERE ID IN (3, 4);"
            "UPDATE wp_users SET user_email = 'editor@example.com' WHERE ID = 5;"
            "UPDATE wp_users SET user_email = '' WHERE ID IN (6, 7);"
            "UPDATE wp_users SET user_login = 'ADMIN' WHERE ID = 8"))
        self.assert_finds(checks, "duplicate_users", "warning", "2 e-mail addresses belong", "GROUP BY user_email")
        self.assert_finds(checks, "duplicate_logins", "warning", "1 login belongs")
        self.assert_finds(checks, "duplicate_memberships", "warning", "1 membership is")

    def test_webhooks(self):
        cases = [
            ("UPDATE wp_fcom_meta SET value = LEFT(value, 60) WHERE id = 2", "webhooks", "problem", "row 2 of wp_fcom_meta",
             "at byte"),
            ("UPDATE wp_fcom_meta SET value = REPLACE(value, 's:5:\"plain\"', 's:5:\"Plan\"') WHERE id = 2", "webhooks",
             "problem", "row 2", "not 5 bytes long"),
            ("UPDATE wp_fcom_meta SET value = 'i:5;' WHERE id = 4", "webhooks", "problem", "row 4", "no list of settings"),
            ("UPDATE wp_fcom_meta SET value = 'plain text' WHERE id = 3", "webhooks", "problem", "row 3", "no value begins here"),
            (f"UPDATE wp_fcom_meta SET meta_key = '{KEY}' WHERE id = 3", "webhooks", "problem", "1 keys are there more than once"),
            ("DELETE FROM wp_fcom_spaces WHERE id = 5", "webhook_spaces", "warning", "row 8", "number 5,"),
            ("UPDATE wp_fcom_meta SET value = NULL WHERE id = 2; DELETE FROM wp_fcom_meta WHERE id IN (17, 21)",
             "webhook_spaces", "ok", "Every space"),
        ]
        for damage, *expected in cases:
            with self.subTest(damage):
                _, checks = self.examine(self.site(damage))
                self.assert_finds(checks, *expected)


class Files(DoctorCase):
    def test_constants_and_drop_ins(self):
        for more, *expected in (
                ("define( 'MULTISITE', true );", "multisite", "problem", "network"),
                ("define( 'WP_HOME', 'https://localhost' );", "addresses", "warning", "https://localhost"),
                ("define( 'WP_HOME', $home );", "config", "warning", "WP_HOME is taken from a variable (line 10)"),
                ("require __DIR__ . '/more.php';", "config", "warning", "/more.php (line 10)", "not read")):
            with self.subTest(more):
                _, checks = self.examine(self.site(more=more))
                self.assert_finds(checks, *expected)
        folder = self.site()
        (folder.folder / "wp-content" / "object-cache.php").write_text("<?php")
        folder.config.write_text(folder.config.read_text().replace("'utf8mb4'", "'latin1'"))
        code, checks = self.examine(folder)
        self.assertEqual(code, 1)
        self.assert_finds(checks, "object_cache", "warning", "object-cache.php", "wp cache flush")
        self.assert_finds(checks, "db_charset", "problem", "latin1")

    def test_tables_with_names_of_their_own(self):
        folder = self.site("RENAME TABLE wp_users TO people, wp_usermeta TO people_meta",
                           more="define( 'CUSTOM_USER_TABLE', 'people' ); define( 'CUSTOM_USER_META_TABLE', 'people_meta' );")
        code, checks = self.examine(folder)
        self.assertEqual(code, 0, checks)

    def test_the_file_one_folder_above(self):
        folder = self.site()
        inner = folder.folder / "public"
        inner.mkdir()
        for name in ("wp-settings.php", "wp-includes", "wp-content"):
            (folder.folder / name).rename(inner / name)
        done = self.run_doctor(str(inner) + "/", "--json")
        report = json.loads(done.stdout)
        self.assertEqual((done.returncode, report["config"]), (0, str(folder.config)))
        (folder.folder / "wp-settings.php").write_text("<?php")  # Now the file above is another site's.
        self.assertEqual(self.run_doctor(inner).returncode, 1)

    def test_what_only_the_environment_knows(self):
        folder = self.site()
        text = folder.config.read_text()
        folder.config.write_text(text.replace(f"'{folder.name}'", "getenv_docker('WORDPRESS_DB_NAME', 'wordpress')")
                                 .replace("'wp_'", "getenv('PREFIX') ?: 'x_'"))
        code, checks = self.examine(folder)
        self.assertEqual((code, set(checks)), (1, {"config"}))
        self.assert_finds(checks, "config", "problem", "DB_NAME is read from the environment variable 'WORDPRESS_DB_NAME'",
                          "(line 2)", "--db-name", "same environment as the web server")
        self.assert_finds(checks, "config", "problem", "$table_prefix", "'PREFIX'", "--table-prefix")
        code, _ = self.examine(folder, environment={"WORDPRESS_DB_NAME": folder.name, "PREFIX": "wp_"})
        self.assertEqual(code, 0)
        code, _ = self.examine(folder, "--db-name", folder.name, "--table-prefix", "wp_")
        self.assertEqual(code, 0)

    def test_a_password_from_a_file(self):
        name = database.make_site()
        database.run(f"CREATE USER file_{name}@localhost IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON {name}.* TO file_{name}@localhost")
        folder = self.folder(name)
        folder.config.write_text(folder.config.read_text().replace("define( 'DB_PASSWORD', '' )", "load_secrets()"))
        secret = folder.folder / "secret"
        secret.write_text(PASSWORD + "\n")
        flags = ("--db-user", f"file_{name}")
        code, checks = self.examine(folder, *flags)
        self.assert_finds(checks, "config", "problem", "DB_PASSWORD is not defined in this file", "--db-password-file")
        code, _ = self.examine(folder, *flags, "--db-password-file", str(secret))
        self.assertEqual(code, 0)
        secret.write_text("two\nlines\n")
        done = self.run_doctor(folder.config, *flags, "--db-password-file", str(secret))
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("on one line", done.stderr)

    def test_what_is_not_there(self):
        folder = self.folder("no_such_database")
        _, checks = self.examine(folder)
        self.assert_finds(checks, "connection", "problem", "no_such_database", "DB_NAME")
        text = folder.config.read_text()
        for host, phrase in (("localhost:/nowhere/socket", "cannot be reached"), ("localhost:99999", "highest is 65535"),
                             ("127.0.0.1:1", "cannot be reached")):
            folder.config.write_text(text.replace(f"localhost:{database.socket}", host))
            _, checks = self.examine(folder)
            self.assert_finds(checks, "connection", "problem", phrase)
        folder.config.write_text("no PHP")
        _, checks = self.examine(folder)
        self.assert_finds(checks, "config", "problem", "holds no PHP")
        folder.config.unlink()
        for path in (folder.folder, folder.config, folder.folder / "wp-content" / "none.php"):
            done = self.run_doctor(path)
            self.assertEqual(done.returncode, 1)
            self.assertIn("There is no", done.stdout)
            self.assertNotIn("proxy_pass", done.stdout)
        usage = subprocess.run([BINARY, "wordpress", "doctor"], capture_output=True, text=True)
        self.assertEqual(usage.returncode, 2)


if __name__ == "__main__":
    unittest.main()
