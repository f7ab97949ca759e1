// The delivery log and the held requests of a WordPress store, read and trimmed. Written they are by LogTransaction.
#pragma once

#include "store/delivery_log.h"
#include "store/held_store.h"
#include "store/mariadb/pool.h"
#include "store/mariadb/table_names.h"

#include <cstdint>

namespace postern::wordpress {

// Any thread. Both arguments must outlive it. A page of search() is not read as of one moment: it may lack a row that
// was trimmed meanwhile.
class WordpressLog final : public DeliveryLog, public HeldStore {
 public:
  WordpressLog(mariadb::Pool& pool, const mariadb::TableNames& tables) : pool_(pool), tables_(tables) {}

  // How many there are in the log. Reads one row.
  Result<std::int64_t> delivery_count();

  Result<DeliveryPage> search(const DeliveryQuery& query) override;
  Result<std::optional<Delivery>> find_delivery(DeliveryId id) override;
  Result<std::size_t> trim(const Retention& retention, WallTime now, std::size_t batch) override;
  // The server keeps the indexes.
  Result<bool> index_portion() override { return false; }
  Result<std::vector<DeliveryCount>> delivery_counts(WallTime since, std::chrono::hours bucket) override;
  // Also of webhooks that have been removed.
  Result<std::map<WebhookId, WallTime>> last_deliveries() override;
  Result<EraseProgress> erase_person(std::string_view email_key, std::optional<DeliveryId> before,
                                     std::size_t batch) override;

  Result<std::vector<HeldCount>> held_counts() override;
  Result<std::vector<HeldRow>> held_after(WebhookId webhook, DeliveryId after, std::size_t limit,
                                          std::size_t bytes) override;

 private:
  Result<bool> needs_trim(const Retention& retention, WallTime now);

  mariadb::Pool& pool_;
  const mariadb::TableNames& tables_;
};

}  // namespace postern::wordpress
