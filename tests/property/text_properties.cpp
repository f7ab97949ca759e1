// What must hold for any bytes at all.
#include "base/json_writer.h"
#include "base/utf8.h"
#include "http/chunked.h"
#include "http/head_parser.h"
#include "identity/email.h"
#include "identity/login.h"
#include "source/form.h"
#include "source/secret_names.h"
#include "support/percent.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>

namespace postern {
namespace {

TEST(TextProperty, AFormFieldIsReadAsItWasWritten) {
  EXPECT_TRUE(rc::check([](const std::vector<std::pair<std::string, std::string>>& fields) {
    RC_PRE(!fields.empty());
    std::string body;
    for (const auto& [name, value] : fields) body += "x" + percent_encode(name) + "=" + percent_encode(value) + "&";
    const DecodedForm form = decode_form("application/x-www-form-urlencoded", "", body, {});
    RC_ASSERT(!form.rejection);
    RC_ASSERT(form.fields.size() == fields.size());
    for (const Field& field : form.fields) RC_ASSERT(utf8::is_valid(field.name) && utf8::is_valid(field.value));
  }));
}

TEST(TextProperty, NoSecretSurvivesRedaction) {
  EXPECT_TRUE(rc::check([](const std::string& other) {
    const std::string form = "a=" + percent_encode(other) + "&user_pass=Hush%21&b=1";
    RC_ASSERT(redact("application/x-www-form-urlencoded", form, {}, 1U << 20U).text.find("Hush") == std::string::npos);
    std::string json;
    JsonWriter writer(json);
    writer.begin_object();
    writer.any_key("k" + other);
    writer.string(other);
    writer.key("my_token");
    writer.string("Hush!");
    writer.end_object();
    const RedactedPayload kept = redact("application/json", json, {}, 1U << 20U);
    RC_ASSERT(kept.complete);
    RC_ASSERT(kept.text.find("Hush") == std::string::npos);
  }));
}

TEST(TextProperty, LoginsAreDifferentStorableAndNeverRunOut) {
  const auto address_chars =
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("abcXYZ0189!#$%&'*+/=?^_`{|}~.-%%&&42")));
  EXPECT_TRUE(rc::check([&](const std::string& wished, const std::string& first) {
    const std::string local = *address_chars;
    identity::LoginCandidates candidates(wished, local + "@example.com", first, "");
    std::set<std::string> seen;
    for (int i = 0; i < 200; ++i) {
      const std::string login = candidates.next();
      RC_ASSERT(!login.empty());
      RC_ASSERT(login.size() <= 60U);
      RC_ASSERT(identity::sanitize_user(login, true) == login);
      seen.insert(login);
    }
    RC_ASSERT(seen.size() >= 15U);  // Some are equal: "a%" and 10 to 99 are all "a" to WordPress.
  }));
}

TEST(TextProperty, AnAddressIsTheSameInAnyCase) {
  EXPECT_TRUE(rc::check([](std::string text) {
    const std::string key = identity::email_key(text);
    for (char& c : text) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    RC_ASSERT(identity::email_key(text) == key);
    RC_ASSERT(identity::email_key(key) == key);
  }));
}

TEST(TextProperty, AHeadIsJudgedTheSameHoweverItIsCut) {
  const auto pieces = rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
      "GET / HTTP/1.1\r\n", "POST /a?b HTTP/1.1\r\n", "Host: a\r\n", "Content-Length: 5\r\n", "\r\n", "\n", " ",
      "X: y\r\n", "Transfer-Encoding: chunked\r\n", "\r", ":", "Expect: 100-continue\r\n"));
  EXPECT_TRUE(rc::check([&] {
    std::string text;
    for (const std::string& piece : *pieces) text += piece;
    http::HeadParser whole{http::HeadLimits{}};
    const auto expected = whole.feed(text);
    http::HeadParser parser{http::HeadLimits{}};
    auto state = http::HeadParser::State::needs_more;
    for (std::size_t n = 1; n <= text.size() && state == http::HeadParser::State::needs_more; ++n) {
      state = parser.feed(std::string_view(text).substr(0, n));
    }
    RC_ASSERT(state == expected);
    if (state == http::HeadParser::State::complete) RC_ASSERT(parser.length() == whole.length());
  }));
}

TEST(TextProperty, AnyBodyComesThroughTheChunkedCoding) {
  EXPECT_TRUE(rc::check([](const std::vector<std::string>& chunks) {
    std::string text;
    std::string body;
    for (const std::string& chunk : chunks) {
      if (chunk.empty()) continue;
      std::array<char, 16> size{};
      std::snprintf(size.data(), size.size(), "%zx", chunk.size());
      text += std::string(size.data()) + "\r\n" + chunk + "\r\n";
      body += chunk;
    }
    text += "0\r\n\r\n";
    http::ChunkedDecoder decoder(1U << 20U);
    std::string out;
    std::size_t taken = 0;
    RC_ASSERT(decoder.feed(text, out, taken) == http::ChunkedDecoder::State::complete);
    RC_ASSERT(out == body);
    RC_ASSERT(taken == text.size());
  }));
}

}  // namespace
}  // namespace postern
