#include "base/json_writer.h"

#include "base/utf8.h"

#include <array>
#include <charconv>

namespace postern {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

// Characters that stand for themselves.
using Plain = std::array<bool, 256>;
constexpr Plain kPlain = [] {
  Plain plain{};
  for (std::size_t c = 0x20; c < 0x7f; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();
constexpr Plain kPlainForPhp = [] {
  Plain plain = kPlain;
  plain['/'] = false;
  return plain;
}();

void append_u(std::string& out, unsigned unit) {
  out += "\\u";
  for (const unsigned shift : {12U, 8U, 4U, 0U}) out += kHex[(unit >> shift) & 15U];
}

}  // namespace

void JsonWriter::separate() {
  if (!first_) out_ += ',';
  first_ = false;
}

void JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  first_ = true;
}

void JsonWriter::close(char bracket) {
  out_ += bracket;
  first_ = false;
}

void JsonWriter::key(const PlainKey& name) {
  separate();
  out_ += name.text();
  first_ = true;
}

void JsonWriter::any_key(std::string_view name) {
  separate();
  quoted(name);
  out_ += ':';
  first_ = true;
}

void JsonWriter::string(std::string_view text) {
  separate();
  quoted(text);
}

void JsonWriter::integer(std::int64_t value) {
  separate();
  std::array<char, 24> text{};
  out_.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
}

void JsonWriter::boolean(bool value) {
  separate();
  out_ += value ? "true" : "false";
}

void JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
}

void JsonWriter::null() {
  separate();
  out_ += "null";
}

void JsonWriter::quoted(std::string_view text) {
  out_ += '"';
  const Plain& plain = style_ == Style::plain ? kPlain : kPlainForPhp;
  while (!text.empty()) {
    std::size_t end = 0;
    while (end < text.size() && plain[static_cast<unsigned char>(text[end])]) ++end;
    out_.append(text.data(), end);
    text.remove_prefix(end);
    if (text.empty()) break;
    const utf8::Step step = utf8::step(text);
    escape(step.code_point);
    text.remove_prefix(step.length);
  }
  out_ += '"';
}

void JsonWriter::escape(char32_t c) {
  switch (c) {
    case '"':
      out_ += "\\\"";
      return;
    case '\\':
      out_ += "\\\\";
      return;
    case '/':
      out_ += style_ == Style::php ? "\\/" : "/";
      return;
    case '\b':
      out_ += "\\b";
      return;
    case '\f':
      out_ += "\\f";
      return;
    case '\n':
      out_ += "\\n";
      return;
    case '\r':
      out_ += "\\r";
      return;
    case '\t':
      out_ += "\\t";
      return;
    default:
      break;
  }
  if (c < 0x20) return append_u(out_, c);
  if (c < 0x80 || style_ == Style::plain) return utf8::append(out_, c);
  if (c < 0x10000) return append_u(out_, c);
  append_u(out_, 0xD800U + ((c - 0x10000U) >> 10U));
  append_u(out_, 0xDC00U + ((c - 0x10000U) & 0x3FFU));
}

}  // namespace postern
