// How the statements that are written for all databases reach MariaDB.
#include "mariadb/own/site_tables.h"

namespace postern::mariadb {
namespace {

using Parameters = std::vector<std::size_t>;

SqlText translated(std::string_view text) {
  return translate(text, TableNames("wp_"));
}

TEST(SqlTexts, TablesAndReservedNamesGetTheirQuotes) {
  EXPECT_EQ(translated(R"(SELECT "key" FROM {outbox} o)").sql, "SELECT `key` FROM `wp_postern_outbox` o");
  EXPECT_EQ(translated("SELECT 1").sql, "SELECT 1");
  EXPECT_EQ(translated("").sql, "");
}

TEST(SqlTexts, ParametersTakeTheirPlaceByNumber) {
  EXPECT_EQ(translated("a = ?2 AND b = ?1 OR c = ?2").sql, "a = ? AND b = ? OR c = ?");
  EXPECT_EQ(translated("a = ?2 AND b = ?1 OR c = ?2").parameters, (Parameters{1, 0, 1}));
  EXPECT_EQ(translated("VALUES(?, ?,?)").parameters, (Parameters{0, 1, 2}));
  EXPECT_EQ(translated("?12").parameters, (Parameters{11}));
}

TEST(SqlTexts, WhatIsInSingleQuotesStays) {
  EXPECT_EQ(translated(R"(a = '?1 "x"' AND b = ?1)").sql, R"(a = '?1 "x"' AND b = ?)");
  EXPECT_EQ(translated(R"(a = '?1 "x"' AND b = ?1)").parameters, (Parameters{0}));
}

TEST(SqlTexts, EachIsTranslatedOnce) {
  SqlTexts texts(TableNames("wp_"));
  const char* const text = "SELECT 1 FROM {outbox}";
  EXPECT_EQ(&texts.of(text), &texts.of(text));
}

class MariaDbSqlConnection : public testing::Test {
 protected:
  std::unique_ptr<Connection> connection_ = MariaDbServer::shared().connect(MariaDbServer::shared().make_database());
  SqlTexts texts_{TableNames("wp_")};
  SqlConnection db_{*connection_, texts_};
};

TEST_F(MariaDbSqlConnection, ValuesComeBackAsTheyWere) {
  MariaDbServer::run(*connection_, "CREATE TABLE wp_postern_t (id BIGINT AUTO_INCREMENT PRIMARY KEY, s TEXT, b BLOB)");
  const std::string bytes("\xff\0'\"\\\xc3", 6);
  sql::Query insert = db_.query("INSERT INTO {t}(s, b) VALUES(?2, ?1)");
  insert.bind_blob(bytes).bind("ä 🎉");
  ASSERT_TRUE(insert.run());
  EXPECT_EQ(db_.last_id(), 1);
  EXPECT_EQ(db_.changes(), 1);
  insert.bind_null().bind_or_null("");
  ASSERT_TRUE(insert.run());
  sql::Query q = db_.query("SELECT id, s, b FROM {t} WHERE b = ?1 OR (b IS NULL AND ?2 = 7) ORDER BY id");
  q.bind_blob(bytes).bind(7);
  ASSERT_TRUE(q.step().value());
  EXPECT_EQ(q.integer(0), 1);
  EXPECT_EQ(q.text(1), "ä 🎉");
  EXPECT_EQ(q.text(2), bytes);
  ASSERT_TRUE(q.step().value());
  EXPECT_TRUE(q.is_null(1));
  EXPECT_TRUE(q.is_null(2));
  EXPECT_FALSE(q.step().value());
}

TEST_F(MariaDbSqlConnection, TooFewValuesAreAnError) {
  sql::Query q = db_.query("SELECT ?1, ?2");
  q.bind(1);
  EXPECT_EQ(q.step().error().code, Errc::internal);
}

TEST_F(MariaDbSqlConnection, ALockWithoutItsRowIsAnError) {
  MariaDbServer::run(*connection_, "CREATE TABLE wp_postern_locks (id BIGINT PRIMARY KEY, turns BIGINT)");
  EXPECT_EQ(db_.lock(sql::Lock::outbox).error().code, Errc::internal);
}

}  // namespace
}  // namespace postern::mariadb
