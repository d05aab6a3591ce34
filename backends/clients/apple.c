/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/clients/clients.h"
#include "backends/clients/disk.h"
#include "backends/clients/found.h"
#include "core/base/file.h"
#include "core/base/path.h"
#include "core/base/plist.h"
#include "core/base/sqlitefile.h"
#include "core/base/vec.h"

/*
 * Apple Mail: a directory for each account in Library/Mail/V10 (V2 and up by
 * the version of macOS; what an upgrade left behind stays there), up to 10.6 in
 * Library/Mail itself.  From V3 on they are named by a UUID, which the system's
 * database of accounts and the index of messages know.
 */
#define CLIENT "apple-mail"

static const char *const mail_places[] = { "Library/Mail",
	"Library/Containers/com.apple.mail/Data/Library/Mail" };

/* Directories beside the accounts that hold no mail. */
static const char *const no_accounts[] = { "MailData", "Bundles", "Bundles (Disabled)",
	"Signatures", "RSS", "PersistenceInfo.plist" };

/* Of one version of the store. */
static const struct keep version_keep[] = {
	{ "MailData/Signatures", "signature" },
	{ "MailData/*Rules*.plist", "filters" },
	{ "MailData/*SmartMailboxes.plist", "filters" },
	{ "MailData/Accounts.plist", "settings" },
	{ "MailData/VIPMailboxes.plist", "settings" },
	{ "MailData/BackupTOC.plist", "settings" },
	{ "MailData", "index" },
	{ "Signatures", "signature" },
	{ "MessageRules.plist", "filters" },
	{ "SmartMailboxes.plist", "filters" },
	{ "Envelope Index*", "index" },
	{ "PersistenceInfo.plist", "settings" },
	{ NULL, NULL }
};

static const struct keep home_keep[] = {
	{ "Library/Mail/PersistenceInfo.plist", "settings" },
	{ "Library/Preferences/com.apple.mail*.plist", "settings" },
	{ "Library/Containers/com.apple.mail/Data/Library/Preferences/com.apple.mail*.plist",
	    "settings" },
	{ "Library/Containers/com.apple.mail/Data/Library/Mail Downloads", "attachment" },
	{ "Library/Mail Downloads", "attachment" },
	{ "Library/Accounts", "settings" },
	{ "Library/Application Support/AddressBook", "addresses" },
	{ "Library/Calendars", "calendar" },
	{ "Library/Group Containers/group.com.apple.calendar", "calendar" },
	{ NULL, NULL }
};

/* What is known of an account beyond its directory. */
struct account {
	const char *name;               /* NULL: nothing */
	const char *scheme;             /* of its URLs in the index: "imap"; NULL: unknown */
};

struct apple {
	const struct disk *disk;
	struct locations *out;
	size_t first;
	/* Of the version that is looked at. */
	const char *version;
	struct sqlite_file *index;      /* NULL: there is none, or it cannot be read */
	bool is_running;
};

/* ---- Names ---- */

static struct sqlite_file *
open_database(const char *path)
{
	struct error ignored = ERROR_NONE;
	struct sqlite_file *f = NULL;

	return path != NULL && sqlite_file_open(path, &f, &ignored) == 0 ? f : NULL;
}

/* One text out of a database, which may be NULL; NULL where it has none. */
static const char *
ask(const struct disk *d, struct sqlite_file *f, const char *sql, const char *text)
{
	struct error ignored = ERROR_NONE;
	struct sqlite_query *q = NULL;
	const char *found = NULL;

	if (f != NULL && sqlite_query_open(f, sql, &q, &ignored) == 0) {
		sqlite_query_bind_text(q, 0, slice_string(text));
		if (sqlite_query_next(q, &ignored) == 1 && sqlite_query_bytes(q, 0).n > 0)
			found = arena_string_of(d->arena, sqlite_query_bytes(q, 0));
	}
	sqlite_query_close(q);
	return found;
}

/* The account database of 10.10 and later. */
static const char *
name_by_uuid(const struct disk *d, const char *uuid)
{
	static const char *const places[] = { "Library/Accounts/Accounts4.sqlite",
		"Library/Accounts/Accounts3.sqlite" };
	const char *name = NULL;
	size_t i;

	for (i = 0; i < 2 && name == NULL; i++) {
		struct sqlite_file *f = open_database(disk_in_home(d, places[i]));

		name = ask(d, f, "SELECT coalesce(nullif(a.ZACCOUNTDESCRIPTION, ''), "
		    "nullif(p.ZACCOUNTDESCRIPTION, ''), nullif(a.ZUSERNAME, ''), "
		    "nullif(p.ZUSERNAME, '')) FROM ZACCOUNT a "
		    "LEFT JOIN ZACCOUNT p ON p.Z_PK = a.ZPARENTACCOUNT "
		    "WHERE a.ZIDENTIFIER = ?1 COLLATE NOCASE", uuid);
		sqlite_file_close(f);
	}
	return name;
}

/* The list of accounts in a property list of 10.10 and before, by the last
 * component of their paths. */
static const char *
name_by_path(struct apple *m, const char *list, const char *directory)
{
	const struct disk *d = m->disk;
	const struct plist *top, *account;
	struct error ignored = ERROR_NONE;
	struct buf text = BUF_EMPTY;
	const char *name = NULL;

	if (list != NULL && found_read(d, m->out, CLIENT, list, &text) &&
	    plist_parse(buf_slice(&text), d->arena, &top, &ignored) == 0 &&
	    plist_get(top, "MailAccounts") != NULL) {
		for (account = plist_get(top, "MailAccounts")->first; account != NULL && name == NULL;
		    account = account->next) {
			struct slice path = plist_get_string(account, "AccountPath");
			struct slice called = plist_get_string(account, "AccountName");

			if (called.n > 0 && strcmp(path_base(arena_string_of(d->arena, path)),
			    directory) == 0)
				name = arena_string_of(d->arena, called);
		}
	}
	buf_free(&text);
	return name;
}

/* "POP-ann@pop.example.org", or "POP:" up to 10.3, as what follows. */
static const char *
without_kind(const char *directory)
{
	static const char *const kinds[] = { "POP", "IMAP", "EWS", "Exchange", "Mac", "AosIMAP" };
	size_t i, n;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		n = strlen(kinds[i]);
		if (strncmp(directory, kinds[i], n) == 0 && directory[n] != '\0' &&
		    strchr("-:", directory[n]) != NULL && directory[n + 1] != '\0')
			return directory + n + 1;
	}
	return directory;
}

static struct account
account_of(struct apple *m, const char *directory)
{
	const struct disk *d = m->disk;
	struct account account = { NULL, NULL };

	account.scheme = ask(d, m->index, "SELECT substr(url, 1, instr(url, ':') - 1) FROM mailboxes "
	    "WHERE url LIKE '%://' || ?1 || '/%' LIMIT 1", directory);
	account.name = name_by_uuid(d, directory);
	if (account.name == NULL)
		account.name = name_by_path(m, disk_below(d, m->version, "MailData/Accounts.plist"),
		    directory);
	if (account.name == NULL)
		account.name = name_by_path(m, disk_in_home(d, "Library/Preferences/com.apple.mail.plist"),
		    directory);
	if (strcmp(directory, "Mailboxes") == 0 ||
	    (account.scheme != NULL && strcmp(account.scheme, "local") == 0)) {
		account.scheme = "local";
		account.name = "On My Mac";
	}
	if (account.name == NULL)
		account.name = without_kind(directory);
	return account;
}

/* ---- Stores ---- */

static enum location_kind
kind_of(const struct account *account, const char *directory)
{
	if (account->scheme != NULL && strcmp(account->scheme, "local") == 0)
		return LOCATION_LOCAL;
	if ((account->scheme != NULL && strcmp(account->scheme, "pop") == 0) ||
	    strncmp(directory, "POP", 3) == 0)
		return LOCATION_POP;
	return LOCATION_IMAP_CACHE;
}

/* A mailbox in it, or in a directory of it. */
static bool
is_account(const struct disk *d, const char *path)
{
	static const char *const patterns[] = { "*.mbox", "*.imapmbox", "*/*.mbox",
		"*/*.imapmbox" };
	struct paths found = VEC_EMPTY;
	size_t i;
	bool is;

	for (i = 0; i < 4 && found.n == 0; i++)
		disk_match(d, path, patterns[i], &found);
	is = found.n > 0;
	vec_free(&found);
	return is;
}

static bool
is_version(const char *directory)
{
	return directory[0] == 'V' && directory[1] != '\0' &&
	    strspn(directory + 1, "0123456789") == strlen(directory + 1);
}

static void
add_account(struct apple *m, const char *path)
{
	const char *directory = path_base(path);
	struct account account;
	struct location *l;
	size_t i;

	for (i = 0; i < sizeof(no_accounts) / sizeof(no_accounts[0]); i++)
		if (strcmp(directory, no_accounts[i]) == 0)
			return;
	if (is_version(directory) || !file_is_directory(path) || !is_account(m->disk, path))
		return;
	account = account_of(m, directory);
	l = found_add(m->disk, m->out, CLIENT, account.name, "emlx", "plain", path);
	l->kind = kind_of(&account, directory);
	l->settings = m->version;
	l->running = m->is_running;
}

/* The accounts of one version; those up to 10.6 lie beside the directories of
 * later ones. */
static void
add_version(struct apple *m, const char *version)
{
	const struct disk *d = m->disk;
	struct companions list = VEC_EMPTY;
	struct paths paths = VEC_EMPTY;
	const char *index = disk_below(d, version, "MailData/Envelope Index");
	struct error err = ERROR_NONE;
	struct directory ignored;
	size_t first = m->out->n, i;

	if (directory_read(version, false, d->arena, &ignored, &err) < 0 && err.code != ERR_NOT_FOUND)
		found_unreadable(d, m->out, CLIENT, version, &err);
	if (index == NULL)
		index = disk_below(d, version, "Envelope Index");
	m->version = version;
	m->index = open_database(index);
	m->is_running = !d->is_mounted && index != NULL && sqlite_file_is_open(index);
	disk_match(d, version, "*", &paths);
	for (i = 0; i < paths.n; i++)
		add_account(m, paths.items[i]);
	sqlite_file_close(m->index);
	vec_free(&paths);
	companions_keep(d, &list, version, version_keep);
	companions_give_first(&list, d->arena, m->out, first);
}

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	struct companions list = VEC_EMPTY;
	struct paths versions = VEC_EMPTY;
	struct disk d;
	struct apple m = { .disk = &d, .out = out, .first = out->n };
	const char *mail;
	size_t i, j;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	for (i = 0; i < sizeof(mail_places) / sizeof(mail_places[0]); i++) {
		mail = disk_in_home(&d, mail_places[i]);
		if (mail == NULL)
			continue;
		vec_clear(&versions);
		disk_match(&d, mail, "V*", &versions);
		for (j = 0; j < versions.n; j++)
			if (is_version(path_base(versions.items[j])))
				add_version(&m, versions.items[j]);
		add_version(&m, mail);
	}
	vec_free(&versions);
	companions_keep(&d, &list, home->path, home_keep);
	companions_give_first(&list, a, out, m.first);
	return 0;
}

const struct locator_ops locate_apple = {
	.name = CLIENT,
	.find = find,
};
