// Writes JSON to the end of a string, piece by piece. For replies on the hot path; who needs a document model takes
// Boost.JSON.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace postern {

// The name of a member that is written in the program, made ready by the compiler: "name":
class PlainKey {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is one.
  consteval PlainKey(const char* name) {
    add('"');
    for (; *name != '\0'; ++name) {
      if (*name < 0x20 || *name > 0x7e || *name == '"' || *name == '\\' || *name == '/') not_plain();
      add(*name);
    }
    add('"');
    add(':');
  }
  std::string_view text() const { return {text_.data(), size_}; }

 private:
  static void not_plain() {}  // Not constexpr: such a name, or a longer one, does not compile.
  constexpr void add(char c) { text_[size_++] = c; }

  std::array<char, 31> text_{};
  unsigned char size_ = 0;
};

// The caller is responsible for the order of calls: what is begun is ended, in an object every value follows a key.
class JsonWriter {
 public:
  // plain: UTF-8 as it is. php: as PHP's json_encode() does, '/' as \/ and everything beyond ASCII as \uXXXX.
  enum class Style { plain, php };
  // `out` must outlive the writer.
  explicit JsonWriter(std::string& out, Style style = Style::plain) : out_(out), style_(style) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  void key(const PlainKey& name);
  void any_key(std::string_view name);  // Escaped like a string.
  // Bytes that are not UTF-8 become U+FFFD.
  void string(std::string_view text);
  void integer(std::int64_t value);
  void boolean(bool value);
  void null();
  // A value that is JSON already.
  void raw(std::string_view json);

 private:
  void separate();
  void open(char bracket);
  void close(char bracket);
  void quoted(std::string_view text);
  void escape(char32_t code_point);

  std::string& out_;
  const Style style_;
  bool first_ = true;  // No comma before the next item.
};

}  // namespace postern
