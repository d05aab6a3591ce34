/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/clients/clients.h"
#include "backends/clients/windows.h"
#include "core/base/file.h"
#include "core/base/path.h"
#include "core/base/vec.h"

/*
 * Outlook Express: each identity of a person has a directory with a file for
 * each folder.  It lies in the usual places, or where the registry says that
 * somebody moved it to.
 */
#define SOFTWARE "Software\\Microsoft\\Outlook Express"
#define IDENTITIES_MAX 200u

struct express {
	struct windows windows;
	const struct disk *disk;
	struct arena *arena;
	struct locations *out;
	size_t first;                   /* of ours in out */
	const char *layout;             /* the code page of names; NULL: not yet looked up */
};

/* Does a file begin as a folder, or as the list of them? */
static bool
is_folder(const char *path)
{
	static const unsigned char mark[] = { 0xCF, 0xAD, 0x12, 0xFE };
	unsigned char head[4];
	struct error ignored = ERROR_NONE;
	int fd = -1;
	bool is;

	if (file_open_read(path, &fd, &ignored) < 0)
		return false;
	is = file_read_at(fd, 0, head, sizeof(head), &ignored) == 0 &&
	    (memcmp(head, mark, 4) == 0 || memcmp(head, "JMF6", 4) == 0);
	file_close(fd);
	return is;
}

static bool
is_store(const struct express *e, const char *directory)
{
	struct paths found = VEC_EMPTY;
	bool is = false;
	size_t i;

	disk_match(e->disk, directory, "*.[DdMm][Bb][Xx]", &found);
	for (i = 0; i < found.n && !is; i++)
		is = is_folder(found.items[i]);
	vec_free(&found);
	return is;
}

/* Folder names are in the machine's code page, which is in another hive: a
 * large one, that is opened when there is something to name. */
static const char *
layout(struct express *e)
{
	unsigned codepage;

	if (e->layout == NULL) {
		codepage = windows_codepage(&e->windows);
		e->layout = codepage != 0 ? arena_format(e->arena, "cp%u", codepage) : "plain";
	}
	return e->layout;
}

/* The identity of the key that is called as the component of the path behind
 * "Identities" is: what the person calls it, or that. */
static const char *
identity_in(const struct express *e, const char *path)
{
	const struct hive *h = &e->windows.hive;
	const char *rest = strstr(path, "/Identities/"), *name = NULL;
	struct slice left, id;

	if (rest == NULL)
		return NULL;
	left = slice_string(rest + strlen("/Identities/"));
	slice_field(&left, '/', &id);
	rest = arena_string_of(e->arena, id);
	name = hive_text(h, hive_find(h, e->windows.user, arena_format(e->arena, "Identities\\%s", rest)),
	    "Username", e->arena);
	return name != NULL ? name : rest;
}

static void
add_store(struct express *e, const char *directory, const char *identity)
{
	const char *mail = disk_below(e->disk, directory, "Mail");

	/* Version 4 keeps mail and news apart. */
	if (!is_store(e, directory)) {
		if (mail == NULL || !is_store(e, mail))
			return;
		directory = mail;
	}
	if (found_has(e->out, e->first, directory))
		return;
	if (identity == NULL)
		identity = identity_in(e, directory);
	found_add(e->disk, e->out, "outlook-express", identity != NULL ? identity : "Main Identity",
	    "dbx", layout(e), directory);
}

static void
add_root(struct express *e, struct hive_key key, const char *identity)
{
	const char *text = hive_text(&e->windows.hive, key, "Store Root", e->arena), *path;

	if (text == NULL)
		return;
	path = windows_place(&e->windows, text);
	if (path != NULL)
		add_store(e, path, identity);
	else if (windows_is_elsewhere(&e->windows, text))
		found_unsupported(e->disk, e->out, "outlook-express", identity != NULL ? identity : text,
		    "dbx", text, FOUND_ELSEWHERE);
}

static void
add_registered(struct express *e)
{
	const struct hive *h = &e->windows.hive;
	struct hive_keys identities = VEC_EMPTY;
	const char *name;
	size_t i;

	hive_add_keys(h, hive_find(h, e->windows.user, "Identities"), &identities);
	for (i = 0; i < identities.n && i < IDENTITIES_MAX; i++) {
		name = hive_text(h, identities.items[i], "Username", e->arena);
		if (name == NULL)
			name = hive_name(h, identities.items[i], e->arena);
		add_root(e, hive_find(h, identities.items[i], SOFTWARE "\\5.0"), name);
	}
	add_root(e, hive_find(h, e->windows.user, SOFTWARE "\\5.0"), NULL);
	add_root(e, hive_find(h, e->windows.user, SOFTWARE), NULL);
	vec_free(&identities);
}

static void
add_matching(struct express *e, const char *directory, const char *pattern)
{
	struct paths found = VEC_EMPTY;
	size_t i;

	disk_match(e->disk, directory, pattern, &found);
	for (i = 0; i < found.n; i++)
		add_store(e, found.items[i], NULL);
	vec_free(&found);
}

static void
add_usual(struct express *e)
{
	const struct paths *const places[] = { &e->windows.local, &e->windows.roaming };
	size_t i, k;

	for (i = 0; i < 2; i++) {
		for (k = 0; k < places[i]->n; k++) {
			add_matching(e, places[i]->items[k], "Identities/*/Microsoft/Outlook Express");
			add_matching(e, places[i]->items[k], "Microsoft/Outlook Express");
		}
	}
}

static const struct keep program_keep[] = {
	{ "Microsoft/Address Book/*.wab", "addresses" },
	{ "Microsoft/Address Book/*.wa~", "addresses" },
	{ "Microsoft/Signatures", "signature" },
	{ "Microsoft/Stationery", "other" },
	{ NULL, NULL }
};

/* What people export accounts and rules into. */
static const struct keep document_keep[] = {
	{ "*.iaf", "settings" },
	{ "*.wab", "addresses" },
	{ NULL, NULL }
};

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	struct express e = { .arena = a, .out = out, .first = out->n };
	struct companions list = VEC_EMPTY;
	const char *book;
	struct disk d;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	e.disk = &d;
	windows_open(&e.windows, &d);
	add_registered(&e);
	add_usual(&e);
	windows_keep(&e.windows, &e.windows.roaming, program_keep, &list);
	windows_keep(&e.windows, &e.windows.local, program_keep, &list);
	windows_keep(&e.windows, &e.windows.documents, document_keep, &list);
	book = hive_text(&e.windows.hive, hive_find(&e.windows.hive, e.windows.user,
	    "Software\\Microsoft\\WAB\\WAB4\\Wab File Name"), "", a);
	companions_add(&d, &list, book != NULL ? windows_place(&e.windows, book) : NULL, "addresses");
	companions_add(&d, &list, e.windows.hive_path, "settings");
	companions_give_first(&list, a, out, e.first);
	windows_close(&e.windows);
	return 0;
}

const struct locator_ops locate_outlook_express = {
	.name = "outlook-express",
	.find = find,
};
