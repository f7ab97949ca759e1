#include "store/mariadb/lists.h"
#include "support/mariadb_server.h"

#include <array>

namespace postern::mariadb {
namespace {

using Keys = std::vector<std::int64_t>;

class MariaDbLists : public testing::Test {
 protected:
  MariaDbLists() : connection_(server().connect(server().make_database())) {
    MariaDbServer::run(db(), "CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT, body LONGBLOB)");
  }
  static MariaDbServer& server() { return MariaDbServer::shared(); }
  Connection& db() { return *connection_; }
  std::string value(const std::string& sql) { return db().value(sql).value().value_or("NULL"); }
  std::int64_t executed() {
    Query q = db().query("SHOW SESSION STATUS LIKE 'Com_stmt_execute'");
    return q.step().value() ? q.integer(1) : -1;
  }
  std::uint64_t upsert(const std::vector<Field>& fields) {
    const Field filler[] = {fields.front(), std::int64_t{0}, Null{}};
    return upsert_rows(db(), {"t (id, n, body)", "n = n + VALUES(n)"}, 3, fields, filler).value();
  }
  Keys found(const Keys& keys) {
    Keys out;
    const auto done = find_matches(
        db(), "SELECT id FROM t WHERE ", "(id = ? AND n >= ?)", std::span<const std::int64_t>(keys),
        [](Query& q, std::int64_t key) { q.bind(key).bind(std::int64_t{0}); },
        [&](const Query& row) { out.push_back(row.integer(0)); });
    EXPECT_TRUE(done);
    std::sort(out.begin(), out.end());
    return out;
  }

  std::unique_ptr<Connection> connection_;
};

TEST(ListsOfMariaDb, GetAPowerOfTwoOfPlaces) {
  EXPECT_EQ(places_for(1), 1U);
  EXPECT_EQ(places_for(2), 2U);
  EXPECT_EQ(places_for(3), 4U);
  EXPECT_EQ(places_for(129), 256U);
  EXPECT_EQ(places_for(256), 256U);
  EXPECT_EQ(repeated("a = ?", 3, " OR "), "a = ? OR a = ? OR a = ?");
  EXPECT_EQ(repeated("?", 0, ","), "");
}

TEST_F(MariaDbLists, RowsAreWrittenOnceWhateverFillsTheStatement) {
  for (const std::int64_t rows : {1, 3, 8, 200, 256}) {
    MariaDbServer::run(db(), "TRUNCATE t");
    std::vector<Field> fields;
    for (std::int64_t i = 1; i <= rows; ++i) fields.insert(fields.end(), {i, i * 2, std::string_view("x")});
    const std::int64_t before = executed();
    EXPECT_EQ(upsert(fields), static_cast<std::uint64_t>(rows));
    EXPECT_EQ(executed() - before, 2) << rows << " rows take one statement, and one that asks";
    EXPECT_EQ(value("SELECT concat_ws(' ', count(*), sum(n), min(body))  FROM t"),
              std::to_string(rows) + " " + std::to_string(rows * (rows + 1)) + " x");
  }
}

TEST_F(MariaDbLists, MoreRowsOrLongOnesTakeMoreStatements) {
  std::vector<Field> fields;
  for (std::int64_t i = 1; i <= 600; ++i) fields.insert(fields.end(), {i, i, Null{}});
  EXPECT_EQ(upsert(fields), 600U);
  EXPECT_EQ(value("SELECT concat(count(*), ' ', sum(n)) FROM t"), "600 180300");
  MariaDbServer::run(db(), "TRUNCATE t");
  const std::string long_text(3UL * 1024 * 1024, 'x');  // Nine of them are more than the server takes at once.
  fields.clear();
  for (std::int64_t i = 1; i <= 9; ++i) fields.insert(fields.end(), {i, i, std::string_view(long_text)});
  EXPECT_EQ(upsert(fields), 9U);
  EXPECT_EQ(value("SELECT concat(count(*), ' ', sum(length(body))) FROM t"),
            "9 " + std::to_string(9 * long_text.size()));
}

TEST_F(MariaDbLists, ARowThatIsThereIsChangedAsTold) {
  EXPECT_EQ(upsert({std::int64_t{1}, std::int64_t{5}, Null{}}), 1U);
  EXPECT_EQ(upsert({std::int64_t{1}, std::int64_t{5}, Null{}, std::int64_t{2}, std::int64_t{5}, Null{}, std::int64_t{1},
                    std::int64_t{1}, Null{}}),
            5U);
  EXPECT_EQ(value("SELECT group_concat(n ORDER BY id) FROM t"), "11,5");
  EXPECT_EQ(upsert_rows(db(), {"t (id, n)", "id = id"}, 2, {}).value(), 0U);
  const std::array<Field, 6> twice{std::int64_t{1}, std::int64_t{9}, std::int64_t{3},
                                   std::int64_t{9}, std::int64_t{3}, std::int64_t{9}};
  EXPECT_EQ(upsert_rows(db(), {"t (id, n)", "id = id"}, 2, twice).value(), 1U) << "what stays is not counted";
  EXPECT_EQ(value("SELECT group_concat(n ORDER BY id) FROM t"), "11,5,9");
}

TEST_F(MariaDbLists, KeysAreFoundAndChangedHoweverMany) {
  MariaDbServer::run(db(), "INSERT INTO t SELECT seq * 2, 0, NULL FROM seq_1_to_500");
  EXPECT_EQ(found({}), Keys{});
  EXPECT_EQ(found({3}), Keys{});
  EXPECT_EQ(found({8, 3, 2}), (Keys{2, 8}));
  Keys all;
  for (std::int64_t i = 1; i <= 700; ++i) all.push_back(i);
  EXPECT_EQ(found(all).size(), 350U);
  const auto bind = [](Query& q, std::int64_t key) { q.bind(key); };
  EXPECT_EQ(change_matches(db(), "DELETE FROM t WHERE ", "id = ?", std::span<const std::int64_t>(all), bind).value(),
            350U);
  EXPECT_EQ(value("SELECT min(id) FROM t"), "702");
}

TEST_F(MariaDbLists, AnErrorIsPassedOn) {
  const Field row[] = {std::int64_t{1}};
  EXPECT_EQ(upsert_rows(db(), {"gone (id)", "id = id"}, 1, row).error().code, Errc::internal);
  const Keys keys{1};
  const auto bind = [](Query& q, std::int64_t key) { q.bind(key); };
  EXPECT_FALSE(change_matches(db(), "DELETE FROM gone WHERE ", "id = ?", std::span<const std::int64_t>(keys), bind));
  EXPECT_FALSE(find_matches(db(), "SELECT 1 FROM gone WHERE ", "id = ?", std::span<const std::int64_t>(keys), bind,
                            [](const Query&) {}));
}

}  // namespace
}  // namespace postern::mariadb
