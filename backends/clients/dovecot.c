/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/clients/clients.h"
#include "backends/clients/disk.h"
#include "backends/clients/found.h"
#include "backends/clients/tree.h"
#include "core/base/file.h"
#include "core/base/path.h"
#include "core/base/vec.h"

/*
 * What a Dovecot on the machine keeps for a user: where mail_location of its
 * settings says, else where it looks by itself.
 */
#define CLIENT "dovecot"
#define INCLUDES_MAX 8u

static const struct keep home_keep[] = {
	{ ".dovecot.sieve", "filters" },
	{ "sieve", "filters" },
	{ ".dovecot.svbin", "filters" },
	{ NULL, NULL }
};

struct dovecot {
	const struct disk *disk;
	struct locations *out;
	size_t first;
	const char *driver;     /* mail_driver, mail_path of 2.4 */
	unsigned includes;
};

/* ---- Which kind of store ---- */

static bool
matches(const struct dovecot *d, const char *path, const char *pattern)
{
	struct paths found = VEC_EMPTY;
	bool is;

	disk_match(d->disk, path, pattern, &found);
	is = found.n > 0;
	vec_free(&found);
	return is;
}

static void
add(struct dovecot *d, const char *format, const char *path)
{
	if (!found_has(d->out, d->first, path))
		found_add(d->disk, d->out, CLIENT, disk_tilde(d->disk, path), format, "plain", path);
}

/* True when it is one. */
static bool
add_dbox(struct dovecot *d, const char *path)
{
	if (matches(d, path, "mailboxes") && matches(d, path, "storage/m.*")) {
		add(d, "mdbox", path);
		return true;
	}
	if (matches(d, path, "mailboxes/*/dbox-Mails") ||
	    matches(d, path, "mailboxes/*/*/dbox-Mails")) {
		add(d, "sdbox", path);
		return true;
	}
	return false;
}

static void
add_store(struct dovecot *d, struct slice driver, const char *path)
{
	const struct disk *disk = d->disk;
	const char *found = disk_named(disk, disk->home->path, slice_string(path), NULL);

	if (found == NULL || disk_holds_home(disk, found) || found_has(d->out, d->first, found) ||
	    add_dbox(d, found))
		return;
	if (slice_is(driver, "maildir"))
		tree_add(disk, CLIENT, found, TREE_MAILDIR, d->out);
	else if (slice_is(driver, "mbox"))
		tree_add(disk, CLIENT, found, TREE_MBOX, d->out);
}

/* ---- The settings ---- */

/* The value of "%u", "%{user}" and their like; NULL: not known. */
static const char *
variable(const struct home *home, struct slice name)
{
	static const struct {
		const char *name;
		bool is_home;
	} known[] = {
		{ "u", false }, { "n", false }, { "h", true }, { "user", false },
		{ "username", false }, { "user | username", false }, { "home", true },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (slice_is(name, known[i].name))
			return known[i].is_home ? "~" : home->user;
	return NULL;
}

/* NULL where a variable has no value here: the mail of virtual users. */
static const char *
expand(const struct dovecot *d, struct slice text)
{
	struct buf out = BUF_EMPTY;
	const char *value, *path = NULL;
	size_t at, n;

	while ((at = slice_find(text, 0, '%')) < text.n) {
		buf_add(&out, slice_sub(text, 0, at));
		text = slice_from(text, at + 1);
		if (slice_starts(text, "{")) {
			n = slice_find(text, 0, '}');
			value = variable(d->disk->home, slice_sub(text, 1, n - 1));
			n++;
		} else {
			n = 1;
			value = variable(d->disk->home, slice_sub(text, 0, 1));
		}
		if (value == NULL)
			goto out;
		buf_add_string(&out, value);
		text = slice_from(text, n);
	}
	buf_add(&out, text);
	path = arena_string(d->disk->arena, buf_text(&out));

out:
	buf_free(&out);
	return path;
}

/* "mdbox:~/mdbox:ALT=…:INDEX=…" */
static void
take_location(struct dovecot *d, struct slice value)
{
	struct slice driver, path;
	const char *expanded;

	if (!slice_field(&value, ':', &driver) || !slice_field(&value, ':', &path))
		return;
	expanded = expand(d, path);
	if (expanded != NULL)
		add_store(d, driver, expanded);
}

static void read_settings(struct dovecot *d, const char *path);

static void
include(struct dovecot *d, const char *from, struct slice pattern)
{
	struct paths paths = VEC_EMPTY;
	const char *text = arena_string_of(d->disk->arena, pattern);
	size_t i;

	disk_match(d->disk, text[0] == '/' ? d->disk->home->root :
	    path_parent(d->disk->arena, from), text[0] == '/' ? text + 1 : text, &paths);
	for (i = 0; i < paths.n; i++)
		read_settings(d, paths.items[i]);
	vec_free(&paths);
}

static void
take_line(struct dovecot *d, const char *from, struct slice line)
{
	size_t equals = slice_find(line, 0, '=');
	struct slice name = slice_trim(slice_sub(line, 0, equals)), value =
	    slice_trim(slice_from(line, equals + 1));
	const char *path;

	if (slice_starts(line, "!include")) {
		line = slice_trim(slice_from(line, slice_find(line, 0, ' ')));
		if (d->includes < INCLUDES_MAX) {
			d->includes++;
			include(d, from, line);
			d->includes--;
		}
		return;
	}
	if (slice_is(name, "mail_location") || slice_is(name, "location")) {
		take_location(d, value);
	} else if (slice_is(name, "mail_driver")) {
		d->driver = arena_string_of(d->disk->arena, value);
	} else if (slice_is(name, "mail_path") && value.n > 0) {
			path = expand(d, value);
		if (path != NULL)
			add_store(d, slice_string(d->driver), path);
	}
}

/* The system's own, which not everybody may read. */
static void
read_settings(struct dovecot *d, const char *path)
{
	struct error ignored = ERROR_NONE;
	struct buf text = BUF_EMPTY;
	struct slice rest, line;

	if (file_read_all(path, 1 << 20, &text, &ignored) == 0) {
		rest = buf_slice(&text);
		while (slice_line(&rest, &line)) {
			line = slice_trim(line);
			if (line.n > 0 && line.p[0] != '#')
				take_line(d, path, line);
		}
	}
	buf_free(&text);
}

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	static const char *const files[] = { "etc/dovecot/dovecot.conf",
	    "usr/local/etc/dovecot/dovecot.conf", "etc/dovecot.conf" };
	static const char *const places[] = { "mdbox", "sdbox", "mail", "Mail", "Maildir", "dbox",
	    ".local/share/dovecot" };
	struct companions list = VEC_EMPTY;
	struct disk disk;
	struct dovecot d = { .disk = &disk, .out = out, .first = out->n, .driver = "" };
	const char *path;
	size_t i;

	if (disk_open(&disk, home, a, err) < 0)
		return -1;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		path = disk_below(&disk, home->root, files[i]);
		if (path != NULL)
			read_settings(&d, path);
	}
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		path = disk_in_home(&disk, places[i]);
		if (path != NULL && !found_has(out, d.first, path))
			add_dbox(&d, path);
	}
	companions_keep(&disk, &list, home->path, home_keep);
	companions_give_first(&list, a, out, d.first);
	return 0;
}

const struct locator_ops locate_dovecot = {
	.name = CLIENT,
	.find = find,
};
