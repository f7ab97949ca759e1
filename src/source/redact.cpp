#include "source/form.h"
#include "source/json_form.h"
#include "source/media_type.h"
#include "source/multipart.h"
#include "source/secret_names.h"
#include "source/urlencoded.h"

#include <optional>

namespace postern {
namespace {

// Copies `body`, with some spans of it replaced. Spans are given in order.
class Redactor {
 public:
  explicit Redactor(std::string_view body) : body_(body) { out_.reserve(body.size()); }
  void replace(std::string_view span) {
    const auto begin = static_cast<std::size_t>(span.data() - body_.data());
    out_ += body_.substr(done_, begin - done_);
    out_ += kRedacted;
    done_ = begin + span.size();
  }
  std::string finish() && {
    out_ += body_.substr(done_);
    return std::move(out_);
  }

 private:
  std::string_view body_;
  std::size_t done_ = 0;
  std::string out_;
};

bool is_secret(std::string_view name, std::string_view also) {
  return is_secret_name(name) || (!also.empty() && name == also);
}

std::string redact_urlencoded(std::string_view body, std::string_view also) {
  Redactor redactor(body);
  each_pair(body, [&](std::string_view name, std::string_view value) {
    const bool encoded = name.find_first_of("%+") != std::string_view::npos;
    const bool secret = encoded ? is_secret(form_decode(name), also) : is_secret(name, also);
    if (secret && !value.empty()) redactor.replace(value);
    return true;
  });
  return std::move(redactor).finish();
}

std::optional<std::string> redact_multipart(std::string_view body, std::string_view boundary, const FormLimits& limits,
                                            std::string_view also) {
  const Multipart multipart = parse_multipart(body, boundary, {limits.max_fields, limits.max_part_head_bytes});
  if (multipart.error != Multipart::Error::none) return std::nullopt;
  Redactor redactor(body);
  for (const Part& part : multipart.parts) {
    if (is_secret(part.name, also) && !part.data.empty()) redactor.replace(part.data);
  }
  return std::move(redactor).finish();
}

std::optional<std::string> redact_whole(std::string_view content_type, std::string_view body, const FormLimits& limits,
                                        std::string_view also) {
  switch (format_of(content_type)) {
    case BodyFormat::urlencoded:
      return redact_urlencoded(body, also);
    case BodyFormat::multipart:
      return redact_multipart(body, parse_media_type(content_type).boundary.value_or(""), limits, also);
    case BodyFormat::json:
      return redact_json(body, limits, also);
    case BodyFormat::unknown:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

RedactedPayload redact(std::string_view content_type, std::string_view body, const FormLimits& limits,
                       std::size_t max_bytes, std::string_view also) {
  if (body.empty()) return {};
  std::optional<std::string> text = redact_whole(content_type, body, limits, also);
  if (!text) return {{}, false};
  RedactedPayload out{*std::move(text), true};
  if (out.text.size() > max_bytes) {
    out.text.resize(max_bytes);
    out.complete = false;
  }
  return out;
}

}  // namespace postern
