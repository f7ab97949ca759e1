// Node with axios and form-data. usage: node client.mjs URL EMAIL
import axios from "axios";
import FormData from "form-data";

const [url, email] = process.argv.slice(2);
const form = new FormData();
form.append("email", email);
form.append("first_name", "Zoë");
form.append("last_name", "O'Neil");
form.append("user_login", "node-" + email.split("@")[0]);
form.append("user_pass", "secret word");
form.append("plan", "gold");
const made = await axios.post(url, form, { headers: form.getHeaders() });
const json = await axios.post(url, { email, first_name: "Other" });
let failure;
try {
  await axios.post(url, new URLSearchParams({ email: "nonsense" }));
} catch (error) {
  failure = { status: error.response.status, body: error.response.data };
}
console.log(JSON.stringify({ made: made.data, again: json.data, failure }));
