#include "source/signed_text.h"

#include "source/form_pairs.h"

#include <array>
#include <map>

namespace postern {
namespace {

using Part = Verification::Part;

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1U) != 0 ? 0xEDB88320U ^ (value >> 1U) : value >> 1U;
    table[i] = value;
  }
  return table;
}

void append_php(std::string& out, std::string_view text) {
  out += "s:" + std::to_string(text.size()) + ":\"";
  out += text;
  out += "\";";
}

}  // namespace

std::uint32_t crc32(std::string_view text) {
  static constexpr std::array<std::uint32_t, 256> kTable = make_crc_table();
  std::uint32_t value = 0xFFFFFFFFU;
  for (const char c : text) value = kTable[(value ^ static_cast<unsigned char>(c)) & 0xFFU] ^ (value >> 8U);
  return value ^ 0xFFFFFFFFU;
}

std::optional<std::string> php_sorted_fields(const SignedRequest& request, std::string_view signature) {
  const MediaType type = parse_media_type(request.header("content-type").value_or(""));
  const FormPairs form = format_of(type) == BodyFormat::multipart ? multipart_pairs(request.body, type, {})
                                                                  : urlencoded_pairs(request.body, {});
  if (form.rejection) return std::nullopt;
  std::map<std::string_view, std::string_view> fields;
  for (const auto& [name, value] : form.pairs) {
    if (name.find('[') != std::string::npos) return std::nullopt;
    if (name != signature) fields[name] = value;  // The last of equal ones counts, as in PHP.
  }
  std::string out = "a:" + std::to_string(fields.size()) + ":{";
  for (const auto& [name, value] : fields) {
    append_php(out, name);
    append_php(out, value);
  }
  return out + "}";
}

std::optional<std::string> signed_text(const Verification& rules, const SignedRequest& request,
                                       const SignedParts& parts, std::string_view secret) {
  std::string out;
  out.reserve(request.body.size() + request.url.size() + 256);
  for (const Verification::Piece& piece : rules.pieces) {
    switch (piece.part) {
      case Part::text:
        out += piece.text;
        break;
      case Part::body:
        out += request.body;
        break;
      case Part::time:
        out += parts.time;
        break;
      case Part::id:
        out += parts.id;
        break;
      case Part::url:
        out += request.url;
        break;
      case Part::method:
        out += request.method;
        break;
      case Part::secret:
        out += secret;
        break;
      case Part::webhook_id:
        out += rules.webhook_id;
        break;
      case Part::crc32:
        out += std::to_string(crc32(request.body));
        break;
      case Part::php_sorted_fields: {
        const bool in_field = rules.at && rules.at->from == Path::From::body && !rules.at->steps.empty();
        const auto fields = php_sorted_fields(request, in_field ? rules.at->steps.front().key : std::string());
        if (!fields) return std::nullopt;
        out += *fields;
        break;
      }
    }
  }
  return out;
}

}  // namespace postern
