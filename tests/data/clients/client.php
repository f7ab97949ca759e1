<?php
// PHP with curl. usage: php client.php URL EMAIL
[, $url, $email] = $argv;

function send(string $url, $body, array $headers = []): array {
    $curl = curl_init($url);
    curl_setopt_array($curl, [CURLOPT_POST => true, CURLOPT_POSTFIELDS => $body, CURLOPT_RETURNTRANSFER => true,
                              CURLOPT_HTTPHEADER => $headers, CURLOPT_TIMEOUT => 10]);
    $reply = curl_exec($curl);
    return ['status' => curl_getinfo($curl, CURLINFO_RESPONSE_CODE), 'body' => json_decode($reply, true)];
}

$fields = ['email' => $email, 'first_name' => 'Zoë', 'last_name' => "O'Neil", 'user_login' => 'php-' . explode('@', $email)[0],
           'user_pass' => 'secret word', 'plan' => 'gold'];
$made = send($url, $fields);                             // multipart/form-data
send($url, http_build_query($fields));                   // urlencoded
$again = send($url, json_encode(['email' => $email]), ['Content-Type: application/json']);
$failure = send($url, http_build_query(['email' => 'nonsense']));
echo json_encode(['made' => $made['body'], 'again' => $again['body'], 'failure' => $failure]);
