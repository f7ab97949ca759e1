#include "source/multipart.h"

#include "http/message.h"
#include "source/parameters.h"

#include <algorithm>

namespace postern {
namespace {

using Error = Multipart::Error;

// Source: RFC 2046 §5.1.1: 1 to 70 of these characters, not ending with a space.
bool is_boundary(std::string_view text) {
  constexpr std::string_view kOthers = "'()+_,-./:=? ";
  if (text.empty() || text.size() > 70 || text.back() == ' ') return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

struct Delimiter {
  std::size_t begin = 0;  // Of the CRLF before it, or of the body.
  std::size_t end = 0;    // Behind its line.
  bool closes = false;
};

class Parser {
 public:
  Parser(std::string_view body, std::string_view boundary, const MultipartLimits& limits)
      : body_(body), dashes_("--" + std::string(boundary)), limits_(limits) {}

  Multipart run() {
    auto delimiter = find(0);
    while (delimiter && !delimiter->closes) {
      const std::size_t begin = delimiter->end;
      // The CRLF that ends the delimiter's line may also begin the next delimiter: an empty part without a head.
      delimiter = find(begin - 2);
      if (!delimiter) break;
      out_.error = delimiter->begin < begin ? Error::malformed : part(body_.substr(begin, delimiter->begin - begin));
      if (out_.error != Error::none) return std::move(out_);
    }
    if (!delimiter) out_.error = Error::not_closed;
    return std::move(out_);
  }

 private:
  // A delimiter stands at the start of the body or of a line, and nothing but blanks follows it on its line: a longer
  // word that begins like it is data.
  std::optional<Delimiter> find(std::size_t from) const {
    for (std::size_t at = from;; ++at) {
      at = body_.find(dashes_, at);
      if (at == std::string_view::npos) return std::nullopt;
      const bool starts_line = at == 0 || (at >= from + 2 && body_.substr(at - 2, 2) == "\r\n");
      if (!starts_line) continue;
      std::size_t end = at + dashes_.size();
      if (body_.substr(end, 2) == "--") return Delimiter{at == 0 ? 0 : at - 2, end + 2, true};
      while (end < body_.size() && (body_[end] == ' ' || body_[end] == '\t')) ++end;
      if (body_.substr(end, 2) == "\r\n") return Delimiter{at == 0 ? 0 : at - 2, end + 2, false};
    }
  }

  Error part(std::string_view text) {
    if (++count_ > limits_.max_parts) return Error::too_many_parts;
    std::size_t head_end = 0;
    if (!text.starts_with("\r\n")) {
      head_end = text.find("\r\n\r\n");
      if (head_end == std::string_view::npos) return Error::malformed;
      head_end += 2;
    }
    if (head_end > limits_.max_head_bytes) return Error::head_too_large;
    Part part;
    part.data = text.substr(head_end + 2);
    bool has_name = false;
    if (const Error error = read_head(text.substr(0, head_end), part, has_name); error != Error::none) return error;
    if (has_name) out_.parts.push_back(std::move(part));
    return Error::none;
  }

  static Error read_head(std::string_view head, Part& part, bool& has_name) {
    bool seen = false;
    while (!head.empty()) {
      const std::size_t end = head.find("\r\n");
      const std::string_view line = head.substr(0, end);
      head.remove_prefix(end + 2);
      const std::size_t colon = line.find(':');
      const bool broken = colon == std::string_view::npos || colon == 0 || line.front() == ' ' ||
                          line.front() == '\t' ||
                          line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
      if (broken) return Error::malformed;
      if (!http::iequals(line.substr(0, colon), "content-disposition")) continue;
      if (seen || !read_disposition(line.substr(colon + 1), part, has_name)) return Error::malformed;
      seen = true;
    }
    return Error::none;
  }

  static bool read_disposition(std::string_view value, Part& part, bool& has_name) {
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
    const std::size_t end = std::min(value.find(';'), value.size());
    std::string_view type = value.substr(0, end);
    while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
    if (!http::iequals(type, "form-data")) return true;  // Has no name for us: skipped.
    bool repeated = false;
    const bool well_formed = each_parameter(value.substr(end), [&](const std::string& name, const std::string& text) {
      if (name == "filename" || name == "filename*") part.is_file = true;
      if (name != "name") return;
      repeated = repeated || has_name;
      has_name = true;
      part.name = text;
    });
    return well_formed && !repeated;
  }

  std::string_view body_;
  const std::string dashes_;
  const MultipartLimits& limits_;
  std::size_t count_ = 0;
  Multipart out_;
};

}  // namespace

Multipart parse_multipart(std::string_view body, std::string_view boundary, const MultipartLimits& limits) {
  if (!is_boundary(boundary)) {
    Multipart out;
    out.error = Error::bad_boundary;
    return out;
  }
  return Parser(body, boundary, limits).run();
}

}  // namespace postern
