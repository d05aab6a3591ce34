/* SPDX-License-Identifier: MIT */
#include "backends/clients/clients.h"
#include "backends/clients/disk.h"
#include "backends/clients/found.h"
#include "core/base/path.h"
#include "core/base/sqlitefile.h"
#include "core/base/vec.h"
#include "core/mail/names.h"

/*
 * Outlook for Mac, a store for each identity (2011) or profile (2016 and
 * later), and MailMate, one for each account.
 */
static const struct {
	const char *pattern, *data, *sources;   /* below the match */
	const char *format;
} outlooks[] = {
	{ "Documents/Microsoft User Data/Office 2011 Identities/*", "Data Records",
	    "Data Records/Message Sources", "olk14" },
	{ "Library/Group Containers/UBF8T346G9.Office/Outlook/Outlook 15 Profiles/*", "Data",
	    "Data/Message Sources", "olk15" },
};

#define NO_SOURCES "Its mail is there in Outlook's own form only, which cannot be read: in Outlook " \
    "drag each folder to the Finder, which writes an mbox file."

/* In the directory above Messages.noindex. */
static const struct keep mailmate_keep[] = {
	{ "Identities.plist", "settings" },
	{ "Sources.plist", "settings" },
	{ "Submission.plist", "settings" },
	{ "Mailboxes.plist", "settings" },
	{ "Tags.plist", "flags" },
	{ "Signatures.plist", "signature" },
	{ "Database.noindex", "index" },
	{ NULL, NULL }
};

/* What lies beside the sources is Outlook's own form, and all there is of
 * Exchange's mail, contacts and calendars: the whole identity is kept. */
static void
find_outlook(const struct disk *d, struct arena *a, struct locations *out)
{
	struct paths paths = VEC_EMPTY;
	struct companions list = VEC_EMPTY;
	const char *sources, *index;
	struct location *l;
	size_t i, j;

	for (i = 0; i < sizeof(outlooks) / sizeof(outlooks[0]); i++) {
		vec_clear(&paths);
		disk_match(d, d->home->path, outlooks[i].pattern, &paths);
		for (j = 0; j < paths.n; j++) {
			sources = disk_below(d, paths.items[j], outlooks[i].sources);
			if (sources == NULL && disk_below(d, paths.items[j], outlooks[i].data) != NULL)
				found_unsupported(d, out, "outlook-mac", path_base(paths.items[j]),
				    outlooks[i].format, paths.items[j], NO_SOURCES);
			if (sources == NULL)
				continue;
			l = found_add(d, out, "outlook-mac", path_base(paths.items[j]), "olk", "plain", sources);
			index = disk_below(d, paths.items[j], "Data/Outlook.sqlite");
			l->running = !d->is_mounted && index != NULL && sqlite_file_is_open(index);
			companions_add(d, &list, paths.items[j], "store");
			companions_give(&list, a, l);
		}
	}
	vec_free(&paths);
	vec_free(&list);
}

static void
find_mailmate(const struct disk *d, struct arena *a, struct locations *out)
{
	const char *top = disk_in_home(d, "Library/Application Support/MailMate");
	struct paths paths = VEC_EMPTY;
	struct companions list = VEC_EMPTY;
	struct buf name = BUF_EMPTY;
	struct location *l;
	size_t first = out->n, i;

	if (top == NULL)
		return;
	disk_match(d, top, "Messages*/IMAP/*", &paths);
	for (i = 0; i < paths.n; i++) {
		const char *directory = path_base(paths.items[i]);

		buf_clear(&name);
		if (!name_decode_percent(slice_string(directory), &name))
			buf_add_string(&name, directory);
		l = found_add(d, out, "mailmate", arena_string(a, buf_text(&name)), "mailmate", "plain",
		    paths.items[i]);
		l->kind = LOCATION_IMAP_CACHE;
		l->settings = top;
	}
	companions_keep(d, &list, top, mailmate_keep);
	companions_give_first(&list, a, out, first);
	buf_free(&name);
	vec_free(&paths);
}

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	struct disk d;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	find_outlook(&d, a, out);
	find_mailmate(&d, a, out);
	return 0;
}

const struct locator_ops locate_outlook_mac = {
	.name = "outlook-mac",
	.find = find,
};
