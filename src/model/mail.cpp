#include "model/mail.h"

#include "base/utf8.h"
#include "model/words.h"

#include <algorithm>

namespace postern {
namespace {

constexpr words::Table<MailKind, 2> kKinds{{{MailKind::welcome, "welcome"}, {MailKind::password, "password"}}};
constexpr words::Table<MailPart, 3> kParts{
    {{MailPart::subject, "subject"}, {MailPart::text, "text"}, {MailPart::html, "html"}}};
constexpr words::Table<MailTransportKind, 3> kTransports{
    {{MailTransportKind::none, "none"}, {MailTransportKind::smtp, "smtp"}, {MailTransportKind::file, "file"}}};

constexpr std::size_t kMaxAddressBytes = 254;
constexpr std::size_t kMaxLocalBytes = 64;

bool may_stand_in_address(char32_t c) {
  constexpr std::u32string_view kSpecials = U"()<>[]:;,\\\"";  // Source: RFC 5322 §3.2.3.
  const bool control = c < 0x21 || (c >= 0x7f && c <= 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff;
  return !control && kSpecials.find(c) == std::u32string_view::npos;
}

bool is_domain(std::string_view domain) {
  return !domain.empty() && domain.front() != '.' && domain.back() != '.' && domain.front() != '-' &&
         domain.find("..") == std::string_view::npos;
}

}  // namespace

std::string_view to_word(MailKind kind) {
  return words::word_of(kKinds, kind);
}

std::string_view to_word(MailPart part) {
  return words::word_of(kParts, part);
}

std::string_view to_word(MailTransportKind kind) {
  return words::word_of(kTransports, kind);
}

std::optional<MailKind> parse_mail_kind(std::string_view word) {
  return words::parse(kKinds, word);
}

std::optional<MailPart> parse_mail_part(std::string_view word) {
  return words::parse(kParts, word);
}

std::optional<MailAddress> MailAddress::parse(std::string_view address, std::string_view name) {
  const std::size_t at = address.find('@');
  if (address.size() > kMaxAddressBytes || at == std::string_view::npos || at == 0 || at > kMaxLocalBytes) return {};
  if (!is_domain(address.substr(at + 1)) || address.find('@', at + 1) != std::string_view::npos) return {};
  for (std::string_view rest = address; !rest.empty();) {
    const utf8::Step step = utf8::step(rest);
    if (!step.valid || !may_stand_in_address(step.code_point)) return {};
    rest.remove_prefix(step.length);
  }
  MailAddress out;
  out.address_ = address;
  out.name_ = name;
  return out;
}

std::string MailAddress::wire() const {
  const std::string_view local = std::string_view(address_).substr(0, address_.find('@'));
  const bool atoms = local.front() != '.' && local.back() != '.' && local.find("..") == std::string_view::npos;
  return atoms ? address_ : "\"" + std::string(local) + "\"@" + std::string(domain());
}

}  // namespace postern
