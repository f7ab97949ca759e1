// A preset: how one sender's requests are to be read. Data, not code: shipped ones stand in sources/, operators write
// their own. docs/sources.md explains every key.
#pragma once

#include "base/result.h"
#include "crypto/signature.h"
#include "source/condition.h"
#include "source/document.h"
#include "source/path.h"
#include "source/source_event.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace postern {

// How a request proves that it comes from the sender.
struct Verification {
  enum class Kind { none, basic, token, hmac, asym };
  // How the signature header is built. raw: the signature. prefix: `prefix` and it. kv: "t=1,v1=…". list: "v1,… v1,…",
  // blanks between. ts_list: "1700000000,sig,sig".
  enum class Format { raw, prefix, kv, list, ts_list };
  enum class Encoding { hex, base64 };
  // How the secret becomes the key: its bytes, or decoded from base64 (whsec: "whsec_" before it is taken off) or hex.
  enum class SecretEncoding { utf8, whsec, base64, hex };
  enum class TimeFormat { seconds, milliseconds, rfc3339 };
  // A piece of what is signed: text as it stands, or something of the request.
  enum class Part { text, body, time, id, url, method, secret, webhook_id, crc32, php_sorted_fields };
  struct Piece {
    Part part = Part::text;
    std::string text;
    bool operator==(const Piece&) const = default;
  };
  // An HMAC, a plain digest over a text that holds the secret, or a public key's algorithm.
  struct Algorithm {
    enum class Kind { hmac, digest, public_key };
    Kind kind = Kind::hmac;
    Digest digest = Digest::sha256;
    SignatureAlgorithm signature = SignatureAlgorithm::rsa_sha256;
    bool operator==(const Algorithm&) const = default;
  };

  Kind kind = Kind::none;
  bool optional = false;   // Without a secret nothing is checked. With one, everything is.
  std::optional<Path> at;  // Where the token or signature stands: a header, a parameter, a field of the body.
  std::string prefix;
  bool prefix_optional = false;
  bool secret_is_hashed = false;  // The token is the hex SHA-256 of the secret.
  Format format = Format::raw;
  char separator = ',';       // Of kv.
  std::string time_key;       // Of kv.
  std::string signature_key;  // Of kv and list.
  std::string time_header;
  std::string id_header;
  std::string certificate_header;  // Where the sender says which of its keys it used. Never fetched.
  Algorithm algorithm;
  Encoding encoding = Encoding::hex;
  SecretEncoding secret_encoding = SecretEncoding::utf8;
  std::vector<Piece> pieces;
  TimeFormat time_format = TimeFormat::seconds;
  std::chrono::seconds tolerance{0};  // 0: the time is not checked.
  std::string webhook_id;             // What the sender calls this webhook. Set by who uses the preset.
  std::string public_key;             // The same for all customers of the sender; used when no secret is given.

  bool operator==(const Verification&) const = default;
};

// The fields that are looked for, each at the first place that has one.
struct FieldPaths {
  std::vector<Path> email;
  std::vector<Path> first_name;
  std::vector<Path> last_name;
  std::vector<Path> full_name;  // Split at the first blank when there is neither of the two above.
  std::vector<Path> login;
  std::vector<Path> password;
  std::vector<Path> external_id;
  std::vector<Path> product;  // Here the first path that finds any gives all of them.
  std::vector<Path> order_ref;
  std::vector<std::pair<std::string, std::vector<Path>>> others;

  bool operator==(const FieldPaths&) const = default;
};

struct Rule {
  std::vector<Condition> when;  // All must hold.
  SourceAction action = SourceAction::ignore;

  bool operator==(const Rule&) const = default;
};

// The request with which a sender tries the URL when it is saved.
struct SetupProbe {
  std::string method;           // Empty: any.
  std::vector<Condition> when;  // All must hold.
  bool is_signed = true;        // False: answered although nothing proves where it comes from. It changes nothing.

  bool operator==(const SetupProbe&) const = default;
};

// What a sender does to a webhook that answers with errors decides what it is told.
enum class AnswerPolicy { status, always_200 };

struct Preset {
  std::string name;  // a-z, 0-9 and '_'.
  std::string title;
  std::string category;
  std::vector<std::string> docs;  // Pages of the sender that this was written by.
  std::string secret_hint;        // What the secret is and where the sender shows it.
  std::string callback;  // Not empty: what the requests lack, and what would have to be asked for. E.g. the e-mail.
  std::vector<std::string> notes;  // What an operator should know.
  bool url_action = false;         // The requests have no event type: the operator says per webhook what they mean.
  AnswerPolicy answer = AnswerPolicy::status;
  BodyRules body;
  Verification verify;
  std::vector<Path> event_type;
  std::vector<Path> event_id;
  std::vector<Path> event_time;
  std::vector<Path> repeat_key;      // Subjects; all must be there. Empty: the event's id.
  bool repeat_key_has_body = false;  // And the digest of the body.
  FieldPaths fields;
  std::vector<Rule> rules;                        // The first that holds decides,
  SourceAction otherwise = SourceAction::ignore;  // else this.
  std::optional<SetupProbe> setup;

  bool operator==(const Preset&) const = default;
};

constexpr std::size_t kMaxPresetBytes = 64UL * 1024;

// Reads one from JSON. Unknown keys, wrong types and contradictions are errors: invalid, with a sentence that names
// the key, says what was found and what is expected. Strict on purpose: a typing error must not open a door.
Result<Preset> read_preset(std::string_view text);

}  // namespace postern
