#include "http/chunked.h"

#include "http/characters.h"

#include <algorithm>

namespace postern::http {
namespace {

constexpr int kMaxSizeDigits = 15;            // Cannot overflow 64 bits.
constexpr std::size_t kMaxExtraBytes = 8192;  // Extensions and trailers.

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_extra(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '\t' || (byte >= 0x20 && byte != 0x7f);
}

}  // namespace

bool ChunkedDecoder::size_char(char c) {
  if (const int digit = hex_digit(c); digit >= 0) {
    if (++digits_ > kMaxSizeDigits) return false;
    size_ = size_ * 16 + static_cast<std::uint64_t>(digit);
    return true;
  }
  if (digits_ == 0) return false;
  if (c == '\r') {
    phase_ = Phase::size_lf;
    return true;
  }
  if (c != ';') return false;
  phase_ = Phase::extension;
  return true;
}

bool ChunkedDecoder::extension_char(char c) {
  if (c == '\r') {
    phase_ = Phase::size_lf;
    return true;
  }
  return is_extra(c) && ++line_bytes_ <= kMaxExtraBytes;
}

bool ChunkedDecoder::trailer_char(char c) {
  if (++line_bytes_ > kMaxExtraBytes) return false;
  if (phase_ == Phase::trailer) {
    if (c == '\r') {
      phase_ = Phase::last_lf;
      return true;
    }
    phase_ = Phase::trailer_line;
    trailer_has_colon_ = false;
    return is_token_char(c);
  }
  if (c == '\r') {
    phase_ = Phase::trailer_lf;
    return trailer_has_colon_;
  }
  if (trailer_has_colon_) return is_extra(c);
  trailer_has_colon_ = c == ':';
  return trailer_has_colon_ || is_token_char(c);
}

ChunkedDecoder::State ChunkedDecoder::step(char c) {
  bool good = true;
  switch (phase_) {
    case Phase::size:
      good = size_char(c);
      break;
    case Phase::extension:
      good = extension_char(c);
      break;
    case Phase::size_lf:
      good = c == '\n';
      phase_ = size_ == 0 ? Phase::trailer : Phase::data;
      break;
    case Phase::data:
      break;  // Taken in one piece by feed().
    case Phase::data_cr:
      good = c == '\r';
      phase_ = Phase::data_lf;
      break;
    case Phase::data_lf:
      good = c == '\n';
      phase_ = Phase::size;
      size_ = 0;
      digits_ = 0;
      break;
    case Phase::trailer:
    case Phase::trailer_line:
      good = trailer_char(c);
      break;
    case Phase::trailer_lf:
      good = c == '\n';
      phase_ = Phase::trailer;
      break;
    case Phase::last_lf:
      return c == '\n' ? State::complete : State::malformed;
  }
  return good ? State::needs_more : State::malformed;
}

ChunkedDecoder::State ChunkedDecoder::feed(std::string_view data, std::string& body, std::size_t& taken) {
  taken = 0;
  while (taken < data.size()) {
    if (phase_ == Phase::data) {
      const std::size_t n = std::min<std::uint64_t>(size_, data.size() - taken);
      body.append(data, taken, n);
      taken += n;
      size_ -= n;
      if (size_ == 0) phase_ = Phase::data_cr;
      continue;
    }
    const State state = step(data[taken++]);
    if (state != State::needs_more) return state;
    const bool announced = phase_ == Phase::data;
    if (announced && size_ > max_body_bytes_ - std::min(max_body_bytes_, body.size())) return State::too_large;
  }
  return State::needs_more;
}

}  // namespace postern::http
