#!/usr/bin/env python3
"""Writes src/identity/tables.h from the complete tables among the WordPress vectors.

usage: make_identity_tables.py tests/data/wordpress/vectors > src/identity/tables.h
"""
import json
import pathlib
import sys


def cases(folder, name):
    return json.loads((folder / f"{name}.json").read_text())["cases"]


def literal(text):
    out = ""
    for byte in text.encode():
        out += chr(byte) if 0x20 <= byte < 0x7F and chr(byte) not in '"\\' else f"\\{byte:03o}"
    return f'"{out}"'


def main(folder):
    folder = pathlib.Path(folder)
    accents = sorted((int(c["in"]["code_point"][2:], 16), c["out"]) for c in cases(folder, "remove_accents_table"))
    entities = sorted(c["in"] for c in cases(folder, "kses_entity_names"))
    reserved = sorted(c["in"] for c in cases(folder, "fc_reserved_usernames"))
    print("// Made by tools/make_identity_tables.py; do not edit. Sorted, for binary search.\n#pragma once\n")
    print("#include <array>\n#include <string_view>\n\nnamespace postern::identity {\n")
    print("struct Accent {\n  char32_t code_point;\n  std::string_view plain;\n};\n")
    print("// What WordPress' remove_accents() writes for a code point (locale en_US).")
    print(f"inline constexpr std::array<Accent, {len(accents)}> kAccents{{{{")
    for code_point, plain in accents:
        print(f"    {{0x{code_point:04X}, {literal(plain)}}},")
    print("}};\n")
    for comment, name, words in (
        ("The named entities that WordPress leaves alone.", "kEntityNames", entities),
        ("FluentCommunity's reserved user names.", "kReservedNames", reserved),
    ):
        print(f"// {comment}")
        print(f"inline constexpr std::array<std::string_view, {len(words)}> {name}{{")
        for word in words:
            print(f"    {literal(word)},")
        print("};\n")
    print("}  // namespace postern::identity")


if __name__ == "__main__":
    main(sys.argv[1])
