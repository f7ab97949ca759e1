#include "wordpress/user_rows.h"

#include "base/ascii.h"
#include "base/time_text.h"
#include "identity/email.h"
#include "identity/login.h"
#include "identity/name.h"
#include "identity/text.h"
#include "wordpress/php_serialize.h"

#include <algorithm>
#include <charconv>

namespace postern::wordpress {
namespace {

// Characters, of the columns of {prefix}users.
constexpr std::size_t kMaxLogin = 60;
constexpr std::size_t kMaxNicename = 50;
constexpr std::size_t kMaxEmail = 100;

constexpr WpVersion kModernColors{7, 0};
constexpr WpVersion kInfiniteScrolling{7, 1};
constexpr WpVersion kNicenameNeeded{6, 9};

constexpr UserRefusal kEmptyLogin{"empty_user_login", "Cannot create a user with an empty login name."};
constexpr UserRefusal kLongLogin{"user_login_too_long", "Username may not be longer than 60 characters."};
constexpr UserRefusal kEmptyNicename{"empty_user_nicename", "Cannot create a user with an empty nicename."};
constexpr UserRefusal kNotInserted{"insert_refused", "User not found"};

std::string capabilities(std::string_view role) {
  PhpValue out{PhpArray()};
  if (!role.empty()) set_entry(out, role, PhpValue{true});
  return php_serialize(out);
}

// What sanitize_title() does to a login, which is ASCII.
std::string slug_of(std::string_view login) {
  std::string out;
  for (const char raw : login) {
    const char c = ascii_lower(raw);
    const bool dash = c == '.' || c == ' ' || c == '-';
    if (dash ? !out.empty() && out.back() != '-' : c != '@') out += dash ? '-' : c;
  }
  while (out.ends_with('-')) out.pop_back();
  return out;
}

const PhpValue* capability(const PhpValue& roles, std::string_view role, std::string_view name) {
  const PhpValue* found = roles.find(role);
  const PhpValue* all = found == nullptr ? nullptr : found->find("capabilities");
  return all == nullptr ? nullptr : all->find(name);
}

bool is_granted(const PhpValue& value) {
  const bool* flag = std::get_if<bool>(&value.data);
  return flag == nullptr || *flag;
}

}  // namespace

std::string stored_login(std::string_view login, bool multisite) {
  // WordPress sanitizes the slashed text: of a NUL the '0' of "\\0" stays.
  std::string out = identity::sanitize_user(identity::add_slashes(login), true);
  return multisite ? ascii_lower(out) : out;
}

std::string nicename_candidate(std::string_view stored_login, unsigned n) {
  std::string slug = slug_of(stored_login.substr(0, kMaxNicename));
  if (n <= 1) return slug;
  const std::string number = std::to_string(n);
  return slug.substr(0, kMaxNicename - 1 - number.size()) + "-" + number;
}

int level_of(const PhpValue& roles, std::string_view role) {
  int out = 0;
  for (int level = 1; level <= 10; ++level) {
    const PhpValue* granted = capability(roles, role, "level_" + std::to_string(level));
    if (granted != nullptr && is_granted(*granted)) out = level;
  }
  return out;
}

bool is_powerful(const PhpValue& roles, std::string_view role) {
  const PhpValue* granted = capability(roles, role, "manage_options");
  return role == "administrator" || (granted != nullptr && is_granted(*granted));
}

std::string mysql_time(WallTime time) {
  std::string out = to_rfc3339(time).substr(0, 19);
  out[10] = ' ';
  return out;
}

std::variant<UserRows, UserRefusal> make_user_rows(const SiteRules& site, const NewSiteUser& user,
                                                   std::string_view nicename) {
  UserRows out;
  UserRow& row = out.user;
  row.user_login = stored_login(user.login, site.multisite);
  if (row.user_login.empty() || row.user_login == "0") return kEmptyLogin;
  if (row.user_login.size() > kMaxLogin) return kLongLogin;
  if (nicename.empty() && site.version >= kNicenameNeeded) return kEmptyNicename;
  const std::string first = identity::stored_name(user.first_name);
  const std::string last = identity::stored_name(user.last_name);
  row.user_pass = user.password_hash;
  row.user_nicename = nicename;
  row.user_email = identity::stored_email(user.email);
  row.user_registered = mysql_time(user.registered);
  row.display_name = identity::stored_name(user.display_name);
  if (row.display_name.empty()) row.display_name = identity::stored_display_name(first, last, row.user_login);
  if (row.user_email.size() > kMaxEmail) return kNotInserted;
  if (identity::count_characters(row.display_name) > identity::kMaxDisplayNameCharacters) return kNotInserted;

  const auto add = [&out](std::string key, std::string value) {
    out.meta.emplace_back(std::move(key), std::move(value));
  };
  // A name that looks serialized is serialized as the text it is.
  add("nickname", maybe_serialize(identity::stored_name(row.user_login)));
  add("first_name", maybe_serialize(first));
  add("last_name", maybe_serialize(last));
  add("description", "");
  add("rich_editing", "true");
  add("syntax_highlighting", "true");
  if (site.version >= kInfiniteScrolling) add("infinite_scrolling", "true");
  add("comment_shortcuts", "false");
  add("admin_color", site.version >= kModernColors ? "modern" : "fresh");
  add("use_ssl", "0");
  add("show_admin_bar_front", "true");
  add("locale", "");
  add(site.table_prefix + "capabilities", capabilities(site.role));
  add(site.table_prefix + "user_level", std::to_string(site.user_level));
  return out;
}

}  // namespace postern::wordpress
