/* SPDX-License-Identifier: MIT */
#include "core/base/path.h"

#include "core/base/text.h"

#define NAME_MAX_BYTES 255
#define TAME_MAX 120
#define TAME_EXTENSION_MAX 16

char *
path_join(struct arena *a, const char *directory, const char *name)
{
	size_t n = strlen(directory);

	if (n == 0 || name[0] == '\0')
		return arena_string(a, n == 0 ? name : directory);
	return arena_format(a, directory[n - 1] == '/' ? "%s%s" : "%s/%s", directory, name);
}

const char *
path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

char *
path_parent(struct arena *a, const char *path)
{
	size_t n = (size_t)(path_base(path) - path);

	if (n == 0)
		return arena_string(a, ".");
	while (n > 1 && path[n - 1] == '/')
		n--;
	return arena_string_of(a, slice_of(path, n));
}

bool
path_has_suffix(struct slice name, const char *suffix)
{
	size_t n = strlen(suffix);

	return name.n > n && slice_equal_nocase(slice_from(name, name.n - n), slice_of(suffix, n));
}

char *
path_clean(struct arena *a, const char *path)
{
	struct slice rest = slice_string(path), name;
	char *clean = arena_alloc(a, rest.n + 2);
	size_t n = 0, floor, last;      /* ".." does not climb below floor */

	if (path[0] == '/')
		clean[n++] = '/';
	floor = n;
	while (slice_field(&rest, '/', &name)) {
		if (name.n == 0 || slice_is(name, "."))
			continue;
		if (slice_is(name, "..") && n > floor) {
			for (last = n; last > floor && clean[last - 1] != '/'; last--)
				;
			n = last > floor ? last - 1 : floor;
			continue;
		}
		if (slice_is(name, "..") && path[0] == '/')
			continue;
		if (n > 0 && clean[n - 1] != '/')
			clean[n++] = '/';
		memcpy(clean + n, name.p, name.n);
		n += name.n;
		if (slice_is(name, ".."))
			floor = n;
	}
	if (n == 0)
		clean[n++] = '.';
	clean[n] = '\0';
	return clean;
}

const char *
path_below(const char *path, const char *directory)
{
	size_t n = strlen(directory);

	while (n > 0 && directory[n - 1] == '/')
		n--;
	if (strncmp(path, directory, n) != 0 || (path[n] != '/' && path[n] != '\0') ||
	    directory[0] == '\0')
		return NULL;
	for (path += n; *path == '/'; path++)
		;
	return path;
}

bool
path_name_is_safe(struct slice name)
{
	return name.n > 0 && name.n <= NAME_MAX_BYTES && !slice_is(name, ".") &&
	    !slice_is(name, "..") && slice_find(name, 0, '/') == name.n &&
	    slice_find(name, 0, '\0') == name.n;
}

bool
path_is_safe(struct slice path)
{
	struct slice name;

	if (path.n == 0 || path.p[path.n - 1] == '/')
		return false;
	while (slice_field(&path, '/', &name))
		if (!path_name_is_safe(name))
			return false;
	return true;
}

/* CON, PRN, AUX, NUL, COM0 to COM9, LPT0 to LPT9, with any extension and
 * blanks before it; digits may be superscript ones (U+00B9, U+00B2, U+00B3). */
static bool
is_device(struct slice name)
{
	static const char *const devices[] = { "con", "prn", "aux", "nul", "conin$", "conout$" };
	struct slice stem = slice_trim(slice_sub(name, 0, slice_find(name, 0, '.')));
	size_t i;

	for (i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		if (slice_equal_nocase(stem, slice_string(devices[i])))
			return true;
	if (!slice_starts_nocase(stem, "com") && !slice_starts_nocase(stem, "lpt"))
		return false;
	stem = slice_from(stem, 3);
	return (stem.n == 1 && stem.p[0] >= '0' && stem.p[0] <= '9') ||
	    slice_is(stem, "\xc2\xb9") || slice_is(stem, "\xc2\xb2") || slice_is(stem, "\xc2\xb3");
}

/* Where a cut at n or before splits no character. */
static size_t
character_start(struct slice s, size_t n)
{
	while (n > 0 && n < s.n && (s.p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

/* Without the dots and blanks at the end, which Windows drops. */
static struct slice
without_tail(struct slice s)
{
	while (s.n > 0 && (s.p[s.n - 1] == '.' || s.p[s.n - 1] == ' '))
		s.n--;
	return s;
}

/* A short extension is kept when the name is cut: programs go by it. */
static void
add_short(struct buf *out, struct slice name)
{
	struct slice extension = SLICE_EMPTY;
	size_t dot = name.n;

	if (name.n > TAME_MAX) {
		while (dot > 0 && name.p[dot - 1] != '.')
			dot--;
		if (dot > 1 && name.n - dot < TAME_EXTENSION_MAX)
			extension = slice_from(name, dot - 1);
		name = slice_sub(name, 0, character_start(name, TAME_MAX - extension.n));
		name = without_tail(name);
	}
	buf_add(out, name);
	buf_add(out, extension);
}

void
path_add_tame(struct buf *out, struct slice name)
{
	struct buf tame = BUF_EMPTY;
	struct slice rest = slice_trim(name);
	uint32_t code;

	while (text_next(&rest, &code)) {
		if (code == '.' && tame.n == 0)
			buf_add_byte(&tame, '_');
		else if (text_is_control(code) || code == 0xfffd ||
		    (code < 0x80 && strchr("/\\:*?\"<>|", (int)code) != NULL))
			buf_add_byte(&tame, '_');
		else
			text_add_code(&tame, code);
	}
	rest = without_tail(buf_slice(&tame));
	if (rest.n == 0)
		rest = SLICE_OF("unnamed");
	if (is_device(rest)) {
		struct buf marked = BUF_EMPTY;

		buf_add_byte(&marked, '_');
		buf_add(&marked, rest);
		buf_take(&tame, &marked);
		rest = buf_slice(&tame);
	}
	add_short(out, rest);
	buf_free(&tame);
}
