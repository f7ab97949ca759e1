#!/usr/bin/env python3
"""Writes src/crypto/common_passwords_data.cpp: passwords that too many people use.

usage: tools/make_common_passwords.py > src/crypto/common_passwords_data.cpp

No published list of passwords is copied, so that there is no foreign licence to keep: the list is composed, from words
that people are known to choose (below, chosen by hand) and from what they do to make them longer: the word twice, two
words with or without digits between them, rows of the keyboard, one character again and again. The output is part of
Postern and under its licence.

A listed word with a year, a row of digits or punctuation around it need not be listed: the check strips those. That
makes each entry stand for thousands.
"""
import itertools

WORDS = """password passwort motdepasse contrasena wachtwoord senha parola haslo heslo admin administrator root user
login welcome letmein secret changeme default guest test testing master system server manager office company business
internet computer network security access qwerty qwertz azerty asdfgh zxcvbn iloveyou loveme lovely sunshine princess
monkey dragon football baseball basketball soccer hockey superman batman spiderman pokemon starwars matrix shadow
michael jennifer jessica charlie thomas daniel andrew joshua ashley amanda nicole hannah samantha george robert william
jordan taylor summer winter spring autumn monday friday january december flower butterfly chocolate cookie banana cheese
pepper ginger orange purple yellow silver golden diamond freedom forever friends family mother father sister brother
angel heaven jesus blessed christ hello hello world whatever nothing trustno killer hunter ranger soldier warrior tiger
lion eagle falcon phoenix wizard merlin magic mustang ferrari porsche mercedes corvette harley yamaha chelsea arsenal
liverpool barcelona london paris berlin america england germany france canada mexico brazil india china samsung google
facebook apple windows microsoft linux ubuntu debian postgres oracle mysql wordpress github amazon netflix community
webhook postern portal member members space course""".split()

JOINS = """password admin welcome love secret login qwerty master iloveyou letmein changeme dragon monkey
sunshine princess football baby girl""".split()

ROWS = ["qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn",
        "1234567890", "0987654321", "abcdefghijklmnopqrstuvwxyz", "zyxwvutsrqponmlkjihgfedcba",
        "1q2w3e4r5t6z7u8i9o0p", "1q2w3e4r5t6y7u8i9o0p", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik", "qazwsxedcrfvtgbyhnujmikolp",
        "q1w2e3r4t5y6u7i8o9p0", "zaq12wsxcde34rfvbgt56yhn", "abcd1234efgh5678", "a1b2c3d4e5f6g7h8i9j0",
        "1a2b3c4d5e6f7g8h9i0j", "aabbccddeeffgg", "qqwweerrttyyuu", "112233445566778899", "121212121212", "123123123123"]


def entries():
    words = sorted(set(WORDS))
    yield from words
    for word in words:
        yield word + word
        for join in JOINS:
            yield word + join
            yield join + word
            if len(join) < 5:
                yield word + "123" + join
        for joint in ("my", "the", "ilove", "iam"):
            yield joint + word
    for row in ROWS:
        doubled = row + row
        yield from (doubled[start:end] for start in range(0, 4) for end in range(start + 12, min(start + 24, len(doubled)) + 1))
        yield from (row[:length] for length in range(4, min(len(row), 12)))
    for one, other in itertools.product(ROWS[:8], repeat=2):
        both = one + other
        yield from (both[:length] for length in range(12, len(both) + 1))
    for character in "abcdefghijklmnopqrstuvwxyz0123456789":
        yield from (character * length for length in range(1, 25))
    yield "correcthorsebatterystaple"


def keep(entry):
    # Shorter ones are needed only as what is left when the wrap of digits and punctuation is gone.
    return len(entry) >= 12 or entry.isalpha()


def packed(sorted_entries):
    before = ""
    for entry in sorted_entries:
        common = 0
        while common < min(len(before), len(entry), 25) and before[common] == entry[common]:
            common += 1
        yield chr(ord("A") + common) + entry[common:]
        before = entry


def main():
    every = sorted({entry for entry in entries() if keep(entry)})
    print("// Written by tools/make_common_passwords.py; do not edit. See there for where the list comes from.")
    print('#include "crypto/common_passwords.h"\n\n#include <array>\n\nnamespace postern {\nnamespace {\n')
    text = "".join(packed(every))
    pieces = [text[at:at + 110] for at in range(0, len(text), 110)]
    print(f"// {len(every)} entries.\n// clang-format off")
    print(f"constexpr std::array<std::string_view, {len(pieces)}> kPieces{{")
    print(",\n".join(f'  "{piece}"' for piece in pieces))
    print("};\n// clang-format on\n\n}  // namespace\n")
    print("const std::span<const std::string_view> kCommonPasswords = kPieces;\n\n}  // namespace postern")


if __name__ == "__main__":
    main()
