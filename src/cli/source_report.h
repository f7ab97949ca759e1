// What a source makes of a sample, for people and for programs.
#pragma once

#include "source/interpret.h"
#include "source/preset.h"
#include "source/verify.h"

#include <optional>
#include <string>

namespace postern {

struct SourceReport {
  const Preset& preset;
  bool shipped = false;
  std::optional<Verified> verified;  // Nothing: there was no sample.
  bool unsigned_probe = false;       // A test by the sender, which comes unsigned.
  std::optional<Interpretation> read;

  // No secret was given, so that the proof was not looked at.
  bool is_untried() const { return verified && verified->verdict == Verdict::no_secret; }
  bool is_fine() const;
};

void print_report(const SourceReport& report, bool as_json);

}  // namespace postern
