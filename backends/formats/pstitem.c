/* SPDX-License-Identifier: MIT */
#include "backends/formats/pstitem.h"

#include <inttypes.h>
#include <string.h>

#include "backends/formats/folders.h"

enum { NAMES_GUIDS = 2, NAMES_ENTRIES = 3, NAMES_STRINGS = 4, ATTACHMENT = 5 };

#define ROWS_MAX 65536u

static struct pst_items *
items_of(struct mapi_container *c)
{
	return CONTAINER_OF(c, struct pst_items, container);
}

static void
lose(struct pst_items *s, const struct error *err)
{
	if (s->lost++ == 0)
		s->first_lost = *err;
}

/* A heap that lives as long as the message. */
static int
open_heap(struct pst_items *s, const struct pst_node *node, struct arena *a,
    struct pst_heap **out, struct error *err)
{
	struct pst_heap *heap = mem_alloc(sizeof(*heap));

	s->heaps = vec_grow(s->heaps, &s->cap, s->n, sizeof(*s->heaps));
	s->heaps[s->n++] = heap;
	*out = heap;
	return pst_heap_open(s->file, node, a, heap, err);
}

static void
take_lost(struct pst_items *s, const struct pst_heap *heap)
{
	if (heap->lost == 0)
		return;
	if (s->lost == 0)
		s->first_lost = heap->first_lost;
	s->lost += heap->lost;
}

/* The vector of properties goes into the arena, as its values do. */
static void
move_properties(struct mapi_properties *from, struct arena *a, struct mapi_properties *to)
{
	to->n = to->cap = from->n;
	to->items = arena_alloc(a, (from->n + 1) * sizeof(*to->items));
	if (from->n > 0)
		memcpy(to->items, from->items, from->n * sizeof(*to->items));
	vec_free(from);
}

static int
heap_properties(struct pst_items *s, struct pst_heap *heap, struct arena *a,
    struct mapi_properties *out, struct error *err)
{
	struct mapi_properties all = { NULL, 0, 0 };
	int rc = pst_properties(heap, &all, err);

	move_properties(&all, a, out);
	take_lost(s, heap);
	return rc;
}

int
pst_items_properties(struct pst_items *s, const struct pst_node *node, struct arena *a,
    struct mapi_properties *out, struct error *err)
{
	struct pst_heap *heap;

	memset(out, 0, sizeof(*out));
	if (open_heap(s, node, a, &heap, err) < 0)
		return -1;
	return heap_properties(s, heap, a, out, err);
}

/* The rows of a table inside the message. */
static int
read_rows(struct pst_items *s, const struct pst_node *node, struct arena *a, bool with_cells,
    uint32_t **ids, struct mapi_properties **rows, size_t *n, struct error *err)
{
	struct mapi_properties cells = { NULL, 0, 0 };
	struct pst_table table = { 0 };
	struct pst_heap *heap;
	int rc = -1, found;

	if (open_heap(s, node, a, &heap, err) < 0 || pst_table_open(heap, &table, err) < 0)
		goto out;
	if (table.declared > ROWS_MAX) {
		fail(err, ERR_LIMIT, "a table has more rows than it can have");
		goto out;
	}
	*ids = arena_alloc(a, (table.declared + 1) * sizeof(**ids));
	*rows = arena_alloc(a, (table.declared + 1) * sizeof(**rows));
	for (*n = 0; *n < table.declared; ++*n) {
		found = pst_table_next(&table, &(*ids)[*n], with_cells ? &cells : NULL, err);
		if (found <= 0) {
			rc = found;
			goto out;
		}
		move_properties(&cells, a, &(*rows)[*n]);
	}
	rc = 0;

out:
	take_lost(s, heap);
	vec_free(&cells);
	pst_table_free(&table);
	return rc;
}

static void
read_recipients(struct pst_items *s, const struct pst_subnodes *inside, struct arena *a,
    struct mapi_item *out)
{
	const struct pst_node *node = pst_subnodes_find(inside, PST_RECIPIENTS_NODE);
	struct error err = ERROR_NONE;
	uint32_t *ids;

	if (node && read_rows(s, node, a, true, &ids, &out->recipients, &out->recipient_count,
	    &err) < 0) {
		fail_in(&err, "recipients");
		lose(s, &err);
	}
}

/* The table names them; without it those that are there are taken. */
static size_t
attachment_nodes(struct pst_items *s, const struct pst_subnodes *inside, struct arena *a,
    uint32_t **ids)
{
	const struct pst_node *node = pst_subnodes_find(inside, PST_ATTACHMENTS_NODE);
	struct mapi_properties *rows;
	struct error err = ERROR_NONE;
	size_t n = 0, i;

	if (node == NULL)
		return 0;
	if (read_rows(s, node, a, false, ids, &rows, &n, &err) == 0)
		return n;
	fail_in(&err, "attachments");
	lose(s, &err);
	*ids = arena_alloc(a, (inside->n + 1) * sizeof(**ids));
	for (i = n = 0; i < inside->n; i++) {
		if (PST_NODE_TYPE(inside->items[i].nid) == ATTACHMENT)
			(*ids)[n++] = inside->items[i].nid;
	}
	return n;
}

static void
read_attachments(struct pst_items *s, const struct pst_subnodes *inside, struct arena *a,
    struct mapi_item *out)
{
	const struct pst_node *node;
	struct error err = ERROR_NONE;
	uint32_t *ids = NULL;
	size_t n = attachment_nodes(s, inside, a, &ids), i;

	out->attachments_declared = n;
	out->attachments = arena_alloc(a, (n + 1) * sizeof(*out->attachments));
	for (i = 0; i < n; i++) {
		node = pst_subnodes_find(inside, ids[i]);
		if (node == NULL)
			fail(&err, ERR_FORMAT, "it is missing");
		else if (pst_items_properties(s, node, a, &out->attachments[out->attachment_count],
		    &err) == 0) {
			out->attachment_count++;
			continue;
		}
		fail_in(&err, "attachment %zu of %zu", i + 1, n);
		lose(s, &err);
	}
}

int
pst_items_get(struct pst_items *s, const struct pst_node *node, struct arena *a,
    struct mapi_item *out, struct error *err)
{
	struct pst_heap *heap;

	memset(out, 0, sizeof(*out));
	if (open_heap(s, node, a, &heap, err) < 0 ||
	    heap_properties(s, heap, a, &out->own, err) < 0)
		return -1;
	out->codepage = mapi_codepage(&out->own, s->codepage);
	read_recipients(s, &heap->subnodes, a, out);
	read_attachments(s, &heap->subnodes, a, out);
	return 0;
}

void
pst_items_release(struct pst_items *s)
{
	for (; s->n > 0; s->n--) {
		pst_heap_free(s->heaps[s->n - 1]);
		mem_free(s->heaps[s->n - 1]);
	}
	vec_free(&s->stream);
	buf_clear(&s->block);
	s->lost = 0;
	error_clear(&s->first_lost);
}

/* ---- The container ---- */

static int
begin(struct mapi_container *c, const struct mapi_property *p, struct error *err)
{
	struct pst_items *s = items_of(c);

	vec_free(&s->stream);
	buf_clear(&s->block);
	s->next = s->at = 0;
	s->got = s->stream.declared = 0;
	return pst_data_open(s->file, p->ref, &s->stream, err);
}

static int64_t
read_value(struct mapi_container *c, void *p, size_t n, struct error *err)
{
	struct pst_items *s = items_of(c);

	while (s->at == s->block.n) {
		if (s->next == s->stream.n && s->stream.declared != 0 &&
		    s->got != s->stream.declared)
			return fail(err, ERR_FORMAT, "an attachment has %" PRIu64 " of the %" PRIu64
			    " bytes it declares", s->got, s->stream.declared);
		if (s->next == s->stream.n)
			return 0;
		s->at = 0;
		if (pst_read_block(s->file, s->stream.items[s->next++], &s->block, err) < 0)
			return -1;
	}
	if (n > s->block.n - s->at)
		n = s->block.n - s->at;
	memcpy(p, s->block.p + s->at, n);
	s->at += n;
	s->got += n;
	return (int64_t)n;
}

static int
embedded(struct mapi_container *c, const struct mapi_property *p, struct arena *a,
    struct mapi_item *out, struct error *err)
{
	const struct pst_node node = { .data = p->ref, .sub = p->sub };

	return pst_items_get(items_of(c), &node, a, out, err);
}

static const struct mapi_container_ops pst_container_ops = {
	.begin = begin,
	.read = read_value,
	.embedded = embedded,
};

static struct slice
copy_value(struct pst_items *s, const struct mapi_properties *p, unsigned id)
{
	const struct mapi_property *found = mapi_find(p, id);

	return found ? arena_copy(&s->names, found->value) : SLICE_EMPTY;
}

int
pst_items_open(struct pst_file *f, unsigned codepage, struct pst_items *out, struct error *err)
{
	struct mapi_properties names;
	struct pst_node node;
	int rc;

	memset(out, 0, sizeof(*out));
	out->container.ops = &pst_container_ops;
	out->container.names = (struct mapi_names){ SLICE_EMPTY, SLICE_EMPTY, SLICE_EMPTY };
	out->file = f;
	out->codepage = codepage;
	rc = pst_find_node(f, PST_NAMES_NODE, &node, err);
	if (rc == 1) {
		rc = pst_items_properties(out, &node, &out->names, &names, err);
		if (rc == 0 && out->lost > 0) {
			*err = out->first_lost;
			rc = -1;
		}
		out->container.names.guids = copy_value(out, &names, NAMES_GUIDS);
		out->container.names.entries = copy_value(out, &names, NAMES_ENTRIES);
		out->container.names.strings = copy_value(out, &names, NAMES_STRINGS);
	}
	pst_items_release(out);
	return rc;
}

void
pst_items_free(struct pst_items *s)
{
	pst_items_release(s);
	mem_free(s->heaps);
	arena_free(&s->names);
	buf_free(&s->block);
}
