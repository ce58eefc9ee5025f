// Events in the file: one row each, in words and numbers that people can query, with the evidence as JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/events/event_store.h"
#include "daemon/storage/sqlite.h"

namespace blipd {

/// Writes the events in one transaction, each in place of what is there under its id. When this has returned without an
/// error they are on the disk, and live through a loss of power.
StorageResult<void> write_events(Database& database, const std::vector<LoggedEventPtr>& events);

/// Oldest first. Rows that hold what no event can hold are left out.
StorageResult<std::vector<LoggedEventPtr>> read_events(Database& database, const EventQuery& query);
/// Events without an end, oldest first.
StorageResult<std::vector<LoggedEventPtr>> read_open_events(Database& database);

std::string encode_evidence(const Evidence& evidence);
/// Any text. Keys that are not known are passed over and those that are missing or of the wrong kind are as in a fresh
/// Evidence, so that both older and newer rows can be read; nullopt if the text is no JSON object.
std::optional<Evidence> decode_evidence(std::string_view text);

}  // namespace blipd
