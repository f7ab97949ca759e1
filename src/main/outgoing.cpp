#include "main/outgoing.h"

#include "cli/endpoint_commands.h"

namespace postern {

Result<std::unique_ptr<Outgoing>> Outgoing::create(const Parts& parts, const Settings& settings) {
  std::unique_ptr<OutgoingSender> sender = TRY(CurlSender::create(sender_options(settings)));
  return std::unique_ptr<Outgoing>(new Outgoing(parts, settings, std::move(sender)));
}

Outgoing::Outgoing(const Parts& parts, const Settings& settings, std::unique_ptr<OutgoingSender> sender)
    : sender_(std::move(sender)),
      events_({parts.store, parts.store, parts.store, parts.catalog, parts.clock}),
      event_({parts.store, *sender_, parts.vault, parts.clock, parts.log}, settings.outgoing.pause_after) {}

void Outgoing::add_to(std::map<EffectKind, Performer*>& performers) {
  performers[EffectKind::events] = &events_;
  performers[EffectKind::event] = &event_;
}

}  // namespace postern
