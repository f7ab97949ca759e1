// Requests as the senders' own SDKs sign them, or, where an SDK only verifies, as it accepts them. Prints a JSON list
// of {source, body, headers, secret, url?}.
import { createHmac, randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { sign as signForGitHub } from "@octokit/webhooks-methods";

const require = createRequire(import.meta.url);
const Stripe = require("stripe");
const { Paddle } = require("@paddle/paddle-node-sdk");
const { Webhook: StandardWebhook } = require("standardwebhooks");
const { Webhook: SvixWebhook } = require("svix");
const Razorpay = require("razorpay");
require("@shopify/shopify-api/adapters/node");
const { shopifyApi, ApiVersion } = require("@shopify/shopify-api");

const now = new Date();
const seconds = Math.floor(now.getTime() / 1000);
const text = (value) => JSON.stringify(value);
const hmac = (secret, body, encoding) => createHmac("sha256", secret).update(body, "utf8").digest(encoding);
const requests = [];

function accepted(yes, name) {
  if (yes !== true) throw new Error(`the SDK of ${name} does not accept what was signed for it`);
}

{
  const secret = "whsec_" + randomBytes(24).toString("base64");
  const body = text({ id: "evt_1", type: "customer.created", created: seconds, data: { object: { email: "zoë@example.com", name: "Zoë O'Neil" } } });
  const stripe = new Stripe("sk_test_none");
  const header = stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp: seconds });
  stripe.webhooks.constructEvent(body, header, secret);
  requests.push({ source: "stripe", body, headers: { "Stripe-Signature": header }, secret });
}
for (const [source, prefix, Webhook] of [["standard_webhooks", "webhook", StandardWebhook], ["svix", "svix", SvixWebhook]]) {
  const secret = "whsec_" + randomBytes(24).toString("base64");
  const body = text({ type: "user.created", data: { email: "ada@example.com", first_name: "Ada" } });
  const signature = new Webhook(secret).sign("msg_1", now, body);
  const headers = { [`${prefix}-id`]: "msg_1", [`${prefix}-timestamp`]: String(seconds), [`${prefix}-signature`]: signature };
  new Webhook(secret).verify(body, headers);
  requests.push({ source, body, headers, secret });
}
{
  // Polar and Whop sign with the same library, given the secret as base64 of its bytes.
  const secret = "polar_whs_raw secret";
  const body = text({ type: "order.paid", data: { customer: { email: "ada@example.com", name: "Ada Lovelace" } } });
  const signature = new StandardWebhook(Buffer.from(secret, "utf8").toString("base64")).sign("msg_2", now, body);
  requests.push({ source: "polar", body, secret,
    headers: { "webhook-id": "msg_2", "webhook-timestamp": String(seconds), "webhook-signature": signature } });
}
{
  const secret = "It's a Secret to Everybody";
  const body = text({ action: "created", sponsorship: { sponsor: { login: "monalisa" } } });
  requests.push({ source: "github_sponsors", body, secret,
    headers: { "X-GitHub-Event": "sponsorship", "X-GitHub-Delivery": "d-1", "X-Hub-Signature-256": await signForGitHub(secret, body) } });
}
{
  const secret = "pdl_ntfset_" + randomBytes(12).toString("hex");
  const body = text({ event_id: "evt_2", event_type: "customer.created", occurred_at: now.toISOString(), notification_id: "ntf_1",
    data: { id: "ctm_1", email: "ada@example.com", name: "Ada Lovelace", status: "active", locale: "en", marketing_consent: false,
      created_at: now.toISOString(), updated_at: now.toISOString() } });
  const header = `ts=${seconds};h1=${hmac(secret, `${seconds}:${body}`, "hex")}`;
  accepted(await new Paddle("none").webhooks.isSignatureValid(body, secret, header), "Paddle");
  requests.push({ source: "paddle_billing", body, headers: { "Paddle-Signature": header }, secret });
}
{
  const secret = "shpss_" + randomBytes(16).toString("hex");
  const body = text({ id: 1, email: "ada@example.com", customer: { id: 115310627314723950, first_name: "Ada" } });
  const shopify = shopifyApi({ apiKey: "none", apiSecretKey: secret, scopes: [], hostName: "localhost", isEmbeddedApp: false, apiVersion: ApiVersion.January24,
    logger: { log: () => {} } });
  const headers = { "X-Shopify-Topic": "orders/paid", "X-Shopify-Hmac-Sha256": hmac(secret, body, "base64"), "X-Shopify-Webhook-Id": "w-1",
    "X-Shopify-API-Version": "2024-01", "X-Shopify-Shop-Domain": "shop.myshopify.com" };
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const verdict = await shopify.webhooks.validate({ rawBody: body, rawRequest: { headers: lower, method: "POST", url: "/" }, rawResponse: {} });
  accepted(verdict.valid, "Shopify");
  requests.push({ source: "shopify", body, headers, secret });
}
{
  const secret = randomBytes(16).toString("hex");
  const body = text({ event: "order.paid", payload: { payment: { entity: { email: "ada@example.com" } } } });
  const signature = hmac(secret, body, "hex");
  accepted(Razorpay.validateWebhookSignature(body, signature, secret), "Razorpay");
  requests.push({ source: "razorpay", body, headers: { "X-Razorpay-Signature": signature, "x-razorpay-event-id": "e-1" }, secret });
}
console.log(JSON.stringify(requests));
