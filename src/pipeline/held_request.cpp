#include "pipeline/held_request.h"

#include <cstdint>
#include <optional>

namespace postern {
namespace {

constexpr std::int64_t kVersion = 1;

// Numbers of eight bytes, the lowest first, and texts with their length before them.
class Packer {
 public:
  Packer& number(std::int64_t value) {
    auto bits = static_cast<std::uint64_t>(value);
    for (int i = 0; i < 8; ++i, bits >>= 8U) out_ += static_cast<char>(bits & 0xffU);
    return *this;
  }
  Packer& text(std::string_view value) {
    number(static_cast<std::int64_t>(value.size()));
    out_ += value;
    return *this;
  }
  std::string finish() && { return std::move(out_); }

 private:
  std::string out_;
};

// Past the end everything is 0 or empty, and ok() is false.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}
  std::int64_t number() {
    const std::string_view bytes = take(8);
    std::uint64_t bits = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) bits = bits << 8U | static_cast<unsigned char>(bytes[i]);
    return static_cast<std::int64_t>(bits);
  }
  std::string text() { return std::string(take(static_cast<std::uint64_t>(number()))); }
  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && rest_.empty(); }

 private:
  std::string_view take(std::uint64_t bytes) {
    if (bytes > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view out = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return out;
  }
  std::string_view rest_;
  bool ok_ = true;
};

std::optional<HeldRequest> unpack(std::string_view bytes) {
  Unpacker from(bytes);
  if (from.number() != kVersion) return std::nullopt;
  HeldRequest out;
  out.dialect = from.number() == static_cast<std::int64_t>(Dialect::plugin) ? Dialect::plugin : Dialect::rest;
  out.received_at = WallTime{std::chrono::milliseconds{from.number()}};
  out.key.value = from.number();
  out.tls = from.number() != 0;
  for (std::string* text : {&out.remote_ip, &out.content_type, &out.content_encoding, &out.request_head, &out.query}) {
    *text = from.text();
  }
  for (std::int64_t left = from.number(); left > 0 && from.ok(); --left) {
    std::string name = from.text();
    std::string value = from.text();
    out.headers.emplace_back(std::move(name), std::move(value));
  }
  out.body = from.text();
  if (!from.at_end()) return std::nullopt;
  return out;
}

}  // namespace

std::string seal(const HeldRequest& request, const KeyVault& vault, Random& random) {
  Packer to;
  to.number(kVersion).number(static_cast<std::int64_t>(request.dialect));
  to.number(request.received_at.time_since_epoch().count()).number(request.key.value).number(request.tls ? 1 : 0);
  to.text(request.remote_ip).text(request.content_type).text(request.content_encoding);
  to.text(request.request_head).text(request.query);
  to.number(static_cast<std::int64_t>(request.headers.size()));
  for (const auto& [name, value] : request.headers) to.text(name).text(value);
  to.text(request.body);
  return vault.seal(Secret(std::move(to).finish()), random);
}

Result<HeldRequest> unseal(std::string_view sealed, const KeyVault& vault) {
  const Secret text = TRY(vault.unseal(sealed));
  std::optional<HeldRequest> request = unpack(text.reveal());
  if (!request) return Error{Errc::invalid, "A request that is held was written by another version of Postern.", ""};
  return *std::move(request);
}

}  // namespace postern
