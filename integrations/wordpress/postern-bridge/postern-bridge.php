<?php
/**
 * Plugin Name: Postern Bridge
 * Description: Tells this site what Postern changed in its database: drops what is stale in the object cache, fires the hooks.
 * Version: 1.0.0
 * Requires at least: 6.1
 * Requires PHP: 7.4
 *
 * A must-use plugin: copy this file to wp-content/mu-plugins. Postern sends its outgoing events to the one route
 * POST postern-bridge/v1/events, signed as Standard Webhooks 1.0.0 asks, each at least once. What is promised to
 * callbacks stands in Postern's docs/wordpress.md, section "The bridge".
 *
 * @package Postern
 */

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

/**
 * The id of the event whose hooks are being fired, the same at every try; '' at any other time. A callback that must
 * not act twice remembers it.
 */
function postern_bridge_event_id(): string {
	return Postern_Bridge::event_id();
}

/**
 * Who sent this? Pure but for reading the constant.
 * Source: Standard Webhooks 1.0.0, https://www.standardwebhooks.com.
 */
final class Postern_Bridge_Signature {
	const TOLERANCE_SECONDS = 300;
	const MAX_SIGNATURES    = 16;
	const MIN_KEY_BYTES     = 24;

	/** The keys of POSTERN_BRIDGE_SECRET: several, separated by blanks, while one replaces the other. */
	public static function keys(): array {
		$secrets = defined( 'POSTERN_BRIDGE_SECRET' ) ? POSTERN_BRIDGE_SECRET : '';
		$keys    = array();
		foreach ( is_string( $secrets ) ? preg_split( '/\s+/', $secrets, -1, PREG_SPLIT_NO_EMPTY ) : array() as $secret ) {
			$key = 0 === strpos( $secret, 'whsec_' ) ? base64_decode( substr( $secret, 6 ), true ) : false;
			if ( false !== $key && strlen( $key ) >= self::MIN_KEY_BYTES ) {
				$keys[] = $key;
			}
		}
		return $keys;
	}

	/** Null if `$body` was signed with one of `$keys` within the tolerance, else what is wrong. */
	public static function problem( array $keys, string $id, string $timestamp, string $signatures, string $body ): ?string {
		if ( '' === $id || '' === $signatures || ! preg_match( '/^[0-9]{1,12}$/D', $timestamp ) ) {
			return 'The request is not signed: webhook-id, webhook-timestamp or webhook-signature is missing. '
				. 'Send events to this URL with a Postern endpoint.';
		}
		if ( abs( time() - (int) $timestamp ) > self::TOLERANCE_SECONDS ) {
			return 'The signature is more than five minutes old or ahead. Set the clocks of Postern and of this site.';
		}
		$good  = false;
		$given = array_slice( explode( ' ', $signatures, self::MAX_SIGNATURES + 1 ), 0, self::MAX_SIGNATURES );
		foreach ( $keys as $key ) {
			$expected = 'v1,' . base64_encode( hash_hmac( 'sha256', "$id.$timestamp.$body", $key, true ) );
			foreach ( $given as $signature ) {
				$good = hash_equals( $expected, $signature ) || $good;
			}
		}
		return $good ? null : 'The signature does not verify. '
			. 'Put the secret that "postern endpoint reveal" prints into POSTERN_BRIDGE_SECRET in wp-config.php.';
	}
}

/**
 * Which events are done, in a table of our own: it survives a flush of the object cache, and its unique index decides
 * between two requests with one id.
 */
final class Postern_Bridge_Log {
	const LEASE_SECONDS = 120;     // A try that has not ended by then is taken for dead.
	const KEEP_SECONDS  = 2592000; // 30 days: Postern itself tries for about three.
	const KEEP_EVENTS   = 200000;
	const PRUNED        = 1000;    // Rows that one request deletes at most of each kind.

	/**
	 * Makes the event ours for LEASE_SECONDS: array( 'hooks' => names of those that are done, 'first_at' => Unix time
	 * at which it came first ). Or says why not: 'done', 'busy' (another request is at it), 'unavailable'.
	 *
	 * @return array|string
	 */
	public static function claim( string $id ) {
		$now      = time();
		$until    = $now + self::LEASE_SECONDS;
		$insert   = 'INSERT IGNORE INTO %s (id, first_at, lease_until) VALUES (%%s, %%d, %%d)';
		$inserted = self::query( $insert, $id, $now, $until );
		if ( false === $inserted && self::create_table() ) {
			$inserted = self::query( $insert, $id, $now, $until );
		}
		if ( false === $inserted ) {
			return 'unavailable';
		}
		if ( 1 === $inserted ) {
			self::prune( $now );
			return array( 'hooks' => array(), 'first_at' => $now );
		}
		$take = 'UPDATE %s SET lease_until = %%d WHERE id = %%s AND done = 0 AND lease_until <= %%d';
		$ours = 1 === self::query( $take, $until, $id, $now );
		$row  = self::row( $id );
		if ( null === $row ) {
			return 'unavailable';
		}
		if ( 1 === (int) $row->done ) {
			return 'done';
		}
		if ( ! $ours ) {
			return 'busy';
		}
		return array( 'hooks' => array_filter( explode( ' ', $row->hooks ) ), 'first_at' => (int) $row->first_at );
	}

	/** Notes the hooks that are done so far, so that another try leaves them out, and begins the lease anew. */
	public static function note( string $id, array $hooks ): void {
		$until = time() + self::LEASE_SECONDS;
		self::query( 'UPDATE %s SET hooks = %%s, lease_until = %%d WHERE id = %%s', implode( ' ', $hooks ), $until, $id );
	}

	/** Ends the lease. False if this could not be written: then the event is not done. */
	public static function settle( string $id, bool $done ): bool {
		return false !== self::query( 'UPDATE %s SET done = %%d, lease_until = 0 WHERE id = %%s', $done ? 1 : 0, $id );
	}

	private static function table(): string {
		global $wpdb;
		return $wpdb->base_prefix . 'postern_bridge_events';
	}

	/** Rows changed, or false. The caller words the failure: WordPress shall not print it into the answer. */
	private static function query( string $format, ...$values ) {
		global $wpdb;
		$shown  = $wpdb->suppress_errors( true );
		$result = $wpdb->query( $wpdb->prepare( sprintf( $format, self::table() ), ...$values ) );
		$wpdb->suppress_errors( $shown );
		return $result;
	}

	private static function row( string $id ): ?stdClass {
		global $wpdb;
		$select = 'SELECT done, hooks, first_at FROM ' . self::table() . ' WHERE id = %s';
		return $wpdb->get_row( $wpdb->prepare( $select, $id ) );
	}

	private static function create_table(): bool {
		global $wpdb;
		$shown   = $wpdb->suppress_errors( true );
		$created = $wpdb->query(
			'CREATE TABLE IF NOT EXISTS ' . self::table() . " (
				n BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
				id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL UNIQUE,
				done TINYINT NOT NULL DEFAULT 0,
				hooks VARCHAR(250) CHARACTER SET ascii NOT NULL DEFAULT '',
				first_at BIGINT NOT NULL,
				lease_until BIGINT NOT NULL,
				KEY first_at (first_at)
			) ENGINE=InnoDB"
		);
		$wpdb->suppress_errors( $shown );
		return false !== $created;
	}

	private static function prune( int $now ): void {
		global $wpdb;
		$last = (int) $wpdb->insert_id - self::KEEP_EVENTS;
		self::query( 'DELETE FROM %s WHERE first_at < %%d ORDER BY first_at LIMIT %%d', $now - self::KEEP_SECONDS, self::PRUNED );
		self::query( 'DELETE FROM %s WHERE n <= %%d ORDER BY n LIMIT %%d', $last, self::PRUNED );
	}
}

/** What WordPress and FluentCommunity remember of the database, and must read anew. */
final class Postern_Bridge_Caches {
	// FluentCommunity's keys that belong to one person; only for object caches that cannot flush a group.
	const PERSONAL_KEYS = array( 'focm_user_avatar_', 'focm_user_notification_pref_', 'focm_last_point_calculated_' );

	public static function drop( array $data ): void {
		$told = isset( $data['user'] ) && is_array( $data['user'] ) ? $data['user'] : array();
		$id   = isset( $told['id'] ) ? (int) $told['id'] : 0;
		if ( $id > 0 ) {
			self::drop_user( $id, $told );
		}
		wp_cache_set( 'last_changed', microtime(), 'users' );
		wp_cache_delete( 'user_count', 'options' );
		wp_cache_delete( 'notoptions', 'options' );
		if ( wp_cache_supports( 'flush_group' ) ) {
			wp_cache_flush_group( 'fluent_community' );
			return;
		}
		foreach ( $id > 0 ? self::PERSONAL_KEYS : array() as $key ) {
			wp_cache_delete( $key . $id, 'fluent_community' );
		}
	}

	/** The cache may know the row under another login, address or nicename than the database does: both are dropped. */
	private static function drop_user( int $id, array $told ): void {
		$cached = wp_cache_get( $id, 'users' );
		if ( is_object( $cached ) ) {
			self::drop_names( $cached->user_login ?? '', $cached->user_email ?? '', $cached->user_nicename ?? '' );
		}
		self::drop_names( $told['login'] ?? '', $told['email'] ?? '', '' );
		wp_cache_delete( $id, 'users' );
		wp_cache_delete( $id, 'user_meta' );
		clean_user_cache( $id ); // Reads the row anew, drops its names, and tells other plugins.
		wp_cache_delete( $id, 'user_meta' );
	}

	private static function drop_names( string $login, string $email, string $nicename ): void {
		$groups = array( 'userlogins' => $login, 'useremail' => $email, 'userslugs' => $nicename );
		foreach ( array_filter( $groups, 'strlen' ) as $group => $key ) {
			wp_cache_delete( $key, $group );
		}
	}
}

/** The hooks of FluentCommunity and WordPress that an event stands for, and their arguments. */
final class Postern_Bridge_Hooks {
	const BY = 'by_admin'; // What FluentCommunity itself says of a change that a webhook made.

	/** The name of the hook, or null: the event stands for none. */
	public static function name( array $event ): ?string {
		$course = 'course' === ( $event['data']['space']['kind'] ?? '' );
		switch ( $event['type'] ) {
			case 'user.created':
				return 'user_register';
			case 'membership.added':
				return $course ? 'fluent_community/course/enrolled' : 'fluent_community/space/joined';
			case 'membership.removed':
				return $course ? 'fluent_community/course/student_left' : 'fluent_community/space/user_left';
			case 'delivery.processed':
				return 'fluent_community/incoming_webhook_processed';
		}
		return null;
	}

	public static function arguments( array $event, WP_User $user ): array {
		$data = $event['data'];
		switch ( $event['type'] ) {
			case 'user.created':
				return array( $user->ID, self::user_data( $user ) );
			case 'membership.added':
				return array( self::space( $data['space'] ), $user->ID, self::BY, self::pivot( $data['space'], $user->ID ) );
			case 'membership.removed':
				return array( self::space( $data['space'] ), $user->ID, self::BY );
		}
		return array( $user, self::webhook( $data['webhook'] ?? array() ), $data['delivery'] ?? array() );
	}

	/** As wp_insert_user was given it, but for the password: nobody keeps that. */
	private static function user_data( WP_User $user ): array {
		$names = array( 'first_name' => $user->first_name, 'last_name' => $user->last_name );
		return array(
			'role'       => (string) reset( $user->roles ),
			'user_email' => $user->user_email,
			'user_login' => $user->user_login,
			'user_pass'  => '',
		) + array_filter( $names );
	}

	/** FluentCommunity's model, or a plain object if the plugin or the row is not there. */
	private static function space( array $told ): object {
		$course = 'course' === ( $told['kind'] ?? '' );
		$class  = $course ? 'FluentCommunity\Modules\Course\Model\Course' : 'FluentCommunity\App\Models\Space';
		$model  = class_exists( $class ) ? $class::find( (int) $told['id'] ) : null;
		return $model ? $model : (object) array(
			'id'    => (int) $told['id'],
			'slug'  => (string) ( $told['slug'] ?? '' ),
			'title' => (string) ( $told['title'] ?? '' ),
			'type'  => $course ? 'course' : 'community',
		);
	}

	/** The membership's row; a plain object if the plugin or, by now, the row is not there. */
	private static function pivot( array $told, int $user_id ): object {
		$class = 'FluentCommunity\App\Models\SpaceUserPivot';
		$space = (int) $told['id'];
		$model = class_exists( $class ) ? $class::where( 'space_id', $space )->where( 'user_id', $user_id )->first() : null;
		return $model ? $model : (object) array(
			'space_id' => $space,
			'user_id'  => $user_id,
			'role'     => 'course' === ( $told['kind'] ?? '' ) ? 'student' : 'member',
			'status'   => 'active',
		);
	}

	private static function webhook( array $told ): stdClass {
		return (object) array( 'id' => (int) ( $told['id'] ?? 0 ), 'title' => (string) ( $told['name'] ?? '' ) );
	}

	/**
	 * Fires the hook. Each callback is called, whatever the ones before it threw; what they threw is returned.
	 * WordPress would stop at the first, and count its nested actions wrongly from then on.
	 *
	 * @return Throwable[]
	 */
	public static function fire( string $name, array $arguments ): array {
		global $wp_filter;
		$thrown  = array();
		$guarded = array();
		$hook    = $wp_filter[ $name ] ?? null;
		foreach ( $hook instanceof WP_Hook ? $hook->callbacks : array() as $priority => $callbacks ) {
			foreach ( $callbacks as $index => $callback ) {
				$called = $callback['function'];
				$guard  = static function ( ...$given ) use ( $called, &$thrown ) {
					try {
						call_user_func_array( $called, $given );
					} catch ( Throwable $error ) {
						$thrown[] = $error;
					}
				};
				$hook->callbacks[ $priority ][ $index ]['function'] = $guard;
				$guarded[] = array( $priority, $index, $called, $guard );
			}
		}
		ob_start(); // What a callback prints would stand before the answer.
		try {
			do_action( $name, ...$arguments );
		} catch ( Throwable $error ) { // A callback that was added meanwhile, or one of 'all'.
			$thrown[] = $error;
		}
		ob_end_clean();
		foreach ( $guarded as list( $priority, $index, $called, $guard ) ) {
			if ( ( $hook->callbacks[ $priority ][ $index ]['function'] ?? null ) === $guard ) { // Else it was removed.
				$hook->callbacks[ $priority ][ $index ]['function'] = $called;
			}
		}
		return $thrown;
	}
}

/** One event after the other: claim, drop caches, fire hooks, settle. */
final class Postern_Bridge {
	const MAX_BODY_BYTES = 1048576;
	const MAX_EVENTS     = 1000;
	const MAX_DEPTH      = 32;
	const RETRY_SECONDS  = 10;
	// A person who is not there may be on the way, where databases copy one another. Afterwards he is taken for gone.
	const PATIENCE_SECONDS = 300;

	/** @var string The event whose hooks are being fired. */
	private static $event_id = '';

	public static function event_id(): string {
		return self::$event_id;
	}

	public static function register(): void {
		$route = array(
			'methods'             => 'POST',
			'callback'            => array( __CLASS__, 'receive' ),
			'permission_callback' => array( __CLASS__, 'permit' ),
			'show_in_index'       => false,
		);
		register_rest_route( 'postern-bridge/v1', '/events', $route );
	}

	/** WordPress complains of broken JSON before it asks who sent it; the signature comes first. */
	public static function signature_first( $response, $handler ) {
		$ours = array( __CLASS__, 'receive' ) === ( $handler['callback'] ?? null );
		return $ours && is_wp_error( $response ) ? null : $response;
	}

	/** @return true|WP_Error */
	public static function permit( WP_REST_Request $request ) {
		$body = $request->get_body();
		if ( strlen( $body ) > self::MAX_BODY_BYTES ) {
			return self::refusal( 413, 'too_large', 'The body is larger than 1 MB. Send fewer events at once.' );
		}
		$keys = Postern_Bridge_Signature::keys();
		if ( ! $keys ) {
			return self::refusal(
				503,
				'no_secret',
				'This site knows no secret to check events with. Put the one that "postern endpoint reveal" prints (whsec_…) into '
				. "wp-config.php: define( 'POSTERN_BRIDGE_SECRET', '…' );"
			);
		}
		$problem = Postern_Bridge_Signature::problem(
			$keys,
			(string) $request->get_header( 'webhook_id' ),
			(string) $request->get_header( 'webhook_timestamp' ),
			(string) $request->get_header( 'webhook_signature' ),
			$body
		);
		return null === $problem ? true : self::refusal( 401, 'bad_signature', $problem );
	}

	/** @return WP_REST_Response|WP_Error */
	public static function receive( WP_REST_Request $request ) {
		$events = self::events( $request );
		if ( is_wp_error( $events ) ) {
			return $events;
		}
		ignore_user_abort( true ); // Postern stops waiting after a while; the hooks run to their end.
		status_header( 500 );      // A callback that ends the program must not look like success.
		$answer = array_fill_keys( array( 'done', 'repeated', 'skipped', 'failed', 'waiting' ), array() );
		foreach ( $events as $event ) {
			self::handle( $event, $answer );
		}
		return self::reply( array( 'done' => $answer['done'] ) + array_filter( $answer ) );
	}

	/** What the body tells: a list of array( 'id', 'type', 'data', … ), or what is wrong with it. */
	private static function events( WP_REST_Request $request ) {
		$told = json_decode( $request->get_body(), true, self::MAX_DEPTH );
		if ( ! is_array( $told ) ) {
			$sentence = 'The body is no JSON object. Send events to this URL with a Postern endpoint.';
			return self::refusal( 400, 'malformed', $sentence );
		}
		$batch  = ! isset( $told['type'] ) && isset( $told['events'] );
		$events = $batch ? $told['events'] : array( array( 'id' => (string) $request->get_header( 'webhook_id' ) ) + $told );
		$list   = is_array( $events ) && array_values( $events ) === $events;
		if ( ! $list || ! $events || count( $events ) > self::MAX_EVENTS ) {
			return self::refusal( 400, 'malformed', sprintf( '"events" must be a list of one to %d events.', self::MAX_EVENTS ) );
		}
		foreach ( $events as $number => $event ) {
			if ( ! self::is_event( $event ) ) {
				$sentence = 'Event %d is none: it needs "id" (up to 100 letters, digits, "_", "-" and "."), "type" and "data", '
					. 'and "data.space.id" if it is about a membership. Nothing was done.';
				return self::refusal( 400, 'malformed', sprintf( $sentence, $number + 1 ) );
			}
		}
		return $events;
	}

	private static function is_event( $event ): bool {
		$whole = is_array( $event ) && is_string( $event['id'] ?? null ) && is_string( $event['type'] ?? null )
			&& is_array( $event['data'] ?? null ) && preg_match( '/^[A-Za-z0-9_.-]{1,100}$/D', $event['id'] );
		if ( ! $whole || ! in_array( $event['type'], array( 'membership.added', 'membership.removed' ), true ) ) {
			return $whole;
		}
		$space = $event['data']['space'] ?? null;
		return is_array( $space ) && is_int( $space['id'] ?? null );
	}

	/** Does what one event asks for, and enters into `$answer` what came of it. */
	private static function handle( array $event, array &$answer ): void {
		$id    = $event['id'];
		$claim = Postern_Bridge_Log::claim( $id );
		if ( 'done' === $claim ) {
			$answer['done'][]     = $id;
			$answer['repeated'][] = $id;
		} elseif ( 'busy' === $claim ) {
			$answer['waiting'][] = array( 'id' => $id, 'reason' => 'Another request is at this event.' );
		} elseif ( 'unavailable' === $claim ) {
			$reason             = 'The table …postern_bridge_events cannot be read or written. Let the database user of the site create it.';
			$answer['failed'][] = array( 'id' => $id, 'reason' => $reason );
		} else {
			self::perform( $event, $claim, $answer );
		}
	}

	private static function perform( array $event, array $claim, array &$answer ): void {
		$id   = $event['id'];
		$hook = Postern_Bridge_Hooks::name( $event );
		$user = null;
		if ( null !== $hook ) { // Else nothing was changed, and what a script emitted may look like anything.
			Postern_Bridge_Caches::drop( $event['data'] );
			$user = self::person( $event['data'] );
		}
		if ( null !== $hook && null === $user ) {
			if ( time() < $claim['first_at'] + self::PATIENCE_SECONDS ) {
				Postern_Bridge_Log::settle( $id, false );
				$reason              = 'The person is not in the database of this site (yet). Does Postern work on another one?';
				$answer['waiting'][] = array( 'id' => $id, 'reason' => $reason );
				return;
			}
			$reason              = 'The person is not in the database of this site.';
			$answer['skipped'][] = array( 'id' => $id, 'hook' => $hook, 'reason' => $reason );
		}
		$failures = self::fire_all( $event, $user ? $hook : null, $user, $claim['hooks'] );
		if ( ! Postern_Bridge_Log::settle( $id, ! $failures ) ) {
			$failures[] = array( 'id' => $id, 'reason' => 'That the event is done could not be written into the table of events.' );
		}
		if ( ! $failures ) {
			$answer['done'][] = $id;
		}
		$answer['failed'] = array_merge( $answer['failed'], $failures );
	}

	/**
	 * The person that the event is about, if the site has the same under this number: logins are never changed,
	 * and addresses rarely. Nobody else's hooks are fired if Postern works on another database.
	 */
	private static function person( array $data ): ?WP_User {
		$told = is_array( $data['user'] ?? null ) ? $data['user'] : array();
		$user = get_userdata( (int) ( $told['id'] ?? 0 ) );
		if ( ! $user ) {
			return null;
		}
		$plain = static function ( string $email ): string {
			return strtolower( str_replace( '&amp;', '&', $email ) ); // WordPress stores '&' escaped.
		};
		$same_login = ( $told['login'] ?? '' ) === $user->user_login;
		return $same_login || $plain( $told['email'] ?? '' ) === $plain( $user->user_email ) ? $user : null;
	}

	/** Fires what is not in `$done` yet. What went wrong, one row for each hook. */
	private static function fire_all( array $event, ?string $hook, ?WP_User $user, array $done ): array {
		$failures       = array();
		self::$event_id = $event['id'];
		foreach ( array_diff( array_filter( array( $hook, 'postern_bridge/event' ) ), $done ) as $name ) {
			try {
				$arguments = $name === $hook ? Postern_Bridge_Hooks::arguments( $event, $user ) : array( $event, $event['id'] );
				$thrown    = Postern_Bridge_Hooks::fire( $name, $arguments );
			} catch ( Throwable $error ) { // FluentCommunity's models.
				$thrown = array( $error );
			}
			if ( $thrown ) {
				$failures[] = self::failure( $event['id'], $name, $thrown );
				continue;
			}
			$done[] = $name;
			Postern_Bridge_Log::note( $event['id'], $done );
		}
		self::$event_id = '';
		return $failures;
	}

	/** The whole story goes to PHP's error log, where the site's people look; the answer names the hook. */
	private static function failure( string $id, string $hook, array $thrown ): array {
		foreach ( $thrown as $error ) {
			$message = preg_replace( '/[\x00-\x1f\x7f]+/', ' ', $error->getMessage() );
			$where   = $error->getFile() . ':' . $error->getLine();
			error_log( "Postern Bridge: event $id: a callback of $hook threw " . get_class( $error ) . ": $message ($where)" );
		}
		$reason = 'A callback threw ' . get_class( $thrown[0] ) . '. The PHP error log of the site says more.';
		return array( 'id' => $id, 'hook' => $hook, 'reason' => $reason );
	}

	private static function reply( array $answer ): WP_REST_Response {
		if ( isset( $answer['failed'] ) ) {
			$hooks    = implode( ', ', array_unique( array_column( $answer['failed'], 'hook' ) ) );
			$advice   = "A callback of $hooks failed. Mend the plugin that it belongs to; the event is sent again.";
			$sentence = '' === $hooks ? $answer['failed'][0]['reason'] : $advice;
			return new WP_REST_Response( array( 'code' => 'postern_bridge_failed', 'message' => $sentence ) + $answer, 500 );
		}
		if ( isset( $answer['waiting'] ) ) {
			$sentence = $answer['waiting'][0]['reason'] . ' Send it again later.';
			$headers  = array( 'Retry-After' => (string) self::RETRY_SECONDS );
			return new WP_REST_Response( array( 'code' => 'postern_bridge_later', 'message' => $sentence ) + $answer, 503, $headers );
		}
		return new WP_REST_Response( $answer, 200 );
	}

	private static function refusal( int $status, string $code, string $sentence ): WP_Error {
		return new WP_Error( 'postern_bridge_' . $code, $sentence, array( 'status' => $status ) );
	}
}

add_action( 'rest_api_init', array( 'Postern_Bridge', 'register' ) );
add_filter( 'rest_request_before_callbacks', array( 'Postern_Bridge', 'signature_first' ), 10, 2 );
