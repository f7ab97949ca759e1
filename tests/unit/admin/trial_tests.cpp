// The test console on a webhook with a source: a request with its headers, and whether it proves where it is from.
#include "resource_site.h"

namespace postern {
namespace {

namespace json = boost::json;

std::string text(const json::value& value) {
  return value.as_string().c_str();
}

// The source sends lists of events, and a token in a header.
class TrialTest : public ResourceTest {
 protected:
  void SetUp() override {
    site_.fill();
    site_.post("/webhooks", R"({"name":"Sign-ups","add_spaces":[1],"source":{"name":"auth0_logs"}})");
    ASSERT_EQ(site_.post("/webhooks/2/secrets", R"({"secret":"open-sesame"})").status, 200);
  }

  // `more`: members of the request beside body and type.
  Answer test(json::object more) {
    more["content_type"] = "application/json";
    more["body"] = R"([{"log_id":"1","data":{"type":"ss","user_name":"ada@example.com"}},
                       {"log_id":"2","data":{"type":"fp","user_name":"eve@example.com"}}])";
    return site_.post("/webhooks/2/test", json::serialize(more));
  }
  static json::object header(const std::string& value) {
    return {{"headers", json::array{json::object{{"name", "Authorization"}, {"value", value}}}}, {"dry_run", true}};
  }
};

TEST_P(TrialTest, SaysWhetherTheProofFits) {
  struct Case {
    const char* name;
    json::object request;
    const char* verdict;
    std::int64_t status;
  };
  for (const Case& each : {Case{"right", header("Bearer open-sesame"), "ok", 200},
                           Case{"other", header("Bearer open-barley"), "wrong_token", 401},
                           Case{"none", json::object{{"dry_run", true}}, "missing_header", 401}}) {
    const json::value answer = test(each.request).body;
    const json::value& proof = answer.at("proof");
    EXPECT_EQ(text(proof.at("verdict")), each.verdict) << each.name;
    EXPECT_EQ(proof.at("accepted").as_bool(), each.status == 200) << each.name;
    EXPECT_EQ(proof.at("reason").is_null(), each.status == 200) << each.name;
    EXPECT_FALSE(proof.at("skipped").as_bool()) << each.name;
    EXPECT_EQ(answer.at("reply").at("status"), each.status) << each.name;
    EXPECT_EQ(json::serialize(answer).find("open-"), std::string::npos) << each.name;
  }
  EXPECT_EQ(site_.store().counts()->deliveries, 0);
}

TEST_P(TrialTest, OfARefusedOneTheStoryDoesNotTellOfABodyThatNobodyRead) {
  const Answer refused = test({{"dry_run", true}});
  std::string steps;
  for (const json::value& step : refused.body.at("delivery").at("story").as_array()) {
    steps += text(step.at("step")) + " ";
  }
  EXPECT_EQ(steps, "received recognised decided applied answered ");
}

TEST_P(TrialTest, EachEventIsToldWithItsReason) {
  const json::value answer = test(header("Bearer open-sesame")).body;
  EXPECT_EQ(text(answer.at("delivery").at("event")), "ss");
  EXPECT_EQ(text(answer.at("delivery").at("email")), "ada@example.com");
  EXPECT_EQ(text(answer.at("delivery").at("outcomes").at(0).at("result")), "added");
  ASSERT_EQ(answer.at("others").as_array().size(), 1U);
  EXPECT_EQ(text(answer.at("others").at(0).at("status")), "ignored");
  EXPECT_EQ(text(answer.at("others").at(0).at("message")), "Events of the type 'fp' change nothing at this webhook.");
}

TEST_P(TrialTest, TheProofIsSkippedOnlyWhenThatIsSaid) {
  const Answer real = test({{"skip_proof", true}});
  const json::value& proof = real.body.at("proof");
  EXPECT_TRUE(proof.at("skipped").as_bool());
  EXPECT_EQ(text(proof.at("verdict")), "missing_header");
  EXPECT_EQ(text(real.body.at("delivery").at("status")), "processed");
  EXPECT_EQ(site_.store().counts()->users, 1);
  EXPECT_EQ(site_.store().counts()->deliveries, 2);
  ASSERT_EQ(real.audit.size(), 1U);
  EXPECT_TRUE(real.audit[0].after.at("skip_proof").as_bool());
  EXPECT_TRUE(test({{"dry_run", true}, {"skip_proof", true}}).audit.empty());
}

TEST_P(TrialTest, AFormHasNoProof) {
  const Answer answer = site_.deliver("ada@example.com", true);
  EXPECT_TRUE(answer.body.at("proof").is_null());
  EXPECT_TRUE(answer.body.at("others").as_array().empty());
}

TEST_P(TrialTest, EveryWrongMemberIsNamed) {
  EXPECT_EQ(
      site_.post("/webhooks/2/test", R"({"headers":[{"name":"A"}],"skip_proof":"yes","head":"x"})").errors(),
      "body is missing; headers.value is missing; skip_proof is neither true nor false; head is not known here; ");
}

INSTANTIATE_TEST_SUITE_P(Stores, TrialTest, testing::Bool(),
                         [](const auto& param) { return param.param ? "Sqlite" : "Memory"; });

}  // namespace
}  // namespace postern
