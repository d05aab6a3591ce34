/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/clients/clients.h"
#include "backends/clients/found.h"
#include "backends/clients/disk.h"
#include "core/base/file.h"
#include "core/base/path.h"
#include "core/base/vec.h"

/*
 * Stores of clients that mailcask knows and cannot read yet.  They are named
 * with a way out, so that nobody believes that they are backed up.
 */

#define SAVE_AS "select all messages of a folder there and save them as an mbox file"
#define EML "its messages are .eml files, so name the directory by hand to have them read"
#define FETCH "what it holds is a copy of a server's mailbox, so fetch that account with a " \
    "program that keeps whole messages (Thunderbird with messages kept for offline use, mbsync)"

#define OUTLOOK_NEW "The new Outlook keeps mail in a form that nobody else can " \
    "read: " FETCH "."
#define ENTOURAGE "Entourage databases cannot be read: in Entourage drag each folder to the " \
    "Finder, which writes an mbox file."
#define VIVALDI "Vivaldi Mail cannot be read: " FETCH "."
#define MAILBIRD "Mailbird does not keep whole messages: " FETCH "."
#define SPARK "Spark does not keep whole messages: " FETCH "."
#define AIRMAIL "Airmail's databases cannot be read: " FETCH "."

enum base { HOME, CONFIG, DATA, CACHE, ROOT };

#define LOCAL LOCATION_LOCAL
#define IMAP LOCATION_IMAP_CACHE

/* A store is at each match of pattern that has an entry matching mark, or
 * begins with magic, where these are given.  The first row to match a path
 * counts. */
static const struct row {
	const char *client, *format;
	enum location_kind kind;
	enum base base;
	const char *pattern, *mark, *magic, *reason;
} rows[] = {
	{ "outlook-mac", "hxstore", IMAP, HOME,
	    "Library/Group Containers/UBF8T346G9.Office/Outlook/Outlook 15 Profiles/*", "HxStore.hxd",
	    NULL, OUTLOOK_NEW },
	{ "entourage", "entourage", LOCAL, HOME,
	    "Documents/Microsoft User Data/Office 200? Identities/*", "Database", NULL, ENTOURAGE },
	{ "entourage", "entourage", LOCAL, HOME,
	    "Documents/Microsoft User Data/Office X Identities/*", "Database", NULL, ENTOURAGE },
	{ "vivaldi", "vivaldi", IMAP, CONFIG, "vivaldi/Default/Mail", NULL, NULL, VIVALDI },
	{ "vivaldi", "vivaldi", IMAP, HOME, "AppData/Local/Vivaldi/User Data/Default/Mail", NULL, NULL,
	    VIVALDI },
	{ "vivaldi", "vivaldi", IMAP, HOME, "Library/Application Support/Vivaldi/Default/Mail", NULL,
	    NULL, VIVALDI },
	{ "mailbird", "mailbird", IMAP, HOME, "AppData/Local/Mailbird/Store/Store.db", NULL,
	    "SQLite format 3", MAILBIRD },
	{ "airmail", "airmail", IMAP, HOME, "Library/Containers/it.bloop.airmail*/Data/Library/"
	    "Application Support/Airmail", "*", NULL, AIRMAIL },
	{ "spark", "spark", IMAP, HOME, "Library/Application Support/Spark Desktop/core-data", "*",
	    NULL, SPARK },
	{ "spark", "spark", IMAP, HOME, "Library/Containers/com.readdle.SparkDesktop.appstore/Data/"
	    "Library/Application Support/Spark Desktop/core-data", "*", NULL, SPARK },
	{ "spark", "spark", IMAP, HOME, "Library/Containers/com.readdle.smartemail-Mac/Data/Library/"
	    "Application Support/Spark/core-data", "*", NULL, SPARK },
	{ "spark", "spark", IMAP, HOME, "AppData/Local/Spark Desktop/core-data", "*", NULL, SPARK },
};

static bool
begins_with(const char *path, const char *magic)
{
	unsigned char head[16];
	size_t n = strlen(magic);
	struct error err;
	int fd = -1;
	bool is;

	if (file_open_read(path, &fd, &err) < 0)
		return false;
	is = n <= sizeof(head) && file_read_at(fd, 0, head, n, &err) == 0 &&
	    memcmp(head, magic, n) == 0;
	file_close(fd);
	return is;
}

static bool
is_store(const struct disk *d, const struct row *row, const char *path)
{
	struct paths marks = VEC_EMPTY;
	bool is = true;

	if (row->mark != NULL) {
		disk_match(d, path, row->mark, &marks);
		is = marks.n > 0;
		vec_free(&marks);
	}
	return is && (row->magic == NULL || begins_with(path, row->magic));
}

static const char *
base_of(const struct home *home, enum base base)
{
	switch (base) {
	case CONFIG: return home->config_home;
	case DATA: return home->data_home;
	case CACHE: return home->cache_home;
	case ROOT: return home->root;
	default: return home->path;
	}
}

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	struct paths paths = VEC_EMPTY;
	struct disk d;
	const struct row *row;
	size_t first = out->n, i, j;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		row = &rows[i];
		/* What lies outside the homes is that of a mounted Windows. */
		if (row->base == ROOT && d.system != SYSTEM_WINDOWS)
			continue;
		vec_clear(&paths);
		disk_match(&d, base_of(home, row->base), row->pattern, &paths);
		for (j = 0; j < paths.n; j++)
			if (!found_has(out, first, paths.items[j]) && is_store(&d, row, paths.items[j]))
				found_unsupported(&d, out, row->client, path_base(paths.items[j]), row->format,
				    paths.items[j], row->reason)->kind = row->kind;
	}
	vec_free(&paths);
	return 0;
}

const struct locator_ops locate_unsupported = {
	.name = "unsupported",
	.find = find,
};
