#include "base/utf8.h"
#include "identity/email.h"
#include "source/form.h"

#include <algorithm>

namespace postern {
namespace {

constexpr std::size_t kMaxFieldBytes = 20'000;
constexpr std::size_t kMaxLoggedEmailBytes = 254;  // Source: RFC 5321 §4.5.3.1.3, erratum 1690.
constexpr std::size_t kMaxEmailBytes = 100;

// The last field of that name counts, as PHP and WordPress read forms.
const Field* last(const std::vector<Field>& fields, std::string_view name) {
  const auto it = std::find_if(fields.rbegin(), fields.rend(), [&](const Field& field) { return field.name == name; });
  return it == fields.rend() ? nullptr : &*it;
}

// What PHP calls false is as good as absent: WordPress drops a name, login or password of "0".
std::string_view text_of(const std::vector<Field>& fields, std::string_view name) {
  const Field* field = last(fields, name);
  if (field == nullptr || field->kind == Field::Kind::structured || field->value == "0") return {};
  return field->value;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank(" \t\n\r\0\x0b", 6);
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::string why_invalid(std::string_view email) {
  const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; };
  const auto is_foreign = [](char c) { return static_cast<signed char>(c) < 0; };
  if (email.size() > kMaxEmailBytes) return "it is longer than 100 bytes";
  if (std::any_of(email.begin(), email.end(), is_blank)) return "it has a blank or a control character inside";
  if (std::any_of(email.begin(), email.end(), is_foreign)) {
    return "it has a character outside ASCII; write an international domain in its xn-- form";
  }
  const auto ats = std::count(email.begin(), email.end(), '@');
  if (ats == 0) return "it has no @";
  if (ats > 1) return "it has more than one @";
  if (email.find('.', email.find('@')) == std::string_view::npos) return "its domain has no dot";
  return "it has a character, or a place for one, that addresses do not have";
}

std::optional<Rejection> check_email(const Field* field) {
  if (field == nullptr) {
    return Rejection{400, "missing_email",
                     "The field 'email' is missing. It names the person; send it with every request."};
  }
  if (field->kind != Field::Kind::text) {
    return Rejection{400, "invalid_email",
                     "The field 'email' is a list, a number or an object. Send one address as text."};
  }
  const std::string_view email = trimmed(field->value);
  if (email.empty()) {
    return Rejection{400, "missing_email", "The field 'email' is empty. It names the person; send an address."};
  }
  return invalid_email(email);
}

std::optional<Rejection> check_lengths(const Event& event, const FormLimits& limits) {
  const auto too_long = [](std::string_view name, std::size_t limit) {
    return Rejection{400, "invalid_field",
                     "The field '" + std::string(name) + "' is longer than " + std::to_string(limit) +
                         " bytes. Send a shorter one."};
  };
  if (event.first_name.size() > kMaxFieldBytes) return too_long("first_name", kMaxFieldBytes);
  if (event.last_name.size() > kMaxFieldBytes) return too_long("last_name", kMaxFieldBytes);
  if (event.login.size() > kMaxFieldBytes) return too_long("user_login", kMaxFieldBytes);
  if (event.password.reveal().size() > limits.max_password_bytes) {
    return too_long("user_password", limits.max_password_bytes);
  }
  return std::nullopt;
}

}  // namespace

std::string email_for_the_log(std::string_view email) {
  std::string out(utf8::cut(trimmed(email), kMaxLoggedEmailBytes));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return out;
}

Rejection invalid_email(std::string_view email) {
  return {400, "invalid_email", "The field 'email' is no valid address: " + why_invalid(trimmed(email)) + "."};
}

FormEvent read_form(const std::vector<Field>& fields, const FormLimits& limits) {
  FormEvent out;
  const Field* email = last(fields, "email");
  std::optional<std::string> address;
  if (email != nullptr && email->kind == Field::Kind::text) {
    address = identity::parse_email(email->value);
    out.email_as_sent = address ? *address : email_for_the_log(email->value);
  }
  if (!address) {
    out.rejection = check_email(email);
    return out;
  }
  out.event.email = *std::move(address);
  out.event.first_name = text_of(fields, "first_name");
  out.event.last_name = text_of(fields, "last_name");
  out.event.login = text_of(fields, "user_login");
  // The plugin reads user_password; its documentation says user_pass.
  const std::string_view password = text_of(fields, "user_password");
  out.event.password = Secret(std::string(password.empty() ? text_of(fields, "user_pass") : password));
  out.rejection = check_lengths(out.event, limits);
  return out;
}

}  // namespace postern
