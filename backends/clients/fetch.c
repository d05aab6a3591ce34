/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "backends/clients/clients.h"
#include "backends/clients/disk.h"
#include "backends/clients/found.h"
#include "backends/clients/ini.h"
#include "backends/clients/tree.h"
#include "core/base/file.h"
#include "core/base/path.h"
#include "core/base/vec.h"

/*
 * Programs that fetch mail or deliver it, by the places that their settings
 * name: mbsync, OfflineIMAP, getmail, procmail, maildrop, Courier, and notmuch,
 * which indexes what others fetched.
 */
struct fetch {
	const struct disk *disk;
	struct locations *out;
	size_t first;           /* of this program's */
	const char *client, *file;
	struct companions list;
};

/* The usual places are found whole later on. */
static bool
is_usual(const struct fetch *f, const char *path)
{
	static const char *const places[] = { "mail", "Mail", "Maildir", ".maildir", ".mail",
	    "nsmail", "mbox", "Mailbox" };
	const struct disk *d = f->disk;
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *place = disk_in_home(d, places[i]), *rest;

		rest = place != NULL ? path_below(path, place) : NULL;
		if (rest != NULL && rest[0] != '\0')
			return true;
	}
	return false;
}

static bool
is_covered(const struct fetch *f, const char *path)
{
	size_t i;

	for (i = 0; i < f->out->n; i++)
		if (path_below(path, f->out->items[i].path) != NULL)
			return true;
	return false;
}

/* What a file calls an account; NULL: nothing. */
static void
add(struct fetch *f, struct slice name, const char *account, unsigned kinds)
{
	const struct disk *d = f->disk;
	const char *path = disk_named(d, d->home->path, name, NULL);
	size_t before = f->out->n;

	if (path == NULL || disk_holds_home(d, path) || is_usual(f, path) || is_covered(f, path))
		return;
	tree_add(d, f->client, path, kinds, f->out);
	for (; account != NULL && before < f->out->n; before++)
		f->out->items[before].account = account;
}

/* Words of a line, quotes taken off. */
static bool
next_word(struct slice *rest, struct slice *word)
{
	size_t end;

	*rest = slice_trim(*rest);
	if (rest->n == 0)
		return false;
	if (rest->p[0] == '"') {
		end = slice_find(*rest, 1, '"');
		*word = slice_sub(*rest, 1, end - 1);
		*rest = slice_from(*rest, end + 1);
		return true;
	}
	for (end = 0; end < rest->n && rest->p[end] != ' ' && rest->p[end] != '\t'; end++)
		;
	*word = slice_sub(*rest, 0, end);
	*rest = slice_from(*rest, end);
	return true;
}

/* Settings with a password in them are a secret, and not kept. */
static bool
has_password(struct slice text)
{
	struct slice line, word;

	while (slice_line(&text, &line)) {
		line = slice_trim(line);
		if (!next_word(&line, &word))
			continue;
		word = slice_sub(word, 0, slice_find(word, 0, '='));
		if (slice_equal_nocase(word, SLICE_OF("pass")) ||
		    slice_equal_nocase(word, SLICE_OF("password")) ||
		    slice_equal_nocase(word, SLICE_OF("remotepass")))
			return true;
	}
	return false;
}

/* ---- mbsync: blocks of "Name value" ---- */

struct maildir_store {
	const char *name;
	struct slice path, inbox;
	bool is_legacy;         /* A/.B/.C: folders of a folder have a dot, the top ones none */
};

/* By its looks each of its folders would be an account with Maildir++ in it. */
static void
add_legacy(struct fetch *f, const struct maildir_store *store)
{
	const struct disk *d = f->disk;
	const char *path = disk_named(d, d->home->path, store->path, NULL);

	if (path != NULL && !disk_holds_home(d, path) && !is_covered(f, path) &&
	    file_is_directory(path))
		found_add(d, f->out, f->client, store->name, "maildir", "fs", path);
}

static void
add_maildir_store(struct fetch *f, struct maildir_store *store)
{
	if (store->name != NULL && store->path.n > 0 && store->is_legacy)
		add_legacy(f, store);
	else if (store->name != NULL && store->path.n > 0)
		add(f, store->path, store->name, TREE_MAILDIR);
	if (store->name != NULL && store->inbox.n > 0)
		add(f, store->inbox, store->name, TREE_MAILDIR);
	*store = (struct maildir_store){ .name = NULL };
}

static void
read_mbsync(struct fetch *f, struct slice text)
{
	struct maildir_store store = { .name = NULL };
	struct slice line, key, value;

	while (slice_line(&text, &line)) {
		line = slice_trim(line);
		if (slice_starts(line, "#") || !next_word(&line, &key))
			continue;
		if (!next_word(&line, &value))
			value = SLICE_EMPTY;
		if (slice_equal_nocase(key, SLICE_OF("MaildirStore"))) {
			add_maildir_store(f, &store);
			store.name = arena_string_of(f->disk->arena, value);
		} else if (slice_equal_nocase(key, SLICE_OF("IMAPStore")) ||
		    slice_equal_nocase(key, SLICE_OF("IMAPAccount")) ||
		    slice_equal_nocase(key, SLICE_OF("Channel"))) {
			add_maildir_store(f, &store);
		} else if (slice_equal_nocase(key, SLICE_OF("Path"))) {
			store.path = value;
		} else if (slice_equal_nocase(key, SLICE_OF("Inbox"))) {
			store.inbox = value;
		} else if (slice_equal_nocase(key, SLICE_OF("SubFolders"))) {
			store.is_legacy = slice_equal_nocase(value, SLICE_OF("Legacy"));
		}
	}
	add_maildir_store(f, &store);
}

/* ---- OfflineIMAP, getmail, notmuch: sections of "key = value" ---- */

static void
read_offlineimap(struct fetch *f, struct slice text)
{
	struct ini ini = ini_open(text);
	struct ini_line line;

	while (ini_next(&ini, &line)) {
		if (slice_starts(line.section, "Repository ") && slice_is(line.key, "localfolders"))
			add(f, line.value, arena_string_of(f->disk->arena,
			    slice_trim(slice_from(line.section, strlen("Repository ")))), TREE_MAILDIR);
		else if (slice_starts(line.section, "mbnames"))
			continue;
	}
}

static void
read_getmail(struct fetch *f, struct slice text)
{
	struct ini ini = ini_open(text);
	struct ini_line line;

	while (ini_next(&ini, &line))
		if (slice_is(line.key, "path") && !slice_starts(line.section, "retriever"))
			add(f, line.value, NULL, TREE_ANY);
}

static void
read_notmuch(struct fetch *f, struct slice text)
{
	const char *hooks = path_join(f->disk->arena, path_parent(f->disk->arena, f->file), "hooks");
	struct ini ini = ini_open(text);
	struct ini_line line;

	/* Beside the settings of a profile, or in the database. */
	if (strcmp(path_base(f->file), "config") == 0 && file_is_directory(hooks))
		companions_add(f->disk, &f->list, hooks, "settings");
	while (ini_next(&ini, &line)) {
		if (!slice_is(line.section, "database") ||
		    (!slice_is(line.key, "path") && !slice_is(line.key, "mail_root")))
			continue;
		add(f, line.value, NULL, TREE_MAILDIR | TREE_MH);
		hooks = disk_named(f->disk, f->disk->home->path, line.value, ".notmuch/hooks");
		if (hooks != NULL)
			companions_add(f->disk, &f->list, disk_below(f->disk, hooks, ".notmuch/hooks"),
			    "settings");
	}
}

/* ---- procmail and maildrop: variables, and files that mail goes to ---- */

struct variables {
	struct arena *arena;
	VEC(struct slice) names, values;
};

static void
set(struct variables *v, struct slice name, struct slice value)
{
	*vec_push(&v->names) = arena_copy(v->arena, name);
	*vec_push(&v->values) = arena_copy(v->arena, value);
}

/* "$HOME/x", "${MAILDIR}": what was set last; others give nothing. */
static struct slice
expand(const struct variables *v, struct slice text)
{
	struct buf out = BUF_EMPTY;
	struct slice copy, name;
	size_t at, n, i;
	bool braced;

	while ((at = slice_find(text, 0, '$')) < text.n) {
		buf_add(&out, slice_sub(text, 0, at));
		braced = at + 1 < text.n && text.p[at + 1] == '{';
		text = slice_from(text, at + 1 + braced);
		for (n = 0; n < text.n && (isalnum(text.p[n]) || text.p[n] == '_'); n++)
			;
		name = slice_sub(text, 0, n);
		text = slice_from(text, n + braced);
		for (i = v->names.n; i > 0; i--) {
			if (slice_equal(v->names.items[i - 1], name)) {
				buf_add(&out, v->values.items[i - 1]);
				break;
			}
		}
	}
	buf_add(&out, text);
	copy = arena_copy(v->arena, buf_slice(&out));
	buf_free(&out);
	return copy;
}

static bool
is_assignment(struct slice line, struct slice *name, struct slice *value)
{
	size_t i, equals = slice_find(line, 0, '=');

	*name = slice_trim(slice_sub(line, 0, equals));
	if (equals == line.n || name->n == 0)
		return false;
	for (i = 0; i < name->n; i++)
		if (!isalnum(name->p[i]) && name->p[i] != '_')
			return false;
	line = slice_trim(slice_from(line, equals + 1));
	if (!next_word(&line, value))
		*value = SLICE_EMPTY;
	return true;
}

/* A place where mail goes: relative to MAILDIR.  Pipes, addresses and programs
 * that make a name are none. */
static void
deliver(struct fetch *f, const struct variables *v, struct slice to)
{
	struct slice path = expand(v, to), base = expand(v, SLICE_OF("$MAILDIR"));

	if (path.n == 0 || path.p[0] == '|' || path.p[0] == '!' || path.p[0] == '{' ||
	    slice_find(path, 0, '`') < path.n)
		return;
	while (slice_ends(path, "/") || slice_ends(path, "/."))
		path.n--;
	if (path.p[0] != '/' && path.p[0] != '~' && base.n > 0)
		path = slice_string(path_join(v->arena, arena_string_of(v->arena, base),
		    arena_string_of(v->arena, path)));
	add(f, path, NULL, TREE_ANY);
}

/* Behind ":0" and its conditions stands where to. */
static void
read_procmail(struct fetch *f, struct slice text)
{
	struct variables v = { f->disk->arena, VEC_EMPTY, VEC_EMPTY };
	struct slice line, name, value;
	bool in_recipe = false;

	set(&v, SLICE_OF("HOME"), slice_string(f->disk->home->path));
	set(&v, SLICE_OF("MAILDIR"), slice_string(f->disk->home->path));
	while (slice_line(&text, &line)) {
		line = slice_trim(line);
		if (line.n == 0 || line.p[0] == '#' || line.p[0] == '*')
			continue;
		if (slice_starts(line, ":0")) {
			in_recipe = true;
		} else if (in_recipe) {
			in_recipe = false;
			if (next_word(&line, &value))
				deliver(f, &v, value);
		} else if (is_assignment(line, &name, &value)) {
			set(&v, name, expand(&v, value));
			if (slice_is(name, "DEFAULT") || slice_is(name, "ORGMAIL"))
				deliver(f, &v, value);
			else if (slice_is(name, "MAILDIR"))
				add(f, expand(&v, value), NULL, TREE_ANY);
		}
	}
	vec_free(&v.names);
	vec_free(&v.values);
}

/* "to" and "cc" say where to, in the middle of whatever else. */
static void
read_maildrop(struct fetch *f, struct slice text)
{
	struct variables v = { f->disk->arena, VEC_EMPTY, VEC_EMPTY };
	struct slice line, word, name, value;

	set(&v, SLICE_OF("HOME"), slice_string(f->disk->home->path));
	set(&v, SLICE_OF("MAILDIR"), slice_string(f->disk->home->path));
	while (slice_line(&text, &line)) {
		line = slice_trim(line);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (is_assignment(line, &name, &value)) {
			set(&v, name, expand(&v, value));
			if (slice_is(name, "DEFAULT"))
				deliver(f, &v, value);
			continue;
		}
		while (next_word(&line, &word))
			if ((slice_is(word, "to") || slice_is(word, "cc")) && next_word(&line, &word))
				deliver(f, &v, word);
	}
	vec_free(&v.names);
	vec_free(&v.values);
}

/* ---- Courier: the system's settings, places in the home ---- */

static void
read_courier(struct fetch *f, struct slice text)
{
	struct slice line, name, value;

	while (slice_line(&text, &line))
		if (is_assignment(slice_trim(line), &name, &value) &&
		    (slice_is(name, "MAILDIRPATH") || slice_is(name, "DEFAULTDELIVERY")))
			add(f, value, NULL, TREE_MAILDIR);
}

/* ---- Their files; "%" stands for the directory of XDG_CONFIG_HOME, "/" for
 * the system's root ---- */

static const struct program {
	const char *client, *pattern;
	void (*read)(struct fetch *f, struct slice text);
} programs[] = {
	{ "mbsync", ".mbsyncrc", read_mbsync },
	{ "mbsync", "%isyncrc", read_mbsync },
	{ "offlineimap", ".offlineimaprc", read_offlineimap },
	{ "offlineimap", "%offlineimap/config", read_offlineimap },
	{ "getmail", ".getmail/*rc", read_getmail },
	{ "getmail", "%getmail/*rc", read_getmail },
	{ "procmail", ".procmailrc", read_procmail },
	{ "maildrop", ".mailfilter", read_maildrop },
	{ "courier", "/etc/courier/imapd", read_courier },
	{ "courier", "/etc/courier/pop3d", read_courier },
	{ "courier", "/etc/courier/courierd", read_courier },
	{ "notmuch", ".notmuch-config*", read_notmuch },
	{ "notmuch", "%notmuch/*/config", read_notmuch },
};

static void
read_file(const struct disk *d, const struct program *program, const char *path,
    struct locations *out)
{
	struct fetch f = { .disk = d, .out = out, .first = out->n, .client = program->client,
	    .file = path };
	struct buf text = BUF_EMPTY;
	size_t i;

	if (found_read(d, out, program->client, path, &text)) {
		program->read(&f, buf_slice(&text));
		if (!has_password(buf_slice(&text)))
			companions_add(d, &f.list, path, "settings");
	}
	for (i = f.first; i < out->n; i++)
		out->items[i].settings = path;
	companions_give_first(&f.list, d->arena, out, f.first);
	buf_free(&text);
}

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	struct paths paths = VEC_EMPTY;
	struct disk d;
	size_t i, k;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		const char *pattern = programs[i].pattern;

		vec_clear(&paths);
		disk_match(&d, *pattern == '%' ? home->config_home : *pattern == '/' ?
		    home->root : home->path, pattern + (*pattern == '%' || *pattern == '/'), &paths);
		for (k = 0; k < paths.n; k++)
			if (!file_is_directory(paths.items[k]))
				read_file(&d, &programs[i], paths.items[k], out);
	}
	vec_free(&paths);
	return 0;
}

const struct locator_ops locate_fetch = {
	.name = "fetch",
	.find = find,
};
