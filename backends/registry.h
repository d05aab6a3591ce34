/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_REGISTRY_H
#define BACKENDS_REGISTRY_H

#include <stdbool.h>

#include "backends/clients/homes.h"
#include "core/base/error.h"

struct format_ops;
struct target;
struct target_world;
struct writer_ops;

/* Everything there is, by name.  Only cmd/ and the tests see this; it hands
 * the tables down to core/job.  All arrays end in NULL. */
extern const struct format_ops *const registry_formats[];
extern const struct writer_ops *const registry_writers[];
extern const struct locator_ops *const registry_locators[];

/* NULL when there is none of that name. */
const struct format_ops *format_by_name(const char *name);
const struct writer_ops *writer_by_name(const char *name);

/* The format that is surest that path is its own.  NULL with ERR_FORMAT when
 * none is, with another code when nobody could look. */
const struct format_ops *format_probe(const char *path, struct error *err);

/* As target_ops.open, of the target that the URL's scheme names; a plain
 * path is a directory on this machine.  ERR_USAGE for an unknown scheme. */
int target_open(const char *url, bool create, struct target **out, struct error *err);

/* Before the first is opened: see target.h.  The struct is copied. */
void target_settle(const struct target_world *world);

/* As confined_serve(), with every parser that runs in a child of its own. */
bool registry_serve(int argc, char **argv, int *status);

/* Turn a directory into a file of many, by the file's suffix. */
extern int (*const registry_wrap)(const char *directory, const char *file, struct error *err);

#endif
