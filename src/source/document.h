// A request's body as a tree, whatever its encoding, and what stands at a path in it.
#pragma once

#include "http/message.h"
#include "source/form.h"
#include "source/path.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

// What a source looks at. Views: they must live as long as what is made of it.
struct SignedRequest {
  std::string_view method;  // As sent: "POST".
  std::string_view url;     // The whole public URL, as the sender knows it; some sign it.
  std::span<const http::Header> headers;
  std::string_view query;  // Not decoded, without '?'.
  std::string_view body;

  // The first header of that name, ASCII case ignored; the first parameter of that name, decoded.
  std::optional<std::string_view> header(std::string_view name) const;
  std::optional<std::string> parameter(std::string_view name) const;
};

// How a preset wants bodies to be read.
struct BodyRules {
  // automatic: by the Content-Type; without one, JSON if it begins like JSON, else a form. form takes multipart too if
  // the Content-Type says so.
  enum class Format { automatic, json, form, multipart };
  Format format = Format::automatic;
  std::vector<Path> json_in;  // Texts that are JSON themselves; keys only.
  std::optional<Path> each;   // A list of which each element is an event of its own.

  bool operator==(const BodyRules&) const = default;
};

// What stands at a path.
struct Found {
  std::vector<std::string> texts;    // Strings, and numbers and booleans as text; not empty ones.
  std::vector<std::string> members;  // The same of the lists that stand there.
  bool structured = false;           // A list or an object stands there.

  bool exists() const { return structured || !texts.empty(); }
};

// Immutable. JSON is read as strictly as decode_json does (RFC 8259, limits.max_json_depth); the names of forms as PHP
// does: a[b][c] is /a/b/c, a[]=1&a[]=2 is a list.
class Document {
 public:
  // No body at all is a document in which nothing stands; one that should be JSON but is not is refused.
  static Document read(const BodyRules& rules, const SignedRequest& request, const FormLimits& limits);
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();

  const std::optional<Rejection>& rejection() const { return rejection_; }
  // The number of events: 1, or that of the list `each`; 0 after a rejection.
  std::size_t size() const;
  // Precondition: event < size(), and the path is none of a fact. At most `limit` texts and members each: linear in
  // the body, for every path.
  Found find(std::size_t event, const Path& path, std::size_t limit) const;
  // The first text at the first path that has one.
  std::optional<std::string> text(std::size_t event, std::span<const Path> paths) const;

 private:
  struct Tree;
  explicit Document(const SignedRequest& request);

  SignedRequest request_;
  std::optional<Rejection> rejection_;
  std::unique_ptr<Tree> tree_;
};

}  // namespace postern
