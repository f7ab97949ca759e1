#include "wordpress/php_serialize.h"
#include "wordpress/webhook_value.h"

#include <gtest/gtest.h>

namespace postern::wordpress {
namespace {

constexpr std::string_view kPlain =
    "a:6:{s:5:\"title\";s:5:\"plain\";s:10:\"course_ids\";a:1:{i:0;i:7;}s:9:\"space_ids\";a:1:{i:0;i:3;}"
    "s:17:\"remove_course_ids\";a:0:{}s:16:\"remove_space_ids\";a:1:{i:0;i:4;}"
    "s:21:\"send_wp_welcome_email\";s:2:\"no\";}";

TEST(WebhookValue, IsReadAndWrittenAsThePluginDoes) {
  const auto value = read_webhook_value(kPlain);
  ASSERT_TRUE(value);
  EXPECT_EQ(*value, (WebhookValue{"plain", {7}, {3}, {}, {4}, false}));
  EXPECT_EQ(write_webhook_value(std::nullopt, *value), kPlain);
  EXPECT_EQ(write_webhook_value(kPlain, *value), kPlain);
}

TEST(WebhookValue, TakesNumbersThatAreTexts) {
  const auto value = read_webhook_value(
      "a:1:{s:9:\"space_ids\";a:7:{i:0;s:1:\"3\";i:1;s:3:\"abc\";i:2;s:0:\"\";i:3;s:1:\"0\";i:4;s:2:\"-1\";i:5;s:3:"
      "\"4.0\";i:6;d:5;}}");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->space_ids, (std::vector<std::int64_t>{3, 4, 5}));
  EXPECT_TRUE(value->welcome_email) << "where it does not say, the mail is sent";
}

TEST(WebhookValue, NothingIsAWebhookThatDoesNothing) {
  const auto value = read_webhook_value(std::nullopt);
  ASSERT_TRUE(value);
  EXPECT_EQ(*value, WebhookValue());
  EXPECT_EQ(count_runs(std::nullopt, 1).value(), "a:1:{s:13:\"running_count\";i:1;}");
}

TEST(WebhookValue, SaysWhatIsDamaged) {
  for (const std::string_view bad : {"a:1:{broken", "{\"space_ids\":[3]}", "s:1:\"x\";", "a:1:{i:0;i:1;"}) {
    EXPECT_EQ(read_webhook_value(bad).error().code, Errc::invalid) << bad;
    EXPECT_FALSE(read_webhook_value(bad).error().message.empty());
    EXPECT_FALSE(count_runs(bad, 1)) << bad;
    EXPECT_EQ(without_runs(bad), bad);
    EXPECT_TRUE(read_webhook_value(write_webhook_value(bad, {"new", {}, {3}, {}, {}, true}))) << bad;
  }
}

TEST(WebhookValue, KeepsWhatItDoesNotKnow) {
  const std::string_view stored =
      "a:6:{s:5:\"title\";s:1:\"x\";s:9:\"space_ids\";a:1:{i:0;i:3;}s:1:\"f\";d:1.5;s:1:\"b\";b:1;s:1:\"n\";N;"
      "s:4:\"nest\";a:1:{s:1:\"k\";a:0:{}}}";
  const std::string counted = count_runs(stored, 3).value();
  EXPECT_EQ(counted, "a:7:" + std::string(stored.substr(4, stored.size() - 5)) + "s:13:\"running_count\";i:3;}");
  EXPECT_EQ(count_runs(counted, 2).value(),
            "a:7:" + std::string(stored.substr(4, stored.size() - 5)) + "s:13:\"running_count\";i:5;}");
  EXPECT_EQ(without_runs(counted), stored);
  EXPECT_EQ(count_runs("a:2:{s:9:\"space_ids\";a:0:{}s:13:\"running_count\";s:2:\"41\";}", 1).value(),
            "a:2:{s:9:\"space_ids\";a:0:{}s:13:\"running_count\";i:42;}");
  const std::string edited = write_webhook_value(counted, {"y", {}, {4}, {}, {}, false});
  const auto value = php_unserialize(edited);
  ASSERT_TRUE(value);
  EXPECT_NE(value->find("nest"), nullptr);
  EXPECT_EQ(*value->find("running_count")->if_integer(), 3);
}

}  // namespace
}  // namespace postern::wordpress
