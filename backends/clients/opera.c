/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/clients/clients.h"
#include "backends/clients/found.h"
#include "backends/clients/ini.h"
#include "backends/clients/places.h"
#include "core/base/path.h"
#include "core/base/vec.h"

/*
 * Opera's mail (M2): a mail directory with accounts.ini, the messages of
 * account 1 in store/account1.  The preferences name another one where the
 * person moved it.
 */
#define CLIENT "opera-mail"

static const struct place places[] = {
	{ PLACE_HOME, ".opera/mail", "store" },
	{ PLACE_HOME, ".opera-*/mail", "store" },
	{ PLACE_HOME, "AppData/Local/Opera*/*/mail", "store" },
	{ PLACE_HOME, "AppData/Roaming/Opera*/*/mail", "store" },
	{ PLACE_HOME, "Application Data/Opera*/*/mail", "store" },
	{ PLACE_WINDOWS, "*/Opera/*/mail", "store" },
	{ PLACE_WINDOWS, "*/*/Opera/*/mail", "store" },
	{ PLACE_HOME, "Library/Opera*/mail", "store" },
	{ PLACE_HOME, "Library/Application Support/Opera*/mail", "store" },
	{ PLACE_ROOT, "Program Files*/Opera*/mail", "store" },
	{ PLACE_ROOT, "Program Files*/Opera*/profile/mail", "store" },
	{ PLACE_HOME, NULL, NULL }
};

static const struct place preferences[] = {
	{ PLACE_HOME, ".opera/operaprefs.ini", NULL },
	{ PLACE_HOME, ".opera/opera6.ini", NULL },
	{ PLACE_HOME, "AppData/Roaming/Opera*/*/operaprefs.ini", NULL },
	{ PLACE_HOME, "Application Data/Opera*/*/operaprefs.ini", NULL },
	{ PLACE_HOME, "Application Data/Opera*/*/opera6.ini", NULL },
	{ PLACE_HOME, NULL, NULL }
};

static const struct keep mail_keep[] = {
	{ "accounts.ini", "settings" },
	{ "index.ini", "settings" },
	{ "omailbase.dat", "flags" },
	{ "signature*.txt", "signature" },
	{ "filters.ini", "filters" },
	{ "../contacts.adr", "addresses" },
	{ NULL, NULL }
};

static void
read_preferences(const struct disk *d, struct paths *out, struct locations *locations)
{
	struct paths files = VEC_EMPTY;
	struct buf text = BUF_EMPTY;
	struct ini_line line;
	struct ini ini;
	const char *path;
	size_t i;

	places_find(d, preferences, &files);
	for (i = 0; i < files.n; i++) {
		if (!found_read(d, locations, CLIENT, files.items[i], &text))
			continue;
		ini = ini_open(buf_slice(&text));
		while (ini_next(&ini, &line)) {
			if (!slice_is(line.section, "Mail") ||
			    !slice_is(line.key, "Mail Root Directory"))
				continue;
			path = disk_named(d, path_parent(d->arena, files.items[i]), line.value, "store");
			if (path != NULL && !places_has(out, path))
				*vec_push(out) = path;
		}
	}
	vec_free(&files);
	buf_free(&text);
}

struct account {
	const char *name;
	enum location_kind kind;
};

/* What accounts.ini says of "account1"; without it that is its name. */
static struct account
account_of(const struct disk *d, const char *mail, const char *directory, struct locations *out)
{
	const char *path = disk_below(d, mail, "accounts.ini");
	struct account account = { directory, LOCATION_LOCAL };
	struct buf text = BUF_EMPTY;
	struct ini_line line;
	struct ini ini;

	if (path != NULL && !found_has(out, 0, path) && found_read(d, out, CLIENT, path, &text)) {
		ini = ini_open(buf_slice(&text));
		while (ini_next(&ini, &line)) {
			if (!slice_equal_nocase(line.section, slice_string(directory)) ||
			    line.value.n == 0)
				continue;
			if (slice_is(line.key, "Account Name") || (slice_is(line.key, "Email") &&
			    account.name == directory))
				account.name = arena_string_of(d->arena, line.value);
			else if (slice_is(line.key, "Incoming Protocol"))
				account.kind = slice_is(line.value, "POP") ? LOCATION_POP :
				    slice_is(line.value, "IMAP") ? LOCATION_IMAP_CACHE :
				    slice_is(line.value, "NEWS") ? LOCATION_NEWS :
				    slice_is(line.value, "RSS") ? LOCATION_FEED : account.kind;
		}
	}
	buf_free(&text);
	return account;
}

static void
look_in(const struct disk *d, const char *mail, struct locations *out)
{
	struct companions list = VEC_EMPTY;
	struct paths accounts = VEC_EMPTY;
	struct account account;
	const char *drafts;
	size_t first = out->n, i;

	disk_match(d, mail, "store/account*", &accounts);
	for (i = 0; i < accounts.n; i++) {
		account = account_of(d, mail, path_base(accounts.items[i]), out);
		found_add(d, out, CLIENT, account.name, "mbs", "plain", accounts.items[i])->kind =
		    account.kind;
	}
	drafts = disk_below(d, mail, "store/drafts");
	if (drafts != NULL && places_holds(d, drafts, "*.mbs"))
		found_add(d, out, CLIENT, "Drafts", "mbs", "plain", drafts);
	companions_keep(d, &list, mail, mail_keep);
	companions_give_first(&list, d->arena, out, first);
	vec_free(&accounts);
}

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	struct paths paths = VEC_EMPTY;
	struct disk d;
	size_t i;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	places_find(&d, places, &paths);
	read_preferences(&d, &paths, out);
	for (i = 0; i < paths.n; i++)
		look_in(&d, paths.items[i], out);
	vec_free(&paths);
	return 0;
}

const struct locator_ops locate_opera = {
	.name = CLIENT,
	.find = find,
};
