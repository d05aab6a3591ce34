/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/clients/clients.h"
#include "backends/clients/windows.h"
#include "core/base/file.h"
#include "core/base/path.h"
#include "core/base/text.h"
#include "core/base/vec.h"

/*
 * Outlook's data files: .pst, and .ost, which is the copy of a server's
 * mailbox.  They lie in the usual places, and wherever the registry says that
 * a profile has one.  A name is believed only where the file begins as one.
 */
#define OFFICE "Software\\Microsoft\\Office"
#define POLICIES "Software\\Policies\\Microsoft\\Office"
#define MESSAGING "Software\\Microsoft\\Windows NT\\CurrentVersion\\Windows Messaging Subsystem\\Profiles"
#define MESSAGING_95 "Software\\Microsoft\\Windows Messaging Subsystem\\Profiles"
#define ACCOUNTS "9375CFF0413111d3B88A00104B2A6676"
#define PROFILE_DEPTH_MAX 4u
#define PROFILE_ENTRIES_MAX 20000u      /* keys and values, in all */
#define NAMED_MAX 200u
#define DELIVERIES_MAX 500u

/* What a profile says of one file. */
struct named {
	const char *text;               /* its path, as it stands there */
	const char *shown;              /* what Outlook calls it, or NULL */
};

/* An account, and a value of it that may be the id of the store into which its
 * mail is delivered: such an id has the path in it. */
struct delivery {
	const char *account;
	struct slice id;
};

struct outlook {
	struct windows windows;
	const struct disk *disk;
	struct arena *arena;
	struct locations *out;
	size_t first;                   /* of ours in out */
	VEC(struct named) named;
	struct paths forced;            /* directories where it is told to make files */
	VEC(struct delivery) deliveries;
	size_t entries;                 /* of profiles, looked at */
};

/* ---- Files ---- */

enum { NO_DATA_FILE, STORE, SERVER_COPY, ADDRESS_BOOK };

/* [MS-PST] 2.2.2.6: "!BDN", a checksum, and for whom it is. */
static int
look(const char *path, struct error *err)
{
	unsigned char head[10];
	int fd = -1, rc;

	if (file_open_read(path, &fd, err) < 0)
		return -1;
	rc = file_read_at(fd, 0, head, sizeof(head), err);
	file_close(fd);
	if (rc < 0)
		return err->code == ERR_CHANGED ? NO_DATA_FILE : -1;
	if (memcmp(head, "!BDN", 4) != 0)
		return NO_DATA_FILE;
	return memcmp(head + 8, "AB", 2) == 0 ? ADDRESS_BOOK :
	    memcmp(head + 8, "SO", 2) == 0 ? SERVER_COPY : STORE;
}

static bool
is_data_file(const char *name)
{
	struct slice s = slice_string(name);

	return path_has_suffix(s, ".pst") || path_has_suffix(s, ".ost") || path_has_suffix(s, ".nst");
}

/* "ann@example.org" of "ann@example.org - Outlook.ost", or NULL. */
static const char *
address_in(struct arena *a, const char *name)
{
	struct slice s = slice_string(name);
	size_t at, end;

	s.n -= 4;
	at = slice_find(s, 0, '@');
	end = slice_find_bytes(s, 0, SLICE_OF(" - "));
	if (end == s.n && slice_find(s, 0, '(') < s.n)
		end = slice_find(s, 0, '(');
	s.n = end;
	return at > 0 && at + 1 < s.n && slice_find(s, 0, ' ') == s.n ? arena_string_of(a, s) : NULL;
}

static bool
has_account(const struct outlook *o, const char *account)
{
	size_t i;

	for (i = o->first; i < o->out->n; i++)
		if (strcmp(o->out->items[i].account, account) == 0)
			return true;
	return false;
}

/* What a file is called: by the account that delivers into it, by its name, or
 * as Outlook shows it. */
static const char *
account_of(const struct outlook *o, const char *path, const struct named *named,
    const char *delivered)
{
	const char *name = path_base(path), *account = delivered;

	if (account == NULL)
		account = address_in(o->arena, name);
	if (account == NULL && named != NULL)
		account = named->shown;
	if (account == NULL || strcmp(account, name) == 0)
		return name;
	return has_account(o, account) ? arena_format(o->arena, "%s (%s)", account, name) : account;
}

static void
add_file(struct outlook *o, const char *path, const struct named *named, const char *delivered)
{
	struct error err = ERROR_NONE;
	int kind;

	if (!is_data_file(path_base(path)) || found_has(o->out, o->first, path))
		return;
	kind = look(path, &err);
	if (kind < 0 && err.code != ERR_NOT_FOUND && err.code != ERR_FORMAT)
		found_unreadable(o->disk, o->out, "outlook", path, &err);
	if (kind == STORE || kind == SERVER_COPY)
		found_add(o->disk, o->out, "outlook", account_of(o, path, named, delivered), "pst",
		    "plain", path)->kind = kind == SERVER_COPY ? LOCATION_IMAP_CACHE : LOCATION_LOCAL;
}

static void
add_matching(struct outlook *o, const char *directory, const char *pattern)
{
	struct paths found = VEC_EMPTY;
	size_t i;

	disk_match(o->disk, directory, pattern, &found);
	for (i = 0; i < found.n; i++)
		add_file(o, found.items[i], NULL, NULL);
	vec_free(&found);
}

static void
add_usual(struct outlook *o)
{
	/* Windows 95 and 98 without profiles; in other languages "Outlook Files" is
	 * "Outlook-Dateien", and so on. */
	static const char *const home[] = { "Exchange/*.[Pp][Ss][Tt]", "Windows/*.[Pp][Ss][Tt]",
		"*/*Outlook*/*.[Pp][Ss][Tt]", "OneDrive*/*/*/*.[Pp][Ss][Tt]",
		"*.[Pp][Ss][Tt]", "Desktop/*.[Pp][Ss][Tt]" };
	/* Where people make a directory of their own. */
	static const char *const root[] = { "*.[Pp][Ss][Tt]", "*/*.[Pp][Ss][Tt]" };
	const struct windows *w = &o->windows;
	size_t i;

	for (i = 0; i < o->forced.n; i++)
		add_matching(o, o->forced.items[i], "*.[PpOoNn][Ss][Tt]");
	for (i = 0; i < w->local.n; i++)
		add_matching(o, w->local.items[i], "Microsoft/Outlook/*.[PpOoNn][Ss][Tt]");
	for (i = 0; i < w->roaming.n; i++)
		add_matching(o, w->roaming.items[i], "Microsoft/Outlook/*.[PpOoNn][Ss][Tt]");
	for (i = 0; i < w->documents.n; i++) {
		add_matching(o, w->documents.items[i], "*/*.[Pp][Ss][Tt]");
		add_matching(o, w->documents.items[i], "*.[Pp][Ss][Tt]");
	}
	for (i = 0; i < sizeof(home) / sizeof(home[0]) && o->disk->system == SYSTEM_WINDOWS; i++)
		add_matching(o, o->disk->home->path, home[i]);
	for (i = 0; i < sizeof(root) / sizeof(root[0]) && o->disk->system == SYSTEM_WINDOWS; i++)
		add_matching(o, o->disk->home->root, root[i]);
}

/* ---- The registry ---- */

static void
add_named(struct outlook *o, const char *text, const char *shown)
{
	struct named *named;
	size_t i;

	for (i = 0; i < o->named.n; i++) {
		named = &o->named.items[i];
		if (!slice_equal_nocase(slice_string(named->text), slice_string(text)))
			continue;
		if (named->shown == NULL)
			named->shown = shown;
		return;
	}
	if (o->named.n < NAMED_MAX)
		*(struct named *)vec_push(&o->named) = (struct named){ text, shown };
}

static void
read_account(struct outlook *o, struct hive_key key)
{
	const struct hive *h = &o->windows.hive;
	struct hive_values values = VEC_EMPTY;
	const char *account = hive_text(h, key, "Email", o->arena);
	size_t i;

	if (account == NULL)
		account = hive_text(h, key, "Account Name", o->arena);
	hive_add_values(h, key, o->arena, &values);
	o->entries += values.n;
	for (i = 0; i < values.n && account != NULL && o->deliveries.n < DELIVERIES_MAX; i++)
		if (values.items[i].type == HIVE_BYTES)
			*(struct delivery *)vec_push(&o->deliveries) =
			    (struct delivery){ account, values.items[i].data };
	vec_free(&values);
}

/* A key of a profile: whatever in it reads as the path of a data file is one,
 * whichever of MAPI's property numbers the value is called by. */
static void
read_profile(struct outlook *o, struct hive_key key, unsigned depth, bool is_accounts)
{
	const struct hive *h = &o->windows.hive;
	struct hive_values values = VEC_EMPTY;
	struct hive_keys keys = VEC_EMPTY;
	const char *text, *shown;
	size_t i;

	if (++o->entries > PROFILE_ENTRIES_MAX)
		return;
	if (is_accounts)
		read_account(o, key);
	shown = hive_text(h, key, "001f3001", o->arena);
	if (shown == NULL)
		shown = hive_text(h, key, "001e3001", o->arena);
	hive_add_values(h, key, o->arena, &values);
	o->entries += values.n;
	for (i = 0; i < values.n; i++) {
		text = hive_value_text(&values.items[i], o->arena);
		if (text != NULL && is_data_file(text))
			add_named(o, text, shown);
	}
	hive_add_keys(h, key, &keys);
	o->entries += keys.n;
	is_accounts = slice_equal_nocase(slice_string(hive_name(h, key, o->arena)), SLICE_OF(ACCOUNTS));
	for (i = 0; i < keys.n && depth < PROFILE_DEPTH_MAX; i++)
		read_profile(o, keys.items[i], depth + 1, is_accounts);
	vec_free(&values);
	vec_free(&keys);
}

/* Of one version of Office: where files are made, profiles, and the files that
 * were searched last. */
static void
read_version(struct outlook *o, struct hive_key outlook)
{
	static const char *const forced[] = { "ForcePSTPath", "ForceOSTPath" };
	static const char *const lists[] = { "Search\\Catalog", "Search" };
	const struct hive *h = &o->windows.hive;
	struct hive_values values = VEC_EMPTY;
	const char *text, *path;
	size_t i, k;

	for (i = 0; i < 2; i++) {
		text = hive_text(h, outlook, forced[i], o->arena);
		path = text != NULL ? windows_place(&o->windows, text) : NULL;
		if (path != NULL)
			*vec_push(&o->forced) = path;
		vec_clear(&values);
		hive_add_values(h, hive_find(h, outlook, lists[i]), o->arena, &values);
		for (k = 0; k < values.n; k++)
			if (is_data_file(values.items[k].name))
				add_named(o, values.items[k].name, NULL);
	}
	read_profile(o, hive_find(h, outlook, "Profiles"), 0, false);
	vec_free(&values);
}

static void
read_registry(struct outlook *o)
{
	static const char *const offices[] = { OFFICE, POLICIES };
	const struct hive *h = &o->windows.hive;
	struct hive_keys versions = VEC_EMPTY;
	size_t i;

	for (i = 0; i < 2; i++)
		hive_add_keys(h, hive_find(h, o->windows.user, offices[i]), &versions);
	for (i = 0; i < versions.n; i++)
		read_version(o, hive_find(h, versions.items[i], "Outlook"));
	read_profile(o, hive_find(h, o->windows.user, MESSAGING), 0, false);
	read_profile(o, hive_find(h, o->windows.user, MESSAGING_95), 0, false);
	vec_free(&versions);
}

/* The account whose mail comes into the file of that path. */
static const char *
delivered_into(const struct outlook *o, struct slice path)
{
	struct buf wide = BUF_EMPTY;
	const char *found = NULL;
	const struct delivery *delivery;
	uint32_t code;
	size_t i;

	while (text_next(&path, &code)) {
		buf_add_byte(&wide, (unsigned char)code);
		buf_add_byte(&wide, (unsigned char)(code >> 8));
	}
	for (i = 0; i < o->deliveries.n && found == NULL; i++) {
		delivery = &o->deliveries.items[i];
		if (slice_find_bytes(delivery->id, 0, buf_slice(&wide)) < delivery->id.n)
			found = delivery->account;
	}
	buf_free(&wide);
	return found;
}

static void
add_registered(struct outlook *o)
{
	const struct named *named;
	const char *path;
	size_t i;

	for (i = 0; i < o->named.n; i++) {
		named = &o->named.items[i];
		path = windows_place(&o->windows, named->text);
		if (path != NULL)
			add_file(o, path, named, delivered_into(o, slice_string(named->text)));
		else if (windows_is_elsewhere(&o->windows, named->text))
			found_unsupported(o->disk, o->out, "outlook", named->shown != NULL ? named->shown :
			    named->text, "pst", named->text, FOUND_ELSEWHERE);
	}
}

/* ---- What is kept beside ---- */

static const struct keep roaming_keep[] = {
	{ "Microsoft/Signatures", "signature" },
	{ "Microsoft/Stationery", "other" },
	{ "Microsoft/Templates/*.oft", "other" },
	{ "Microsoft/Outlook/*.nk2", "addresses" },
	{ "Microsoft/Outlook/*.pab", "addresses" },
	{ "Microsoft/Outlook/*.rwz", "filters" },
	{ "Microsoft/Outlook/*.srs", "settings" },
	{ "Microsoft/Outlook/*.xml", "settings" },
	{ "Microsoft/Outlook/*.OTM", "settings" },
	{ "Microsoft/Outlook/outcmd.dat", "settings" },
	{ NULL, NULL }
};

static const struct keep local_keep[] = {
	{ "Microsoft/Outlook/*.pab", "addresses" },
	{ "Microsoft/Outlook/RoamCache/Stream_Autocomplete_*.dat", "addresses" },
	{ NULL, NULL }
};

static const struct keep home_keep[] = {
	{ "Exchange/*.pab", "addresses" },
	{ "Windows/*.pab", "addresses" },
	{ NULL, NULL }
};

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	struct outlook o = { .arena = a, .out = out, .first = out->n };
	struct companions list = VEC_EMPTY;
	struct disk d;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	o.disk = &d;
	windows_open(&o.windows, &d);
	/* What a profile says of a file is better than what its place says. */
	read_registry(&o);
	add_registered(&o);
	add_usual(&o);
	windows_keep(&o.windows, &o.windows.roaming, roaming_keep, &list);
	windows_keep(&o.windows, &o.windows.local, local_keep, &list);
	companions_keep(&d, &list, home->path, home_keep);
	companions_add(&d, &list, o.windows.hive_path, "settings");
	companions_give_first(&list, a, out, o.first);
	vec_free(&o.named);
	vec_free(&o.forced);
	vec_free(&o.deliveries);
	windows_close(&o.windows);
	return 0;
}

const struct locator_ops locate_outlook = {
	.name = "outlook",
	.find = find,
};
