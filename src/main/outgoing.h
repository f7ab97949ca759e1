// The parts that send outgoing events, wired.
#pragma once

#include "config/settings.h"
#include "effects/outgoing/performers.h"
#include "store/store.h"

#include <map>
#include <memory>

namespace postern {

// Any thread.
class Outgoing {
 public:
  struct Parts {
    Store& store;
    CatalogCache& catalog;
    const KeyVault& vault;
    const Clock& clock;
    Log& log;
  };
  // All parts must outlive it. Errors: internal (libcurl cannot be used).
  static Result<std::unique_ptr<Outgoing>> create(const Parts& parts, const Settings& settings);

  OutgoingSender& sender() { return *sender_; }
  // What performs the effects of kind `events` and `event`; lives as long as this does.
  void add_to(std::map<EffectKind, Performer*>& performers);

 private:
  Outgoing(const Parts& parts, const Settings& settings, std::unique_ptr<OutgoingSender> sender);
  std::unique_ptr<OutgoingSender> sender_;
  EventsPerformer events_;
  EventPerformer event_;
};

}  // namespace postern
