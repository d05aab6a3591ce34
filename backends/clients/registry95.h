/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_CLIENTS_REGISTRY95_H
#define BACKENDS_CLIENTS_REGISTRY95_H

#include "backends/clients/registryhive.h"

/* What registryhive.h promises, of a registry of Windows 95 to Me: USER.DAT,
 * SYSTEM.DAT.  There texts and names are in 8 bits. */

bool registry95_is(struct slice file);
int registry95_settle(struct hive *h, struct error *err);
const char *registry95_name(const struct hive *h, struct hive_key key, struct arena *a);
void registry95_add_keys(const struct hive *h, struct hive_key key, struct hive_keys *out);
void registry95_add_values(const struct hive *h, struct hive_key key, struct arena *a,
    struct hive_values *out);

#endif
