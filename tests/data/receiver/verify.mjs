// Checks recorded requests as a receiver does. usage: node verify.mjs < [{"secret", "headers", "body"}, …]
// Prints for each whether the signature is good.
import { Webhook } from "standardwebhooks";
import { readFileSync } from "node:fs";

const verdicts = JSON.parse(readFileSync(0, "utf8")).map(({ secret, headers, body }) => {
  try {
    const event = new Webhook(secret).verify(body, headers);
    return { good: true, type: event.type };
  } catch (error) {
    return { good: false, why: error.message };
  }
});
console.log(JSON.stringify(verdicts));
