#include "admin/fields.h"

#include <boost/json/parse.hpp>

namespace postern {
namespace {

boost::json::object parse(std::string_view text) {
  return boost::json::parse(boost::json::string_view(text.data(), text.size())).as_object();
}

std::string errors(Fields& fields) {
  std::string out;
  if (const auto problem = fields.finish()) {
    for (const FieldError& each : problem->errors) out += each.field + " " + each.message + "; ";
  }
  return out;
}

TEST(Fields, ReadsWhatIsThere) {
  const auto body = parse(R"({"name":"  Shop ","on":true,"ids":[1,2],"n":5,"at":"2026-01-01T00:00:00Z","gone":null})");
  Fields fields(body);
  EXPECT_EQ(fields.text("name"), "Shop");
  EXPECT_EQ(fields.boolean("on"), true);
  EXPECT_EQ(fields.ids("ids"), (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(fields.integer("n", 1, 9), 5);
  EXPECT_TRUE(fields.time("at"));
  EXPECT_EQ(fields.text("gone"), std::nullopt);
  EXPECT_EQ(errors(fields), "");
}

TEST(Fields, NamesEverythingThatIsWrong) {
  const auto body = parse("{\"name\":\"a\\nb\",\"on\":1,\"ids\":[1,1],\"n\":10,\"at\":\"soon\",\"role\":\"owner\"}");
  Fields fields(body);
  fields.text("name");
  fields.boolean("on");
  fields.ids("ids");
  fields.integer("n", 1, 9);
  fields.time("at");
  fields.text("email", {.required = true});
  EXPECT_EQ(errors(fields),
            "name has a control character; on is neither true nor false; ids names 1 twice; n is no whole number from "
            "1 to 9; at is no time such as 2026-03-01T09:30:00Z; email is missing; role is not known here; ");
}

}  // namespace
}  // namespace postern
