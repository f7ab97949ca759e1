// Reads a message back: what a mail program would see. Only as much as tests need.
#pragma once

#include "support/vectors.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern {

struct ReadMail {
  std::vector<std::pair<std::string, std::string>> header;  // In order, unfolded, not decoded.
  std::vector<std::string> lines;                           // Of the header, as they stand there.
  std::string body;

  std::string field(std::string_view name) const {
    for (const auto& [each, value] : header) {
      if (each == name) return value;
    }
    return "(none)";
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& each : header) out.push_back(each.first);
    return out;
  }
};

inline ReadMail read_mail(std::string_view text) {
  ReadMail out;
  while (true) {
    const std::size_t end = text.find("\r\n");
    const std::string line(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
    if (line.empty()) break;
    out.lines.push_back(line);
    if (line.front() == ' ') {
      out.header.back().second += line;
      continue;
    }
    const std::size_t colon = line.find(": ");
    out.header.emplace_back(line.substr(0, colon), colon == std::string::npos ? "" : line.substr(colon + 2));
  }
  out.body = text;
  return out;
}

// Encoded words of UTF-8 in base 64 become text; white space between two of them is not part of it. RFC 2047 §6.2.
inline std::string decode_words(std::string_view text) {
  constexpr std::string_view kStart = "=?UTF-8?B?";
  std::string out;
  bool after_word = false;
  while (!text.empty()) {
    const std::size_t blanks = std::min(text.find_first_not_of(' '), text.size());
    if (after_word && text.substr(blanks).starts_with(kStart)) text.remove_prefix(blanks);
    if (text.starts_with(kStart)) {
      const std::size_t end = text.find("?=", kStart.size());
      out += decode_base64(text.substr(kStart.size(), end - kStart.size()));
      text.remove_prefix(end + 2);
      after_word = true;
    } else {
      out += text.front();
      text.remove_prefix(1);
      after_word = false;
    }
  }
  return out;
}

inline std::string decode_quoted_printable(std::string_view text) {
  std::string out;
  const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'A' + 10); };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      out += text[i];
    } else if (text[i + 1] == '\r') {
      i += 2;
    } else {
      out += static_cast<char>(static_cast<unsigned char>(digit(text[i + 1]) << 4U | digit(text[i + 2])));
      i += 2;
    }
  }
  return out;
}

}  // namespace postern
