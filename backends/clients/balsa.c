/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/clients/clients.h"
#include "backends/clients/disk.h"
#include "backends/clients/found.h"
#include "backends/clients/ini.h"
#include "backends/clients/tree.h"
#include "core/base/path.h"
#include "core/base/vec.h"

/*
 * Balsa: a key file with a group for each mailbox (Type, Path, Name), and in
 * [Globals] the directory with all the rest.
 */
#define CLIENT "balsa"

static const struct keep config_keep[] = {
	{ "config", "settings" },
	{ "*.gcrd", "addresses" },
	{ "*.vcf", "addresses" },
	{ "*.ldif", "addresses" },
	{ "signature", "signature" },
	{ NULL, NULL }
};

struct balsa {
	const struct disk *disk;
	struct locations *out;
	size_t first;
	struct slice section;
	const char *type, *path, *name;         /* of the group being read */
	const char *directory;                  /* MailDir */
};

/* What a group named, when it is over. */
static void
add_mailbox(struct balsa *b)
{
	const struct disk *d = b->disk;
	const char *found = NULL;
	size_t before = b->out->n;

	if (b->path != NULL && b->type != NULL && strncmp(b->type, "LibBalsaMailbox", 15) == 0)
		found = disk_named(d, d->home->path, slice_string(b->path), NULL);
	if (found != NULL && !disk_holds_home(d, found) && !found_has(b->out, b->first, found)) {
		tree_add(d, CLIENT, found, TREE_ANY, b->out);
		for (; before < b->out->n; before++)
			if (b->name != NULL && strcmp(b->out->items[before].path, found) == 0)
				b->out->items[before].account = b->name;
	}
	b->type = b->path = b->name = NULL;
}

static const char *
value_of(const struct balsa *b, struct slice value)
{
	if (slice_starts(value, "file://"))
		value = slice_from(value, 7);
	return value.n > 0 ? arena_string_of(b->disk->arena, value) : NULL;
}

static void
read_config(struct balsa *b, const char *path)
{
	struct buf text = BUF_EMPTY;
	struct ini_line line;
	struct ini ini;

	if (!found_read(b->disk, b->out, CLIENT, path, &text))
		return;
	ini = ini_open(buf_slice(&text));
	b->section = SLICE_EMPTY;
	while (ini_next(&ini, &line)) {
		if (!slice_equal(line.section, b->section))
			add_mailbox(b);
		b->section = line.section;
		if (slice_is(line.key, "MailDir"))
			b->directory = value_of(b, line.value);
		else if (slice_starts(line.section, "address-book"))
			continue;
		else if (slice_is(line.key, "Type"))
			b->type = value_of(b, line.value);
		else if (slice_is(line.key, "Path"))
			b->path = value_of(b, line.value);
		else if (slice_is(line.key, "Name"))
			b->name = value_of(b, line.value);
	}
	add_mailbox(b);
	buf_free(&text);
}

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	const char *const places[] = { path_join(a, home->config_home, CLIENT),
		path_join(a, home->path, ".balsa") };
	struct companions list = VEC_EMPTY;
	struct disk d;
	struct balsa b = { .disk = &d, .out = out, .first = out->n };
	const char *config, *found;
	size_t i;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	for (i = 0; i < 2; i++) {
		config = disk_below(&d, places[i], "config");
		if (config == NULL)
			continue;
		b.directory = NULL;
		read_config(&b, config);
		found = disk_named(&d, home->path, slice_string(b.directory != NULL ? b.directory :
		    "mail"), NULL);
		if (found != NULL && !disk_holds_home(&d, found) && !found_has(out, b.first, found))
			tree_add(&d, CLIENT, found, TREE_ANY, out);
		companions_keep(&d, &list, places[i], config_keep);
		found = disk_below(&d, home->data_home, CLIENT);
		if (found != NULL)
			companions_keep(&d, &list, found, config_keep);
	}
	companions_give_first(&list, a, out, b.first);
	return 0;
}

const struct locator_ops locate_balsa = {
	.name = CLIENT,
	.find = find,
};
