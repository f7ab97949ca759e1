#include "wordpress/site_version.h"

#include "wordpress/php_serialize.h"
#include "wordpress/php_tokens.h"

#include <array>
#include <charconv>

namespace postern::wordpress {
namespace {

constexpr WpVersion kNewPasswords{6, 8};
constexpr std::int64_t kFirstDbVersionAfterNewPasswords = 60421;  // Of 6.8.2; 6.8.0 has that of 6.7.

struct DbVersion {
  std::int64_t number;
  WpVersion version;
};
// The first version with this number.
constexpr std::array<DbVersion, 9> kDbVersions{{{61833, {7, 0}},
                                                {60717, {6, 9}},
                                                {60421, {6, 8}},
                                                {58975, {6, 7}},
                                                {57155, {6, 5}},
                                                {56657, {6, 4}},
                                                {55853, {6, 3}},
                                                {53496, {6, 1}},
                                                {49752, {5, 6}}}};

// $wp_version = '7.1';
std::optional<WpVersion> in_version_file(std::string_view file) {
  const auto tokens = read_php_tokens(file);
  if (!tokens) return std::nullopt;
  for (std::size_t i = 0; i + 2 < tokens->size(); ++i) {
    const PhpToken& name = (*tokens)[i];
    if (name.kind == PhpTokenKind::variable && name.text == "wp_version" && (*tokens)[i + 1].is("=")) {
      return parse_version((*tokens)[i + 2].text);
    }
  }
  return std::nullopt;
}

std::optional<WpVersion> text_version(const PhpValue* value) {
  const std::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::nullopt : parse_version(*text);
}

// a:2:{s:7:"version";s:3:"7.1";s:5:"files";…}
std::optional<WpVersion> in_block_css(std::string_view text) {
  const auto value = php_unserialize(text);
  return value ? text_version(value->find("version")) : std::nullopt;
}

// An object, which is not taken apart; but the texts in it are.
std::optional<WpVersion> in_update_core(std::string_view text) {
  constexpr std::string_view kProperty = "s:15:\"version_checked\";";
  const std::size_t at = text.find(kProperty);
  if (at == std::string_view::npos) return std::nullopt;
  const auto value = php_unserialize(text.substr(at + kProperty.size()));
  return value ? text_version(&*value) : std::nullopt;
}

std::optional<WpVersion> of_db_version(std::int64_t number) {
  for (const DbVersion& each : kDbVersions) {
    if (number >= each.number) return each.version;
  }
  return std::nullopt;
}

}  // namespace

std::optional<WpVersion> parse_version(std::string_view text) {
  WpVersion out;
  const char* const end = text.data() + text.size();
  const auto [after_major, major_error] = std::from_chars(text.data(), end, out.major);
  if (major_error != std::errc() || after_major == end || *after_major != '.') return std::nullopt;
  if (std::from_chars(after_major + 1, end, out.minor).ec != std::errc()) return std::nullopt;
  return out.major < 0 || out.minor < 0 ? std::nullopt : std::optional(out);
}

SiteVersion find_version(const VersionEvidence& evidence) {
  SiteVersion out;
  out.version = in_version_file(evidence.version_file);
  out.known_from = "wp-includes/version.php";
  if (!out.version) {
    out.version = in_block_css(evidence.block_css_files);
    out.known_from = "the option '_transient_wp_core_block_css_files'";
  }
  if (!out.version) {
    out.version = in_update_core(evidence.update_core);
    out.known_from = "the option '_site_transient_update_core'";
  }
  const bool exact = out.version.has_value();
  if (!exact) {
    out.version = of_db_version(evidence.db_version);
    out.known_from = out.version ? "the option 'db_version'" : "";
    if (out.version >= WpVersion{7, 0} && evidence.has_infinite_scrolling) out.version = WpVersion{7, 1};
  }
  const bool certain = exact ? *out.version >= kNewPasswords
                             : evidence.db_version >= kFirstDbVersionAfterNewPasswords || evidence.has_new_hashes;
  if (certain) out.password_rules = PasswordRules::since_6_8;
  return out;
}

}  // namespace postern::wordpress
