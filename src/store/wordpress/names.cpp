#include "store/wordpress/names.h"

#include "base/ascii.h"
#include "store/mariadb/value_list.h"

#include <map>
#include <set>
#include <unordered_map>

namespace postern::wordpress {
namespace {

using mariadb::Connection;
using mariadb::Query;
using mariadb::Value;
using mariadb::ValueList;

constexpr std::size_t kMostAtOnce = 64;  // Candidates of one person in one round.

// Each name once, with all the places where it stands. They are ASCII, so that two which the database takes for equal
// differ in their case only.
struct DistinctNames {
  std::vector<Value> names;
  std::vector<std::vector<std::size_t>> places;

  explicit DistinctNames(std::span<const std::string> all) {
    std::unordered_map<std::string, std::size_t> index;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto [it, fresh] = index.emplace(ascii_lower(all[i]), names.size());
      if (fresh) {
        names.emplace_back(all[i]);
        places.emplace_back();
      }
      places[it->second].push_back(i);
    }
  }
};

// `statement` makes the text of a list's marks; the list stands in it `times` times. Rows: which of the list, counted
// from 1, and the number of the user.
template <class Statement>
Result<std::vector<NameOwner>> find_owners(Connection& db, std::span<const std::string> all, int times,
                                           const Statement& statement) {
  std::vector<NameOwner> out;
  const DistinctNames distinct(all);
  std::size_t before = 0;
  const Result<void> read = mariadb::for_each_list(distinct.names, [&](const ValueList& list) -> Result<void> {
    Query query = db.query(statement(list.marks()));
    for (int i = 0; i < times; ++i) list.bind(query);
    while (TRY(query.step())) {
      // 0: a row that the index found equal and FIELD() did not. There is none, but it would be nobody's.
      const std::size_t found = static_cast<std::size_t>(query.integer(0));
      if (found == 0) continue;
      for (const std::size_t place : distinct.places[before + found - 1]) out.push_back({place, query.integer(1)});
    }
    before += mariadb::kMostPlaces;
    return {};
  });
  if (!read) return read.error();
  return out;
}

// "FIELD(column, ?, ?)" from "(?, ?)"
std::string field(const std::string& column, const std::string& marks) {
  return "FIELD(" + column + ", " + marks.substr(1);
}

}  // namespace

Result<std::vector<NameOwner>> owners_of_names(Connection& db, const SiteTables& tables,
                                               std::span<const std::string> names) {
  return find_owners(db, names, 4, [&](const std::string& marks) {
    return tables.sql("(SELECT " + field("user_login", marks) + ", ID FROM [users] WHERE user_login IN " + marks +
                      " LOCK IN SHARE MODE) UNION ALL (SELECT " + field("username", marks) +
                      ", user_id FROM [fcom_xprofile] WHERE username IN " + marks + " LOCK IN SHARE MODE)");
  });
}

Result<std::vector<NameOwner>> owners_of_nicenames(Connection& db, const SiteTables& tables,
                                                   std::span<const std::string> names) {
  return find_owners(db, names, 2, [&](const std::string& marks) {
    return tables.sql("SELECT " + field("user_nicename", marks) + ", ID FROM [users] WHERE user_nicename IN " + marks +
                      " LOCK IN SHARE MODE");
  });
}

Result<std::vector<std::string>> choose_names(std::span<Nameless> people, const Owners& owners) {
  std::vector<std::string> chosen(people.size());
  std::set<std::string> chosen_here;
  std::vector<std::size_t> waiting;
  for (std::size_t i = 0; i < people.size(); ++i) waiting.push_back(i);
  for (std::size_t each = 1; !waiting.empty(); each = std::min(each * 4, kMostAtOnce)) {
    std::vector<std::string> tries;
    for (const std::size_t who : waiting) {
      for (std::size_t i = 0; i < each; ++i) tries.push_back(people[who].next());
    }
    std::vector<bool> taken(tries.size(), false);
    for (const NameOwner& owner : TRY(owners(tries))) {
      if (owner.user != people[waiting[owner.name / each]].user) taken[owner.name] = true;
    }
    std::vector<std::size_t> left;
    for (std::size_t w = 0; w < waiting.size(); ++w) {
      std::size_t at = w * each;
      const std::size_t end = at + each;
      while (at < end && (taken[at] || !chosen_here.insert(ascii_lower(tries[at])).second)) ++at;
      if (at < end) {
        chosen[waiting[w]] = std::move(tries[at]);
      } else {
        left.push_back(waiting[w]);
      }
    }
    waiting = std::move(left);
  }
  return chosen;
}

}  // namespace postern::wordpress
