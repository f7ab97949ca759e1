<?php
// The classes of FluentCommunity that the bridge asks for its models, as far as it asks.

namespace FluentCommunity\App\Models {
	class Space {
		public $id;
		public $slug = 'from-the-model';

		public static function find( $id ) {
			$model     = new static();
			$model->id = $id;
			return 404 === $id ? null : $model;
		}
	}

	class SpaceUserPivot {
		public $where = array();

		public static function where( $column, $value ) {
			$query                  = new self();
			$query->where[ $column ] = $value;
			return new class( $query ) {
				private $query;

				public function __construct( $query ) {
					$this->query = $query;
				}

				public function where( $column, $value ) {
					$this->query->where[ $column ] = $value;
					return $this;
				}

				public function first() {
					return 404 === $this->query->where['space_id'] ? null : $this->query;
				}
			};
		}
	}
}

namespace FluentCommunity\Modules\Course\Model {
	class Course extends \FluentCommunity\App\Models\Space {
	}
}
