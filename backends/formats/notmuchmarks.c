/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "backends/formats/marks.h"
#include "backends/formats/xapian.h"
#include "core/base/file.h"
#include "core/base/path.h"
#include "core/mail/names.h"

/*
 * notmuch keeps tags as terms "Kinbox", and where a message's files are as
 * terms "XFDIRENTRY47:1700.R1.host:2,S": the document of the directory, the
 * name in it.
 */
#define TAG SLICE_OF("K")
#define FILE_ENTRY SLICE_OF("XFDIRENTRY")
#define ABOVE_MAX 3u            /* directories above the store */

struct named {
	uint32_t document;
	size_t mark;            /* in the marks */
};

struct notmuch {
	struct xapian *x;
	struct marks *out;
	VEC(struct named) names;        /* by document */
};

static const struct {
	const char *tag;
	unsigned flag;
} known[] = {
	{ "flagged", FLAG_FLAGGED },
	{ "replied", FLAG_ANSWERED },
	{ "passed", FLAG_FORWARDED },
	{ "draft", FLAG_DRAFT },
};

/* The databases of a home, one a profile; the same message may be in several,
 * and the first is taken, which is "default" where no other was made. */
static const char *
in_home(const char *home, struct arena *a)
{
	const char *profiles = path_join(a, home, ".local/share/notmuch"), *database;
	struct error ignored = ERROR_NONE;
	struct directory all;
	size_t i;

	if (!file_is_directory(profiles) || directory_read(profiles, false, a, &all, &ignored) < 0)
		return NULL;
	for (i = 0; i < all.n; i++) {
		database = path_join(a, path_join(a, profiles, all.entries[i].name), "xapian");
		if (file_exists(path_join(a, database, "iamglass")))
			return database;
	}
	return NULL;
}

const char *
notmuch_find(const char *store, struct arena *a)
{
	const char *path = store, *database;
	unsigned i;

	for (i = 0; i <= ABOVE_MAX; i++) {
		database = path_join(a, path, ".notmuch/xapian");
		if (file_exists(path_join(a, database, "iamglass")))
			return database;
		database = in_home(path, a);
		if (database != NULL)
			return database;
		path = path_parent(a, path);
	}
	return NULL;
}

static int
by_document(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return x->document < y->document ? -1 : x->document > y->document;
}

static size_t
first_of(const struct notmuch *n, uint32_t document)
{
	size_t low = 0, high = n->names.n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (n->names.items[middle].document < document)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int
read_names(struct notmuch *n, struct error *err)
{
	struct xapian_posting posting;
	struct maildir_name name;
	struct named *named;
	struct slice rest;
	size_t i;
	int rc;

	xapian_seek(n->x, FILE_ENTRY);
	while ((rc = xapian_next(n->x, &posting, err)) == 1) {
		rest = slice_from(posting.term, slice_find(posting.term, 0, ':') + 1);
		maildir_name_parse(rest, &name);
		for (i = 0; i < posting.n; i++) {
			/* What is not "unread" was read. */
			marks_of(n->out, name.base)->flags = FLAG_SEEN;
			named = vec_push(&n->names);
			named->document = posting.documents[i];
			named->mark = (size_t)(marks_of(n->out, name.base) - n->out->items.items);
		}
	}
	if (n->names.n > 0)
		qsort(n->names.items, n->names.n, sizeof(*n->names.items), by_document);
	return rc;
}

static void
set_tag(struct notmuch *n, struct slice tag, struct mark *mark)
{
	size_t i;

	if (slice_is(tag, "unread")) {
		mark->flags &= ~(unsigned)FLAG_SEEN;
		return;
	}
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (slice_is(tag, known[i].tag)) {
			mark->flags |= known[i].flag;
			return;
		}
	}
	tags_add(&mark->tags, &n->out->arena, tag);
}

static int
read_tags(struct notmuch *n, struct error *err)
{
	struct xapian_posting posting;
	size_t i, k;
	int rc;

	xapian_seek(n->x, TAG);
	while ((rc = xapian_next(n->x, &posting, err)) == 1) {
		for (i = 0; i < posting.n; i++) {
			for (k = first_of(n, posting.documents[i]); k < n->names.n &&
			    n->names.items[k].document == posting.documents[i]; k++)
				set_tag(n, slice_from(posting.term, TAG.n),
				    &n->out->items.items[n->names.items[k].mark]);
		}
	}
	return rc;
}

int
notmuch_marks_read(const char *database, struct marks *out, struct error *err)
{
	struct notmuch n = { .out = out, .names = VEC_EMPTY };
	int rc = -1;

	if (xapian_open(database, &n.x, err) < 0)
		goto out;
	if (read_names(&n, err) == 0 && read_tags(&n, err) == 0)
		rc = 0;

out:
	xapian_close(n.x);
	vec_free(&n.names);
	return rc;
}
