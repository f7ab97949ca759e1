// How a receiver checks that an event comes from here, with nothing but what each language brings along.
// Source: the specification of Standard Webhooks, "Signature scheme": HMAC-SHA256 of id.timestamp.body.
import type { Snippet } from './snippets';

export const verifySnippets: Snippet[] = [
  {
    key: 'node',
    title: 'Node',
    code: `import { createHmac, timingSafeEqual } from 'node:crypto';

// body: the raw bytes, before anything parses them. secret: "whsec_…".
export function verify(headers, body, secret) {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  if (!id || !(Math.abs(Date.now() / 1000 - Number(timestamp)) < 300)) return false;
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const expected = createHmac('sha256', key).update(\`\${id}.\${timestamp}.\`).update(body).digest();
  return String(headers['webhook-signature']).split(' ').some((one) => {
    const given = Buffer.from(one.replace('v1,', ''), 'base64');
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}`,
  },
  {
    key: 'python',
    title: 'Python',
    code: `import base64, hashlib, hmac, time

# body: the raw bytes, before anything parses them. secret: "whsec_…".
def verify(headers, body, secret):
    message_id, timestamp = headers['webhook-id'], headers['webhook-timestamp']
    if abs(time.time() - int(timestamp)) > 300:
        return False
    key = base64.b64decode(secret.removeprefix('whsec_'))
    signed = f'{message_id}.{timestamp}.'.encode() + body
    expected = 'v1,' + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(expected, one) for one in headers['webhook-signature'].split(' '))`,
  },
  {
    key: 'php',
    title: 'PHP',
    code: `<?php
// $secret: "whsec_…".
$body = file_get_contents('php://input');
$id = $_SERVER['HTTP_WEBHOOK_ID'] ?? '';
$timestamp = (int) ($_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? 0);
$key = base64_decode(substr($secret, strlen('whsec_')));
$expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
$signatures = explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '');
$known = array_filter($signatures, fn ($one) => hash_equals($expected, $one));
if (!$known || abs(time() - $timestamp) > 300) {
    http_response_code(401);
    exit;
}
$event = json_decode($body, true);`,
  },
];
