#include "crypto/encoding.h"
#include "source/signed_text.h"
#include "source/verify.h"
#include "support/senders.h"

namespace postern {
namespace {

Preset preset_of(const std::string& verify) {
  Result<Preset> preset = read_preset(R"({"name":"x","verify":{)" + verify + "}}");
  EXPECT_TRUE(preset) << (preset ? "" : preset.error().message);
  return preset ? *std::move(preset) : Preset{};
}

OwnedRequest with_header(const std::string& name, const std::string& value, const std::string& body = "{}") {
  OwnedRequest request;
  request.headers = {{name, value}};
  request.body = body;
  return request;
}

Verdict verdict(const Preset& preset, const OwnedRequest& request, const std::string& secret,
                WallTime now = seconds_since_1970(1000)) {
  const std::vector<Secret> secrets{Secret(secret)};
  return verify(preset, request.view(), secrets, now).verdict;
}

const std::string kSigned = R"("kind":"hmac","header":"S","alg":"hmac-sha256","signed":"{ts}.{body}","tolerance":10,)";

std::string signature(const std::string& text) {
  return hex_encode(hmac(Digest::sha256, "k", text));
}

TEST(Verify, EachFormat) {
  const std::string good = signature("1000.{}");
  const Preset kv = preset_of(kSigned + R"("format":"kv","ts_key":"t","sig_key":"v1")");
  EXPECT_EQ(verdict(kv, with_header("s", " t=1000 , v1=" + good + ",v0=x"), "k"), Verdict::ok);
  EXPECT_EQ(verdict(kv, with_header("s", "v1=" + good + ",t=1000"), "k"), Verdict::ok);
  EXPECT_EQ(verdict(kv, with_header("s", "t=1000,v0=" + good), "k"), Verdict::bad_format);
  EXPECT_EQ(verdict(kv, with_header("s", "v1=" + good), "k"), Verdict::bad_format);
  EXPECT_EQ(verdict(kv, with_header("s", ",,=,"), "k"), Verdict::bad_format);
  const Preset list = preset_of(kSigned + R"("format":"list","sig_key":"v1","ts_header":"T")");
  OwnedRequest request = with_header("s", "v2,aa  v1," + good);
  request.headers.emplace_back("t", "1000");
  EXPECT_EQ(verdict(list, request, "k"), Verdict::ok);
  request.set("s", "v1" + good);
  EXPECT_EQ(verdict(list, request, "k"), Verdict::bad_format);
  const Preset times = preset_of(kSigned + R"("format":"ts_list")");
  EXPECT_EQ(verdict(times, with_header("s", "1000,aa," + good), "k"), Verdict::ok);
  EXPECT_EQ(verdict(times, with_header("s", good), "k"), Verdict::bad_format);
  EXPECT_EQ(verdict(times, with_header("s", "," + good), "k"), Verdict::bad_format);
}

TEST(Verify, TheTimeIsHeldAgainstTheClock) {
  const Preset kv = preset_of(kSigned + R"("format":"kv","ts_key":"t","sig_key":"v1")");
  const auto at = [&](const std::string& time, std::int64_t now) {
    return verdict(kv, with_header("S", "t=" + time + ",v1=" + signature(time + ".{}")), "k", seconds_since_1970(now));
  };
  EXPECT_EQ(at("1000", 1010), Verdict::ok);
  EXPECT_EQ(at("1000", 1011), Verdict::stale);
  EXPECT_EQ(at("1000", 990), Verdict::ok);
  EXPECT_EQ(at("1000", 989), Verdict::stale);
  for (const char* odd : {"", "x", "1000x", "-1000", "+1000", "1e3", "99999999999999999999", "1000.0", "0x3e8"}) {
    EXPECT_EQ(at(odd, 1000), Verdict::bad_format) << odd;
  }
  EXPECT_EQ(at("9223372036854775807", 1000), Verdict::bad_format);
}

TEST(Verify, OversizedProofsAreRefusedUnread) {
  const Preset kv = preset_of(kSigned + R"("format":"kv","ts_key":"t","sig_key":"v1")");
  EXPECT_EQ(verdict(kv, with_header("s", std::string(kMaxSignatureBytes + 1, ',')), "k"), Verdict::bad_format);
  // More signatures than anybody needs: those past the limit are not looked at.
  std::string many = "t=1000";
  for (std::size_t i = 0; i < kMaxSignatures; ++i) many += ",v1=aa";
  EXPECT_EQ(verdict(kv, with_header("s", many + ",v1=" + signature("1000.{}")), "k"), Verdict::wrong_signature);
  // The same with secrets.
  std::vector<Secret> secrets(kMaxSecrets, Secret("other"));
  const OwnedRequest request = with_header("s", "t=1000,v1=" + signature("1000.{}"));
  secrets.back() = Secret("k");
  EXPECT_TRUE(verify(kv, request.view(), secrets, seconds_since_1970(1000)).accepted());
  secrets.insert(secrets.begin(), Secret("other"));
  EXPECT_FALSE(verify(kv, request.view(), secrets, seconds_since_1970(1000)).accepted());
}

TEST(Verify, EmptySecretsFitNothing) {
  const Preset token = preset_of(R"("kind":"token","at":"header:T")");
  EXPECT_EQ(verdict(token, with_header("T", "x"), ""), Verdict::wrong_token);
  EXPECT_EQ(verdict(token, with_header("T", ""), ""), Verdict::missing_header);
  const Preset bearer = preset_of(R"("kind":"token","at":"header:T","prefix":"Bearer ")");
  EXPECT_EQ(verdict(bearer, with_header("T", "Bearer "), ""), Verdict::wrong_token);
  const Preset basic = preset_of(R"("kind":"basic")");
  EXPECT_EQ(verdict(basic, with_header("Authorization", "Basic Og=="), ""), Verdict::wrong_token);
  const Preset plain = preset_of(R"("kind":"hmac","header":"S","alg":"hmac-sha256")");
  EXPECT_EQ(verdict(plain, with_header("S", hex_encode(hmac(Digest::sha256, "", "{}"))), ""), Verdict::bad_secret);
  EXPECT_EQ(verify(plain, with_header("S", "aa").view(), std::vector<Secret>(), seconds_since_1970(0)).verdict,
            Verdict::no_secret);
}

TEST(Verify, OptionalMeansOnlyWithoutASecret) {
  const Preset preset = preset_of(R"("kind":"token","at":"query:t","optional":true)");
  OwnedRequest request;
  EXPECT_EQ(verify(preset, request.view(), std::vector<Secret>(), seconds_since_1970(0)).verdict, Verdict::unchecked);
  EXPECT_EQ(verdict(preset, request, "s"), Verdict::missing_header);
  request.query = "a=1&t=s%21";
  EXPECT_EQ(verdict(preset, request, "s!"), Verdict::ok);
  request.query = "t=x&t=s%21";
  EXPECT_EQ(verdict(preset, request, "s!"), Verdict::wrong_token);
}

TEST(Verify, SecretsOfAnotherFormAreSaidToBeSo) {
  const Preset whsec = preset_of(R"("kind":"hmac","header":"S","alg":"hmac-sha256","secret_enc":"whsec")");
  EXPECT_EQ(verdict(whsec, with_header("S", "aa"), "whsec_!!"), Verdict::bad_secret);
  EXPECT_EQ(verdict(whsec, with_header("S", "aa"), "whsec_"), Verdict::bad_secret);
  const Preset key = preset_of(R"("kind":"asym","header":"S","alg":"rsa-sha256")");
  EXPECT_EQ(verdict(key, with_header("S", "aa"), "no key"), Verdict::bad_secret);
  const Preset hex = preset_of(R"("kind":"hmac","header":"S","alg":"hmac-sha256","secret_enc":"hex")");
  EXPECT_EQ(verdict(hex, with_header("S", hex_encode(hmac(Digest::sha256, "k", "{}"))), "6b"), Verdict::ok);
}

TEST(Verify, AProofInTheBodyNeedsABodyThatCanBeRead) {
  const Preset token = preset_of(R"("kind":"token","at":"/t")");
  EXPECT_EQ(verdict(token, with_header("content-type", "application/json", R"({"t":"s"})"), "s"), Verdict::ok);
  EXPECT_EQ(verdict(token, with_header("content-type", "application/json", R"({"t":"s")"), "s"),
            Verdict::unreadable_body);
  EXPECT_EQ(verdict(token, with_header("content-type", "application/json", R"({"t":["s"]})"), "s"),
            Verdict::bad_format);
  EXPECT_EQ(verdict(token, with_header("content-type", "application/json", R"({"t":null})"), "s"),
            Verdict::missing_header);
  const Preset php = preset_of(
      R"("kind":"asym","at":"/s","alg":"rsa-sha1","enc":"base64","signed":"{php_sorted_fields}","public_key":"x")");
  EXPECT_FALSE(verify(php, with_header("x", "y", "a[]=1&s=AAAA").view(), std::vector<Secret>(), seconds_since_1970(0))
                   .accepted());
}

TEST(Verify, PhpFields) {
  OwnedRequest request;
  request.body = "b=2&a=%C3%A9&sig=x&b=3";
  EXPECT_EQ(php_sorted_fields(request.view(), "sig"), "a:2:{s:1:\"a\";s:2:\"\xc3\xa9\";s:1:\"b\";s:1:\"3\";}");
  request.body = "a[]=1";
  EXPECT_FALSE(php_sorted_fields(request.view(), "sig"));
  EXPECT_EQ(crc32("123456789"), 0xCBF43926U);  // The check value of this CRC.
}

TEST(VerifyTest, APreparedSecretIsAcceptedUntilItExpires) {
  const Preset preset = read_preset(R"({"name": "t", "verify": {"kind": "token", "header": "X-Token"}})").value();
  const std::vector<http::Header> headers{{"X-Token", "old"}};
  const SignedRequest request{.method = "POST", .headers = headers};
  const WallTime now{std::chrono::hours{500'000}};
  std::vector<PreparedSecret> own;
  own.push_back({Secret("new"), {}, {}});
  own.push_back({Secret("old"), {}, now});
  const PreparedSecrets secrets = prepare_secrets(preset.verify, std::move(own));
  EXPECT_TRUE(verify(preset, request, secrets, now - std::chrono::milliseconds{1}).accepted());
  EXPECT_EQ(verify(preset, request, secrets, now).verdict, Verdict::wrong_token);
  std::vector<PreparedSecret> expired;
  expired.push_back({Secret("old"), {}, now});
  EXPECT_EQ(verify(preset, request, prepare_secrets(preset.verify, std::move(expired)), now).verdict,
            Verdict::no_secret);
}

}  // namespace
}  // namespace postern
