/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/clients/clients.h"
#include "backends/clients/disk.h"
#include "backends/clients/found.h"
#include "core/base/path.h"
#include "core/base/vec.h"

/*
 * Clients that keep no whole messages, only what they show of a server's:
 * from that no message comes back as it was.  Their files are kept all the
 * same, with the settings that hold signatures and rules.
 */
#define FETCH "What it has is a part of a server's mailbox: fetch that account with a program " \
    "that keeps whole messages (Thunderbird with messages kept for offline use, mbsync)."
#define MAILSPRING "Mailspring does not keep messages as they were sent, only the text that it " \
    "shows. " FETCH
#define TROJITA "Trojita keeps only those parts of messages that were opened. " FETCH

enum base { HOME, CONFIG, CACHE };

static const struct row {
	const char *client;
	enum base base;
	const char *pattern, *reason;
} rows[] = {
	{ "mailspring", CONFIG, "Mailspring/edgehill.db", MAILSPRING },
	{ "mailspring", HOME, "snap/mailspring/common/edgehill.db", MAILSPRING },
	{ "mailspring", HOME,
	    ".var/app/com.getmailspring.Mailspring/config/Mailspring/edgehill.db", MAILSPRING },
	{ "mailspring", HOME, "AppData/Roaming/Mailspring/edgehill.db", MAILSPRING },
	{ "mailspring", HOME, "Library/Application Support/Mailspring/edgehill.db", MAILSPRING },
	{ "trojita", CACHE, "flaska.net/trojita/*/imap.cache.sqlite", TROJITA },
	{ "trojita", CACHE, "flaska.net/trojita/imap.cache.sqlite", TROJITA },
};

/* Beside the database. */
static const struct keep beside[] = {
	{ "edgehill.db-wal", "store" },
	{ "imap.cache.sqlite-wal", "store" },
	{ "config.json", "settings" },
	{ "mail-rules*", "filters" },
	{ "templates", "settings" },
	{ "files", "store" },
	{ NULL, NULL }
};

static const struct keep trojita_keep[] = {
	{ "flaska.net/trojita*.conf", "settings" },
	{ NULL, NULL }
};

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	const char *const bases[] = { [HOME] = home->path, [CONFIG] = home->config_home,
		[CACHE] = home->cache_home };
	struct companions list = VEC_EMPTY;
	struct paths paths = VEC_EMPTY;
	struct location *l;
	struct disk d;
	size_t i, k;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		vec_clear(&paths);
		disk_match(&d, bases[rows[i].base], rows[i].pattern, &paths);
		for (k = 0; k < paths.n; k++) {
			const char *directory = path_parent(a, paths.items[k]);

			l = found_unsupported(&d, out, rows[i].client, path_base(directory),
			    rows[i].client, paths.items[k], rows[i].reason);
			l->kind = LOCATION_IMAP_CACHE;
			companions_keep(&d, &list, directory, beside);
			if (strcmp(rows[i].client, "trojita") == 0) {
				companions_keep(&d, &list, home->config_home, trojita_keep);
				companions_add(&d, &list, disk_in_home(&d, ".abook/addressbook"),
				    "addresses");
			}
			companions_give(&list, a, l);
		}
	}
	vec_free(&paths);
	return 0;
}

const struct locator_ops locate_caches = {
	.name = "caches",
	.find = find,
};
