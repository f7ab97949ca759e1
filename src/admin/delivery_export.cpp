// The delivery log as a file.
#include "admin/csv.h"
#include "admin/query_fields.h"
#include "admin/resource_routes.h"
#include "admin/to_json.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "manage/story.h"

#include <boost/json/serialize.hpp>

namespace postern {
namespace {

constexpr std::size_t kMostRows = 100'000;
constexpr std::size_t kPageRows = 50;

const std::vector<std::string>& csv_heads() {
  static const std::vector<std::string> heads{
      "id",          "received_at", "webhook_id",   "webhook",          "status",        "http_status",
      "code",        "email",       "user_id",      "user_created",     "welcome_email", "outcomes",
      "message",     "event",       "remote_ip",    "dialect",          "content_type",  "body_bytes",
      "duration_us", "replay_of",   "duplicate_of", "payload_complete", "payload"};
  return heads;
}

std::string id_text(const std::optional<DeliveryId>& id) {
  return id ? to_text(*id) : "";
}

std::vector<std::string> csv_cells(const Delivery& d, const CatalogData& catalog) {
  std::string outcomes;
  for (const SpaceOutcome& each : d.outcomes) {
    const std::string slug = each.slug.empty() ? std::to_string(each.space.value) : each.slug;
    outcomes += (outcomes.empty() ? "" : "; ") + slug + ": " + std::string(to_word(each.result));
  }
  return {to_text(d.id),
          to_rfc3339(d.received_at),
          std::to_string(d.webhook.value),
          name_of(catalog, d.webhook),
          std::string(to_word(d.status)),
          std::to_string(d.http_status),
          d.code,
          utf8::sanitized(d.email),
          d.user ? std::to_string(d.user->value) : "",
          d.user_created ? "true" : "false",
          d.welcome_email == WelcomeEmail::queued ? "true" : "false",
          std::move(outcomes),
          utf8::sanitized(d.message),
          utf8::sanitized(d.event),
          d.remote_ip,
          std::string(to_word(d.dialect)),
          utf8::sanitized(d.content_type),
          std::to_string(d.body_bytes),
          std::to_string(d.duration.count()),
          id_text(d.replay_of),
          id_text(d.duplicate_of),
          d.payload_complete ? "true" : "false",
          utf8::sanitized(d.payload)};
}

// One export under way: a page of the log for each piece.
class DeliveryExport {
 public:
  DeliveryExport(SharedParts parts, DeliveryQuery query, CatalogData catalog, bool csv)
      : parts_(std::move(parts)),
        query_(std::move(query)),
        writer_(parts_->store, std::move(catalog), true),
        csv_(csv) {}

  Result<std::optional<std::string>> next() {
    if (done_) return std::optional<std::string>();
    std::string out;
    if (rows_ == 0 && csv_ && !query_.before) append_csv(out, csv_heads());
    query_.limit = std::min(kPageRows, kMostRows - rows_);
    const DeliveryPage page = TRY(parts_->store.search(query_));
    for (const Delivery& each : page.deliveries) TRY(append(each, out));
    rows_ += page.deliveries.size();
    query_.before = page.next;
    done_ = !page.next || rows_ >= kMostRows;
    return std::optional<std::string>(std::move(out));
  }

 private:
  Result<void> append(const Delivery& delivery, std::string& out) {
    if (csv_) {
      append_csv(out, csv_cells(delivery, writer_.catalog()));
      return {};
    }
    boost::json::object object = TRY(writer_.brief(delivery));
    object["payload"] = utf8::sanitized(delivery.payload);
    out += boost::json::serialize(object);
    out += '\n';
    return {};
  }

  SharedParts parts_;
  DeliveryQuery query_;
  DeliveryWriter writer_;
  const bool csv_;
  std::size_t rows_ = 0;
  bool done_ = false;
};

void download(const SharedParts& parts, Call& call, http::Exchange exchange) {
  QueryFields fields(call);
  DeliveryQuery query = delivery_filter(fields, call);
  const std::string format = fields.text("format").value_or("");
  if (format != "csv" && format != "ndjson") fields.wrong("format", "is neither csv nor ndjson");
  if (const auto problem = fields.finish()) return exchange.reply(Reply(*problem).take());
  Result<CatalogData> catalog = parts->store.load_catalog();
  if (!catalog) return exchange.reply(Reply(catalog.error()).take());
  const bool csv = format == "csv";
  call.audit({"delivery.export", format, nullptr, boost::json::object{{"filter", call.request().query}}});
  const auto document = std::make_shared<DeliveryExport>(parts, std::move(query), *std::move(catalog), csv);
  parts->sender.send(std::move(exchange),
                     csv ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson; charset=utf-8",
                     "deliveries." + format, [document] { return document->next(); });
}

}  // namespace

void add_delivery_export_routes(Routes& routes, const SharedParts& parts) {
  routes.add({"GET", "/deliveries/export", Permission::payloads, Route::Body::none, nullptr,
              [parts](Call& call, http::Exchange exchange) { download(parts, call, std::move(exchange)); }});
}

}  // namespace postern
