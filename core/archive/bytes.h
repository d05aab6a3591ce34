/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_BYTES_H
#define CORE_ARCHIVE_BYTES_H

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/buf.h"

struct json;

/* Bytes in JSON, and what else the archive's objects have in common there;
 * FORMAT.md, "Bytes in JSON". */
void bytes_add(struct buf *out, const char *key, struct slice bytes);
void bytes_add_element(struct buf *out, struct slice bytes);

/* False where there is no such member, or none of this kind. */
bool bytes_get(const struct json *object, const char *key, struct arena *a, struct slice *out);
bool bytes_get_element(const struct json *value, struct arena *a, struct slice *out);
/* A number that is not negative; a missing one is 0. */
bool bytes_get_size(const struct json *object, const char *key, uint64_t *out);
/* Modes are octal text. */
void bytes_add_mode(struct buf *out, uint32_t mode);
bool bytes_get_mode(const struct json *object, uint32_t *out);

#endif
