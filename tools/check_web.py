#!/usr/bin/env python3
"""The rules for web/ that a pattern can hold, run as a test: sizes, nothing that the CSP forbids, no dead text."""
import pathlib
import re
import sys

MAX_FILE_LINES = 400
BANNED = [  # (pattern, what to do instead)
    (r"\bv-html\b|\.innerHTML\b|\.outerHTML\b|insertAdjacentHTML|document\.write", "text is never HTML; use {{ }}"),
    (r"\bstyle=\"", "a class; the CSP forbids style attributes"),
    (r"\beval\(|new Function\(", "the CSP forbids it"),
    (r"\bconsole\.", "show it to the person, or leave it out"),
    (r"\b(XXX|FIXME|HACK)\b|\bTODO(?!\([a-z]+\): )", "write TODO(topic): sentence."),
]


def main(root):
    root, problems = pathlib.Path(root), []
    pages = [p for p in (root / "web/src").rglob("*") if p.suffix in (".ts", ".vue", ".css")]
    others = [*(root / "web/mock").glob("*.mjs"), *(root / "tests/ui").glob("*.mjs")]
    texts = {path: path.read_text() for path in sorted([*pages, *others])}
    for path, text in texts.items():
        name, lines = path.relative_to(root), text.splitlines()
        if len(lines) > MAX_FILE_LINES:
            problems.append(f"{name}:1: {len(lines)} lines; split it (limit {MAX_FILE_LINES})")
        if path not in pages:
            continue
        for number, line in enumerate(lines, 1):
            problems += [f"{name}:{number}: {line.strip()[:60]!r}: {instead}"
                         for pattern, instead in BANNED if re.search(pattern, line)]

    catalogue = root / "web/src/text/en.ts"
    keys = re.findall(r"'([a-z_]+\.[a-z_0-9]+)':", texts[catalogue])
    used = "\n".join(text for path, text in texts.items() if path in pages and path != catalogue)
    groups = set(re.findall(r"(?:word|named)\('([a-z_]+)'", used))
    problems += [f"web/src/text/en.ts: '{key}' is used nowhere; remove it" for key in keys
                 if f"'{key}'" not in used and key.split(".")[0] not in groups]
    problems += [f"web/src/text/en.ts: '{key}' stands there twice" for key in sorted({k for k in keys if keys.count(k) > 1})]
    print("\n".join(problems) or f"web: no violation, {len(keys)} texts")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "."))
