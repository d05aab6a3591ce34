/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_EXPORTTREE_H
#define BACKENDS_FORMATS_EXPORTTREE_H

#include "backends/formats/marks.h"
#include "backends/formats/folders.h"
#include "core/base/vec.h"

/*
 * What programs write that fetch a mailbox from a server: a tree of .eml files
 * and, beside them, what the server said of each.  One mailbox a tree, for
 * labels are no folders; they become tags.
 */
struct export_mark {
	unsigned flags;
	struct tags tags;
	int64_t date;           /* when it came in; 0: unknown */
};

/* How one program does it. */
struct export_kind {
	/* Is the directory the top of such a tree? */
	bool (*is_top)(const char *path, const struct directory *all);
	/* Open what is known of all messages at top; *out may become NULL. */
	int (*open)(const char *top, void **out, struct error *err);
	/* What is known of one, by its path below top (and its whole path); the
	 * tags live in the arena. */
	int (*mark)(void *known, const char *below, const char *path, struct arena *a,
	    struct export_mark *out, struct error *err);
	void (*close)(void *known);
	bool has_parent;        /* trees lie in a directory for each account */
};

extern const struct export_kind export_gyb;
extern const struct export_kind export_gmvault;
extern const struct export_kind export_proton;

/* The JSON beside a message, of at most a MiB: the document, or NULL with the
 * error where it is there and cannot be read. */
struct json;
int export_read_json(const char *path, struct json **out, struct error *err);

#endif
