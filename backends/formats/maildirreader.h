/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_MAILDIRREADER_H
#define BACKENDS_FORMATS_MAILDIRREADER_H

#include <stdbool.h>

#include "core/port/format.h"

/*
 * Reading one Maildir, new/ before cur/.  A file that was renamed since it
 * was listed (its flags changed, its client took it over) is looked for by
 * the unique part of its name; one that is gone is no longer mail.
 */
int maildirreader_open(const char *path, bool is_mozilla, struct reader **out,
    struct error *err);

/* Every regular file is, but for hidden ones. */
bool maildir_is_message(const struct directory_entry *entry);

#endif
