<?php
// Fills the database as the installer's page does. Administrator: number 1, admin@example.com.
define( 'WP_INSTALLING', true );
require $argv[1] . '/wp-config.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';

function wp_new_blog_notification() { // Sends no mail.
}

wp_install( 'Test', 'admin', 'admin@example.com', true, '', 'a password of the test' );
update_option( 'permalink_structure', '/%postname%/' );
