#include "pipeline/reply.h"

#include "base/json_writer.h"
#include "pipeline/rejections.h"

namespace postern {
namespace {

// The plugin answers 423 to what it calls a missing e-mail and to a user it cannot make, and 404 to an unknown key,
// always in these words, which its clients may look for.
struct PluginError {
  int status = 0;
  std::string_view message;
};

PluginError plugin_error(const Rejection& rejection) {
  if (rejection.code == "unknown_webhook") return {404, "Webhook not found"};
  if (rejection.code == "missing_email" || rejection.code == "invalid_email") return {423, "Email is required"};
  if (rejection.code == "invalid_field") return {423, rejection.message};
  return {rejection.status, rejection.message};
}

int status_in(Dialect dialect, const Rejection& rejection) {
  return dialect == Dialect::rest ? rejection.status : plugin_error(rejection).status;
}

void write_outcomes(JsonWriter& json, const PlainKey& key, const Delivery& delivery, SpaceKind kind) {
  json.key(key);
  json.begin_array();
  for (const SpaceOutcome& outcome : delivery.outcomes) {
    if (outcome.kind != kind) continue;
    json.begin_object();
    json.key("id");
    json.integer(outcome.space.value);
    json.key("slug");
    json.string(outcome.slug);
    json.key("result");
    json.string(to_word(outcome.result));
    json.end_object();
  }
  json.end_array();
}

std::string rest_body(const Delivery& delivery) {
  std::string body;
  body.reserve(256);
  JsonWriter json(body);
  json.begin_object();
  json.key("success");
  json.boolean(true);
  json.key("message");
  json.string(delivery.message);
  if (delivery.status != DeliveryStatus::processed) {
    json.key("status");
    json.string(to_word(delivery.status));
  }
  json.key("user_id");
  json.integer(delivery.user ? delivery.user->value : 0);
  json.key("created");
  json.boolean(delivery.user_created);
  json.key("delivery_id");
  json.string(to_text(delivery.id));
  write_outcomes(json, "spaces", delivery, SpaceKind::space);
  write_outcomes(json, "courses", delivery, SpaceKind::course);
  json.end_object();
  return body;
}

std::string plugin_body(const Delivery& delivery) {
  std::string body;
  JsonWriter json(body, JsonWriter::Style::php);
  json.begin_object();
  json.key("status");
  json.string("success");
  json.key("message");
  json.string("webhook has been successfully executied");  // Sic: the plugin's own spelling.
  json.key("execution_timestamp");
  json.integer(std::chrono::floor<std::chrono::seconds>(delivery.received_at).time_since_epoch().count());
  json.key("user_id");
  json.integer(delivery.user ? delivery.user->value : 0);
  json.end_object();
  return body;
}

std::string rest_error(const Rejection& rejection) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.key("success");
  json.boolean(false);
  json.key("message");
  json.string(rejection.message);
  json.key("code");
  json.string(rejection.code);
  json.end_object();
  return body;
}

std::string plugin_error_body(const PluginError& error) {
  std::string body;
  JsonWriter json(body, JsonWriter::Style::php);
  json.begin_object();
  json.key("status");
  json.string("error");
  json.key("message");
  json.string(error.message);
  json.end_object();
  return body;
}

}  // namespace

int reply_status(const Arrival& arrival, const Rejection& rejection) {
  if (arrival.always_200 && rejection.status < 500) return 200;  // Nothing was kept of 5xx: it must come again.
  return status_in(arrival.delivery.dialect, rejection);
}

http::Response render_reply(const Arrival& arrival) {
  if (arrival.rejection) {
    http::Response response = render_rejection(arrival.delivery.dialect, *arrival.rejection);
    if (arrival.delivery.http_status != 200) return response;
    response.status = 200;
    response.headers.clear();
    return response;
  }
  const Delivery& delivery = arrival.first ? *arrival.first : arrival.delivery;
  http::Response response;
  response.body = arrival.delivery.dialect == Dialect::rest ? rest_body(delivery) : plugin_body(delivery);
  if (arrival.first) response.headers.emplace_back("Idempotent-Replayed", "true");
  return response;
}

http::Response render_stored_reply(const Delivery& delivery, const std::optional<Delivery>& first) {
  Arrival arrival;
  arrival.delivery = delivery;
  if (!delivery.code.empty()) arrival.rejection = Rejection{delivery.http_status, delivery.code, delivery.message};
  if (delivery.duplicate_of) {
    arrival.first =
        first ? *first : Delivery{.id = *delivery.duplicate_of, .message = "This request was processed before"};
  }
  return render_reply(arrival);
}

http::Response render_rejection(Dialect dialect, const Rejection& rejection) {
  http::Response response;
  response.status = status_in(dialect, rejection);
  response.body = dialect == Dialect::rest ? rest_error(rejection) : plugin_error_body(plugin_error(rejection));
  if (const int seconds = retry_after_seconds(rejection)) {
    response.headers.emplace_back("Retry-After", std::to_string(seconds));
  }
  if (rejection.status == 405) response.headers.emplace_back("Allow", "POST, HEAD, OPTIONS");
  if (rejection.status == 415) response.headers.emplace_back("Accept-Post", std::string(kAcceptedTypes));
  return response;
}

}  // namespace postern
