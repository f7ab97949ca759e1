// Reads the vector files of tests/data/wordpress/vectors.
#pragma once

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace postern {

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

inline std::string decode_base64(std::string_view text) {
  const std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t digit = alphabet.find(c);
    if (digit == std::string_view::npos) continue;
    bits = (bits << 6U) | static_cast<unsigned>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(static_cast<unsigned char>((bits >> static_cast<unsigned>(count)) & 0xFFU));
  }
  return out;
}

// A JSON string, or {"b64": …} for bytes that are no UTF-8.
inline std::string text_of(const boost::json::value& value) {
  if (const auto* text = value.if_string()) return {text->data(), text->size()};
  if (const auto* object = value.if_object()) return decode_base64(object->at("b64").as_string());
  return {};
}

inline boost::json::array vector_cases(const std::string& name) {
  boost::json::error_code error;
  boost::json::parse_options options;
  options.max_depth = 64;
  const auto document = boost::json::parse(
      read_file(std::string(POSTERN_TEST_DATA) + "/wordpress/vectors/" + name + ".json"), error, {}, options);
  EXPECT_FALSE(error) << name << ": " << error.message();
  return document.at("cases").as_array();
}

}  // namespace postern
