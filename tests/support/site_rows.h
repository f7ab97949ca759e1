// The rows of a WordPress site before and after something, and what the recordings of tests/data/plugin say of them, in
// one form: {table: {"insert": [row], "update": [{"pk": …, column: [before, after]}], "delete": [row]}}.
// Times of now are "<NOW_UTC>" and "<NOW_LOCAL>", hashes of passwords "<HASH>".
#pragma once

#include "store/mariadb/database.h"
#include "wordpress/webhook_value.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>
#include <vector>

namespace postern {

struct SiteTable {
  const char* name;
  std::vector<std::string> columns;  // The first one is the key.
};

inline const std::vector<SiteTable>& site_tables() {
  static const std::vector<SiteTable> kTables{
      {"wp_users",
       {"ID", "user_login", "user_pass", "user_nicename", "user_email", "user_url", "user_registered",
        "user_activation_key", "user_status", "display_name"}},
      {"wp_usermeta", {"umeta_id", "user_id", "meta_key", "meta_value"}},
      {"wp_options", {"option_name", "option_value", "autoload"}},
      {"wp_fcom_xprofile",
       {"id", "user_id", "total_points", "username", "status", "is_verified", "display_name", "avatar",
        "short_description", "last_activity", "meta", "created_at", "updated_at"}},
      {"wp_fcom_space_user", {"id", "space_id", "user_id", "status", "role", "meta", "created_at", "updated_at"}},
      {"wp_fcom_meta", {"id", "object_type", "object_id", "meta_key", "value", "created_at", "updated_at"}}};
  return kTables;
}

class SiteRows {
 public:
  using Row = std::vector<boost::json::value>;
  std::map<std::string, std::map<std::string, Row>> tables;  // By key, padded so that numbers are in order.

  static std::string padded(const std::string& key) {
    return key.size() < 20 && key.find_first_not_of("0123456789") == key.npos ? std::string(20 - key.size(), '0') + key
                                                                              : key;
  }

  static SiteRows read(mariadb::Connection& db) {
    SiteRows out;
    for (const SiteTable& table : site_tables()) {
      std::string sql = "SELECT CONCAT(" + table.columns.front() + ", '')";
      for (std::size_t i = 1; i < table.columns.size(); ++i) sql += ", CONCAT(" + table.columns[i] + ", '')";
      mariadb::Query query = db.query(sql + " FROM " + table.name);
      while (*query.step()) {
        Row row;
        for (std::size_t i = 0; i < table.columns.size(); ++i) {
          row.push_back(query.is_null(i) ? boost::json::value() : boost::json::value(std::string(query.text(i))));
        }
        out.tables[table.name][padded(std::string(query.text(0)))] = std::move(row);
      }
    }
    return out;
  }

  const Row* find(const std::string& table, const std::string& key) const {
    const auto rows = tables.find(table);
    if (rows == tables.end()) return nullptr;
    const auto row = rows->second.find(padded(key));
    return row == rows->second.end() ? nullptr : &row->second;
  }
};

// What stands for a value that is another each time.
struct SiteNow {
  std::string utc;
  std::string local;

  boost::json::value shown(const std::string& column, const boost::json::value& value) const {
    const auto* text = value.if_string();
    if (text == nullptr) return value;
    if (column == "user_pass") return boost::json::value("<HASH>");
    if (column == "user_registered" && *text == utc) return boost::json::value("<NOW_UTC>");
    if ((column == "created_at" || column == "updated_at") && *text == local) return boost::json::value("<NOW_LOCAL>");
    return value;
  }
};

inline boost::json::object row_object(const SiteTable& table, const SiteRows::Row& row, const SiteNow& now) {
  boost::json::object out;
  for (std::size_t i = 0; i < row.size(); ++i) out[table.columns[i]] = now.shown(table.columns[i], row[i]);
  return out;
}

inline boost::json::object compare_rows(const SiteRows& before, const SiteRows& after, const SiteNow& now) {
  boost::json::object out;
  for (const SiteTable& table : site_tables()) {
    boost::json::object changes;
    const auto add = [&](const char* kind, boost::json::object row) {
      if (!changes.contains(kind)) changes[kind] = boost::json::array();
      changes[kind].as_array().push_back(std::move(row));
    };
    const auto old_rows = before.tables.find(table.name);
    const auto new_rows = after.tables.find(table.name);
    if (new_rows != after.tables.end()) {
      for (const auto& [key, row] : new_rows->second) {
        const SiteRows::Row* old = before.find(table.name, key);
        if (old == nullptr) {
          add("insert", row_object(table, row, now));
          continue;
        }
        boost::json::object update;
        for (std::size_t i = 0; i < row.size(); ++i) {
          if (row[i] == (*old)[i]) continue;
          const boost::json::value shown = now.shown(table.columns[i], row[i]);
          update[table.columns[i]] = shown == "<NOW_LOCAL>" ? shown : boost::json::array{(*old)[i], shown};
        }
        if (update.empty()) continue;
        update["pk"] = row.front();
        add("update", std::move(update));
      }
    }
    if (old_rows != before.tables.end()) {
      for (const auto& [key, row] : old_rows->second) {
        if (after.find(table.name, key) == nullptr) add("delete", row_object(table, row, now));
      }
    }
    if (!changes.empty()) out[table.name] = std::move(changes);
  }
  return out;
}

// A recording's `db`, its short forms written out. They are explained in the README of the recordings: columns that
// are left out have their defaults.
class RecordedRows {
 public:
  explicit RecordedRows(const SiteRows& before) : before_(before) {}

  boost::json::object read(const boost::json::object& db) const {
    boost::json::object out;
    for (const auto& [table, kinds] : db) {
      boost::json::object changes;
      for (const auto& [kind, rows] : kinds.as_object()) {
        boost::json::array all;
        for (const boost::json::value& row : rows.as_array()) {
          for (boost::json::object& each : written_out(std::string(table), std::string(kind), row)) {
            all.push_back(std::move(each));
          }
        }
        if (!all.empty()) changes[kind] = std::move(all);
      }
      if (!changes.empty()) out[table] = std::move(changes);
    }
    return out;
  }

  // "x…(len 300)": the last character is repeated.
  static std::string expand(const std::string& text) {
    const std::size_t cut = text.rfind("\u2026(len ");
    if (cut == text.npos || cut == 0) return text;
    const auto length = static_cast<std::size_t>(std::stoul(text.substr(cut + 8)));
    const std::string shown = text.substr(0, cut);
    return shown + std::string(length - shown.size(), shown.back());
  }

 private:
  using Object = boost::json::object;

  static std::vector<Object> standard_meta(const boost::json::array& row) {
    const std::string tag(row[0].as_string());
    long id = std::stol(tag.substr(tag.find('@') + 1));
    Object values{{"nickname", ""},
                  {"first_name", ""},
                  {"last_name", ""},
                  {"description", ""},
                  {"rich_editing", "true"},
                  {"syntax_highlighting", "true"},
                  {"infinite_scrolling", "true"},
                  {"comment_shortcuts", "false"},
                  {"admin_color", "modern"},
                  {"use_ssl", "0"},
                  {"show_admin_bar_front", "true"},
                  {"locale", ""}};
    for (const auto& [key, value] : row[2].as_object()) values[key] = expand(std::string(value.as_string()));
    std::vector<Object> out;
    for (const auto& [key, value] : values) {
      out.push_back(
          {{"umeta_id", std::to_string(id++)}, {"user_id", row[1]}, {"meta_key", key}, {"meta_value", value}});
    }
    return out;
  }

  static Object with_defaults(const std::string& table, const Object& row) {
    Object out;
    if (table == "wp_users") {
      out = {{"user_url", ""}, {"user_status", "0"}, {"user_activation_key", ""}, {"user_registered", "<NOW_UTC>"}};
    } else if (table == "wp_fcom_xprofile") {
      out = {{"total_points", "0"},         {"status", "active"},         {"is_verified", "0"},
             {"avatar", nullptr},           {"short_description", ""},    {"last_activity", nullptr},
             {"created_at", "<NOW_LOCAL>"}, {"updated_at", "<NOW_LOCAL>"}};
      out["meta"] =
          "a:3:{s:7:\"website\";s:0:\"\";s:11:\"cover_photo\";s:0:\"\";s:26:\"short_description_rendered\";s:0:\"\";}";
    } else if (table == "wp_fcom_space_user") {
      out = {{"meta", nullptr}, {"created_at", "<NOW_LOCAL>"}, {"updated_at", "<NOW_LOCAL>"}};
    }
    for (const auto& [key, value] : row) {
      out[key] = value.is_string() ? boost::json::value(expand(std::string(value.as_string()))) : value;
    }
    if (table == "wp_users") {
      out["user_pass"] = "<HASH>";
      // The plugin writes it while the request waits for the mail; here it is written when the mail is.
      out["user_activation_key"] = "";
    }
    return out;
  }

  Object update_of(const std::string& table, const Object& row) const {
    Object out;
    for (const auto& [key, value] : row) {
      const bool time = value.is_array() && value.as_array().back() == "<NOW_LOCAL>";
      out[key] = time ? value.as_array().back() : value;
    }
    if (const auto* found = out.if_contains("option_name")) {
      boost::json::value name = *found;  // A new member may move the others.
      out["pk"] = std::move(name);
      out.erase("option_name");
    }
    if (const auto* count = out.if_contains("running_count")) {
      const boost::json::array runs = count->as_array();
      const std::int64_t ran = runs[1].as_int64() - (runs[0].is_null() ? 0 : runs[0].as_int64());
      const SiteRows::Row* before = before_.find(table, std::string(out.at("pk").as_string()));
      const boost::json::value stored = before == nullptr ? boost::json::value() : (*before)[4];
      const std::string_view text = stored.is_string() ? std::string_view(stored.as_string()) : std::string_view();
      out["value"] = boost::json::array{stored, wordpress::count_runs(text, ran).value()};
      out.erase("running_count");
    }
    return out;
  }

  std::vector<Object> written_out(const std::string& table, const std::string& kind,
                                  const boost::json::value& row) const {
    if (const auto* list = row.if_array()) {
      if (std::string_view(list->at(0).as_string()).starts_with("STD12")) return standard_meta(*list);
      return {{{"umeta_id", list->at(0)},
               {"user_id", list->at(1)},
               {"meta_key", list->at(2)},
               {"meta_value", expand(std::string(list->at(3).as_string()))}}};
    }
    if (kind == "update") return {update_of(table, row.as_object())};
    return {with_defaults(table, row.as_object())};
  }

  const SiteRows& before_;
};

}  // namespace postern
