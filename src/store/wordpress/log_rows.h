// Deliveries as rows of Postern's table beside a site's; store/delivery_rows.h reads them.
#pragma once

#include "model/delivery.h"
#include "store/mariadb/database.h"
#include "store/mariadb/table_names.h"
#include "store/transaction.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace postern::wordpress {

// What finds the deliveries of a person by index: the beginning of the address in lower case. Nobody's address is
// longer than that, but what is no address may be.
std::string_view indexed_email(std::string_view email_key);

// One statement for up to 256 of them. Errors: conflict (a number is taken); those of to_error().
Result<void> insert_deliveries(mariadb::Connection& db, const mariadb::TableNames& tables,
                               std::span<const Change> changes);

Result<std::optional<Delivery>> find_delivery(mariadb::Connection& db, const mariadb::TableNames& tables,
                                              DeliveryId id);

}  // namespace postern::wordpress
