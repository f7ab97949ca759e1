#include "cli/source_files.h"

#include <fmt/format.h>

#include <fstream>

namespace postern {
namespace {

constexpr std::size_t kMaxSecretBytes = 64UL * 1024;

Result<std::string> read_stream(std::istream& input, const std::string& name, std::size_t max_bytes) {
  std::string out(max_bytes + 1, '\0');
  input.read(out.data(), static_cast<std::streamsize>(out.size()));
  out.resize(static_cast<std::size_t>(input.gcount()));
  if (out.size() > max_bytes)
    return Error{Errc::too_large, fmt::format("{} is larger than {} bytes.", name, max_bytes), ""};
  if (input.bad()) return Error{Errc::not_found, fmt::format("{} cannot be read.", name), ""};
  return out;
}

Result<std::vector<Secret>> some(std::string text, const std::string& name) {
  const Secret kept(std::move(text));  // Wiped when it goes.
  std::vector<Secret> out = parse_secrets(kept.reveal());
  if (out.empty()) return Error{Errc::invalid, fmt::format("{} holds no secret. Put one on each line.", name), ""};
  return out;
}

}  // namespace

Result<std::string> read_whole(const std::string& path, std::size_t max_bytes) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Error{Errc::not_found, fmt::format("The file {} cannot be read. Check its name and mode.", path), ""};
  }
  return read_stream(file, "The file " + path, max_bytes);
}

std::vector<Secret> parse_secrets(std::string_view text) {
  constexpr std::string_view kBegin = "-----BEGIN";
  constexpr std::string_view kEnd = "-----END";
  std::vector<Secret> out;
  while (!text.empty()) {
    std::string_view piece = text.substr(0, text.find('\n'));
    if (piece.starts_with(kBegin)) {
      const std::size_t end = text.find('\n', std::min(text.find(kEnd), text.size()));
      piece = text.substr(0, end);
    }
    text.remove_prefix(std::min(piece.size() + 1, text.size()));
    while (!piece.empty() && piece.back() == '\r') piece.remove_suffix(1);
    if (!piece.empty()) out.emplace_back(std::string(piece));
  }
  return out;
}

Result<std::vector<Secret>> read_secrets(const std::string& path) {
  return some(TRY(read_whole(path, kMaxSecretBytes)), "The file " + path);
}

Result<std::vector<Secret>> read_secrets(std::istream& input) {
  return some(TRY(read_stream(input, "Standard input", kMaxSecretBytes)), "Standard input");
}

}  // namespace postern
