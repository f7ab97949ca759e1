#!/usr/bin/env python3
"""Times what the pages of the admin API ask of the store, on a large one.

    ./dev bench --pages [--users 1000000] [--deliveries 10000000]

Runs the program `pages` (tests/bench/pages.cpp) on a store that is seeded here, and prints milliseconds per page, the
median and the worst of several. The target is 200 ms.
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from bench import Postern, seed

TARGET_MS = 200


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postern", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--tools", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--deliveries", type=int, default=10_000_000)
    parser.add_argument("--folder", help="where the store is made")
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="postern-pages-", dir=options.folder))
    try:
        postern = Postern(options.postern, folder)
        postern.stop()
        database = postern.data / "postern.db"
        start = time.monotonic()
        seed(database, options.users, options.deliveries)
        print(f"{options.users} users, {options.deliveries} deliveries, seeded in {time.monotonic() - start:.0f} s")
        done = subprocess.run([pathlib.Path(options.tools) / "pages", database, str(options.users)],
                              capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"pages: {done.stderr.strip()}")
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        print(f"\n{'page':44}{'rows':>6}{'ms median':>11}{'ms worst':>10}")
        for row in rows:
            print(f"{row['page']:44}{row['rows']:>6}{row['median_ms']:>11.1f}{row['worst_ms']:>10.1f}")
        slow = [row["page"] for row in rows if row.get("is_page", True) and row["median_ms"] > TARGET_MS]
        if slow:
            sys.exit(f"pages: slower than {TARGET_MS} ms: {', '.join(slow)}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
