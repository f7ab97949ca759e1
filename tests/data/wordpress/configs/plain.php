<?php
/**
 * The base configuration for WordPress.
 *
 * define( 'DB_NAME', 'from_a_comment' );
 */

// ** Database settings ** //
define( 'DB_NAME', 'site_db' );
define( 'DB_USER', 'site_user' );
// define( 'DB_PASSWORD', 'an-old-one' );
# define( 'DB_PASSWORD', 'an-older-one' );
define( 'DB_PASSWORD', 'it\'s a "secret" \\ $word' );
define( 'DB_HOST', 'localhost:/run/mysqld/mysqld.sock' );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );

define( 'AUTH_KEY',         'k1 $a{b}' );
define( 'SECURE_AUTH_KEY',  'k2' );
define( 'LOGGED_IN_KEY',    'k3' );
define( 'NONCE_KEY',        'k4' );
define( 'AUTH_SALT',        's1' );
define( 'SECURE_AUTH_SALT', 's2' );
define( 'LOGGED_IN_SALT',   's3' );
define( 'NONCE_SALT',       's4' );

$table_prefix = 'wp7_';

define( 'WP_DEBUG', false );
define( 'MYSQL_CLIENT_FLAGS', MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_DONT_VERIFY_SERVER_CERT );
define( 'WP_HOME', 'https://community.example.com' );
define( 'WP_CONTENT_DIR', __DIR__ . '/content' );
define( 'FLUENT_COMMUNITY_PORTAL_SLUG', 'club' );
if ( isset( $_SERVER['HTTP_X_FORWARDED_PROTO'] ) && $_SERVER['HTTP_X_FORWARDED_PROTO'] === 'https' ) {
	$_SERVER['HTTPS'] = 'on';
}
@ini_set( 'display_errors', 0 );

/* That's all, stop editing! */
if ( ! defined( 'ABSPATH' ) ) {
	define( 'ABSPATH', __DIR__ . '/' );
}
require_once ABSPATH . 'wp-settings.php';
define( 'WP_SITEURL', 'https://too-late.example.com' );
