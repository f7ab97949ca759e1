#include "source/form.h"

namespace postern {
namespace {

constexpr std::string_view kForm = "application/x-www-form-urlencoded";
constexpr std::string_view kJson = "application/json";

FormEvent read(std::string_view content_type, std::string_view body) {
  const FormLimits limits;
  DecodedForm form = decode_form(content_type, "", body, limits);
  if (form.rejection) return {{}, {}, form.rejection};
  return read_form(form.fields, limits);
}

std::string multipart(const std::string& parts) {
  return parts + "--b--\r\n";
}
std::string part(const std::string& name, const std::string& value) {
  return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
}

TEST(Form, TheSameEventFromEveryEncoding) {
  const FormEvent form = read(kForm, "email=ada%40example.com&first_name=Zo%C3%AB+M&user_login=ada&user_pass=s%26s");
  const FormEvent json =
      read(kJson, R"({"email":"ada@example.com","first_name":"Zo\u00eb M","user_login":"ada","user_pass":"s&s"})");
  const FormEvent parts = read("multipart/form-data; boundary=b",
                               multipart(part("email", "ada@example.com") + part("first_name", "Zo\xc3\xab M") +
                                         part("user_login", "ada") + part("user_pass", "s&s")));
  for (const FormEvent& event : {form, json, parts}) {
    ASSERT_FALSE(event.rejection);
    EXPECT_EQ(event.event.email, "ada@example.com");
    EXPECT_EQ(event.event.first_name, "Zo\xc3\xab M");
    EXPECT_EQ(event.event.login, "ada");
    EXPECT_EQ(event.event.password.reveal(), "s&s");
  }
}

struct Bad {
  std::string name;
  std::string_view content_type;
  std::string body;
  int status;
  std::string_view code;
};

class FormRefuses : public testing::TestWithParam<Bad> {};

TEST_P(FormRefuses, WithStatusCodeAndAdvice) {
  const FormEvent event = read(GetParam().content_type, GetParam().body);
  ASSERT_TRUE(event.rejection);
  EXPECT_EQ(event.rejection->status, GetParam().status);
  EXPECT_EQ(event.rejection->code, GetParam().code);
  EXPECT_GT(event.rejection->message.size(), 15U);
}

INSTANTIATE_TEST_SUITE_P(Table, FormRefuses,
                         testing::Values(Bad{"NoEmail", kForm, "first_name=Ada", 400, "missing_email"},
                                         Bad{"EmptyEmail", kForm, "email=+", 400, "missing_email"},
                                         Bad{"BadEmail", kForm, "email=nonsense", 400, "invalid_email"},
                                         Bad{"UnknownType", "text/xml", "<a/>", 415, "unsupported_media_type"},
                                         Bad{"BrokenJson", kJson, "{\"email\":", 400, "malformed_body"},
                                         Bad{"JsonList", kJson, "[1]", 400, "malformed_body"},
                                         Bad{"NoBoundary", "multipart/form-data", part("email", "a@b.co"), 400,
                                             "malformed_body"},
                                         Bad{"NotClosed", "multipart/form-data; boundary=b", part("email", "a@b.co"),
                                             400, "malformed_body"}),
                         [](const auto& each) { return each.param.name; });

TEST(Form, LimitsTheNumberOfFields) {
  std::string body;
  for (int i = 0; i < 1001; ++i) body += "a=1&";
  const FormEvent event = read(kForm, body + "email=a@b.co");
  ASSERT_TRUE(event.rejection);
  EXPECT_EQ(event.rejection->status, 400);
}

TEST(Redact, HidesSecretsInEveryEncoding) {
  EXPECT_EQ(redact(kForm, "email=a&user_pass=hush&API_KEY=x&plan=gold", {}, 1000).text,
            "email=a&user_pass=[redacted]&API_KEY=[redacted]&plan=gold");
  EXPECT_EQ(redact(kForm, "user%5Fpass=hush", {}, 1000).text, "user%5Fpass=[redacted]");
  const RedactedPayload json = redact(kJson, R"({"a":{"token":"hush"},"list":[{"cvc":123}]})", {}, 1000);
  EXPECT_EQ(json.text.find("hush"), std::string::npos);
  EXPECT_EQ(json.text.find("123"), std::string::npos);
  const RedactedPayload parts =
      redact("multipart/form-data; boundary=b", multipart(part("password", "hush")), {}, 1000);
  EXPECT_EQ(parts.text, multipart(part("password", "[redacted]")));
}

TEST(Redact, KeepsNothingOfWhatItCannotRead) {
  const RedactedPayload broken = redact(kJson, R"({"token":"hush")", {}, 1000);
  EXPECT_EQ(broken.text, "");
  EXPECT_FALSE(broken.complete);
  EXPECT_FALSE(redact("text/plain", "token=hush", {}, 1000).complete);
}

TEST(Redact, CutsLongBodies) {
  const RedactedPayload cut = redact(kForm, "a=" + std::string(100, 'x'), {}, 10);
  EXPECT_EQ(cut.text.size(), 10U);
  EXPECT_FALSE(cut.complete);
}

}  // namespace
}  // namespace postern
