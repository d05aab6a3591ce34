/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/clients/clients.h"
#include "backends/clients/disk.h"
#include "backends/clients/found.h"
#include "backends/clients/ini.h"
#include "core/base/file.h"
#include "core/base/path.h"
#include "core/base/vec.h"

/* Geary: a directory for each account, with its mail in geary.db. */
#define CLIENT "geary"

static const struct keep config_keep[] = {
	{ "*/geary.ini", "settings" },
	{ "user-message.css", "settings" },
	{ NULL, NULL }
};

/* What the account is called in its geary.ini: its label, else the first of
 * its addresses, else its directory. */
static const char *
account_name(const struct disk *d, const char *config, const char *account,
    struct locations *out)
{
	const char *path = disk_below(d, config, arena_format(d->arena, "%s/geary.ini", account));
	const char *label = NULL, *sender = NULL;
	struct buf text = BUF_EMPTY;
	struct ini_line line;
	struct ini ini;

	if (path != NULL && found_read(d, out, CLIENT, path, &text)) {
		ini = ini_open(buf_slice(&text));
		while (ini_next(&ini, &line)) {
			if (slice_is(line.key, "label") && line.value.n > 0)
				label = arena_string_of(d->arena, line.value);
			else if (slice_is(line.key, "sender_mailboxes"))
				sender = arena_string_of(d->arena, slice_sub(line.value, 0,
				    slice_find(line.value, 0, ';')));
		}
	}
	buf_free(&text);
	return label != NULL ? label : sender != NULL && sender[0] != '\0' ? sender : account;
}

static void
look_in(const struct disk *d, const char *config_home, const char *data_home,
    struct locations *out)
{
	const char *config = path_join(d->arena, config_home, CLIENT);
	const char *data = disk_below(d, data_home, CLIENT);
	struct companions list = VEC_EMPTY;
	struct paths paths = VEC_EMPTY;
	struct location *l;
	size_t first = out->n, i;

	if (data == NULL)
		return;
	disk_match(d, data, "*/geary.db", &paths);
	for (i = 0; i < paths.n; i++) {
		const char *account = path_base(path_parent(d->arena, paths.items[i]));
		const char *name = account_name(d, config, account, out);

		l = found_add(d, out, CLIENT, name, "geary", "sqlite", paths.items[i]);
		l->kind = LOCATION_IMAP_CACHE;
		l->settings = disk_below(d, config, account);
		/* Copies of what the messages hold, without which it opens none. */
		companions_add(d, &list, disk_below(d, path_parent(d->arena, paths.items[i]),
		    "attachments"), "store");
		companions_give(&list, d->arena, l);
		/* An open database has its log beside it, or is locked. */
		l->running = !d->is_mounted && (file_is_locked(paths.items[i]) ||
		    file_exists(arena_format(d->arena, "%s-wal", paths.items[i])));
	}
	vec_free(&paths);
	companions_keep(d, &list, config, config_keep);
	companions_give_first(&list, d->arena, out, first);
}

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	struct disk d;
	const char *flatpak;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	look_in(&d, home->config_home, home->data_home, out);
	flatpak = disk_in_home(&d, ".var/app/org.gnome.Geary");
	if (flatpak != NULL)
		look_in(&d, path_join(a, flatpak, "config"), path_join(a, flatpak, "data"), out);
	return 0;
}

const struct locator_ops locate_geary = {
	.name = CLIENT,
	.find = find,
};
