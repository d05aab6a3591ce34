/* SPDX-License-Identifier: MIT */
#include "backends/formats/emlxtree.h"

#include <string.h>

#include "backends/formats/sniff.h"
#include "core/base/limits.h"
#include "core/base/path.h"
#include "core/mail/names.h"

#define LOOKS_MAX 2000u         /* directories that a bid looks into */
#define BID_DEPTH 10u           /* directories inside a bundle */
#define NEAR_DEPTH 4u           /* V10, an account, a folder above the first */
#define BID 85
#define MIXED_BID 50

const struct bundle_kind bundle_apple = { { ".mbox", ".imapmbox" }, ".emlx", false, true };
const struct bundle_kind bundle_mailmate = { { ".mailbox", NULL }, ".eml", true, false };

static bool
ends_in(struct slice name, const char *suffix)
{
	size_t n = suffix == NULL ? 0 : strlen(suffix);

	return n > 0 && name.n > n &&
	    slice_equal_nocase(slice_from(name, name.n - n), slice_string(suffix));
}

bool
emlx_is_called(const struct bundle_kind *kind, struct slice name)
{
	return ends_in(name, kind->message) && name.p[0] != '.';
}

uint64_t
emlx_number(const char *name)
{
	uint64_t number = 0;
	size_t n = strspn(name, "0123456789");

	return n > 0 && slice_number(slice_of(name, n), UINT64_MAX, &number) ? number : 0;
}

size_t
emlx_suffix(const struct bundle_kind *kind, struct slice name)
{
	size_t i;

	for (i = 0; i < 2; i++)
		if (ends_in(name, kind->suffixes[i]))
			return strlen(kind->suffixes[i]);
	return 0;
}

/* What a mailbox is called whose directory is. */
static void
add_name(const struct bundle_kind *kind, struct slice raw, struct buf *out)
{
	struct buf plain = BUF_EMPTY;

	if (kind->is_percent && name_decode_percent(raw, &plain))
		name_compose(buf_slice(&plain), out);
	else
		name_compose(raw, out);
	buf_free(&plain);
}

/* ---- Is it one at all ---- */

struct evidence {
	const struct bundle_kind *kind;
	bool has_messages;              /* that no other reader knows */
	bool has_mbox;                  /* in a bundle */
	bool has_others;                /* mail that lies beside the bundles */
	unsigned looks;
};

static void
look_at_file(struct evidence *e, const char *path, struct slice name, bool in_bundle)
{
	struct error ignored = ERROR_NONE;
	struct sniff sniff;

	if (emlx_is_called(e->kind, name) && (in_bundle || e->kind->has_mbox))
		e->has_messages = true;
	else if (in_bundle && e->kind->has_mbox && slice_is(name, "mbox"))
		e->has_mbox = true;
	else if (!in_bundle && !e->has_others && name.p[0] != '.' &&
	    sniff_file(path, &sniff, &ignored) == 0)
		e->has_others = sniffed_mbox(sniff.kind) || sniff.kind == SNIFFED_MESSAGE;
}

static void
look_in(struct evidence *e, const char *path, bool in_bundle, unsigned levels)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory all;
	size_t i;

	if (levels == 0 || e->looks++ > LOOKS_MAX ||
	    directory_read(path, false, &a, &all, &ignored) < 0)
		all.n = 0;
	for (i = 0; i < all.n && !e->has_messages; i++)
		if (all.entries[i].kind == FILE_REGULAR)
			look_at_file(e, path_join(&a, path, all.entries[i].name),
			    slice_string(all.entries[i].name), in_bundle);
	for (i = 0; i < all.n && !e->has_messages; i++) {
		struct slice name = slice_string(all.entries[i].name);
		bool is_bundle = emlx_suffix(e->kind, name) > 0;

		if (all.entries[i].kind != FILE_DIRECTORY || name.p[0] == '.')
			continue;
		e->has_others |= !in_bundle && slice_is(name, "cur");
		look_in(e, path_join(&a, path, all.entries[i].name), in_bundle || is_bundle,
		    is_bundle && !in_bundle ? BID_DEPTH : levels - 1);
	}
	arena_free(&a);
}

int
emlx_bid(const struct bundle_kind *kind, const char *path, struct error *err)
{
	bool is_bundle = emlx_suffix(kind, slice_string(path_base(path))) > 0;
	struct evidence e = { .kind = kind };
	struct file_meta meta;

	if (file_stat(path, &meta, err) < 0)
		return -1;
	if (meta.kind != FILE_DIRECTORY)
		return 0;
	look_in(&e, path, is_bundle, is_bundle ? BID_DEPTH : NEAR_DEPTH);
	if (e.has_messages || (e.has_mbox && (is_bundle || !e.has_others)))
		return BID;
	return e.has_mbox ? MIXED_BID : 0;
}

/* ---- Collecting ---- */

static int add_bundle(struct emlx_tree *t, const struct slice *parents, size_t depth,
    const char *path, struct error *err);

/* A new folder called name, with its box; its index. */
static size_t
add_folder(struct emlx_tree *t, const struct slice *parents, size_t depth, struct slice name,
    const char *path, enum mailbox_layout layout)
{
	folders_add(&t->folders, parents, depth, name, path)->layout = layout;
	(void)vec_push(&t->boxes);
	return t->folders.n - 1;
}

static void
add_unreadable(struct emlx_tree *t, const struct slice *parents, size_t depth, const char *path)
{
	folders_add_unreadable(&t->folders, parents, depth, path);
	(void)vec_push(&t->boxes);
}

static const struct slice *
extend(struct emlx_tree *t, const struct slice *parents, size_t depth, const char *raw)
{
	struct buf name = BUF_EMPTY;
	const struct slice *all;

	add_name(t->kind, slice_string(raw), &name);
	all = folders_extend(&t->folders, parents, depth, buf_slice(&name));
	buf_free(&name);
	return all;
}

struct scan {
	struct emlx_tree *tree;
	size_t box;
	const struct slice *names;      /* of the mailbox, and how many */
	size_t depth;
};

/* What is kept beside the mail, by its name and place. */
static const char *
role_of(struct slice name, bool in_attachments)
{
	return in_attachments || slice_ends(name, ".emlxpart") ? "attachment" :
	    slice_ends(name, ".plist") ? "settings" : "other";
}

/* An entry of a listing holds a file of one chunk. */
static bool
fits_listing(const char *path)
{
	struct error ignored = ERROR_NONE;
	struct file_meta meta;

	return file_stat(path, &meta, &ignored) == 0 && meta.size > 0 && meta.size <= CHUNK_MIN;
}

/* One directory of a mailbox, sub below it. */
static int
scan(const struct scan *s, const char *path, const char *sub, bool in_attachments,
    unsigned level, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct emlx_directory *entered;
	struct emlx_box *box;
	struct directory all;
	size_t i;
	int rc = 0, listed;

	listed = folders_list(&s->tree->folders, path, &a, &all, err);
	if (listed < 0) {
		add_unreadable(s->tree, s->names, s->depth, path);
		goto out;
	}
	if (listed == 0)
		goto out;
	entered = vec_push(&s->tree->boxes.items[s->box].directories);
	entered->sub = arena_string(&s->tree->folders.arena, sub);
	entered->is_attachments = in_attachments;
	for (i = 0; i < all.n && rc == 0; i++) {
		const struct directory_entry *e = &all.entries[i];
		struct slice name = slice_string(e->name);
		const char *at = path_join(&a, path, e->name);

		box = &s->tree->boxes.items[s->box];
		if (e->kind == FILE_DIRECTORY && emlx_suffix(s->tree->kind, name) > 0 && !in_attachments)
			rc = add_bundle(s->tree, s->names, s->depth, at, err);
		else if (e->kind == FILE_DIRECTORY && level < FOLDER_DEPTH_MAX)
			rc = scan(s, at, sub[0] == '\0' ? e->name : path_join(&a, sub, e->name),
			    in_attachments || slice_is(name, "Attachments"), level + 1, err);
		else if (e->kind == FILE_REGULAR && emlx_is_called(s->tree->kind, name) && !in_attachments)
			box->has_messages = true;
		else if (e->kind == FILE_REGULAR && level == 0 && s->tree->kind->has_mbox &&
		    slice_is(name, "mbox"))
			box->has_mbox = true;
		else if (e->kind == FILE_REGULAR && fits_listing(at))
			*vec_push(&box->sides) = sub[0] == '\0' ? arena_string(&s->tree->folders.arena,
			    e->name) : path_join(&s->tree->folders.arena, sub, e->name);
		else if (e->kind == FILE_REGULAR)
			folders_keep(&s->tree->folders, at, role_of(name, in_attachments));
	}

out:
	arena_free(&a);
	return rc;
}

/* A mailbox that is one file has no listing for them. */
static void
keep_sides(struct emlx_tree *t, size_t index, const char *path)
{
	struct emlx_box *box = &t->boxes.items[index];
	struct arena a = ARENA_EMPTY;
	size_t i;

	for (i = 0; i < box->sides.n; i++)
		folders_keep(&t->folders, path_join(&a, path, box->sides.items[i]),
		    role_of(slice_string(path_base(box->sides.items[i])), false));
	vec_clear(&box->sides);
	arena_free(&a);
}

/* A directory that is a mailbox, whose name ends the components. */
static int
add_box(struct emlx_tree *t, const struct slice *names, size_t depth, const char *path,
    struct error *err)
{
	const struct slice own = names[depth - 1];
	struct scan s = { .tree = t, .names = names, .depth = depth };
	struct arena a = ARENA_EMPTY;
	const char *mbox = path_join(&a, path, "mbox");
	int rc;

	s.box = add_folder(t, names, depth - 1, own, path, MAILBOX_FILES);
	rc = scan(&s, path, "", false, 0, err);
	if (rc == 0 && t->boxes.items[s.box].has_mbox) {
		/* An old one is that file alone; one that was converted has both. */
		if (t->boxes.items[s.box].has_messages) {
			add_folder(t, names, depth - 1, own, mbox, MAILBOX_FILE);
		} else {
			t->folders.items[s.box].path = arena_string(&t->folders.arena, mbox);
			t->folders.items[s.box].layout = MAILBOX_FILE;
			keep_sides(t, s.box, path);
		}
	}
	arena_free(&a);
	return rc;
}

static int
add_bundle(struct emlx_tree *t, const struct slice *parents, size_t depth, const char *path,
    struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct slice name = slice_string(path_base(path));
	int rc = 0;

	name = slice_sub(name, 0, name.n - emlx_suffix(t->kind, name));
	if (depth < FOLDER_DEPTH_MAX)
		rc = add_box(t, extend(t, parents, depth, arena_string_of(&a, name)), depth + 1, path,
		    err);
	arena_free(&a);
	return rc;
}

static bool
has_messages(const struct bundle_kind *kind, const struct directory *all)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->entries[i].kind == FILE_REGULAR &&
		    emlx_is_called(kind, slice_string(all->entries[i].name)))
			return true;
	return false;
}

/* A file that lies beside the mailboxes. */
static void
take_outside(struct emlx_tree *t, const struct slice *parents, size_t depth, const char *path)
{
	struct error ignored = ERROR_NONE;
	struct slice name = slice_string(path_base(path));
	struct buf shown = BUF_EMPTY;
	struct sniff sniff;

	if (t->keeps_all) {
		folders_keep(&t->folders, path, role_of(name, false));
		return;
	}
	if (name.p[0] == '.' || sniff_file(path, &sniff, &ignored) < 0 || sniff.packed ||
	    !sniffed_mbox(sniff.kind))
		return;
	name_compose(name, &shown);
	add_folder(t, parents, depth, buf_slice(&shown), path, MAILBOX_FILE);
	buf_free(&shown);
}

/* A directory that holds mailboxes, and is one where messages lie in it. */
static int
walk(struct emlx_tree *t, const struct slice *parents, size_t depth, const char *path,
    struct error *err)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory all;
	size_t i;
	int rc = 0, listed;

	if (directory_read(path, false, &a, &all, &ignored) == 0 &&
	    has_messages(t->kind, &all)) {
		rc = depth > 0 ? add_box(t, parents, depth, path, err) :
		    add_box(t, extend(t, NULL, 0, path_base(path)), 1, path, err);
		goto out;
	}
	listed = folders_list(&t->folders, path, &a, &all, err);
	if (listed < 0) {
		if (depth > 0)
			add_unreadable(t, parents, depth, path);
		rc = depth > 0 ? 0 : -1;
	}
	for (i = 0; listed > 0 && i < all.n && rc == 0; i++) {
		const struct directory_entry *e = &all.entries[i];
		struct slice name = slice_string(e->name);
		const char *at = path_join(&a, path, e->name);

		if (e->kind == FILE_DIRECTORY && emlx_suffix(t->kind, name) > 0)
			rc = add_bundle(t, parents, depth, at, err);
		else if (e->kind == FILE_DIRECTORY && depth < FOLDER_DEPTH_MAX)
			rc = walk(t, extend(t, parents, depth, e->name), depth + 1, at, err);
		else if (e->kind == FILE_REGULAR)
			take_outside(t, parents, depth, at);
	}

out:
	arena_free(&a);
	return rc;
}

int
emlx_tree_walk(struct emlx_tree *t, const char *path, struct error *err)
{
	if (emlx_suffix(t->kind, slice_string(path_base(path))) > 0)
		return add_bundle(t, NULL, 0, path, err);
	return walk(t, NULL, 0, path, err);
}

void
emlx_tree_free(struct emlx_tree *t)
{
	size_t i;

	for (i = 0; i < t->boxes.n; i++) {
		vec_free(&t->boxes.items[i].directories);
		vec_free(&t->boxes.items[i].sides);
	}
	vec_free(&t->boxes);
	folders_free(&t->folders);
}
