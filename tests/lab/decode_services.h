// The keys of a scenario that say what hosts serve: tcp and http.
#pragma once

#include "tests/lab/fields.h"
#include "tests/lab/scenario.h"

namespace blipd::lab {

/// `from` (0s if absent) and `to` of a mapping.
Outage decode_span(Fields& fields);

/// Reads `tcp` and `http` of a behaviour. What they leave out stays as it was, but `closed`, which then is rst.
void decode_services(Fields& fields, Problems& problems, Behaviour& behaviour);

}  // namespace blipd::lab
