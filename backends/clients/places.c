/* SPDX-License-Identifier: MIT */
#include "backends/clients/places.h"

#include <string.h>

#include "backends/clients/windows.h"
#include "core/base/vec.h"

bool
places_has(const struct paths *list, const char *path)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		if (strcmp(list->items[i], path) == 0)
			return true;
	}
	return false;
}

bool
places_holds(const struct disk *d, const char *directory, const char *pattern)
{
	struct paths found = VEC_EMPTY;
	bool holds;

	disk_match(d, directory, pattern, &found);
	holds = found.n > 0;
	vec_free(&found);
	return holds;
}

static const char *
base_of(const struct disk *d, enum place_base base)
{
	switch (base) {
	case PLACE_CONFIG: return d->home->config_home;
	case PLACE_WINDOWS: return d->system == SYSTEM_WINDOWS ? d->home->path : NULL;
	case PLACE_ROOT: return d->system == SYSTEM_WINDOWS ? d->home->root : NULL;
	default: return d->home->path;
	}
}

void
places_find(const struct disk *d, const struct place *places, struct paths *out)
{
	struct paths found = VEC_EMPTY;
	const char *base;
	size_t i;

	for (; places->pattern != NULL; places++) {
		base = base_of(d, places->base);
		if (base == NULL)
			continue;
		vec_clear(&found);
		disk_match(d, base, places->pattern, &found);
		for (i = 0; i < found.n; i++) {
			if (!places_has(out, found.items[i]) && (places->mark == NULL ||
			    places_holds(d, found.items[i], places->mark)))
				*vec_push(out) = found.items[i];
		}
	}
	vec_free(&found);
}

/* The word number part of a command line, in which those with blanks are quoted. */
static struct slice
word_of(struct slice text, int part)
{
	struct slice word = SLICE_EMPTY;
	size_t end;
	int i;

	for (i = 0; i <= part; i++) {
		text = slice_trim(text);
		if (slice_starts(text, "\"")) {
			end = slice_find(text, 1, '"');
			word = slice_sub(text, 1, end - 1);
			text = slice_from(text, end + 1);
		} else {
			end = slice_find(text, 0, ' ');
			word = slice_sub(text, 0, end);
			text = slice_from(text, end);
		}
	}
	return word;
}

void
places_add_registered(const struct disk *d, const char *key, const char *value, int part,
    struct paths *out)
{
	struct windows w;
	const char *text, *path = NULL;

	if (disk_in_home(d, "NTUSER.DAT") == NULL && disk_in_home(d, "USER.DAT") == NULL &&
	    disk_in_home(d, "Windows/USER.DAT") == NULL)
		return;
	windows_open(&w, d);
	text = hive_text(&w.hive, hive_find(&w.hive, w.user, key), value, d->arena);
	if (text != NULL && part >= 0)
		text = arena_string_of(d->arena, word_of(slice_string(text), part));
	if (text != NULL && text[0] != '\0')
		path = windows_place(&w, text);
	if (path != NULL && !places_has(out, path))
		*vec_push(out) = path;
	windows_close(&w);
}
