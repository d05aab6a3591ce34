/* SPDX-License-Identifier: MIT */
#include "core/archive/snapshot.h"

#include <string.h>

#include "core/base/map.h"
#include "core/base/mem.h"

#define NO_PARENT SIZE_MAX

/* One that waits for its parent, and so for all before it in the chain. */
struct link {
	size_t parent;          /* index among the names, or NO_PARENT */
	bool is_placed;
	bool is_waiting;        /* on the way up just now: a circle ends here */
};

static int
read_parent(struct archive *a, const char *id, const struct map *places, struct map *forgotten,
    size_t *out, struct error *err)
{
	struct arena arena = ARENA_EMPTY;
	struct snapshot s;
	uint64_t place;
	size_t i;
	int rc = 0;

	*out = NO_PARENT;
	memset(&s, 0, sizeof(s));
	if (snapshot_read(a, id, &arena, &s, err) < 0) {
		/* Whoever takes it in says so. */
		if (err->code != ERR_CORRUPT && err->code != ERR_NOT_FOUND && err->code != ERR_KEY)
			rc = -1;
		else
			error_clear(err);
		s.forgotten_count = 0;
	} else if (s.parent && map_get(places, slice_string(s.parent), &place)) {
		*out = (size_t)place;
	}
	for (i = 0; rc == 0 && forgotten != NULL && i < s.forgotten_count; i++)
		map_put(forgotten, slice_string(s.forgotten[i]), 1);
	arena_free(&arena);
	return rc;
}

/* Number i and the parents that are not placed yet, the oldest first. */
static void
place_chain(struct link *links, size_t i, size_t *stack, size_t *order, size_t *placed)
{
	size_t depth = 0;

	while (i != NO_PARENT && !links[i].is_placed && !links[i].is_waiting) {
		links[i].is_waiting = true;
		stack[depth++] = i;
		i = links[i].parent;
	}
	while (depth > 0) {
		i = stack[--depth];
		links[i].is_placed = true;
		order[(*placed)++] = i;
	}
}

int
snapshot_sort(struct archive *a, struct name_list *names, struct map *forgotten,
    struct error *err)
{
	struct map places = MAP_EMPTY;
	struct link *links = mem_alloc_array(names->n + 1, sizeof(*links));
	size_t *order = mem_alloc_array(names->n + 1, sizeof(*order));
	size_t *stack = mem_alloc_array(names->n + 1, sizeof(*stack));
	const char **sorted = mem_alloc_array(names->n + 1, sizeof(*sorted));
	size_t i, placed = 0;
	int rc = -1;

	/* Without any key nothing is known; one that is for other keys is as good as
	 * damaged. */
	if (archive_unlock(a, err) < 0)
		goto out;
	for (i = 0; i < names->n; i++)
		map_put(&places, slice_string(names->items[i]), i);
	for (i = 0; i < names->n; i++) {
		if (read_parent(a, names->items[i], &places, forgotten, &links[i].parent,
		    err) < 0)
			goto out;
	}
	for (i = 0; i < names->n; i++)
		place_chain(links, i, stack, order, &placed);
	for (i = 0; i < placed; i++)
		sorted[i] = names->items[order[i]];
	memcpy(names->items, sorted, placed * sizeof(*sorted));
	rc = 0;

out:
	map_free(&places);
	mem_free(links);
	mem_free(order);
	mem_free(stack);
	mem_free(sorted);
	return rc;
}
