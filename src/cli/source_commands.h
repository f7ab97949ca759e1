// postern source …
#pragma once

#include "cli/context.h"

#include <string>
#include <vector>

namespace postern {

struct SourceFlags {
  std::string sample;                // A file with the body of a request.
  std::vector<std::string> headers;  // "Name: value".
  std::string content_type;
  std::string method = "POST";
  std::string url;  // The public URL, as the sender knows it.
  bool secret_stdin = false;
  std::string secret_file;
  std::string webhook_id;  // What the sender calls the webhook.
  std::string url_action;  // For senders without event types.
  std::string now;         // Instead of the clock: a time, or seconds since 1970.
};

void list_sources(Context& context);
// The table of docs/sources.md.
std::string sources_reference();
// Errors: not_found, naming what there is.
Result<void> show_source(Context& context, const std::string& name);
// `name` is a shipped source or a file, TOML or JSON. Returns whether all is well: with a sample, that it can be read
// and, if a secret was given, that it is verified. Errors: invalid (the preset, with the key at fault), not_found.
Result<bool> check_source(Context& context, const std::string& name, const SourceFlags& flags);

}  // namespace postern
