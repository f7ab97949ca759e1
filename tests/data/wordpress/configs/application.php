<?php

use Roots\WPConfig\Config;
use function Env\env;

$root_dir = dirname(__DIR__);
Config::define('DB_NAME', env('DB_NAME'));
define('DB_USER', env('DB_USER'));
define('DB_PASSWORD', $_ENV['DB_PASSWORD']);
define('DB_HOST', getenv('DB_HOST') ?: 'localhost');
define('WP_CONTENT_DIR', $root_dir . '/web/app');
$table_prefix = env('DB_PREFIX') ?: 'wp_';
foreach (['AUTH_KEY', 'NONCE_KEY'] as $name) {
    define($name, env($name));
}
