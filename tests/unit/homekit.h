/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_HOMEKIT_H
#define TESTS_UNIT_HOMEKIT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/clients/homes.h"
#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/path.h"
#include "core/base/vec.h"
#include "core/port/locator.h"
#include "tests/t.h"

/* Small homes for the tests of the locators.  All paths are relative to the
 * test's own directory; "home" is what kit_find() looks into. */

#define MESSAGE "From: ann@example.org\nSubject: one\n\nText\n"
#define SEPARATOR "From ann@example.org Mon Nov 23 11:43:24 2026\n"

struct kit {
	struct arena arena;
	struct homes homes;
	struct locations found;
	struct error err;
};

static struct kit kit;

static inline const char *
kit_path(const char *relative)
{
	return path_join(&kit.arena, t_directory(), relative);
}

static inline void
kit_directory(const char *relative)
{
	if (file_make_directories(kit_path(relative), 0700, &kit.err) < 0)
		T(false, "%s", kit.err.text);
}

static inline void
kit_write_bytes(const char *relative, struct slice bytes)
{
	const char *path = kit_path(relative);
	int fd = -1;

	if (file_make_directories(path_parent(&kit.arena, path), 0700, &kit.err) < 0 ||
	    file_remove(path, &kit.err) < 0 || file_create(path, 0600, &fd, &kit.err) < 0 ||
	    file_write(fd, bytes, &kit.err) < 0)
		T(false, "%s: %s", path, kit.err.text);
	file_close(fd);
}

static inline void
kit_write(const char *relative, const char *text)
{
	kit_write_bytes(relative, slice_string(text));
}

static inline void
kit_link(const char *target, const char *relative)
{
	T(symlink(target, kit_path(relative)) == 0, "link %s", relative);
}

static inline void
kit_maildir(const char *relative)
{
	static const char *const parts[] = { "cur", "new", "tmp" };
	size_t i;

	for (i = 0; i < 3; i++)
		kit_directory(path_join(&kit.arena, relative, parts[i]));
}

/* Look into one home with one locator; what was found before is forgotten. */
static inline bool
kit_find_in(const struct locator_ops *locator, const struct home *home)
{
	error_clear(&kit.err);
	vec_clear(&kit.found);
	return T(locator->find(home, &kit.arena, &kit.found, &kit.err) == 0, "%s: %s", locator->name,
	    kit.err.text);
}

static inline struct home *
kit_home(const char *relative)
{
	vec_clear(&kit.homes);
	T(homes_at(kit_path(relative), &kit.arena, &kit.homes, &kit.err) == 0, "%s", kit.err.text);
	return kit.homes.n > 0 ? &kit.homes.items[0] : NULL;
}

static inline bool
kit_find(const struct locator_ops *locator)
{
	return kit_find_in(locator, kit_home("home"));
}

/* The location found at a path, or NULL.  "D:\\Mail" stays as it is. */
static inline const struct location *
kit_at(const char *relative)
{
	const char *path = relative[1] == ':' ? relative : kit_path(relative);
	size_t i;

	for (i = 0; i < kit.found.n; i++)
		if (strcmp(kit.found.items[i].path, path) == 0)
			return &kit.found.items[i];
	return NULL;
}

/* There is a location at that path, and it is of that kind. */
static inline const struct location *
kit_expect(const char *relative, const char *client, const char *account, const char *format,
    const char *layout)
{
	const struct location *l = kit_at(relative);

	if (!T(l != NULL, "%s is found", relative))
		return NULL;
	T(strcmp(l->client, client) == 0, "%s: client %s", relative, l->client);
	T(strcmp(l->account, account) == 0, "%s: account %s", relative, l->account);
	T(strcmp(l->format, format) == 0, "%s: format %s", relative, l->format);
	T(strcmp(l->layout, layout) == 0, "%s: layout %s", relative, l->layout);
	T(l->supported == (l->reason == NULL), "%s: a reason where it is not supported", relative);
	return l;
}

/* The role of a companion, or "". */
static inline const char *
kit_role(const struct location *l, const char *relative)
{
	const char *path = kit_path(relative);
	size_t i;

	for (i = 0; l != NULL && i < l->companion_count; i++)
		if (strcmp(l->companions[i].path, path) == 0)
			return l->companions[i].role;
	return "";
}

static inline int
kit_done(void)
{
	vec_free(&kit.homes);
	vec_free(&kit.found);
	arena_free(&kit.arena);
	return t_done();
}

#endif
