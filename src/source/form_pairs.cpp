#include "source/form_pairs.h"

#include "source/multipart.h"

namespace postern {
namespace {

std::string_view reason(Multipart::Error error) {
  switch (error) {
    case Multipart::Error::bad_boundary:
      return "The Content-Type names no usable boundary. Let your HTTP library set the header for multipart forms.";
    case Multipart::Error::malformed:
      return "A part of the multipart body is malformed. Check how the form is built.";
    case Multipart::Error::not_closed:
      return "The multipart body has no closing delimiter; it may have been cut off on the way. Send it again.";
    case Multipart::Error::head_too_large:
      return "The head of a multipart part is too large.";
    case Multipart::Error::none:
    case Multipart::Error::too_many_parts:
      break;
  }
  return "";
}

}  // namespace

FormPairs urlencoded_pairs(std::string_view body, const FormLimits& limits) {
  FormPairs out;
  out.pairs.reserve(8);
  out.rejection = each_pair_within(body, limits, [&](std::string_view name, std::string_view value) {
    out.pairs.emplace_back(form_decode(name), form_decode(value));
  });
  return out;
}

FormPairs multipart_pairs(std::string_view body, const MediaType& type, const FormLimits& limits) {
  FormPairs out;
  const MultipartLimits multipart_limits{limits.max_fields, limits.max_part_head_bytes};
  Multipart multipart = parse_multipart(body, type.boundary.value_or(""), multipart_limits);
  if (multipart.error == Multipart::Error::too_many_parts) {
    out.rejection = too_many_fields(limits.max_fields);
  } else if (multipart.error != Multipart::Error::none) {
    out.rejection = Rejection{400, "malformed_body", std::string(reason(multipart.error))};
  }
  if (out.rejection) return out;
  out.pairs.reserve(multipart.parts.size());
  for (Part& part : multipart.parts) {
    if (!part.is_file) out.pairs.emplace_back(std::move(part.name), std::string(part.data));
  }
  return out;
}

}  // namespace postern
