#include "source/verify.h"

#include "base/time_text.h"
#include "crypto/account_secrets.h"
#include "crypto/encoding.h"
#include "source/signed_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace postern {
namespace {

using Kind = Verification::Kind;
using Format = Verification::Format;
using Part = Verification::Part;

constexpr std::array<std::string_view, 10> kWords{
    "ok",         "unchecked", "no_secret",       "bad_secret",  "missing_header",
    "bad_format", "stale",     "wrong_signature", "wrong_token", "unreadable_body"};

Verified refused(Verdict verdict, std::string reason) {
  return {verdict, std::move(reason)};
}

std::string place_name(const Path& path) {
  switch (path.from) {
    case Path::From::header:
      return "the header '" + path.name + "'";
    case Path::From::query:
      return "the parameter '" + path.name + "' of the URL";
    case Path::From::body:
    case Path::From::fact:
      break;
  }
  return "the field '" + path.text + "' of the body";
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// What stands where the proof is expected; or why nothing usable does.
struct Proof {
  std::string text;
  std::optional<Verified> refusal;
};

std::optional<std::string> body_text(const BodyRules& rules, const SignedRequest& request, const Path& path,
                                     std::optional<Verified>& refusal) {
  BodyRules whole = rules;
  whole.each.reset();  // The proof belongs to the request, not to one event of it.
  const Document document = Document::read(whole, request, {});
  if (document.rejection()) {
    refusal = refused(Verdict::unreadable_body, place_name(path) + " cannot be read: " + document.rejection()->message);
    return std::nullopt;
  }
  Found found = document.find(0, path, 1);
  if (found.structured) {
    refusal = refused(Verdict::bad_format, "There is a list or an object in " + place_name(path) + ", not a text.");
  }
  if (found.texts.empty() || refusal) return std::nullopt;
  return std::move(found.texts.front());
}

Proof find_proof(const Preset& preset, const SignedRequest& request) {
  const Path& path = *preset.verify.at;
  Proof out;
  std::optional<std::string> text;
  if (path.from == Path::From::header) {
    if (const auto value = request.header(path.name)) text = std::string(*value);
  } else if (path.from == Path::From::query) {
    text = request.parameter(path.name);
  } else {
    text = body_text(preset.body, request, path, out.refusal);
  }
  if (out.refusal) return out;
  if (!text || text->empty()) {
    out.refusal = refused(Verdict::missing_header,
                          "There is nothing in " + place_name(path) +
                              ", where this sender puts its proof. Check that the sender is set up with a secret.");
  } else if (text->size() > kMaxSignatureBytes) {
    out.refusal = refused(Verdict::bad_format, "What stands in " + place_name(path) + " is too long.");
  } else {
    out.text = *std::move(text);
  }
  return out;
}

Verified wrong_token(const Path& path) {
  return refused(Verdict::wrong_token, "What stands in " + place_name(path) +
                                           " is not the secret that is kept for this webhook. Compare both settings.");
}

// The secrets that count now.
using Accepted = std::vector<const PreparedSecret*>;

Verified verify_token(const Preset& preset, const SignedRequest& request, const Accepted& secrets) {
  const Verification& rules = preset.verify;
  const Proof proof = find_proof(preset, request);
  if (proof.refusal) return *proof.refusal;
  std::string_view token = proof.text;
  if (!token.starts_with(rules.prefix)) {
    return refused(Verdict::bad_format,
                   "What stands in " + place_name(*rules.at) + " does not begin with '" + rules.prefix + "'.");
  }
  token.remove_prefix(rules.prefix.size());
  bool fits = false;
  for (const PreparedSecret* each : secrets) {
    const Secret& secret = each->text;
    if (secret.empty()) continue;
    const std::string expected =
        rules.secret_is_hashed ? hex_encode(digest(Digest::sha256, secret.reveal())) : std::string(secret.reveal());
    fits = constant_time_equal(token, expected) || fits;
  }
  return fits ? Verified{Verdict::ok, ""} : wrong_token(*rules.at);
}

// Source: RFC 7617. The secret is "user:password".
Verified verify_basic(const SignedRequest& request, const Accepted& secrets) {
  constexpr std::string_view kScheme = "basic ";
  const auto value = request.header("authorization");
  if (!value) {
    return refused(Verdict::missing_header,
                   "There is no header 'Authorization'. Give the sender the user and password of this webhook.");
  }
  std::optional<std::string> given;
  if (value->size() <= kMaxSignatureBytes && http::iequals(value->substr(0, kScheme.size()), kScheme)) {
    given = base64_decode(trimmed(value->substr(kScheme.size())));
  }
  if (!given || given->find(':') == std::string::npos) {
    return refused(Verdict::bad_format, "The header 'Authorization' holds no user and password (HTTP Basic).");
  }
  bool fits = false;
  for (const PreparedSecret* each : secrets) {
    fits = (!each->text.empty() && constant_time_equal(*given, each->text.reveal())) || fits;
  }
  if (fits) return {Verdict::ok, ""};
  return refused(Verdict::wrong_token, "User or password are not those of this webhook. Compare both settings.");
}

// A header taken apart: the time and the signatures, still encoded.
struct Signatures {
  std::string_view time;
  std::vector<std::string_view> texts;
  bool well_formed = true;
};

// Calls visit(piece) for each piece of text between separators.
template <class Visit>
void each_piece(std::string_view text, char separator, Visit visit) {
  while (true) {
    const std::size_t end = text.find(separator);
    visit(trimmed(text.substr(0, end)));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

Signatures take_apart(const Verification& rules, std::string_view text) {
  Signatures out;
  const auto add = [&out](std::string_view signature) {
    if (!signature.empty() && out.texts.size() < kMaxSignatures) out.texts.push_back(signature);
  };
  switch (rules.format) {
    case Format::raw:
      add(text);
      break;
    case Format::prefix:
      out.well_formed = text.starts_with(rules.prefix) || rules.prefix_optional;
      if (text.starts_with(rules.prefix)) text.remove_prefix(rules.prefix.size());
      if (out.well_formed) add(text);
      break;
    case Format::kv:
      each_piece(text, rules.separator, [&](std::string_view piece) {
        const std::size_t equals = std::min(piece.find('='), piece.size());
        const std::string_view key = piece.substr(0, equals);
        const std::string_view value = piece.substr(std::min(equals + 1, piece.size()));
        if (key == rules.signature_key) add(value);
        if (!rules.time_key.empty() && key == rules.time_key && out.time.empty()) out.time = value;
      });
      break;
    case Format::list:
      each_piece(text, ' ', [&](std::string_view piece) {
        const std::size_t comma = piece.find(',');
        if (comma != std::string_view::npos && piece.substr(0, comma) == rules.signature_key) {
          add(piece.substr(comma + 1));
        }
      });
      break;
    case Format::ts_list:
      each_piece(text, ',', [&](std::string_view piece) {
        if (out.time.data() == nullptr) {
          out.time = piece;
        } else {
          add(piece);
        }
      });
      break;
  }
  out.well_formed = out.well_formed && !out.texts.empty();
  return out;
}

std::optional<WallTime> parse_signed_time(Verification::TimeFormat format, std::string_view text) {
  if (format == Verification::TimeFormat::rfc3339) return parse_time(text);
  constexpr std::int64_t kMaxSeconds = 253'402'300'799;  // The end of the year 9999.
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  const bool seconds = format == Verification::TimeFormat::seconds;
  if (number > (seconds ? kMaxSeconds : kMaxSeconds * 1000)) return std::nullopt;
  return WallTime(std::chrono::milliseconds(seconds ? number * 1000 : number));
}

// What a request says beside its signature, and what of it is at fault.
std::optional<Verified> read_parts(const Verification& rules, const SignedRequest& request, WallTime now,
                                   SignedParts& parts) {
  const auto missing = [](const std::string& header) {
    return refused(Verdict::missing_header, "There is no header '" + header + "', which this sender signs.");
  };
  const auto take = [&request](const std::string& header, std::string_view& out) {
    if (!header.empty()) out = request.header(header).value_or("");
    return header.empty() || !out.empty();
  };
  if (!take(rules.time_header, parts.time)) return missing(rules.time_header);
  if (!take(rules.id_header, parts.id)) return missing(rules.id_header);
  if (parts.time.size() > kMaxSignatureBytes || parts.id.size() > kMaxSignatureBytes) {
    return refused(Verdict::bad_format, "A header that this sender signs is too long.");
  }
  const bool has_time = !rules.time_header.empty() || !rules.time_key.empty() || rules.format == Format::ts_list;
  if (has_time && parts.time.empty()) return refused(Verdict::bad_format, "The signature comes without its time.");
  if (rules.tolerance.count() == 0) return std::nullopt;
  const auto time = parse_signed_time(rules.time_format, parts.time);
  if (!time) return refused(Verdict::bad_format, "The time that was signed cannot be read.");
  const auto off = *time > now ? *time - now : now - *time;
  if (off <= rules.tolerance) return std::nullopt;
  return refused(Verdict::stale, "The request was signed " +
                                     std::to_string(std::chrono::duration_cast<std::chrono::seconds>(off).count()) +
                                     " s " + (*time > now ? "ahead of" : "before") + " this server's clock; " +
                                     std::to_string(rules.tolerance.count()) +
                                     " s are accepted. If this was no replay of an old request, set the clock.");
}

std::optional<std::string> key_of(const Verification& rules, std::string_view secret) {
  constexpr std::string_view kPrefix = "whsec_";
  switch (rules.secret_encoding) {
    case Verification::SecretEncoding::utf8:
      return std::string(secret);
    case Verification::SecretEncoding::hex:
      return hex_decode(secret);
    case Verification::SecretEncoding::whsec:
      if (secret.starts_with(kPrefix)) secret.remove_prefix(kPrefix.size());
      return base64_decode(secret);
    case Verification::SecretEncoding::base64:
      break;
  }
  return base64_decode(secret);
}

std::vector<std::string> decode_all(const Verification& rules, const std::vector<std::string_view>& texts) {
  std::vector<std::string> out;
  for (const std::string_view text : texts) {
    auto bytes = rules.encoding == Verification::Encoding::hex ? hex_decode(text) : base64_decode(text);
    if (bytes && !bytes->empty()) out.push_back(*std::move(bytes));
  }
  return out;
}

// Tries one secret after the other.
class Trial {
 public:
  Trial(const Verification& rules, const SignedRequest& request, const SignedParts& parts,
        const std::vector<std::string>& signatures)
      : rules_(rules), request_(request), parts_(parts), signatures_(signatures) {}

  void try_secret(const PreparedSecret& prepared) {
    const std::string_view secret = prepared.text.reveal();
    if (secret.empty() || !readable_) return;
    if (rules_.algorithm.kind == Verification::Algorithm::Kind::public_key) {
      if (prepared.key) try_key(*prepared.key);
      return;
    }
    auto key = key_of(rules_, secret);
    if (!key || key->empty()) return;
    usable_ = true;
    const Secret kept(*std::move(key));  // Wiped when it goes.
    const std::optional<std::string_view> text = text_for(secret);
    if (!text) return;
    const std::string expected = rules_.algorithm.kind == Verification::Algorithm::Kind::hmac
                                     ? hmac(rules_.algorithm.digest, kept.reveal(), *text)
                                     : digest(rules_.algorithm.digest, *text);
    for (const std::string& signature : signatures_) {
      fits_ = (!expected.empty() && constant_time_equal(signature, expected)) || fits_;
    }
  }

  void try_key(const PublicKey& key) {
    usable_ = true;
    const std::optional<std::string_view> text = text_for({});
    if (!text) return;
    for (const std::string& signature : signatures_) fits_ = fits_ || key.verify(*text, signature);
  }

  Verified result() const {
    if (fits_) return {Verdict::ok, ""};
    if (!readable_) {
      return refused(Verdict::unreadable_body, "The fields that this sender signs cannot be read from the body.");
    }
    if (!usable_) {
      return refused(Verdict::bad_secret,
                     "The secret that is kept for this webhook is not of the form that this sender gives out. Copy it "
                     "again from the sender.");
    }
    return refused(Verdict::wrong_signature,
                   "The signature fits no secret that is kept for this webhook: the secret is another one, or the "
                   "request was changed on its way" +
                       std::string(signs_url() ? ", or the sender knows this URL by another name." : "."));
  }

 private:
  bool signs(Part part) const {
    return std::any_of(rules_.pieces.begin(), rules_.pieces.end(), [part](const auto& p) { return p.part == part; });
  }
  bool signs_url() const { return signs(Part::url); }

  // What is signed. Made once, unless the secret is part of it; the body alone is not copied.
  std::optional<std::string_view> text_for(std::string_view secret) {
    if (rules_.pieces.size() == 1 && rules_.pieces.front().part == Part::body) return request_.body;
    if (!made_ || signs(Part::secret)) {
      text_ = signed_text(rules_, request_, parts_, secret);
      made_ = true;
      readable_ = text_.has_value();
    }
    if (!text_) return std::nullopt;
    return *text_;
  }

  const Verification& rules_;
  const SignedRequest& request_;
  const SignedParts& parts_;
  const std::vector<std::string>& signatures_;
  std::optional<std::string> text_;
  bool made_ = false;
  bool readable_ = true;
  bool usable_ = false;
  bool fits_ = false;
};

Verified verify_signature(const Preset& preset, const SignedRequest& request, const Accepted& secrets,
                          const std::optional<PublicKey>& shared, WallTime now) {
  const Verification& rules = preset.verify;
  const Proof proof = find_proof(preset, request);
  if (proof.refusal) return *proof.refusal;
  const Signatures found = take_apart(rules, proof.text);
  SignedParts parts;
  parts.time = found.time;
  if (auto refusal = read_parts(rules, request, now, parts)) return *std::move(refusal);
  const std::vector<std::string> signatures = decode_all(rules, found.texts);
  if (!found.well_formed || signatures.empty()) {
    return refused(Verdict::bad_format,
                   "What stands in " + place_name(*rules.at) + " is not built as this sender builds its signatures.");
  }
  Trial trial(rules, request, parts, signatures);
  for (const PreparedSecret* each : secrets) trial.try_secret(*each);
  if (secrets.empty() && shared) trial.try_key(*shared);
  return trial.result();
}

}  // namespace

std::string_view to_word(Verdict verdict) {
  return kWords[static_cast<std::size_t>(verdict)];
}

PreparedSecrets prepare_secrets(const Verification& rules, std::vector<PreparedSecret> own) {
  const bool with_keys = rules.kind == Kind::asym || rules.algorithm.kind == Verification::Algorithm::Kind::public_key;
  const auto read = [&rules](std::string_view text) -> std::optional<PublicKey> {
    Result<PublicKey> key = PublicKey::read(text, rules.algorithm.signature);
    return key ? std::optional(*std::move(key)) : std::nullopt;
  };
  PreparedSecrets out;
  if (own.size() > kMaxSecrets) own.resize(kMaxSecrets);
  for (PreparedSecret& each : own) {
    if (with_keys) each.key = read(each.text.reveal());
  }
  if (with_keys && !rules.public_key.empty()) out.shared = read(rules.public_key);
  out.own = std::move(own);
  return out;
}

Verified verify(const Preset& preset, const SignedRequest& request, std::span<const Secret> secrets, WallTime now) {
  std::vector<PreparedSecret> own;
  for (const Secret& each : secrets) own.push_back({each, std::nullopt, std::nullopt});
  return verify(preset, request, prepare_secrets(preset.verify, std::move(own)), now);
}

Verified verify(const Preset& preset, const SignedRequest& request, const PreparedSecrets& secrets, WallTime now) {
  const Verification& rules = preset.verify;
  if (rules.kind == Kind::none) return {Verdict::unchecked, ""};
  if (secrets.own.empty() && rules.optional) return {Verdict::unchecked, ""};
  if (secrets.own.empty() && rules.public_key.empty()) {
    return refused(Verdict::no_secret,
                   "This sender proves its requests with a secret, and none is kept for this "
                   "webhook. Enter the one that the sender shows.");
  }
  Accepted accepted;
  for (const PreparedSecret& each : secrets.own) {
    if (!each.expires_at || *each.expires_at > now) accepted.push_back(&each);
  }
  if (accepted.empty() && !secrets.own.empty()) {
    return refused(Verdict::no_secret,
                   "Every secret that is kept for this webhook has expired. Enter the one that the sender shows now.");
  }
  if (rules.kind == Kind::basic) return verify_basic(request, accepted);
  if (rules.kind == Kind::token) return verify_token(preset, request, accepted);
  return verify_signature(preset, request, accepted, secrets.shared, now);
}

}  // namespace postern
