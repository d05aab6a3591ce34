/* SPDX-License-Identifier: MIT */
#include "backends/formats/mozilla.h"

#include <string.h>

#include "backends/formats/mork.h"
#include "backends/formats/sniff.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/path.h"
#include "core/base/prefs.h"
#include "core/base/text.h"
#include "core/mail/names.h"

#define HASH_DIGITS 8u

struct walk {
	struct folders *folders;
	enum mozilla_type type;
	bool is_imap;
	const char *top;        /* the account's directory */
	const char *settings;   /* the profile, or NULL */
	struct json *cache;     /* its folderCache.json, once asked for; or NULL */
	bool cache_known;
};

bool
mozilla_is_imap(const struct location *where)
{
	return where->kind == LOCATION_IMAP_CACHE || strstr(where->path, "/ImapMail/") != NULL;
}

bool
mozilla_recognises(const struct directory *entries, const char *path)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct sniff sniff;
	bool found = false;
	size_t i;

	for (i = 0; i < entries->n && !found; i++) {
		const struct directory_entry *e = &entries->entries[i];
		struct slice name = slice_string(e->name);

		if (e->kind == FILE_DIRECTORY)
			found = slice_ends(name, ".sbd");
		else if (e->kind == FILE_REGULAR && slice_ends(name, ".msf"))
			found = sniff_file(path_join(&a, path, e->name), &sniff, &ignored) == 0 &&
			    sniff.kind == SNIFFED_MORK;
	}
	arena_free(&a);
	return found;
}

/* ---- Names ---- */

/*
 * The name on disk is not the name on the screen when it ends in the eight
 * hexadecimal digits of a hash, or holds the "^" that IMAP puts for a
 * separator.  Then only the client's own notes know.
 */
static bool
may_be_hashed(const struct walk *w, struct slice raw)
{
	size_t i;

	if (w->is_imap && slice_find(raw, 0, '^') < raw.n)
		return true;
	if (raw.n < HASH_DIGITS)
		return false;
	for (i = raw.n - HASH_DIGITS; i < raw.n; i++) {
		if (strchr("0123456789abcdef", raw.p[i]) == NULL || raw.p[i] == '\0')
			return false;
	}
	return true;
}

static void
load_cache(struct walk *w, struct arena *a)
{
	struct error ignored = ERROR_NONE;
	struct buf text = BUF_EMPTY;

	if (w->cache_known || w->settings == NULL)
		return;
	w->cache_known = true;
	if (file_read_all(path_join(a, w->settings, "folderCache.json"), CONFIG_FILE_MAX, &text,
	    &ignored) == 0)
		json_parse(buf_slice(&text), &w->cache, &ignored);
	buf_free(&text);
}

/* The entry of a summary.  Its key is the path that the profile once had, or
 * that is seen inside a sandbox: then the last part of it, from the directory
 * above the account's on, is what counts. */
static const struct json *
cached(struct walk *w, const char *msf, struct arena *a)
{
	const struct json *found, *entry;
	const char *account = w->top, *tail;
	struct slice key;
	void *at = NULL;

	load_cache(w, a);
	if (w->cache == NULL)
		return NULL;
	found = json_member(w->cache, msf);
	if (found != NULL)
		return found;
	tail = arena_format(a, "/%s/%s/%s", path_base(path_parent(a, account)), path_base(account),
	    path_below(msf, account));
	while (json_next_member(w->cache, &at, &key, &entry)) {
		if (slice_ends(key, tail))
			return entry;
	}
	return NULL;
}

/* The last component of an IMAP name.  Where its delimiter is not known, the
 * name on disk tells: it begins alike, up to a hash or a "^". */
static bool
add_online_name(struct buf *out, struct slice online, int64_t delimiter, struct slice raw)
{
	size_t i = online.n, alike;

	if (delimiter > 0 && delimiter < 128 && delimiter != '^') {
		while (i > 0 && online.p[i - 1] != (unsigned char)delimiter)
			i--;
		folder_name_add(out, slice_from(online, i));
		return online.n > 0;
	}
	alike = slice_find(raw, 0, '^');
	if (alike == raw.n && raw.n > HASH_DIGITS)
		alike = raw.n - HASH_DIGITS;
	while (i > 0) {
		i--;
		if ((i == 0 || memchr("/.\\", online.p[i - 1], 3) != NULL) &&
		    slice_equal(slice_sub(online, i, alike), slice_sub(raw, 0, alike))) {
			folder_name_add(out, slice_from(online, i));
			return true;
		}
	}
	return false;
}

/* As the client notes it, in its cache or in the summary. */
static bool
add_noted_name(struct walk *w, const char *msf, struct slice raw, struct arena *a,
    struct buf *out)
{
	const struct json *entry = cached(w, msf, a);
	struct buf shown = BUF_EMPTY, online = BUF_EMPTY;
	bool found = false;

	if (entry != NULL && json_get_string(entry, "folderName").n > 0) {
		buf_add(out, json_get_string(entry, "folderName"));
		return true;
	}
	if (entry != NULL && add_online_name(out, json_get_string(entry, "onlineName"),
	    json_get_integer(entry, "hierDelim"), raw))
		return true;
	mork_folder_names(msf, &shown, &online);
	if (shown.n > 0)
		buf_add(out, buf_slice(&shown));
	found = shown.n > 0 || (w->is_imap && add_online_name(out, buf_slice(&online), 0, raw));
	buf_free(&shown);
	buf_free(&online);
	return found;
}

static void
add_name(struct walk *w, const char *directory, struct slice raw, struct arena *a,
    struct buf *out)
{
	char *msf;

	buf_clear(out);
	if (may_be_hashed(w, raw)) {
		msf = arena_format(a, "%s/%.*s.msf", directory, (int)raw.n, (const char *)raw.p);
		if (add_noted_name(w, msf, raw, a, out))
			return;
	}
	if (w->is_imap)
		folder_name_add(out, raw);
	else if (!name_decode_percent(raw, out))
		text_add_utf8(out, raw);
}

/* ---- Names of tags ---- */

#define PROFILE_ABOVE_MAX 4u    /* PROFILE/Mail/ACCOUNT/Inbox.sbd/2024 */

/* Of an account that was named by hand it lies somewhere above. */
static const char *
profile_of(const struct location *where, struct arena *a)
{
	const char *at = where->path;
	unsigned i;

	if (where->settings != NULL)
		return where->settings;
	for (i = 0; i < PROFILE_ABOVE_MAX; i++) {
		at = path_parent(a, at);
		if (file_exists(path_join(a, at, "prefs.js")))
			return at;
	}
	return NULL;
}

static void
read_prefs(const char *profile, const char *name, struct arena *a, struct prefs *out)
{
	struct error ignored = ERROR_NONE;
	struct buf text = BUF_EMPTY;

	if (file_read_all(path_join(a, profile, name), CONFIG_FILE_MAX, &text, &ignored) == 0)
		prefs_read(out, buf_slice(&text));
	buf_free(&text);
}

void
mozilla_read_tag_names(const struct location *where, struct tag_names *out)
{
	static const char *const shown[] = { "Important", "Work", "Personal", "To Do", "Later" };
	static const char prefix[] = "mailnews.tags.", suffix[] = ".tag";
	struct arena a = ARENA_EMPTY;
	const char *profile = profile_of(where, &a);
	struct slice name, value;
	struct prefs prefs;
	size_t i, at = 0;

	for (i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		tag_names_put(out, slice_string(arena_format(&a, "$label%zu", i + 1)),
		    slice_string(shown[i]));
	prefs_init(&prefs, &a);
	if (profile != NULL) {
		read_prefs(profile, "prefs.js", &a, &prefs);
		read_prefs(profile, "user.js", &a, &prefs);
	}
	while (prefs_next(&prefs, &at, &name, &value)) {
		if (!slice_starts(name, prefix) || !slice_ends(name, suffix) ||
		    name.n < sizeof(prefix) + sizeof(suffix) - 2)
			continue;
		name.n -= sizeof(suffix) - 1;
		tag_names_put(out, slice_from(name, sizeof(prefix) - 1), value);
	}
	prefs_free(&prefs);
	arena_free(&a);
}

/* ---- Files ---- */

static const struct {
	const char *name, *role;
} kept[] = {
	{ "msgFilterRules.dat", "filters" },
	{ "rules.dat", "filters" },
	{ "filters.js", "filters" },
	{ "popstate.dat", "other" },
	{ "sort.dat", "other" },
	{ "feeds.json", "settings" },
	{ "feeditems.json", "other" },
	{ "feeds.rdf", "settings" },
	{ "feeditems.rdf", "other" },
};

/* The client's own rule (nsMsgUtils.cpp) for what is no folder. */
static bool
is_skipped(struct slice name)
{
	static const char *const starts[] = { ".", "#", "nstmp", "feeditems_error", "feeds.json",
		"feeditems.json" };
	static const char *const ends[] = { "~", ".snm", ".toc", ".dat", ".mozeml", ".wdseml",
		".lock", "filters.js", "feeds.rdf", "feeditems.rdf", "filterlog.html",
		"junklog.html", "mailfilt.log" };
	size_t i;

	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		if (slice_starts(name, starts[i]))
			return true;
	}
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (slice_ends(name, ends[i]))
			return true;
	}
	return false;
}

/* By halving: links, which stand behind the sorted entries, may be missed. */
static bool
has_entry(const struct directory *all, const char *name)
{
	size_t low = 0, high = all->n, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = strcmp(all->entries[middle].name, name);
		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* Not even kept: locks, what editors leave, and what is made anew from the
 * mail (copies for the system's search). */
static bool
is_of_the_moment(struct slice name)
{
	return slice_starts(name, ".") || slice_starts(name, "#") || slice_ends(name, "~") ||
	    slice_ends(name, ".lock") || slice_ends(name, ".mozeml") ||
	    slice_ends(name, ".wdseml");
}

/*
 * Is the file a mailbox?  A folder may be called like its side files: mbox
 * files named "notes.sbd" and "Inbox.msf" (with the summary "Inbox.msf.msf")
 * were seen, so the first bytes decide, and for an empty file its summary.
 * To the client every other file is a folder too, also when its beginning is
 * damaged.  We want to see mail in it, or more of it than is looked at.
 */
static bool
is_mbox(const struct directory *all, const char *name, const char *path, struct sniff *sniff,
    struct arena *a)
{
	struct error ignored = ERROR_NONE;
	bool has_summary = has_entry(all, arena_format(a, "%s.msf", name));
	struct file_meta meta;

	if (is_skipped(slice_string(name)))
		return false;
	if (sniff_file(path, sniff, &ignored) < 0)
		return true;            /* reading it will say why */
	if (sniff->packed)
		return sniffed_mbox(sniff->kind);
	switch (sniff->kind) {
	case SNIFFED_MORK:
		return false;
	case SNIFFED_EMPTY:
		return has_summary || !slice_ends(slice_string(name), ".msf");
	case SNIFFED_ARCHIVE:
		return has_summary;
	default:
		return has_summary || sniffed_mbox(sniff->kind) || sniff_finds_mbox(path) ||
		    (file_stat(path, &meta, &ignored) == 0 && meta.size > SNIFF_FAR);
	}
}

static void
add_folder(struct walk *w, const struct slice *parents, size_t depth, const char *directory,
    const char *name, bool packed, struct arena *a)
{
	struct buf shown = BUF_EMPTY;
	struct folder *folder;

	add_name(w, directory, slice_string(name), a, &shown);
	folder = folders_add(w->folders, parents, depth, buf_slice(&shown),
	    path_join(a, directory, name));
	folder->index = arena_format(&w->folders->arena, "%s/%s.msf", directory, name);
	folder->layout = w->type == MOZILLA_MAILDIR ? MAILBOX_FILES :
	    packed ? MAILBOX_EXTRACTED : MAILBOX_FILE;
	buf_free(&shown);
}

static void
take_file(struct walk *w, const struct directory *all, const struct slice *parents,
    size_t depth, const char *directory, const char *name, struct arena *a)
{
	const char *path = path_join(a, directory, name);
	struct sniff sniff = { SNIFFED_OTHER, false };
	size_t i;

	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		if (strcmp(name, kept[i].name) == 0) {
			folders_keep(w->folders, path, kept[i].role);
			return;
		}
	}
	if (w->type == MOZILLA_MBOX && is_mbox(all, name, path, &sniff, a))
		add_folder(w, parents, depth, directory, name, sniff.packed, a);
	else if (!is_of_the_moment(slice_string(name)))
		folders_keep(w->folders, path, slice_ends(slice_string(name), ".msf") ? "index" :
		    "other");
}

static int
walk(struct walk *w, const struct slice *parents, size_t depth, const char *directory,
    struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct buf shown = BUF_EMPTY;
	struct directory all;
	struct slice raw;
	size_t i;
	int rc = -1;

	if (folders_list(w->folders, directory, &a, &all, err) < 0) {
		if (depth > 0) {
			folders_add_unreadable(w->folders, parents, depth, directory);
			rc = 0;
		}
		goto out;
	}
	for (i = 0; i < all.n; i++) {
		const struct directory_entry *e = &all.entries[i];
		const char *path = path_join(&a, directory, e->name);

		if (e->kind == FILE_REGULAR) {
			take_file(w, &all, parents, depth, directory, e->name, &a);
			continue;
		}
		if (e->kind != FILE_DIRECTORY || depth >= FOLDER_DEPTH_MAX)
			continue;
		raw = slice_string(e->name);
		if (slice_ends(raw, ".sbd")) {
			raw.n -= 4;
			add_name(w, directory, raw, &a, &shown);
			if (walk(w, folders_extend(w->folders, parents, depth, buf_slice(&shown)),
			    depth + 1, path, err) < 0)
				goto out;
		} else if (w->type == MOZILLA_MAILDIR &&
		    file_is_directory(path_join(&a, path, "cur"))) {
			add_folder(w, parents, depth, directory, e->name, false, &a);
		}
	}
	rc = 0;

out:
	buf_free(&shown);
	arena_free(&a);
	return rc;
}

int
mozilla_walk(struct folders *f, const struct location *where, enum mozilla_type type,
    struct error *err)
{
	struct walk w = { .folders = f, .type = type, .is_imap = mozilla_is_imap(where),
		.top = where->path, .settings = where->settings };
	int rc = walk(&w, NULL, 0, where->path, err);

	json_free(w.cache);
	return rc;
}
