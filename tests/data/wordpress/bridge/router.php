<?php
// For PHP's own web server: every request goes to WordPress, which lies where Debian puts it, with a configuration of
// the test's own.
require __DIR__ . '/wp-config.php';
wp();
http_response_code( 404 );
