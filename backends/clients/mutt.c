/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/clients/clients.h"
#include "backends/clients/found.h"
#include "backends/clients/look.h"
#include "backends/clients/muttrc.h"
#include "backends/clients/disk.h"
#include "backends/clients/tree.h"
#include "core/base/file.h"
#include "core/base/path.h"
#include "core/base/vec.h"

/*
 * mutt and neomutt.  The rc file names the directory of mailboxes (folder)
 * and single ones; each is whatever it looks like.  The first file of each
 * list that exists is read.
 */

#define FILES_MAX 100           /* sourced in all */
#define NESTING_MAX 4           /* "record" in "=sent" in "folder" */

static const struct keep home_keep[] = {
	{ ".mailcap", "settings" },
	{ ".signature", "signature" },
	{ ".mutt_certificates", "other" },
	{ NULL, NULL }
};

struct mutt {
	const struct disk *disk;
	struct locations *out;
	const char *client, *path;      /* of the rc file */
	size_t first;
	struct muttrc rc;
	struct paths files;             /* read, the rc file first */
	VEC(struct buf) texts;          /* theirs; rc looks into them */
	VEC(struct slice) mailboxes;    /* as they are spelled */
};

static struct slice
variable(const struct mutt *m, const char *name, const char *fallback)
{
	struct slice value;

	return muttrc_get(&m->rc, name, &value) ? value : slice_string(fallback);
}

/* neomutt's newer name, mutt's, and what both take when neither is set. */
static struct slice
spool_variable(const struct mutt *m)
{
	struct slice value;

	return muttrc_get(&m->rc, "spool_file", &value) ? value : variable(m, "spoolfile", "");
}

/* A path with the short forms of mutt's manual: "=lists", "~/mbox", "!".
 * NULL where nothing is, or for what lies on a server. */
static const char *
expand(const struct mutt *m, struct slice name, unsigned depth)
{
	const struct disk *d = m->disk;
	struct slice rest = slice_from(name, 1);
	const char *folder;

	if (name.n == 0 || depth > NESTING_MAX || slice_starts(name, "{") ||
	    slice_find_bytes(name, 0, SLICE_OF("://")) < name.n)
		return NULL;
	switch (name.p[0]) {
	case '=':
	case '+':
		folder = expand(m, variable(m, "folder", "~/Mail"), depth + 1);
		while (slice_starts(rest, "/"))
			rest = slice_from(rest, 1);
		return folder == NULL || rest.n == 0 ? folder : disk_named(d, folder, rest, NULL);
	case '!':
		return rest.n == 0 ? expand(m, spool_variable(m), depth + 1) : NULL;
	case '>':
		return rest.n == 0 ? expand(m, variable(m, "mbox", "~/mbox"), depth + 1) : NULL;
	case '<':
		return rest.n == 0 ? expand(m, variable(m, "record", "~/sent"), depth + 1) : NULL;
	case '^':
	case '-':
	case '@':
		return NULL;
	default:
		return disk_named(d, d->home->path, name, NULL);
	}
}

static void
read_file(struct mutt *m, const char *path)
{
	struct buf text = BUF_EMPTY;
	size_t i;

	for (i = 0; i < m->files.n; i++)
		if (strcmp(m->files.items[i], path) == 0)
			return;
	if (m->files.n >= FILES_MAX || !found_read(m->disk, m->out, m->client, path, &text))
		return;
	*vec_push(&m->files) = path;
	muttrc_push(&m->rc, buf_slice(&text));
	*vec_push(&m->texts) = text;
}

/* "a=b", "noa"; an "unset" one becomes empty. */
static void
do_set(struct mutt *m, const struct muttrc_command *command)
{
	bool is_unset = slice_is(command->words[0], "unset");
	struct slice word;
	size_t i, equals;

	for (i = 1; i < command->n; i++) {
		word = command->words[i];
		equals = slice_find(word, 0, '=');
		if (is_unset)
			muttrc_set(&m->rc, word, SLICE_EMPTY);
		else if (equals < word.n)
			muttrc_set(&m->rc, slice_sub(word, 0, equals), slice_from(word, equals + 1));
	}
}

/* Words of neomutt's such as -label NAME stand before the mailbox. */
static void
do_mailboxes(struct mutt *m, const struct muttrc_command *command, size_t step)
{
	size_t i;

	for (i = step; i < command->n; i += step) {
		if (slice_is(command->words[i], "-label"))
			i++;
		else if (!slice_starts(command->words[i], "-"))
			*vec_push(&m->mailboxes) = command->words[i];
	}
}

static void
do_source(struct mutt *m, struct slice name)
{
	const char *path;

	/* "program|" reads what a program prints: that is not done. */
	if (name.n == 0 || slice_ends(name, "|"))
		return;
	path = disk_named(m->disk, m->disk->home->path, name, NULL);
	if (path == NULL)
		path = disk_named(m->disk, path_parent(m->disk->arena, m->path), name, NULL);
	if (path != NULL && !file_is_directory(path))
		read_file(m, path);
}

static void
read_settings(struct mutt *m)
{
	const struct home *home = m->disk->home;
	struct muttrc_command command;

	muttrc_init(&m->rc, m->disk->arena);
	muttrc_set(&m->rc, SLICE_OF("HOME"), slice_string(home->path));
	muttrc_set(&m->rc, SLICE_OF("USER"), slice_string(home->user));
	muttrc_set(&m->rc, SLICE_OF("LOGNAME"), slice_string(home->user));
	muttrc_set(&m->rc, SLICE_OF("XDG_CONFIG_HOME"), slice_string(home->config_home));
	muttrc_set(&m->rc, SLICE_OF("XDG_DATA_HOME"), slice_string(home->data_home));
	muttrc_set(&m->rc, SLICE_OF("XDG_CACHE_HOME"), slice_string(home->cache_home));
	if (home->mail != NULL)
		muttrc_set(&m->rc, SLICE_OF("MAIL"), slice_string(home->mail));
	if (home->maildir != NULL)
		muttrc_set(&m->rc, SLICE_OF("MAILDIR"), slice_string(home->maildir));
	read_file(m, m->path);
	while (muttrc_next(&m->rc, &command)) {
		if (slice_is(command.words[0], "set") || slice_is(command.words[0], "unset"))
			do_set(m, &command);
		else if (slice_is(command.words[0], "setenv") && command.n >= 3)
			muttrc_set(&m->rc, command.words[1], command.words[2]);
		else if (slice_is(command.words[0], "mailboxes"))
			do_mailboxes(m, &command, 1);
		else if (slice_is(command.words[0], "named-mailboxes"))
			do_mailboxes(m, &command, 2);
		else if (slice_is(command.words[0], "source") && command.n >= 2)
			do_source(m, command.words[1]);
	}
}

/* Does another client's location hold what lies at path below it?  Its tree
 * is of one kind, and what is of another kind in it is still to be found. */
static bool
is_of_kind(const struct mutt *m, const char *format, const char *path)
{
	if (strcmp(format, "mbox") == 0)
		return !file_is_directory(path);
	return file_is_directory(path) &&
	    look_is_maildir(path, m->disk->arena) == (strcmp(format, "maildir") == 0);
}

/* Is path part of a location that is there already?  Readers of mbox and MH
 * trees do not enter hidden directories. */
static bool
is_covered(const struct mutt *m, const char *path)
{
	const struct location *l;
	const char *rest;
	size_t i;

	for (i = 0; i < m->out->n; i++) {
		l = &m->out->items[i];
		rest = path_below(path, l->path);
		if (rest == NULL || (i < m->first && (!l->supported || rest[0] == '\0' ||
		    !is_of_kind(m, l->format, path))))
			continue;
		if (strcmp(l->format, "maildir") == 0 ||
		    (rest[0] != '.' && strstr(rest, "/.") == NULL))
			return true;
	}
	return false;
}

/* Some set folder to their home or to a spool: a tree that is not all mail. */
static bool
is_too_wide(const struct mutt *m, const char *path)
{
	const char *rest = path_below(path, m->disk->home->root);

	return disk_holds_home(m->disk, path) ||
	    (rest != NULL && (strcmp(rest, "var/mail") == 0 || strcmp(rest, "var/spool/mail") == 0));
}

static void
add(struct mutt *m, struct slice name)
{
	const char *path = expand(m, name, 0);
	struct error ignored = ERROR_NONE;

	if (path == NULL || is_covered(m, path) || is_too_wide(m, path))
		return;
	/* What is named is a mailbox, also when it has been emptied. */
	if (look_at(path, &ignored) == LOOK_EMPTY)
		found_add(m->disk, m->out, m->client, disk_tilde(m->disk, path), "mbox", "plain", path);
	else
		tree_add(m->disk, m->client, path, TREE_ANY | TREE_ODD, m->out);
}

static void
add_mailboxes(struct mutt *m)
{
	size_t i;

	add(m, variable(m, "folder", "~/Mail"));
	add(m, spool_variable(m));
	add(m, variable(m, "mbox", "~/mbox"));
	add(m, variable(m, "record", "~/sent"));
	add(m, variable(m, "postponed", "~/postponed"));
	add(m, variable(m, "trash", ""));
	for (i = 0; i < m->mailboxes.n; i++)
		add(m, m->mailboxes.items[i]);
}

/* Messages that were read over IMAP or POP. */
static void
add_cache(struct mutt *m, const char *cache)
{
	struct paths paths = VEC_EMPTY;
	struct location *l;
	size_t i;

	if (cache == NULL)
		return;
	disk_match(m->disk, cache, "imap*:*", &paths);
	disk_match(m->disk, cache, "pop*:*", &paths);
	for (i = 0; i < paths.n; i++) {
		l = found_unsupported(m->disk, m->out, m->client, path_base(paths.items[i]),
		    "mutt-cache", paths.items[i], "mutt keeps here copies of messages that it read on a "
		    "server, and they are not read yet: fetch that account with a program that keeps "
		    "all of it (mbsync, Thunderbird with offline use).");
		l->kind = LOCATION_IMAP_CACHE;
	}
	vec_free(&paths);
}

static void
keep_settings(struct mutt *m, const char *header_cache, const char *message_cache)
{
	const struct disk *d = m->disk;
	struct companions list = VEC_EMPTY;
	struct paths paths = VEC_EMPTY;
	size_t i;

	for (i = 0; i < m->files.n; i++)
		companions_add(d, &list, m->files.items[i], "settings");
	companions_add(d, &list, expand(m, variable(m, "alias_file", ""), 0), "addresses");
	companions_add(d, &list, expand(m, variable(m, "signature", ""), 0), "signature");
	companions_keep(d, &list, d->home->path, home_keep);
	disk_match(d, d->home->path, ".mutt/*", &paths);
	disk_match(d, d->home->path, ".neomutt/*", &paths);
	disk_match(d, d->home->config_home, "mutt/*", &paths);
	disk_match(d, d->home->config_home, "neomutt/*", &paths);
	/* Some have their caches there too. */
	for (i = 0; i < paths.n; i++)
		if ((header_cache == NULL || path_below(header_cache, paths.items[i]) == NULL) &&
		    (message_cache == NULL || path_below(message_cache, paths.items[i]) == NULL) &&
		    strstr(path_base(paths.items[i]), "cache") == NULL)
			companions_add(d, &list, paths.items[i], "settings");
	companions_give_first(&list, d->arena, m->out, m->first);
	vec_free(&paths);
}

static void
add_configuration(const struct disk *d, const char *client, const char *path,
    struct locations *out)
{
	struct mutt m = { .disk = d, .out = out, .client = client, .path = path, .first = out->n };
	const char *header_cache, *message_cache;
	size_t i;

	read_settings(&m);
	add_mailboxes(&m);
	header_cache = expand(&m, variable(&m, "header_cache", ""), 0);
	message_cache = expand(&m, variable(&m, "message_cache_dir",
	    arena_string_of(d->arena, variable(&m, "message_cachedir", ""))), 0);
	add_cache(&m, message_cache);
	keep_settings(&m, header_cache, message_cache);
	for (i = m.first; i < out->n; i++)
		out->items[i].settings = path;
	for (i = 0; i < m.texts.n; i++)
		buf_free(&m.texts.items[i]);
	vec_free(&m.texts);
	vec_free(&m.files);
	vec_free(&m.mailboxes);
	muttrc_free(&m.rc);
}

/* The first of a client's files that exists; "%" stands for the directory of
 * XDG_CONFIG_HOME. */
static const char *
first_of(const struct disk *d, const char *const *names)
{
	const char *path = NULL;

	for (; *names != NULL && path == NULL; names++)
		path = **names == '%' ? disk_below(d, d->home->config_home, *names + 1) :
		    disk_in_home(d, *names);
	return path;
}

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	static const char *const neomutt_files[] = { "%neomutt/neomuttrc", "%neomutt/muttrc",
	    "%mutt/neomuttrc", ".neomutt/neomuttrc", ".neomutt/muttrc", ".mutt/neomuttrc",
	    ".neomuttrc", NULL };
	static const char *const mutt_files[] = { ".muttrc", ".mutt/muttrc", "%mutt/muttrc", NULL };
	struct disk d;
	const char *path;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	path = first_of(&d, neomutt_files);
	if (path != NULL)
		add_configuration(&d, "neomutt", path, out);
	path = first_of(&d, mutt_files);
	if (path != NULL)
		add_configuration(&d, "mutt", path, out);
	return 0;
}

const struct locator_ops locate_mutt = {
	.name = "mutt",
	.find = find,
};
