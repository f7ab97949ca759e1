<?php
// An object cache that lives longer than a request, as Redis or Memcached do: one file for each key. What WordPress
// has once remembered stays, until somebody drops it. With the file 'no-group-flush' beside them it cannot flush groups.

function wp_cache_folder(): string {
	return WP_CONTENT_DIR . '/object-cache';
}

function wp_cache_file( $key, $group ): string {
	return wp_cache_folder() . '/' . rawurlencode( '' === (string) $group ? 'default' : $group ) . '/' . md5( $key );
}

function wp_cache_init() {
}

function wp_cache_get( $key, $group = '', $force = false, &$found = null ) {
	$text  = @file_get_contents( wp_cache_file( $key, $group ) );
	$found = false !== $text;
	return $found ? unserialize( $text ) : false;
}

function wp_cache_set( $key, $data, $group = '', $expire = 0 ) {
	$file = wp_cache_file( $key, $group );
	@mkdir( dirname( $file ), 0700, true );
	return false !== file_put_contents( $file, serialize( $data ) );
}

function wp_cache_add( $key, $data, $group = '', $expire = 0 ) {
	return ! file_exists( wp_cache_file( $key, $group ) ) && wp_cache_set( $key, $data, $group );
}

function wp_cache_replace( $key, $data, $group = '', $expire = 0 ) {
	return file_exists( wp_cache_file( $key, $group ) ) && wp_cache_set( $key, $data, $group );
}

function wp_cache_delete( $key, $group = '' ) {
	return @unlink( wp_cache_file( $key, $group ) );
}

function wp_cache_incr( $key, $offset = 1, $group = '' ) {
	return wp_cache_set( $key, (int) wp_cache_get( $key, $group ) + $offset, $group );
}

function wp_cache_flush_group( $group ) {
	array_map( 'unlink', glob( dirname( wp_cache_file( '', $group ) ) . '/*' ) );
	return true;
}

function wp_cache_flush() {
	array_map( 'unlink', glob( wp_cache_folder() . '/*/*' ) );
	return true;
}

function wp_cache_supports( $feature ) {
	return 'flush_group' === $feature && ! file_exists( WP_CONTENT_DIR . '/no-group-flush' );
}

function wp_cache_close() {
	return true;
}

function wp_cache_add_global_groups( $groups ) {
}

function wp_cache_add_non_persistent_groups( $groups ) {
}

function wp_cache_switch_to_blog( $blog_id ) {
}
