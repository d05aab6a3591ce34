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
 * Gnus: its settings are a program in Lisp, which is not run.  What is looked
 * for are the names of variables and server parameters with a string behind
 * them: (setq nnml-directory "~/Mail/"), (nnfolder "archive"
 * (nnfolder-directory "~/MailF")).
 */
#define CLIENT "gnus"

static const char *const files[] = { ".gnus.el", ".gnus", ".emacs", ".emacs.el",
	".emacs.d/init.el", ".emacs.d/gnus.el", ".config/emacs/init.el", ".config/emacs/gnus.el" };

static const struct keep home_keep[] = {
	{ ".gnus.el", "settings" },
	{ ".gnus", "settings" },
	{ ".emacs.d/gnus.el", "settings" },
	{ ".newsrc.eld", "flags" },
	{ ".newsrc", "flags" },
	{ ".bbdb", "addresses" },
	{ ".emacs.d/bbdb", "addresses" },
	{ "News/SCORE", "filters" },
	{ "News/all.SCORE", "filters" },
	{ NULL, NULL }
};

static const struct setting {
	const char *name;
	unsigned kinds;         /* 0: where other things are by default */
} settings[] = {
	{ "message-directory", 0 },
	{ "nnml-directory", TREE_MH },
	{ "nnmh-directory", TREE_MH },
	{ "nndraft-directory", TREE_MH },
	{ "nnfolder-directory", TREE_MBOX },
	{ "nnmbox-mbox-file", TREE_MBOX },
	{ "nnbabyl-mbox-file", TREE_MBOX },
};

struct gnus {
	const struct disk *disk;
	struct locations *out;
	size_t first;
	const char *message_directory;
	bool is_used;           /* something of Gnus' was seen */
};

static void
add(struct gnus *g, struct slice name, unsigned kinds)
{
	const struct disk *d = g->disk;
	const char *path = disk_named(d, d->home->path, name, NULL);
	size_t before = g->out->n;

	if (path == NULL || disk_holds_home(d, path) || found_has(g->out, g->first, path))
		return;
	tree_add(d, CLIENT, path, kinds, g->out);
	for (; before < g->out->n; before++)
		if (strcmp(g->out->items[before].format, "mh") == 0)
			g->out->items[before].layout = "gnus";
}

/* The string behind a name, within the same form. */
static bool
string_behind(struct slice text, struct slice *out)
{
	size_t quote = slice_find(text, 0, '"'), end = slice_find(text, 0, ')');

	if (quote >= end)
		return false;
	*out = slice_sub(text, quote + 1, slice_find(text, quote + 1, '"') - quote - 1);
	return true;
}

static bool
is_in_symbol(unsigned char c)
{
	return c > ' ' && strchr("()\"';`,", c) == NULL;
}

/* Every place that a name stands at as a whole. */
static void
look_for(struct gnus *g, struct slice text, const char *name,
    void (*found)(struct gnus *g, struct slice value, unsigned kinds), unsigned kinds)
{
	size_t n = strlen(name), at;
	struct slice value;

	for (at = 0; (at = slice_find_bytes(text, at, slice_string(name))) < text.n; at += n) {
		if ((at > 0 && is_in_symbol(text.p[at - 1])) ||
		    (at + n < text.n && is_in_symbol(text.p[at + n])))
			continue;
		g->is_used = true;
		if (string_behind(slice_from(text, at + n), &value))
			found(g, value, kinds);
	}
}

static void
set_message_directory(struct gnus *g, struct slice value, unsigned kinds)
{
	(void)kinds;
	g->message_directory = arena_string_of(g->disk->arena, value);
}

/* (nnmaildir "name" (directory "~/x")) */
static void
add_maildirs(struct gnus *g, struct slice text)
{
	size_t at, n = strlen("nnmaildir");
	struct slice value;

	for (at = 0; (at = slice_find_bytes(text, at, SLICE_OF("nnmaildir"))) < text.n; at += n) {
		struct slice form = slice_sub(text, at, 2000);
		size_t directory = slice_find_bytes(form, 0, SLICE_OF("(directory"));

		if (directory < form.n && string_behind(slice_from(form, directory), &value))
			add(g, value, TREE_MAILDIR);
	}
}

static void
read_settings(struct gnus *g)
{
	struct buf texts = BUF_EMPTY, text = BUF_EMPTY;
	const char *path;
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		path = disk_in_home(g->disk, files[i]);
		if (path == NULL || file_is_directory(path) ||
		    !found_read(g->disk, g->out, CLIENT, path, &text))
			continue;
		buf_add(&texts, buf_slice(&text));
		buf_add_byte(&texts, '\n');
	}
	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		look_for(g, buf_slice(&texts), settings[i].name, settings[i].kinds == 0 ?
		    set_message_directory : add, settings[i].kinds);
	if (slice_find_bytes(buf_slice(&texts), 0, SLICE_OF("gnus-select-method")) < texts.n ||
	    slice_find_bytes(buf_slice(&texts), 0, SLICE_OF("gnus-secondary-select-methods")) <
	    texts.n)
		g->is_used = true;
	add_maildirs(g, buf_slice(&texts));
	buf_free(&texts);
	buf_free(&text);
}

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	struct disk d;
	struct gnus g = { .disk = &d, .out = out, .first = out->n, .message_directory = "~/Mail" };
	struct companions list = VEC_EMPTY;
	size_t i;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	read_settings(&g);
	if (!g.is_used && disk_in_home(&d, ".newsrc.eld") == NULL)
		return 0;
	add(&g, slice_string(g.message_directory), TREE_MH | TREE_MBOX);
	for (i = g.first; i < out->n; i++)
		out->items[i].settings = home->path;
	companions_keep(&d, &list, home->path, home_keep);
	companions_give_first(&list, a, out, g.first);
	return 0;
}

const struct locator_ops locate_gnus = {
	.name = CLIENT,
	.find = find,
};
