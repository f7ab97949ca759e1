// Ready-filled examples of how a sender calls a webhook. The URL holds base64url characters only, so that it can stand
// in single quotes in every one of these languages.
import { t } from '../text';

export interface Snippet {
  key: string;
  title: string;
  code: string;
}

export function snippets(url: string): Snippet[] {
  return [
    { key: 'curl', title: 'curl', code: `curl -d email=ada@example.com -d first_name=Ada -d last_name=Lovelace '${url}'` },
    {
      key: 'php',
      title: 'PHP',
      code: `<?php
$request = curl_init('${url}');
curl_setopt_array($request, [
    CURLOPT_POSTFIELDS => http_build_query(['email' => $email, 'first_name' => $firstName, 'last_name' => $lastName]),
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_TIMEOUT => 15,
]);
$reply = json_decode(curl_exec($request), true);
if (empty($reply['success'])) {
    error_log('Postern: ' . ($reply['message'] ?? 'no answer'));
}`,
    },
    {
      key: 'node',
      title: 'Node',
      code: `const response = await fetch('${url}', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ email, first_name: firstName, last_name: lastName }),
});
const reply = await response.json();
if (!reply.success) throw new Error(reply.message);`,
    },
    {
      key: 'python',
      title: 'Python',
      code: `import requests

reply = requests.post(
    '${url}',
    json={'email': email, 'first_name': first_name, 'last_name': last_name},
    timeout=15,
).json()
if not reply['success']:
    raise RuntimeError(reply['message'])`,
    },
    {
      key: 'woocommerce',
      title: 'WooCommerce',
      code: `// In a small plugin of your own, or in the theme's functions.php:
add_action('woocommerce_order_status_completed', function ($order_id) {
    $order = wc_get_order($order_id);
    wp_remote_post('${url}', [
        'timeout' => 15,
        'headers' => ['Idempotency-Key' => 'order-' . $order_id],
        'body'    => [
            'email'      => $order->get_billing_email(),
            'first_name' => $order->get_billing_first_name(),
            'last_name'  => $order->get_billing_last_name(),
        ],
    ]);
});`,
    },
    { key: 'zapier', title: 'Zapier', code: t('snippet.zapier', { url }) },
    { key: 'make', title: 'Make', code: t('snippet.make', { url }) },
  ];
}
