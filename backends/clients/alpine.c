/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/types.h>

#include "backends/clients/clients.h"
#include "backends/clients/disk.h"
#include "backends/clients/found.h"
#include "backends/clients/tree.h"
#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/path.h"
#include "core/base/vec.h"

/*
 * Alpine and Pine: ~/.pinerc names collections of folders, folders where new
 * mail comes in, and files.  Which of the formats of the c-client library
 * each folder has, its first bytes tell.
 */
#define CLIENT "alpine"

static const char *const settings[] = { ".pinerc", ".pinercex", "pine/pinerc" };

static const struct keep home_keep[] = {
	{ ".pinerc*", "settings" },
	{ "pine/pinerc", "settings" },
	{ ".addressbook", "addresses" },
	{ ".addressbook.lu", "addresses" },
	{ ".alpine-smime", "settings" },
	{ ".newsrc", "flags" },
	{ ".signature", "signature" },
	{ NULL, NULL }
};

struct alpine {
	const struct disk *disk;
	struct locations *out;
	struct companions list;
	size_t first;
	bool has_collections;
	const char *mail_directory;
};

/* ---- The file: "name=value", lists go on behind a comma in lines that begin
 * with a blank ---- */

struct pinerc {
	struct slice rest;
	struct buf value;
};

/* The next variable with all its lines; false at the end. */
static bool
next_variable(struct pinerc *rc, struct slice *name)
{
	struct slice line, ahead;
	size_t equals;

	while (slice_line(&rc->rest, &line)) {
		equals = slice_find(line, 0, '=');
		if (slice_starts(line, "#") || equals == line.n)
			continue;
		*name = slice_trim(slice_sub(line, 0, equals));
		buf_set(&rc->value, slice_trim(slice_from(line, equals + 1)));
		for (ahead = rc->rest; slice_ends(buf_slice(&rc->value), ",") &&
		    slice_line(&ahead, &line) && (line.p[0] == ' ' || line.p[0] == '\t');
		    rc->rest = ahead)
			buf_add(&rc->value, slice_trim(line));
		return true;
	}
	return false;
}

/* The next item of a list, quotes taken off; a comma inside them parts nothing. */
static bool
next_item(struct slice *rest, struct slice *item)
{
	bool quoted = false;
	size_t i;

	*rest = slice_trim(*rest);
	if (rest->n == 0)
		return false;
	for (i = 0; i < rest->n && (quoted || rest->p[i] != ','); i++)
		quoted ^= rest->p[i] == '"';
	*item = slice_trim(slice_sub(*rest, 0, i));
	*rest = slice_from(*rest, i + 1);
	if (item->n >= 2 && item->p[0] == '"' && item->p[item->n - 1] == '"')
		*item = slice_sub(*item, 1, item->n - 2);
	return true;
}

/* "Label path" and "\"Long label\" path": the path, without a "#driver.x/". */
static struct slice
path_of(struct slice item)
{
	size_t at;

	item = slice_trim(item);
	if (slice_starts(item, "\"")) {
		at = slice_find(item, 1, '"');
		if (at + 1 < item.n)
			item = slice_trim(slice_from(item, at + 1));
	} else {
		for (at = item.n; at > 0 && item.p[at - 1] != ' ' && item.p[at - 1] != '\t'; at--)
			;
		item = slice_from(item, at);
	}
	if (slice_starts(item, "\"") && slice_ends(item, "\"") && item.n >= 2)
		item = slice_sub(item, 1, item.n - 2);
	if (slice_starts(item, "#driver.") || slice_starts(item, "#mh/") ||
	    slice_starts(item, "#md/") || slice_starts(item, "#mc/"))
		item = slice_from(item, slice_find(item, 0, '/') + 1);
	return item;
}

/* ---- What it names ---- */

static void
add(struct alpine *p, struct slice path)
{
	const struct disk *d = p->disk;
	const char *found;

	/* On a server, or news. */
	if (path.n == 0 || path.p[0] == '{' || path.p[0] == '#' || path.p[0] == '*')
		return;
	found = disk_named(d, d->home->path, path, NULL);
	if (found == NULL || disk_holds_home(d, found) || found_has(p->out, p->first, found))
		return;
	tree_add(d, CLIENT, found, TREE_ANY, p->out);
}

/* "mail/[]", "Label {host}mail/[]", "#mh/[]": the directory before the "[". */
static void
add_collection(struct alpine *p, struct slice item)
{
	struct slice path = path_of(item);

	p->has_collections = true;
	add(p, slice_sub(path, 0, slice_find(path, 0, '[')));
}

static void
take_variable(struct alpine *p, struct slice name, struct slice value)
{
	static const char *const folders[] = { "incoming-folders", "incoming-archive-folders",
	    "default-fcc", "default-saved-msg-folder", "postponed-folder", "read-message-folder",
	    "form-letter-folder", "trash-folder" };
	const struct disk *d = p->disk;
	struct slice item;
	size_t i;

	if (slice_is(name, "mail-directory") && value.n > 0)
		p->mail_directory = arena_string_of(d->arena, value);
	else if (slice_is(name, "signature-file") && value.n > 0)
		companions_add(d, &p->list, disk_named(d, d->home->path, value, NULL), "signature");
	while (slice_is(name, "folder-collections") && next_item(&value, &item))
		add_collection(p, item);
	while (slice_is(name, "address-book") && next_item(&value, &item))
		companions_add(d, &p->list, disk_named(d, d->home->path, path_of(item), NULL),
		    "addresses");
	if (slice_is(name, "inbox-path") && !slice_equal_nocase(value, SLICE_OF("inbox")))
		add(p, path_of(value));
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		while (slice_is(name, folders[i]) && next_item(&value, &item)) {
			struct slice path = path_of(item);

			/* A bare name lies in the collection. */
			if (slice_find(path, 0, '/') < path.n || i == 0)
				add(p, path);
		}
	}
}

static void
read_settings(struct alpine *p, const char *path)
{
	struct pinerc rc = { SLICE_EMPTY, BUF_EMPTY };
	struct buf text = BUF_EMPTY;
	struct slice name;

	if (found_read(p->disk, p->out, CLIENT, path, &text)) {
		rc.rest = buf_slice(&text);
		while (next_variable(&rc, &name))
			take_variable(p, name, buf_slice(&rc.value));
	}
	buf_free(&rc.value);
	buf_free(&text);
}

/* ---- Is it open?  A lock "/tmp/.DEVICE.INODE" is held by flock() ---- */

static bool
is_held(struct slice locks, const struct file_meta *lock)
{
	struct buf id = BUF_EMPTY;
	struct slice line;
	bool found = false;

	buf_add_format(&id, "%02x:%02x:%" PRIu64 " ", major((dev_t)lock->device),
	    minor((dev_t)lock->device), lock->inode);
	while (!found && slice_line(&locks, &line))
		found = slice_find_bytes(line, 0, SLICE_OF(" FLOCK ")) < line.n &&
		    slice_find_bytes(line, 0, buf_slice(&id)) < line.n;
	buf_free(&id);
	return found;
}

static void
mark_running(struct alpine *p)
{
	struct buf text = BUF_EMPTY;
	struct file_meta meta, lock;
	struct error err;
	size_t i;

	if (p->disk->is_mounted ||
	    file_read_all("/proc/locks", CONFIG_FILE_MAX, &text, &err) < 0)
		return;
	for (i = p->first; i < p->out->n; i++) {
		if (file_stat(p->out->items[i].path, &meta, &err) < 0 ||
		    file_stat(arena_format(p->disk->arena, "/tmp/.%" PRIx64 ".%" PRIx64, meta.device,
		    meta.inode), &lock, &err) < 0)
			continue;
		p->out->items[i].running = is_held(buf_slice(&text), &lock);
	}
	buf_free(&text);
}

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	struct disk d;
	struct alpine p = { .disk = &d, .out = out, .first = out->n, .mail_directory = "mail" };
	const char *path = NULL, *found;
	size_t i;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		found = disk_in_home(&d, settings[i]);
		if (found == NULL || file_is_directory(found))
			continue;
		path = path == NULL ? found : path;
		read_settings(&p, found);
	}
	if (path == NULL)
		return 0;
	if (!p.has_collections)
		add(&p, slice_string(p.mail_directory));
	for (i = p.first; i < out->n; i++)
		out->items[i].settings = path;
	mark_running(&p);
	companions_keep(&d, &p.list, home->path, home_keep);
	companions_give_first(&p.list, a, out, p.first);
	return 0;
}

const struct locator_ops locate_alpine = {
	.name = "alpine",
	.find = find,
};
