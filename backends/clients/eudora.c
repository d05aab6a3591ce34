/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/clients/clients.h"
#include "backends/clients/found.h"
#include "backends/clients/ini.h"
#include "backends/clients/places.h"
#include "core/base/file.h"
#include "core/base/path.h"
#include "core/base/vec.h"
#include "core/mail/charset.h"

/*
 * Eudora: one directory with everything in it; eudora.ini tells the accounts,
 * and where attachments go that are taken out of messages.  On the Macintosh the
 * mail is in a directory inside it.  (Eudora 8 keeps profiles as Thunderbird
 * does.)
 */
#define CLIENT "eudora"
#define COMMAND_LINE "Software\\Qualcomm\\Eudora\\CommandLine"

static const struct place places[] = {
	{ PLACE_HOME, "AppData/Roaming/Qualcomm/Eudora", "*.mbx" },
	{ PLACE_HOME, "Application Data/Qualcomm/Eudora", "*.mbx" },
	{ PLACE_WINDOWS, "*/Qualcomm/Eudora", "*.mbx" },
	{ PLACE_HOME, "Windows/Application Data/Qualcomm/Eudora", "*.mbx" },
	{ PLACE_HOME, "Documents/Eudora", "descmap.pce" },
	{ PLACE_WINDOWS, "*/Eudora", "descmap.pce" },
	{ PLACE_ROOT, "Program Files*/Qualcomm/Eudora*", "*.mbx" },
	{ PLACE_ROOT, "Program Files*/Eudora*", "*.mbx" },
	{ PLACE_ROOT, "Eudora*", "descmap.pce" },
	{ PLACE_ROOT, "Qualcomm/Eudora*", "descmap.pce" },
	{ PLACE_HOME, "Documents/Eudora Folder/Mail Folder", "In*" },
	{ PLACE_HOME, "Eudora Folder/Mail Folder", "In*" },
	{ PLACE_HOME, NULL, NULL }
};

static const struct keep windows_keep[] = {
	{ "eudora.ini", "settings" },
	{ "deudora.ini", "settings" },
	{ "Filters.pce", "filters" },
	{ "Sigs", "signature" },
	{ "Stationery", "settings" },
	{ "nndbase.*", "addresses" },
	{ "Nickname", "addresses" },
	{ "Attach", "store" },
	{ "Embedded", "store" },
	{ "lmos.dat", "flags" },
	{ "*.jrn", "other" },
	{ NULL, NULL }
};

/* In the directory above that of the mail. */
static const struct keep macintosh_keep[] = {
	{ "Eudora Settings*", "settings" },
	{ "Eudora Filters*", "filters" },
	{ "Eudora Nicknames*", "addresses" },
	{ "Nicknames Folder", "addresses" },
	{ "Signatures*", "signature" },
	{ "Stationery*", "settings" },
	{ "Attachments Folder", "store" },
	{ "Parts Folder", "store" },
	{ NULL, NULL }
};

struct settings {
	const char *account, *name, *attachments;
};

/* Of the main personality; the file is in the code page of its system. */
static void
read_settings(const struct disk *d, const char *path, struct locations *out,
    struct settings *settings)
{
	const char *ini_path = disk_below(d, path, "eudora.ini");
	struct buf text = BUF_EMPTY, utf8 = BUF_EMPTY;
	struct ini_line line;
	struct ini ini;

	if (ini_path == NULL || !found_read(d, out, CLIENT, ini_path, &text))
		return;
	charset_add_text(&utf8, buf_slice(&text), NULL);
	ini = ini_open(buf_slice(&utf8));
	while (ini_next(&ini, &line)) {
		if (!slice_equal_nocase(line.section, SLICE_OF("Settings")) || line.value.n == 0)
			continue;
		if (slice_equal_nocase(line.key, SLICE_OF("POPAccount")) ||
		    (settings->account == NULL && slice_equal_nocase(line.key,
		    SLICE_OF("ReturnAddress"))))
			settings->account = arena_string_of(d->arena, line.value);
		else if (slice_equal_nocase(line.key, SLICE_OF("RealName")))
			settings->name = arena_string_of(d->arena, line.value);
		else if (slice_equal_nocase(line.key, SLICE_OF("AutoReceiveAttachmentsDirectory")))
			settings->attachments = disk_named(d, path, line.value, NULL);
	}
	buf_free(&text);
	buf_free(&utf8);
}

static void
add(const struct disk *d, const char *path, struct locations *out)
{
	struct companions list = VEC_EMPTY;
	struct settings settings = { NULL, NULL, NULL };
	bool is_mac = slice_equal_nocase(slice_string(path_base(path)), SLICE_OF("Mail Folder"));
	const char *lock = disk_below(d, path, "OWNER.LOK");
	struct location *l;

	if (is_mac)
		companions_keep(d, &list, path_parent(d->arena, path), macintosh_keep);
	else
		companions_keep(d, &list, path, windows_keep);
	read_settings(d, path, out, &settings);
	/* A directory that holds more than attachments is not kept whole. */
	if (settings.attachments != NULL && !disk_holds_home(d, settings.attachments) &&
	    path_below(path, settings.attachments) == NULL)
		companions_add(d, &list, settings.attachments, "store");
	l = found_add(d, out, CLIENT, settings.account != NULL ? settings.account :
	    settings.name != NULL ? settings.name : "Eudora", "eudora", "plain", path);
	l->running = !d->is_mounted && lock != NULL && file_is_locked(lock);
	companions_give(&list, d->arena, l);
}

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	struct paths paths = VEC_EMPTY;
	struct disk d;
	size_t i;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	/* "PROGRAM /m DIRECTORY INI" or "PROGRAM DIRECTORY INI", by version. */
	places_add_registered(&d, COMMAND_LINE, "Current", 2, &paths);
	places_add_registered(&d, COMMAND_LINE, "Current", 1, &paths);
	places_find(&d, places, &paths);
	for (i = 0; i < paths.n; i++)
		if (places_holds(&d, paths.items[i], "descmap.pce") ||
		    places_holds(&d, paths.items[i], "*.mbx") || places_holds(&d, paths.items[i], "In*"))
			add(&d, paths.items[i], out);
	vec_free(&paths);
	return 0;
}

const struct locator_ops locate_eudora = {
	.name = CLIENT,
	.find = find,
};
