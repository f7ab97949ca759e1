#include "config/definition_outgoing.h"

#include "config/setting_makers.h"

namespace postern {

using std::chrono::hours;
using std::chrono::seconds;

std::vector<SettingDefinition> outgoing_definitions() {
  return {
      settings::list<IpNetwork>(
          "outgoing.allow", "IP addresses and networks, separated by commas",
          "Networks that outgoing events may be sent to although they are not public, such as 10.0.0.0/8. All other "
          "private, loopback, link-local and reserved addresses are refused.",
          [](Settings& s) { return &s.outgoing.allow; }, "IP address or network"),
      settings::list<PortRange>(
          "outgoing.ports", "ports and ranges of them, separated by commas, such as 443, 8000-8999",
          "Ports that outgoing events may be sent to.", [](Settings& s) { return &s.outgoing.ports; },
          "port or range of ports"),
      settings::duration(
          "outgoing.timeout", "How long one attempt to send an event may take; past it the event is tried again later.",
          [](Settings& s) { return &s.outgoing.timeout; }, seconds{1}, seconds{15}),
      settings::duration(
          "outgoing.pause_after",
          "An endpoint to which nothing has arrived for so long, although it was tried, is paused.",
          [](Settings& s) { return &s.outgoing.pause_after; }, seconds{1}, hours{24 * 366}),
      settings::text(
          "outgoing.ca_file", "PEM file with authorities whose certificates are believed beside those of the system.",
          [](Settings& s) { return &s.outgoing.ca_file; }, "a file"),
  };
}

}  // namespace postern
