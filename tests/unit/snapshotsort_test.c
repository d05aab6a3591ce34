/* SPDX-License-Identifier: MIT */
#include "core/archive/snapshot.h"

#include <string.h>

#include "core/archive/archive.h"
#include "core/base/mem.h"
#include "tests/memorytarget.h"
#include "tests/t.h"

#define NOON 1790000000

static const char *
write_one(struct archive *a, int64_t time, const char *parent, struct arena *arena)
{
	struct snapshot s;
	struct error err = ERROR_NONE;
	uint64_t bytes;

	memset(&s, 0, sizeof(s));
	s.time = time;
	s.host = "host";
	s.user = "anna";
	s.program = "mailcask test";
	s.parent = parent;
	T(snapshot_write(a, &s, t_directory(), arena, &bytes, &err) == 0, "%s", err.text);
	return s.id;
}

/* The times of a chain: whatever they are, it comes back in its own order. */
static const struct {
	const char *name;
	int64_t times[6];
} cases[] = {
	{ "in order", { 0, 1, 2, 3, 4, 5 } },
	{ "all in one second", { 7, 7, 7, 7, 7, 7 } },
	{ "set back by years once", { 0, 1, 2, -300000000, 4, 5 } },
	{ "running backwards", { 5, 4, 3, 2, 1, 0 } },
	{ "to and fro", { 0, 9, 1, 8, 2, 7 } },
};

static size_t
place_of(const struct name_list *names, const char *id)
{
	size_t i;

	for (i = 0; i < names->n && strcmp(names->items[i], id) != 0; i++)
		continue;
	return i;
}

static void
sorted(size_t number)
{
	struct memory_target *m = memory_target_open(NULL);
	struct archive_settings how = { .codec = CODEC_ZSTD };
	struct archive *a = NULL;
	struct arena arena = ARENA_EMPTY;
	struct error err = ERROR_NONE;
	struct name_list names;
	const char *ids[6];
	size_t i, bad = 0;

	T(archive_init(&m->target, &how, NOON, &err) == 0, "%s", err.text);
	T(archive_open(&m->target, &a, &err) == 0, "%s", err.text);
	for (i = 0; i < 6; i++)
		ids[i] = write_one(a, NOON + cases[number].times[i], i ? ids[i - 1] : NULL, &arena);
	T(snapshot_list(a, &arena, &names, &err) == 0, "%s", err.text);
	T(snapshot_sort(a, &names, NULL, &err) == 0 && names.n == 6, "%s", err.text);
	for (i = 0; i < 6; i++)
		bad += strcmp(names.items[i], ids[i]) != 0;
	T(bad == 0, "%s: %zu out of place", cases[number].name, bad);

	/* Without the third there are two chains, each in its own order. */
	for (i = 2; i < 5; i++)
		names.items[i] = names.items[i + 1];
	names.n = 5;
	T(snapshot_sort(a, &names, NULL, &err) == 0 && names.n == 5, "%s", err.text);
	for (i = 1; i < 6; i++)
		bad += i != 2 && i != 3 && place_of(&names, ids[i - 1]) >= place_of(&names, ids[i]);
	T(bad == 0, "%s, one taken away: %zu out of place", cases[number].name, bad);
	archive_close(a);
	arena_free(&arena);
	m->target.ops->close(&m->target);
}

int
main(void)
{
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		sorted(i);
	return t_done();
}
