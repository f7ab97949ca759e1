<?php
$decoy = <<<EOT
define('DB_NAME', 'in a heredoc');
$table_prefix = 'bad_';
EOT;
$decoy = <<<'EOT'
  define('DB_USER', 'in a nowdoc');
  EOT;
define('DB_NAME', <<<"NAME"
    site\x5fdb
    NAME);
define('DB_USER', <<<'USER'
user\x5f
USER);
const DB_PASSWORD = "p\u{e4}\x24\44w" , DB_HOST = 'db.example.com' . ':' . 3307;
$GLOBALS['table_prefix'] = "a_";
$table_prefix = 'wp' . '_';
if (!defined('WP_HOME')):
    define('WP_HOME', 'https://one.example.com');
endif;
defined('WP_SITEURL') or define('WP_SITEURL', 'https://two.example.com');
