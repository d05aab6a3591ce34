/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_FORMATKIT_H
#define TESTS_UNIT_FORMATKIT_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/path.h"
#include "core/base/vec.h"
#include "core/mail/names.h"
#include "core/mail/tagnames.h"
#include "core/port/format.h"
#include "tests/t.h"

/* Small stores for the tests of the formats, and what a reader makes of them
 * in one line an entry.  All paths are relative to the test's directory. */

struct kit_entry {
	struct entry entry;     /* its slices live in the arena */
	struct slice whole;     /* all its bytes, however long */
};

static struct kit {
	struct arena arena;
	struct error err;
	struct location where;
	struct store *store;
	VEC(struct mailbox) mailboxes;
	VEC(struct kept_file) files;
	VEC(struct kit_entry) entries;  /* of the mailbox read last */
} kit;

static inline const char *
kit_path(const char *relative)
{
	return path_join(&kit.arena, t_directory(), relative);
}

static inline void
kit_directory(const char *relative)
{
	if (file_make_directories(kit_path(relative), 0700, &kit.err) < 0)
		T(false, "%s", kit.err.text);
}

static inline void
kit_write_bytes(const char *relative, struct slice bytes)
{
	const char *path = kit_path(relative);
	int fd = -1;

	if (file_make_directories(path_parent(&kit.arena, path), 0700, &kit.err) < 0 ||
	    file_remove(path, &kit.err) < 0 || file_create(path, 0600, &fd, &kit.err) < 0 ||
	    file_write(fd, bytes, &kit.err) < 0)
		T(false, "%s: %s", path, kit.err.text);
	file_close(fd);
}

static inline void
kit_write(const char *relative, const char *text)
{
	kit_write_bytes(relative, slice_string(text));
}

static inline void
kit_close(void)
{
	if (kit.store != NULL)
		kit.store->ops->close(kit.store);
	kit.store = NULL;
	vec_free(&kit.mailboxes);
	vec_free(&kit.files);
	vec_free(&kit.entries);
}

static inline void
kit_end(void)
{
	kit_close();
	arena_free(&kit.arena);
	memset(&kit.where, 0, sizeof(kit.where));
}

/* Open the store and take down all its mailboxes and files. */
static inline bool
kit_open_as(const struct format_ops *ops, const char *relative, const char *layout,
    const char *account)
{
	struct mailbox mailbox;
	struct kept_file file;
	int rc;

	kit_close();
	kit.where.client = "test";
	kit.where.account = account;
	kit.where.format = ops->name;
	kit.where.layout = layout;
	kit.where.path = kit_path(relative);
	if (ops->open(&kit.where, &kit.store, &kit.err) < 0) {
		kit.store = NULL;
		return false;
	}
	while ((rc = ops->next_mailbox(kit.store, &kit.arena, &mailbox, &kit.err)) == 1)
		*vec_push(&kit.mailboxes) = mailbox;
	T(rc == 0, "%s: mailboxes: %s", relative, kit.err.text);
	while ((rc = ops->next_file(kit.store, &kit.arena, &file, &kit.err)) == 1)
		*vec_push(&kit.files) = file;
	T(rc == 0, "%s: files: %s", relative, kit.err.text);
	return true;
}

static inline bool
kit_open(const struct format_ops *ops, const char *relative, const char *layout)
{
	return kit_open_as(ops, relative, layout, "");
}

static inline void
kit_take(struct reader *reader, const struct entry *entry)
{
	struct kit_entry *e = vec_push(&kit.entries);
	unsigned char *whole = arena_alloc(&kit.arena, (size_t)entry->size + 1);
	size_t i;

	e->entry = *entry;
	if (!entry->is_large) {
		if (entry->bytes.n > 0)
			memcpy(whole, entry->bytes.p, entry->bytes.n);
	} else if (reader->ops->bytes(reader, 0, whole, (size_t)entry->size, &kit.err) < 0) {
		T(false, "bytes: %s", kit.err.text);
	}
	e->whole = slice_of(whole, (size_t)entry->size);
	e->entry.bytes = slice_sub(e->whole, 0, entry->bytes.n);
	e->entry.directory = arena_copy(&kit.arena, entry->directory);
	e->entry.name = arena_copy(&kit.arena, entry->name);
	e->entry.info = arena_copy(&kit.arena, entry->info);
	e->entry.tags = (struct tags){ NULL, 0 };
	for (i = 0; i < entry->tags.n; i++)
		tags_add(&e->entry.tags, &kit.arena, entry->tags.items[i]);
}

/* All entries of a reader, which is closed; -1 with kit.err. */
static inline int
kit_read_all(struct reader *reader)
{
	struct entry entry;
	int rc;

	vec_clear(&kit.entries);
	while ((rc = reader->ops->next(reader, &entry, &kit.err)) == 1)
		kit_take(reader, &entry);
	reader->ops->close(reader);
	return rc;
}

static inline int
kit_read(size_t i)
{
	struct reader *reader;

	if (kit.store->ops->read(kit.store, &kit.mailboxes.items[i], &reader, &kit.err) < 0)
		return -1;
	return kit_read_all(reader);
}

/* The bytes of all entries, one behind the other. */
static inline struct slice
kit_joined(void)
{
	struct buf all = BUF_EMPTY;
	struct slice copy;
	size_t i;

	for (i = 0; i < kit.entries.n; i++)
		buf_add(&all, kit.entries.items[i].whole);
	copy = arena_copy(&kit.arena, buf_slice(&all));
	buf_free(&all);
	return copy;
}

/* "A/B|C": the mailboxes by name. */
static inline const char *
kit_names(void)
{
	struct buf out = BUF_EMPTY;
	const char *copy;
	size_t i;

	for (i = 0; i < kit.mailboxes.n; i++) {
		if (i > 0)
			buf_add_byte(&out, '|');
		mailbox_name_add(&out, kit.mailboxes.items[i].components,
		    kit.mailboxes.items[i].depth);
	}
	copy = arena_string(&kit.arena, buf_text(&out));
	buf_free(&out);
	return copy;
}

/* "Important|$label1": what the tag becomes in the first mailbox. */
static inline const char *
kit_tag(const char *tag)
{
	struct tags tags = { NULL, 0 };
	struct buf out = BUF_EMPTY;
	const char *copy;
	size_t i;

	tags_add(&tags, &kit.arena, slice_string(tag));
	tag_names_apply(kit.mailboxes.items[0].tag_names, &kit.arena, &tags);
	for (i = 0; i < tags.n; i++) {
		if (i > 0)
			buf_add_byte(&out, '|');
		buf_add(&out, tags.items[i]);
	}
	copy = arena_string(&kit.arena, buf_text(&out));
	buf_free(&out);
	return copy;
}

/* "Inbox.msf|msgFilterRules.dat": the kept files by their last component. */
static inline const char *
kit_kept(void)
{
	struct buf out = BUF_EMPTY;
	const char *copy;
	size_t i;

	for (i = 0; i < kit.files.n; i++) {
		if (i > 0)
			buf_add_byte(&out, '|');
		buf_add_string(&out, path_base(kit.files.items[i].path));
	}
	copy = arena_string(&kit.arena, buf_text(&out));
	buf_free(&out);
	return copy;
}

/* One line an entry: kind and size, lead and trail, then what there is of
 * quoting, decor, place, flags, tags. */
static inline const char *
kit_told(void)
{
	static const char kinds[] = "MFXT";     /* message, filler, failed, torn */
	struct buf out = BUF_EMPTY;
	const char *copy;
	size_t i, j;

	for (i = 0; i < kit.entries.n; i++) {
		const struct entry *e = &kit.entries.items[i].entry;

		buf_add_format(&out, "%c%" PRIu64, kinds[e->kind], e->size);
		if (e->framing.lead + e->framing.trail > 0)
			buf_add_format(&out, " %zu-%zu", e->framing.lead, e->framing.trail);
		if (e->framing.quoting == QUOTING_RD)
			buf_add_string(&out, " rd");
		if (e->framing.decor != 0)
			buf_add_format(&out, " d%u", e->framing.decor);
		if (e->name.n > 0)
			buf_add_format(&out, " %.*s/%.*s+%.*s", (int)e->directory.n,
			    (const char *)e->directory.p, (int)e->name.n, (const char *)e->name.p,
			    (int)e->info.n, (const char *)e->info.p);
		if (e->flags != 0)
			buf_add_byte(&out, ' ');
		flags_add_names(&out, e->flags);
		for (j = 0; j < e->tags.n; j++)
			buf_add_format(&out, " [%.*s]", (int)e->tags.items[j].n,
			    (const char *)e->tags.items[j].p);
		if (e->flags_are_final)
			buf_add_string(&out, " final");
		if (e->dead)
			buf_add_string(&out, " dead");
		if (e->is_large)
			buf_add_string(&out, " large");
		buf_add_byte(&out, '\n');
	}
	copy = arena_string(&kit.arena, buf_text(&out));
	buf_free(&out);
	return copy;
}

#endif
