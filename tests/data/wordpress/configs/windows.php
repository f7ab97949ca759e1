<?php
define( 'DB_NAME', 'win_db' ); // the database
define( 'DB_USER', 'win_user' ); # and its user
define(
	'DB_PASSWORD',
	'line one
line two'
);
define( 'DB_HOST', <<<HOST
  127.0.0.1:3307
  HOST
);
$table_prefix = 'wp_';
require_once ABSPATH . 'wp-settings.php';
