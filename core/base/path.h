/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_PATH_H
#define CORE_BASE_PATH_H

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/buf.h"

/* Paths are byte strings of the system, NUL-terminated, never decoded. */

char *path_join(struct arena *a, const char *directory, const char *name);
/* The last component ("" for "/"), and everything before it ("." or "/"). */
const char *path_base(const char *path);
char *path_parent(struct arena *a, const char *path);
/* Does a name end in suffix (".eml"), in whatever letters, with something
 * before it? */
bool path_has_suffix(struct slice name, const char *suffix);
/* Without "//", "/./" and trailing "/"; ".." is resolved by text only. */
char *path_clean(struct arena *a, const char *path);
/* path relative to directory ("" for the directory itself), or NULL where it
 * does not lie inside. */
const char *path_below(const char *path, const char *directory);

/* True for a name that stays inside its directory when it is created there:
 * not empty, not "." or "..", no "/" and no NUL, at most 255 bytes. */
bool path_name_is_safe(struct slice name);
/* True for a relative path made of such names. */
bool path_is_safe(struct slice path);

/*
 * Append a name that is safe on every common file system, made from a name
 * out of somebody's mail: separators, control and bidi characters,
 * characters and device names that Windows reserves, leading dots and
 * over-long names are replaced or cut; never empty, at most 120 bytes.
 */
void path_add_tame(struct buf *out, struct slice name);

#endif
