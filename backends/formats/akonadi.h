/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_AKONADI_H
#define BACKENDS_FORMATS_AKONADI_H

#include <stdbool.h>

#include "core/base/sqlitefile.h"

/* Akonadi's database (akonadidb.xml): what readers of it share. */

/* Are the tables there that are asked? */
bool akonadi_is_one(const struct sqlite_file *f);
/* Or the system flag that a name of FlagTable means to *flags: "\SEEN".  False:
 * it is a word of somebody's own, or "" for one that says nothing of the
 * message that it does not say itself. */
bool akonadi_flag(struct slice name, unsigned *flags);

#endif
