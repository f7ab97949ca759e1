<?php
if ( file_exists( __DIR__ . '/local-config.php' ) ) {
	include __DIR__ . '/local-config.php';
} else {
	define( 'DB_NAME', 'production' );
}
switch ( $_SERVER['SERVER_NAME'] ) {
	case 'dev.example.com':
		define( 'DB_USER', 'dev' );
		break;
	default:
		define( 'DB_USER', 'live' );
}
$settings = function () { define( 'DB_PASSWORD', 'never called' ); };
define( 'DB_HOST', $_SERVER['HTTP_HOST'] );
$table_prefix = 'wp_';
if ( $staging ) $table_prefix = 'staging_';
if ( defined( 'WP_HOME' ) ) {
	define( 'WP_SITEURL', WP_HOME );
}
if ( ! defined( 'WP_CLI' ) ) {
	define( 'CUSTOM_USER_TABLE', 'people' );
}
