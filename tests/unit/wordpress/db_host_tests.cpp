#include "support/vectors.h"
#include "wordpress/db_host.h"

namespace postern::wordpress {
namespace {

namespace json = boost::json;

TEST(DbHost, AllVectors) {
  const json::array cases = vector_cases("parse_db_host");
  EXPECT_EQ(cases.size(), 45U);
  for (const json::value& each : cases) {
    const auto read = parse_db_host(text_of(each.at("in")));
    const json::value& out = each.at("out");
    ASSERT_EQ(read.has_value(), out.is_object()) << json::serialize(each);
    if (!read) continue;
    const json::value& port = out.at("port");
    const DbHost want{.host = text_of(out.at("host")),
                      .port = port.is_null() ? 0 : static_cast<unsigned>(port.as_int64()),
                      .socket = text_of(out.at("socket")),
                      .is_ipv6 = out.at("is_ipv6").as_bool()};
    EXPECT_EQ(*read, want) << json::serialize(each);
  }
}

TEST(DbHost, APortOfManyDigitsDoesNotWrapAround) {
  EXPECT_EQ(parse_db_host("localhost:4294970602")->port, 1'000'000U);  // 2^32 + 3306
}

}  // namespace
}  // namespace postern::wordpress
