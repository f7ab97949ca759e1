#include "source/read_verification.h"

#include <algorithm>
#include <array>

namespace postern {
namespace {

using Kind = Verification::Kind;
using Format = Verification::Format;
using Part = Verification::Part;
using Algorithm = Verification::Algorithm;

constexpr std::pair<std::string_view, Kind> kKinds[] = {
    {"none", Kind::none}, {"basic", Kind::basic}, {"token", Kind::token}, {"hmac", Kind::hmac}, {"asym", Kind::asym}};
constexpr std::pair<std::string_view, Format> kFormats[] = {{"raw", Format::raw},
                                                            {"prefix", Format::prefix},
                                                            {"kv", Format::kv},
                                                            {"list", Format::list},
                                                            {"ts_list", Format::ts_list}};
constexpr std::pair<std::string_view, Algorithm> kSecretAlgorithms[] = {
    {"hmac-sha256", {Algorithm::Kind::hmac, Digest::sha256}},
    {"hmac-sha512", {Algorithm::Kind::hmac, Digest::sha512}},
    {"hmac-sha1", {Algorithm::Kind::hmac, Digest::sha1}},
    {"hmac-md5", {Algorithm::Kind::hmac, Digest::md5}},
    {"sha256", {Algorithm::Kind::digest, Digest::sha256}}};
constexpr std::pair<std::string_view, Algorithm> kKeyAlgorithms[] = {
    {"rsa-sha256", {Algorithm::Kind::public_key, Digest::sha256, SignatureAlgorithm::rsa_sha256}},
    {"rsa-sha1", {Algorithm::Kind::public_key, Digest::sha1, SignatureAlgorithm::rsa_sha1}},
    {"ed25519", {Algorithm::Kind::public_key, Digest::sha512, SignatureAlgorithm::ed25519}},
    {"ecdsa-sha256", {Algorithm::Kind::public_key, Digest::sha256, SignatureAlgorithm::ecdsa_sha256}}};
constexpr std::pair<std::string_view, Verification::Encoding> kEncodings[] = {
    {"hex", Verification::Encoding::hex}, {"base64", Verification::Encoding::base64}};
constexpr std::pair<std::string_view, Verification::SecretEncoding> kSecretEncodings[] = {
    {"utf8", Verification::SecretEncoding::utf8},
    {"whsec", Verification::SecretEncoding::whsec},
    {"base64", Verification::SecretEncoding::base64},
    {"hex", Verification::SecretEncoding::hex}};
constexpr std::pair<std::string_view, Part> kParts[] = {{"{body}", Part::body},
                                                        {"{ts}", Part::time},
                                                        {"{id}", Part::id},
                                                        {"{url}", Part::url},
                                                        {"{method}", Part::method},
                                                        {"{secret}", Part::secret},
                                                        {"{webhook_id}", Part::webhook_id},
                                                        {"{crc32}", Part::crc32},
                                                        {"{php_sorted_fields}", Part::php_sorted_fields}};

// "{ts}.{body}" → its pieces. A '{' that begins no placeholder is an error: nobody means it.
std::vector<Verification::Piece> read_template(ObjectReader& reader) {
  constexpr std::size_t kMaxPieces = 32;
  std::vector<Verification::Piece> out;
  const std::string text = reader.text("signed", "{body}");
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto* const found = std::find_if(std::begin(kParts), std::end(kParts),
                                           [&](const auto& each) { return rest.starts_with(each.first); });
    if (found != std::end(kParts)) {
      out.push_back({found->second, ""});
      rest.remove_prefix(found->first.size());
    } else if (rest.front() == '{' || rest.front() == '}') {
      reader.complain("signed",
                      "has a brace that belongs to no placeholder; there are {body}, {ts}, {id}, {url}, {method}, "
                      "{secret}, {webhook_id}, {crc32} and {php_sorted_fields}");
      return out;
    } else {
      const std::string_view plain = rest.substr(0, rest.find_first_of("{}"));
      out.push_back({Part::text, std::string(plain)});
      rest.remove_prefix(plain.size());
    }
  }
  if (out.empty() || out.size() > kMaxPieces) reader.complain("signed", "must have 1 to 32 parts");
  return out;
}

bool signs(const Verification& v, Part part) {
  return std::any_of(v.pieces.begin(), v.pieces.end(), [&](const auto& piece) { return piece.part == part; });
}

// Where the signature stands: `header` is short for at = "header:…".
void read_place(ObjectReader& reader, Verification& out) {
  out.at = reader.path("at");
  const std::string header = reader.text("header");
  if (header.empty()) return;
  if (out.at) reader.complain("at", "and 'header' cannot both be given");
  Result<Path> path = parse_path("header:" + header);
  if (path) out.at = *std::move(path);
}

void read_time(ObjectReader& reader, Verification& out) {
  static constexpr std::pair<std::string_view, Verification::TimeFormat> kUnits[] = {
      {"s", Verification::TimeFormat::seconds}, {"ms", Verification::TimeFormat::milliseconds}};
  static constexpr std::pair<std::string_view, Verification::TimeFormat> kFormatsOfTime[] = {
      {"unix", Verification::TimeFormat::seconds}, {"rfc3339", Verification::TimeFormat::rfc3339}};
  constexpr std::int64_t kDay = 86'400;
  out.time_header = reader.text("ts_header");
  const auto unit = reader.word("ts_unit", kUnits);
  const auto format = reader.word("ts_format", kFormatsOfTime);
  out.time_format = format == Verification::TimeFormat::rfc3339 ? format : unit;
  if (reader.has("tolerance")) out.tolerance = std::chrono::seconds(reader.number("tolerance", 1, kDay, 0));
}

void read_signature(ObjectReader& reader, Verification& out) {
  read_place(reader, out);
  out.format = reader.word("format", kFormats);
  out.prefix = reader.text("prefix");
  out.prefix_optional = reader.flag("prefix_optional", false);
  const std::string separator = reader.text("sep", ",");
  if (separator.size() == 1) out.separator = separator.front();
  if (separator.size() != 1 || separator == "=") reader.complain("sep", "must be one character, and not '='");
  out.time_key = reader.text("ts_key");
  out.signature_key = reader.text("sig_key");
  out.id_header = reader.text("id_header");
  out.certificate_header = reader.text("cert_url_header");
  out.algorithm = out.kind == Kind::asym ? reader.word("alg", kKeyAlgorithms) : reader.word("alg", kSecretAlgorithms);
  out.encoding = reader.word("enc", kEncodings);
  if (out.kind == Kind::hmac) out.secret_encoding = reader.word("secret_enc", kSecretEncodings);
  if (out.kind == Kind::asym) out.public_key = reader.text("public_key");
  out.webhook_id = reader.text("webhook_id");
  out.pieces = read_template(reader);
  read_time(reader, out);
}

void check_signature(ObjectReader& reader, const Verification& v) {
  const bool has_time = !v.time_header.empty() || !v.time_key.empty() || v.format == Format::ts_list;
  if (!reader.has("alg")) reader.complain("alg", "is missing");
  if (!v.at) reader.complain("header", "is missing: where does the signature stand?");
  if (v.format == Format::prefix && v.prefix.empty()) reader.complain("prefix", "is missing");
  if (v.format == Format::kv && v.signature_key.empty()) reader.complain("sig_key", "is missing, which 'kv' needs");
  if (v.format == Format::list && v.signature_key.empty()) reader.complain("sig_key", "is missing, which 'list' needs");
  if (!v.time_key.empty() && v.format != Format::kv) reader.complain("ts_key", "is only for the format 'kv'");
  if (signs(v, Part::time) && !has_time) reader.complain("ts_header", "is missing, which {ts} in 'signed' needs");
  if (signs(v, Part::id) && v.id_header.empty())
    reader.complain("id_header", "is missing, which {id} in 'signed' needs");
  if (v.tolerance.count() > 0 && !has_time) reader.complain("ts_header", "is missing, which 'tolerance' needs");
  if (v.tolerance.count() > 0 && !signs(v, Part::time)) {
    reader.complain("tolerance", "is of no use: 'signed' has no {ts}, so anybody could write another time");
  }
  if (v.kind == Kind::hmac && v.algorithm.kind == Algorithm::Kind::digest && !signs(v, Part::secret)) {
    reader.complain("signed", "has no {secret}, so with the algorithm sha256 anybody could sign");
  }
  if (v.kind == Kind::asym && signs(v, Part::secret)) reader.complain("signed", "has {secret}, but there is none");
  const bool binds = signs(v, Part::body) || signs(v, Part::crc32) || signs(v, Part::php_sorted_fields);
  if (!binds) reader.complain("signed", "has nothing of the body: {body}, {crc32} or {php_sorted_fields}");
}

}  // namespace

Verification read_verification(const boost::json::value& value, Complaint& complaint) {
  static constexpr std::pair<std::string_view, bool> kHashes[] = {{"none", false}, {"sha256", true}};
  ObjectReader reader(value, "verify.", complaint);
  Verification out;
  if (!reader.has("kind")) reader.complain("kind", "is missing; expected one of none, basic, token, hmac, asym");
  out.kind = reader.word("kind", kKinds);
  if (out.kind != Kind::none) out.optional = reader.flag("optional", false);
  if (out.kind == Kind::token) {
    read_place(reader, out);
    out.prefix = reader.text("prefix");
    out.secret_is_hashed = reader.word("secret_hash", kHashes);
    if (!out.at) reader.complain("at", "is missing: where does the token stand?");
  }
  if (out.kind == Kind::hmac || out.kind == Kind::asym) {
    read_signature(reader, out);
    check_signature(reader, out);
  }
  reader.finish();
  return out;
}

}  // namespace postern
