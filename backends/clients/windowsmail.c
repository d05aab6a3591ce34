/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/clients/clients.h"
#include "backends/clients/windows.h"
#include "core/base/file.h"
#include "core/base/path.h"
#include "core/base/text.h"
#include "core/base/vec.h"
#include "core/base/xml.h"

/*
 * Windows Mail of Vista and Windows Live Mail: a directory for each account,
 * in it one for each folder, in it each message as a file.  What was read and
 * answered, and names of folders too long for a directory, are only in their
 * database (ESE), which is kept as it lies.
 *
 * Mail of Windows 8 to 11 and the new Outlook keep no messages that could be
 * read; what they have is kept and said to be that.
 */
#define FETCH "It is a copy of a server's mailbox: fetch that account with a program that keeps " \
    "whole messages (Thunderbird with messages kept for offline use, mbsync)."
#define HXSTORE "The new Outlook and Windows Mail keep mail in a form that nobody else can read. " \
    FETCH
#define UNISTORE "Windows Mail keeps the texts of messages apart from who wrote them and when, in a " \
    "database. " FETCH
#define LEVELS 4u               /* of folders that are looked into for a message */
#define LOOKED_MAX 2000u        /* directories, in one store */

struct winmail {
	struct windows windows;
	const struct disk *disk;
	struct arena *arena;
	struct locations *out;
	size_t first;                   /* of ours in out */
	unsigned looked;
};

static const struct program {
	const char *client, *directory, *key;
} programs[] = {
	{ "windows-mail", "Microsoft/Windows Mail", "Software\\Microsoft\\Windows Mail" },
	{ "windows-live-mail", "Microsoft/Windows Live Mail",
	    "Software\\Microsoft\\Windows Live Mail" },
};

static bool
holds_messages(struct winmail *w, const char *directory, unsigned levels)
{
	struct arena a = ARENA_EMPTY;
	struct error ignored = ERROR_NONE;
	struct directory list;
	const struct directory_entry *e;
	bool holds = false;
	size_t i;

	if (++w->looked > LOOKED_MAX || directory_read(directory, false, &a, &list, &ignored) < 0)
		list.n = 0;
	for (i = 0; i < list.n && !holds; i++) {
		e = &list.entries[i];
		if (e->kind == FILE_REGULAR)
			holds = path_has_suffix(slice_string(e->name), ".eml") ||
			    path_has_suffix(slice_string(e->name), ".nws");
		else if (e->kind == FILE_DIRECTORY && levels > 0)
			holds = holds_messages(w, path_join(&a, directory, e->name), levels - 1);
	}
	arena_free(&a);
	return holds;
}

/* ---- Accounts ---- */

/* account{…}.oeaccount: XML, an element for each setting, in UTF-16 or UTF-8. */
struct account {
	const char *name;
	enum location_kind kind;
};

static void
take_setting(struct account *account, struct slice name, struct slice text, struct arena *a)
{
	static const struct {
		const char *element;
		enum location_kind kind;
	} servers[] = {
		{ "IMAP_Server", LOCATION_IMAP_CACHE }, { "HTTPMail_Server", LOCATION_IMAP_CACHE },
		{ "POP3_Server", LOCATION_POP }, { "NNTP_Server", LOCATION_NEWS },
	};
	struct buf value = BUF_EMPTY;
	size_t i;

	xml_decode(text, &value);
	if (slice_is(name, "Account_Name") && value.n > 0)
		account->name = arena_string_of(a, buf_slice(&value));
	for (i = 0; i < sizeof(servers) / sizeof(servers[0]) && value.n > 0; i++)
		if (slice_is(name, servers[i].element))
			account->kind = servers[i].kind;
	buf_free(&value);
}

static bool
read_account(const struct winmail *w, const char *path, struct account *out)
{
	struct buf raw = BUF_EMPTY, text = BUF_EMPTY;
	struct xml xml;
	struct xml_tag tag;
	struct slice name = SLICE_EMPTY;

	*out = (struct account){ NULL, LOCATION_LOCAL };
	if (!found_read(w->disk, w->out, "windows-mail", path, &raw))
		return false;
	if (slice_starts(buf_slice(&raw), "\xff\xfe"))
		text_add_utf16(&text, slice_from(buf_slice(&raw), 2));
	else
		text_add_utf8(&text, buf_slice(&raw));
	xml = xml_open(buf_slice(&text));
	while (xml_next(&xml, &tag)) {
		if (tag.is_end && slice_equal(tag.name, name))
			take_setting(out, name, tag.text, w->arena);
		name = tag.is_end ? SLICE_EMPTY : tag.name;
	}
	buf_free(&raw);
	buf_free(&text);
	return out->name != NULL;
}

static void
add_directory(struct winmail *w, const struct program *program, const char *directory)
{
	struct companions list = VEC_EMPTY;
	struct paths accounts = VEC_EMPTY;
	struct account account = { NULL, LOCATION_LOCAL };
	struct location *l;

	disk_match(w->disk, directory, "account*.oeaccount", &accounts);
	if (accounts.n > 0 || holds_messages(w, directory, LEVELS)) {
		/* In Vista all accounts of POP deliver into "Local Folders", and theirs
		 * lie there. */
		if (accounts.n != 1 || slice_equal_nocase(slice_string(path_base(directory)),
		    SLICE_OF("Local Folders")) || !read_account(w, accounts.items[0], &account))
			account = (struct account){ path_base(directory), LOCATION_LOCAL };
		l = found_add(w->disk, w->out, program->client, account.name, "eml", "plain",
		    directory);
		l->kind = account.kind;
		/* Beside the messages lie settings of folders and accounts. */
		companions_add(w->disk, &list, directory, "settings");
		companions_give(&list, w->arena, l);
	}
	vec_free(&accounts);
}

/* ---- Stores ---- */

static const struct keep root_keep[] = {
	{ "*.MSMessageStore", "flags" },
	{ "edb*.log", "flags" },
	{ "account*.oeaccount", "settings" },
	{ "Calendars", "calendar" },
	{ NULL, NULL }
};

static const struct keep home_keep[] = {
	{ "Contacts/*.contact", "addresses" },
	{ NULL, NULL }
};

static const struct keep local_keep[] = {
	{ "Microsoft/Windows Live Contacts", "addresses" },
	{ NULL, NULL }
};

static void
add_store(struct winmail *w, const struct program *program, const char *root)
{
	struct companions list = VEC_EMPTY;
	struct error err = ERROR_NONE;
	struct directory all;
	size_t first = w->out->n, i;
	const char *path;

	if (directory_read(root, false, w->arena, &all, &err) < 0) {
		if (err.code != ERR_NOT_FOUND)
			found_unreadable(w->disk, w->out, program->client, root, &err);
		return;
	}
	w->looked = 0;
	for (i = 0; i < all.n; i++) {
		path = path_join(w->arena, root, all.entries[i].name);
		/* A copy of the database, and what is kept as another thing. */
		if (all.entries[i].kind == FILE_DIRECTORY && !found_has(w->out, w->first, path) &&
		    !slice_equal_nocase(slice_string(all.entries[i].name), SLICE_OF("Backup")) &&
		    !slice_equal_nocase(slice_string(all.entries[i].name), SLICE_OF("Calendars")))
			add_directory(w, program, path);
	}
	companions_keep(w->disk, &list, root, root_keep);
	companions_keep(w->disk, &list, w->disk->home->path, home_keep);
	windows_keep(&w->windows, &w->windows.local, local_keep, &list);
	companions_add(w->disk, &list, w->windows.hive_path, "settings");
	companions_give_first(&list, w->arena, w->out, first);
}

static void
add_program(struct winmail *w, const struct program *program)
{
	const struct hive *h = &w->windows.hive;
	const char *text, *path;
	size_t i;

	for (i = 0; i < w->windows.local.n; i++) {
		path = disk_below(w->disk, w->windows.local.items[i], program->directory);
		if (path != NULL)
			add_store(w, program, path);
	}
	text = hive_text(h, hive_find(h, w->windows.user, program->key), "Store Root", w->arena);
	path = text != NULL ? windows_place(&w->windows, text) : NULL;
	if (path != NULL)
		add_store(w, program, path);
	else if (text != NULL && windows_is_elsewhere(&w->windows, text))
		found_unsupported(w->disk, w->out, program->client, text, "eml", text, FOUND_ELSEWHERE);
}

/* ---- What cannot be read ---- */

static const struct sealed {
	const char *client, *format, *pattern, *beside, *reason;
} sealed[] = {
	{ "outlook", "hxstore", "Microsoft/Olk", NULL, HXSTORE },
	{ "windows-mail", "hxstore", "Packages/microsoft.windowscommunicationsapps_8wekyb3d8bbwe/"
	    "LocalState/HxStore.hxd", "Packages/microsoft.windowscommunicationsapps_8wekyb3d8bbwe/"
	    "LocalState/Files", HXSTORE },
	{ "windows-mail", "unistore", "Comms/UnistoreDB/store.vol", "Comms/Unistore", UNISTORE },
};

static void
add_sealed(struct winmail *w, const char *local)
{
	struct companions list = VEC_EMPTY;
	struct location *l;
	const char *path, *name;
	size_t i;

	for (i = 0; i < sizeof(sealed) / sizeof(sealed[0]); i++) {
		path = disk_below(w->disk, local, sealed[i].pattern);
		if (path == NULL || found_has(w->out, w->first, path))
			continue;
		name = path_base(path);
		l = found_unsupported(w->disk, w->out, sealed[i].client, name, sealed[i].format, path,
		    sealed[i].reason);
		l->kind = LOCATION_IMAP_CACHE;
		if (sealed[i].beside != NULL)
			companions_add(w->disk, &list, disk_below(w->disk, local, sealed[i].beside), "store");
		companions_give(&list, w->arena, l);
	}
}

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	struct winmail w = { .arena = a, .out = out, .first = out->n };
	struct disk d;
	size_t i;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	w.disk = &d;
	windows_open(&w.windows, &d);
	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		add_program(&w, &programs[i]);
	for (i = 0; i < w.windows.local.n; i++)
		add_sealed(&w, w.windows.local.items[i]);
	windows_close(&w.windows);
	return 0;
}

const struct locator_ops locate_windows_mail = {
	.name = "windows-mail",
	.find = find,
};
