#include "cli/output.h"

#include "base/time_text.h"
#include "base/utf8.h"
#include "manage/user_meta.h"
#include "manage/webhook_settings_json.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iostream>

namespace postern {
namespace {

namespace json = boost::json;

json::array ids(const std::vector<SpaceId>& spaces) {
  json::array out;
  for (const SpaceId id : spaces) out.emplace_back(id.value);
  return out;
}

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(utf8::sanitized(text));
}

template <class Tag>
json::value id_or_null(const std::optional<Id<Tag>>& id) {
  return id ? json::value(id->value) : json::value(nullptr);
}

json::value delivery_or_null(const std::optional<DeliveryId>& id) {
  return id ? json::value(to_text(*id)) : json::value(nullptr);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : utf8::sanitized(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

void print_line(std::string_view text) {
  std::cout << text << '\n';
}

void print_json(const json::value& value) {
  std::cout << json::serialize(value) << '\n' << std::flush;
}

void flush_output() {
  std::cout << std::flush;
}

void print_message(std::string_view text) {
  std::cerr << text << '\n';
}

void print_table(const std::vector<std::string>& heads, const std::vector<std::vector<std::string>>& rows,
                 std::string_view empty) {
  if (rows.empty()) return print_message(empty);
  std::vector<std::size_t> widths;
  widths.reserve(heads.size());
  for (const std::string& head : heads) widths.push_back(head.size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], utf8::count(row[i]));
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string out;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      out += cells[i];
      if (i + 1 < cells.size()) out.append(widths[i] - utf8::count(cells[i]) + 2, ' ');
    }
    return out;
  };
  print_line(line(heads));
  for (const auto& row : rows) print_line(line(row));
}

json::object to_json(const Space& space) {
  return {{"id", space.id.value},
          {"slug", space.slug},
          {"title", space.title},
          {"kind", std::string(to_word(space.kind))},
          {"privacy", std::string(to_word(space.privacy))},
          {"approval", space.needs_approval},
          {"archived", space.archived},
          {"created_at", to_rfc3339(space.created_at)}};
}

json::object to_json(const Webhook& webhook) {
  json::array keys;
  for (const WebhookKey& key : webhook.keys) {
    keys.push_back({{"id", key.id.value},
                    {"created_at", to_rfc3339(key.created_at)},
                    {"expires_at", key.expires_at ? json::value(to_rfc3339(*key.expires_at)) : json::value(nullptr)}});
  }
  return {{"id", webhook.id.value},
          {"name", webhook.name},
          {"state", std::string(to_word(webhook.state))},
          {"add_spaces", ids(webhook.effects.add_spaces)},
          {"remove_spaces", ids(webhook.effects.remove_spaces)},
          {"add_courses", ids(webhook.effects.add_courses)},
          {"remove_courses", ids(webhook.effects.remove_courses)},
          {"welcome_email", webhook.effects.welcome_email},
          {"source", source_json(webhook.source)},
          {"protection", protection_json(webhook.protection)},
          {"keys", std::move(keys)},
          {"created_at", to_rfc3339(webhook.created_at)}};
}

json::object to_json(const User& user) {
  return {{"id", user.id.value},
          {"email", user.email},
          {"login", user.login},
          {"first_name", user.first_name},
          {"last_name", user.last_name},
          {"display_name", user.display_name},
          {"administrator", user.administrator},
          {"role", user.role},
          {"meta", meta_json(user.meta)},
          {"created_at", to_rfc3339(user.created_at)}};
}

json::object to_json(const Delivery& d) {
  json::array spaces;
  json::array courses;
  for (const SpaceOutcome& outcome : d.outcomes) {
    (outcome.kind == SpaceKind::space ? spaces : courses)
        .push_back(
            {{"id", outcome.space.value}, {"slug", outcome.slug}, {"result", std::string(to_word(outcome.result))}});
  }
  return {{"id", to_text(d.id)},
          {"received_at", to_rfc3339(d.received_at)},
          {"webhook_id", d.webhook.value},
          {"key_id", d.key.value == 0 ? json::value(nullptr) : json::value(d.key.value)},
          {"dialect", std::string(to_word(d.dialect))},
          {"remote_ip", d.remote_ip},
          {"content_type", utf8::sanitized(d.content_type)},
          {"payload", utf8::sanitized(d.payload)},
          {"payload_complete", d.payload_complete},
          {"body_bytes", d.body_bytes},
          {"event", text_or_null(d.event)},
          {"email", text_or_null(d.email)},
          {"status", std::string(to_word(d.status))},
          {"http_status", d.http_status},
          {"code", text_or_null(d.code)},
          {"message", d.message},
          {"user_id", id_or_null(d.user)},
          {"created", d.user_created},
          {"welcome_email", d.welcome_email == WelcomeEmail::queued},
          {"spaces", std::move(spaces)},
          {"courses", std::move(courses)},
          {"duration_us", d.duration.count()},
          {"replay_of", delivery_or_null(d.replay_of)},
          {"duplicate_of", delivery_or_null(d.duplicate_of)},
          {"held_until", d.held_until ? json::value(to_rfc3339(*d.held_until)) : json::value(nullptr)},
          {"scripts", text_or_null(d.scripts)}};
}

}  // namespace postern
