// The shipped presets on what their senders publish.
#include "source/interpret.h"
#include "source/verify.h"
#include "support/senders.h"

namespace postern {
namespace {

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

std::string value_of(const SourceEvent& event, std::string_view name) {
  if (name == "email") return lower(event.email);
  if (name == "first_name") return event.first_name;
  if (name == "last_name") return event.last_name;
  if (name == "event_id") return event.id;
  if (name == "event_type") return event.type;
  if (name == "external_id") return event.external_id;
  if (name == "order_ref") return event.order_ref;
  if (name == "product") return event.products.empty() ? "" : event.products.front();
  return "no such field: " + std::string(name);
}

void expect_fields(const SourceEvent& event, const boost::json::value& expected) {
  for (const auto& field : expected.as_object()) {
    std::string wanted = json_text(field.value());
    if (field.key() == "email") wanted = lower(wanted);
    EXPECT_EQ(value_of(event, field.key()), wanted) << field.key();
  }
}

InterpretOptions options_for(const boost::json::object& example) {
  InterpretOptions options;
  const auto action = parse_source_action(json_text(example.at("url_action")));
  if (action) options.url_action = *action;
  return options;
}

void expect_events(const Interpretation& read, const boost::json::object& example, std::string_view action) {
  ASSERT_FALSE(read.rejection) << read.rejection->message;
  ASSERT_FALSE(read.events.empty());
  EXPECT_EQ(to_word(read.events.front().action), action);
  expect_fields(read.events.front(), example.at("expect"));
  if (const auto* model = example.if_contains("expect_model")) expect_fields(read.events.front(), *model);
  const auto* each = example.at("expect_each").if_array();
  if (each == nullptr) return;
  ASSERT_EQ(read.events.size(), each->size());
  for (std::size_t i = 0; i < each->size(); ++i) {
    EXPECT_EQ(to_word(read.events[i].action), json_text(each->at(i).at("action")));
    EXPECT_EQ(read.events[i].email, json_text(each->at(i).at("email")));
  }
}

std::string label(const boost::json::object& example) {
  return json_text(example.at("sender")) + ": " + json_text(example.at("event"));
}

TEST(Senders, EveryPublishedExampleMeansWhatItsSenderSays) {
  const auto examples = sender_data("examples");
  EXPECT_EQ(examples.size(), 145U);
  for (const auto& each : examples) {
    const auto& example = each.as_object();
    SCOPED_TRACE(label(example));
    const Preset preset = shipped(json_text(example.at("sender")));
    const OwnedRequest request = request_of(example);
    expect_events(interpret(preset, request.view(), options_for(example)), example, json_text(example.at("meaning")));
  }
}

Preset preset_of(const boost::json::object& delivery) {
  Preset preset = shipped(json_text(delivery.at("sender")));
  if (const auto* id = delivery.if_contains("webhook_id")) preset.verify.webhook_id = json_text(*id);
  return preset;
}

TEST(Senders, EverySignedDeliveryIsVerifiedAndRead) {
  for (const auto& each : sender_data("deliveries")) {
    const auto& delivery = each.as_object();
    SCOPED_TRACE(label(delivery));
    const Preset preset = preset_of(delivery);
    const OwnedRequest request = request_of(delivery);
    const SignedRequest view = request.view();
    const Verified verified =
        verify(preset, view, secrets_of(delivery.at("secret")), seconds_since_1970(delivery.at("now").as_int64()));
    const bool probe = is_setup_probe(preset, view, {}) && !preset.setup->is_signed;
    EXPECT_EQ(probe, delivery.at("verifies").is_string());
    EXPECT_EQ(verified.accepted(), !probe) << verified.reason;
    expect_events(interpret(preset, view, options_for(delivery)), delivery, json_text(delivery.at("action")));
  }
}

// What an attacker, a mistake or a slow network makes of each of them.
TEST(Senders, NoDeliveryIsVerifiedOnceItIsChanged) {
  std::size_t changed = 0;
  for (const auto& each : sender_data("deliveries")) {
    const auto& delivery = each.as_object();
    SCOPED_TRACE(label(delivery));
    const Preset preset = preset_of(delivery);
    const bool proves = preset.verify.kind != Verification::Kind::none && delivery.at("verifies").is_bool();
    if (!proves) continue;
    const OwnedRequest request = request_of(delivery);
    const auto secrets = secrets_of(delivery.at("secret"));
    const auto now = seconds_since_1970(delivery.at("now").as_int64());
    const auto verdict = [&](const OwnedRequest& sent, std::span<const Secret> with, WallTime at) {
      return verify(preset, sent.view(), with, at).verdict;
    };
    ASSERT_EQ(verdict(request, secrets, now), Verdict::ok);
    // Rotation: the right secret may stand in any place.
    std::vector<Secret> several{Secret("an older secret"), Secret("whsec_b2xk"), secrets.front()};
    EXPECT_EQ(verdict(request, several, now), Verdict::ok);
    // Another secret, of the same kind as far as that matters; and none.
    const std::vector<Secret> other{Secret("bm90IHRoZSBzZWNyZXQ")};
    EXPECT_FALSE(verify(preset, request.view(), other, now).accepted());
    EXPECT_EQ(verdict(request, {}, now), !preset.verify.public_key.empty() ? Verdict::wrong_signature
                                         : preset.verify.optional          ? Verdict::unchecked
                                                                           : Verdict::no_secret);
    // Without its headers.
    OwnedRequest bare = request;
    std::erase_if(bare.headers, [](const auto& header) { return !http::iequals(header.first, "content-type"); });
    const bool in_body = preset.verify.at && preset.verify.at->from == Path::From::body;
    EXPECT_EQ(verdict(bare, secrets, now), in_body ? Verdict::ok : Verdict::missing_header);
    // With another body, wherever the body is signed.
    const bool signs_body =
        preset.verify.kind == Verification::Kind::hmac || preset.verify.kind == Verification::Kind::asym;
    if (signs_body) {
      OwnedRequest tampered = request;
      tampered.body.back() = ' ';
      EXPECT_FALSE(verify(preset, tampered.view(), secrets, now).accepted());
      tampered.body = request.body + (in_body ? "&more=1" : "\n");
      EXPECT_EQ(verdict(tampered, secrets, now), Verdict::wrong_signature);
    }
    // Too early and too late.
    if (preset.verify.tolerance.count() > 0) {
      EXPECT_EQ(verdict(request, secrets, now + preset.verify.tolerance + std::chrono::seconds(1)), Verdict::stale);
      EXPECT_EQ(verdict(request, secrets, now - preset.verify.tolerance - std::chrono::seconds(2)), Verdict::stale);
    }
    ++changed;
  }
  EXPECT_GT(changed, 100U);
}

TEST(Senders, EverySignatureVector) {
  const auto vectors = sender_data("signature_vectors");
  EXPECT_EQ(vectors.size(), 248U);
  for (const auto& each : vectors) {
    const auto& vector = each.as_object();
    SCOPED_TRACE(json_text(vector.at("id")) + " " + json_text(vector.at("scheme")));
    boost::json::object document{{"name", "vector"}};
    document["verify"] = vector.at("verify");
    Result<Preset> preset = read_preset(boost::json::serialize(document));
    ASSERT_TRUE(preset) << preset.error().message;
    const auto* now = vector.if_contains("now");
    if (now == nullptr) preset->verify.tolerance = std::chrono::seconds(0);
    const Verified verified = verify(*preset, request_of(vector).view(), secrets_of(vector.at("secret")),
                                     seconds_since_1970(now == nullptr ? 0 : now->as_int64()));
    EXPECT_EQ(verified.accepted(), vector.at("valid").as_bool()) << to_word(verified.verdict) << verified.reason;
    EXPECT_EQ(verified.reason.empty(), verified.accepted());
    for (const Secret& secret : secrets_of(vector.at("secret"))) {
      // Some of the vectors' secrets are words such as "hex".
      if (secret.reveal().size() < 10) continue;
      EXPECT_EQ(verified.reason.find(secret.reveal()), std::string::npos) << "a secret is repeated";
    }
  }
}

TEST(Senders, EveryValidVectorFailsOnceItIsChanged) {
  std::size_t changed = 0;
  for (const auto& each : sender_data("signature_vectors")) {
    const auto& vector = each.as_object();
    if (!vector.at("valid").as_bool()) continue;
    SCOPED_TRACE(json_text(vector.at("id")) + " " + json_text(vector.at("scheme")));
    boost::json::object document{{"name", "vector"}};
    document["verify"] = vector.at("verify");
    Result<Preset> preset = read_preset(boost::json::serialize(document));
    ASSERT_TRUE(preset) << preset.error().message;
    const auto* known_now = vector.if_contains("now");
    if (known_now == nullptr) preset->verify.tolerance = std::chrono::seconds(0);
    const WallTime now = seconds_since_1970(known_now == nullptr ? 0 : known_now->as_int64());
    const OwnedRequest request = request_of(vector);
    std::vector<Secret> secrets = secrets_of(vector.at("secret"));
    const auto accepted = [&](const OwnedRequest& sent, std::span<const Secret> with, WallTime at) {
      return verify(*preset, sent.view(), with, at).accepted();
    };
    ASSERT_TRUE(accepted(request, secrets, now));
    // Rotated: another secret before and behind the right one. Wrong: only others.
    secrets.insert(secrets.begin(), Secret("b3RoZXI"));
    secrets.emplace_back("bW9yZQ");
    EXPECT_TRUE(accepted(request, secrets, now));
    EXPECT_FALSE(accepted(request, {secrets.data(), 1}, now));
    EXPECT_FALSE(accepted(request, {&secrets.back(), 1}, now));
    const bool signs =
        preset->verify.kind == Verification::Kind::hmac || preset->verify.kind == Verification::Kind::asym;
    if (signs) {
      OwnedRequest tampered = request;
      tampered.body += preset->verify.at->from == Path::From::body ? "&x=1" : "x";
      EXPECT_FALSE(accepted(tampered, secrets, now));
    }
    if (preset->verify.tolerance.count() > 0) {
      EXPECT_FALSE(accepted(request, secrets, now + 2 * preset->verify.tolerance + std::chrono::seconds(1)));
      EXPECT_FALSE(accepted(request, secrets, now - 2 * preset->verify.tolerance - std::chrono::seconds(1)));
    }
    ++changed;
  }
  EXPECT_EQ(changed, 78U);
}

TEST(Senders, EveryShippedPresetCanBeReadAndIsComplete) {
  EXPECT_GE(shipped_presets().size(), 43U);
  for (const ShippedPreset& each : shipped_presets()) {
    SCOPED_TRACE(each.name);
    const Preset preset = shipped(std::string(each.name));
    EXPECT_EQ(preset.name, each.name);
    EXPECT_FALSE(preset.title.empty() || preset.category.empty() || preset.docs.empty() || preset.notes.empty());
    const bool needs_secret = preset.verify.kind != Verification::Kind::none;
    EXPECT_EQ(needs_secret, !preset.secret_hint.empty());
    EXPECT_EQ(preset.fields.email.empty() && preset.callback.empty(), false) << "no e-mail, and no word about it";
    EXPECT_FALSE(preset.rules.empty() && preset.otherwise == SourceAction::ignore);
  }
}

}  // namespace
}  // namespace postern
