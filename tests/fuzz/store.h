/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FUZZ_STORE_H
#define TESTS_FUZZ_STORE_H

#include <assert.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/path.h"
#include "core/port/format.h"

/*
 * Gives a reader of stores whatever bytes: as a file, or as one of the files
 * of a directory that the target makes first.  What must hold: it ends, hands
 * out no more than there is, and, where a mailbox is a file, all of it.
 */
static char fuzz_directory[256];

static inline int
fuzz_remove(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

static inline void
fuzz_clean_up(void)
{
	nftw(fuzz_directory, fuzz_remove, 8, FTW_DEPTH | FTW_PHYS);
}

static inline const char *
fuzz_home(struct arena *a)
{
	const char *const places[] = { "/dev/shm", getenv("TMPDIR"), "/tmp" };
	size_t i;

	for (i = 0; i < 3 && fuzz_directory[0] == '\0'; i++) {
		if (places[i] == NULL)
			continue;
		snprintf(fuzz_directory, sizeof(fuzz_directory), "%s/fuzz-XXXXXX", places[i]);
		if (mkdtemp(fuzz_directory) == NULL)
			fuzz_directory[0] = '\0';
		else
			atexit(fuzz_clean_up);
	}
	if (fuzz_directory[0] == '\0')
		abort();
	return arena_string(a, fuzz_directory);
}

static inline void
fuzz_write(const char *path, struct slice bytes)
{
	struct error err = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	FILE *f = fopen(path, "wb");

	if (f == NULL && file_make_directories(path_parent(&a, path), 0700, &err) == 0)
		f = fopen(path, "wb");
	if (f == NULL || fwrite(bytes.p, 1, bytes.n, f) != bytes.n || fclose(f) != 0)
		abort();
	arena_free(&a);
}

static inline void
fuzz_read_mailbox(struct store *store, const struct mailbox *mailbox)
{
	struct error err = ERROR_NONE;
	struct reader *reader;
	struct entry entry;
	uint64_t total = 0;
	unsigned char last;
	int rc;

	if (store->ops->read(store, mailbox, &reader, &err) < 0)
		return;
	while ((rc = reader->ops->next(reader, &entry, &err)) == 1) {
		if (entry.kind == ENTRY_FAILED)
			continue;
		assert(entry.bytes.n <= entry.size);
		assert(entry.framing.lead + entry.framing.trail <= entry.size);
		total += entry.size;
		if (entry.is_large)
			assert(reader->ops->bytes(reader, entry.size - 1, &last, 1, &err) == 0);
		else
			assert(entry.bytes.n == entry.size);
	}
	assert(rc < 0 || mailbox->layout != MAILBOX_FILE || total == mailbox->meta.size);
	reader->ops->close(reader);
}

/* All of the store at path; layout and settings as the locator gives them. */
static inline void
fuzz_read(const struct format_ops *ops, const char *path, const char *layout,
    const char *settings)
{
	struct location where = { .client = "fuzz", .account = "", .format = ops->name,
		.layout = layout, .path = path, .settings = settings, .supported = true };
	struct error err = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct store *store;
	struct mailbox mailbox;
	struct kept_file file;

	ops->probe(path, &err);
	if (ops->open(&where, &store, &err) < 0)
		return;
	while (ops->next_mailbox(store, &a, &mailbox, &err) == 1) {
		assert(mailbox.depth > 0);
		fuzz_read_mailbox(store, &mailbox);
	}
	while (ops->next_file(store, &a, &file, &err) == 1)
		assert(file.role != NULL);
	ops->close(store);
	arena_free(&a);
}

#endif
