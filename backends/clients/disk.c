/* SPDX-License-Identifier: MIT */
#include "backends/clients/disk.h"

#include <ctype.h>
#include <fnmatch.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/path.h"
#include "core/base/vec.h"

#define LINKS_MAX 40            /* as Linux */
#define MATCHES_MAX 1000        /* of one pattern */

/* A hundred patterns begin in the same few directories, which may be large. */
#define LISTINGS_MAX 64u

struct disk_listings {
	struct {
		const char *path;
		struct directory all;
	} items[LISTINGS_MAX];
	size_t n;
};

static int
list_directory(const struct disk *d, const char *path, struct directory *out)
{
	struct disk_listings *known = d->listings;
	struct error err;
	size_t i;

	for (i = 0; known != NULL && i < known->n; i++) {
		if (strcmp(known->items[i].path, path) == 0) {
			*out = known->items[i].all;
			return 0;
		}
	}
	if (directory_read(path, false, d->arena, out, &err) < 0)
		return -1;
	if (known != NULL && known->n < LISTINGS_MAX) {
		known->items[known->n].path = arena_string(d->arena, path);
		known->items[known->n++].all = *out;
	}
	return 0;
}

int
disk_open(struct disk *d, const struct home *home, struct arena *a, struct error *err)
{
	struct file_meta meta;

	d->home = home;
	d->arena = a;
	d->is_mounted = strcmp(home->root, "/") != 0;
	d->system = d->is_mounted ? homes_system(home->root) : SYSTEM_UNIX;
	d->listings = arena_alloc(a, sizeof(*d->listings));
	if (file_stat(home->path, &meta, err) < 0)
		return -1;
	if (meta.kind != FILE_DIRECTORY)
		return fail(err, ERR_NOT_FOUND, "%s: not a directory", home->path);
	return 0;
}

const char *
disk_link(const struct disk *d, const char *path)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target));

	/* One that fills the buffer was cut. */
	if (n <= 0 || (size_t)n == sizeof(target))
		return NULL;
	return arena_string_of(d->arena, slice_of(target, (size_t)n));
}

/* The entry of a directory by its name, or, where the disk's system would
 * have found it, by its name in other letters. */
static const char *
entry_of(const struct disk *d, const char *directory, struct slice name)
{
	const char *path = path_join(d->arena, directory, arena_string_of(d->arena, name));
	struct directory list;
	size_t i;

	if (file_exists(path))
		return path;
	if (d->system == SYSTEM_UNIX || list_directory(d, directory, &list) < 0)
		return NULL;
	for (i = 0; i < list.n; i++)
		if (slice_equal_nocase(slice_string(list.entries[i].name), name))
			return path_join(d->arena, directory, list.entries[i].name);
	return NULL;
}

/* As the system of the disk would walk it with its root at the mount point. */
static const char *
walk(const struct disk *d, const char *relative)
{
	const char *at = d->home->root, *next, *target;
	struct slice rest = slice_string(relative), name;
	struct file_meta meta;
	struct error err;
	unsigned links = 0;

	while (slice_field(&rest, '/', &name)) {
		if (name.n == 0 || slice_is(name, "."))
			continue;
		if (slice_is(name, "..")) {
			if (strcmp(at, d->home->root) != 0)
				at = path_parent(d->arena, at);
			continue;
		}
		next = entry_of(d, at, name);
		if (next == NULL || file_lstat(next, &meta, &err) < 0)
			return NULL;
		if (meta.kind != FILE_LINK) {
			at = next;
			continue;
		}
		target = d->system == SYSTEM_WINDOWS ? NULL : disk_link(d, next);
		if (target == NULL || ++links > LINKS_MAX)
			return NULL;
		if (target[0] == '/')
			at = d->home->root;
		rest = slice_string(path_join(d->arena, target,
		    arena_string_of(d->arena, rest)));
	}
	return at;
}

const char *
disk_at(const struct disk *d, const char *path)
{
	const char *clean = path_clean(d->arena, path), *relative;
	struct file_meta meta;
	struct error err;

	if (!d->is_mounted)
		return file_stat(clean, &meta, &err) == 0 ? clean : NULL;
	relative = path_below(clean, d->home->root);
	return relative != NULL ? walk(d, relative) : NULL;
}

const char *
disk_below(const struct disk *d, const char *directory, const char *relative)
{
	return disk_at(d, path_join(d->arena, directory, relative));
}

const char *
disk_in_home(const struct disk *d, const char *relative)
{
	return disk_below(d, d->home->path, relative);
}

static bool
has_drive(struct slice name)
{
	return name.n >= 2 && isalpha(name.p[0]) && name.p[1] == ':';
}

/* "C:\\Users\\Ann" is of Windows wherever it is read: homes are copied. */
static bool
is_of_windows(const struct disk *d, struct slice name)
{
	return d->system == SYSTEM_WINDOWS || (has_drive(name) && name.n > 2 && name.p[2] == '\\');
}

bool
disk_is_elsewhere(const struct disk *d, struct slice name)
{
	/* The system's own volume is C: but on machines so odd that a person
	 * has to name the place by hand. */
	return d->system == SYSTEM_WINDOWS && (slice_starts(name, "\\\\") ||
	    (has_drive(name) && name.p[0] != 'C' && name.p[0] != 'c'));
}

/* The path behind the home that some system's absolute path begins with, or
 * NULL: "/home/ann/Mail", "C:/Users/Ann/Mail". */
static const char *
behind_home(struct arena *a, const char *absolute)
{
	static const char *const homes[] = { "/home", "/var/home", "/Users",
	    "/Documents and Settings", "/root" };
	const char *rest;
	size_t i;

	for (i = 0; i < sizeof(homes) / sizeof(homes[0]); i++) {
		rest = path_below(absolute, homes[i]);
		if (rest == NULL)
			continue;
		if (strcmp(homes[i], "/root") == 0)
			return rest;
		rest = strchr(rest, '/');
		return rest != NULL ? arena_string(a, rest + 1) : NULL;
	}
	return NULL;
}

static const char *
believed(const struct disk *d, const char *path, const char *mark)
{
	if (path == NULL || (mark != NULL && disk_below(d, path, mark) == NULL))
		return NULL;
	return path;
}

/*
 * A home may have been copied from anywhere, so what the path's beginning was
 * is not known: try what is left without one, two … components.  A single
 * component proves nothing without a mark ("/media/usb/Mail" is not ~/Mail).
 */
static const char *
moved(const struct disk *d, const char *absolute, const char *mark)
{
	const char *rest = behind_home(d->arena, absolute), *found;

	if (rest != NULL)
		return believed(d, disk_in_home(d, rest), mark);
	for (rest = strchr(absolute + 1, '/'); rest != NULL; rest = strchr(rest + 1, '/')) {
		if (mark == NULL && strchr(rest + 1, '/') == NULL)
			return NULL;
		found = believed(d, disk_in_home(d, rest + 1), mark);
		if (found != NULL)
			return found;
	}
	return NULL;
}

const char *
disk_named(const struct disk *d, const char *base, struct slice name, const char *mark)
{
	char *text, *c;
	const char *found;

	if (name.n == 0 || slice_find(name, 0, '\0') < name.n || disk_is_elsewhere(d, name))
		return NULL;
	text = arena_string_of(d->arena, name);
	if (is_of_windows(d, name)) {
		for (c = text; *c != '\0'; c++)
			if (*c == '\\')
				*c = '/';
		if (has_drive(name))
			text += 2;
	}
	if (text[0] == '~' && (text[1] == '/' || text[1] == '\0'))
		return believed(d, disk_in_home(d, text + 1), mark);
	if (text[0] != '/')
		return believed(d, disk_below(d, base, text), mark);
	found = believed(d, disk_below(d, d->home->root, text), mark);
	return found != NULL ? found : moved(d, path_clean(d->arena, text), mark);
}

static bool
has_wildcard(struct slice name)
{
	return slice_find(name, 0, '*') < name.n || slice_find(name, 0, '?') < name.n;
}

static void
match(const struct disk *d, const char *directory, struct slice pattern, struct paths *out)
{
	struct slice rest = pattern, name = SLICE_EMPTY;
	struct directory list;
	const char *path, *glob;
	size_t i;

	if (!slice_field(&rest, '/', &name)) {
		if (out->n < MATCHES_MAX)
			*vec_push(out) = directory;
		return;
	}
	glob = arena_string_of(d->arena, name);
	if (!has_wildcard(name)) {
		path = disk_below(d, directory, glob);
		if (path != NULL)
			match(d, path, rest, out);
		return;
	}
	if (list_directory(d, directory, &list) < 0)
		return;
	for (i = 0; i < list.n; i++) {
		if (fnmatch(glob, list.entries[i].name, FNM_PERIOD | FNM_NOESCAPE |
		    (d->system == SYSTEM_UNIX ? 0 : FNM_CASEFOLD)) != 0)
			continue;
		/* Nothing lies below a file: a home may have very many. */
		if (rest.n > 0 && list.entries[i].kind == FILE_REGULAR)
			continue;
		path = disk_below(d, directory, list.entries[i].name);
		if (path != NULL)
			match(d, path, rest, out);
	}
}

void
disk_match(const struct disk *d, const char *directory, const char *pattern, struct paths *out)
{
	match(d, directory, slice_string(pattern), out);
}

bool
disk_holds_home(const struct disk *d, const char *path)
{
	return path_below(d->home->path, path) != NULL;
}

const char *
disk_tilde(const struct disk *d, const char *path)
{
	const char *rest = path_below(path, d->home->path);

	return rest == NULL || rest[0] == '\0' ? path : arena_format(d->arena, "~/%s", rest);
}
