/* SPDX-License-Identifier: MIT */
#include "backends/formats/pstheap.h"

#include <inttypes.h>
#include <string.h>

#define TREE_LEVELS_MAX 8u
#define RECORDS_MAX (4u * 1024u * 1024u)
#define TREE 0xb5u

/* Attachments may be as long as the file; all else is held in memory. */
#define ATTACHMENT_DATA 0x3701u

int
pst_heap_open(struct pst_file *f, const struct pst_node *node, struct arena *a,
    struct pst_heap *out, struct error *err)
{
	struct cursor c;

	memset(out, 0, sizeof(*out));
	out->file = f;
	out->arena = a;
	if (pst_data_open(f, node->data, &out->data, err) < 0 ||
	    pst_subnodes_open(f, node->sub, &out->subnodes, err) < 0)
		return -1;
	if (out->data.n == 0)
		return fail(err, ERR_FORMAT, "node 0x%x is empty", node->nid);
	out->blocks = mem_alloc_array(out->data.n, sizeof(*out->blocks));
	if (pst_read_block(f, out->data.items[0], &out->blocks[0], err) < 0)
		return -1;
	c = cursor_of(buf_slice(&out->blocks[0]));
	cursor_skip(&c, 2);
	if (cursor_byte(&c) != 0xec)
		return fail(err, ERR_FORMAT, "node 0x%x is no heap", node->nid);
	out->kind = cursor_byte(&c);
	out->root = cursor_le32(&c);
	return 0;
}

void
pst_heap_free(struct pst_heap *h)
{
	size_t i;

	for (i = 0; h->blocks && i < h->data.n; i++)
		buf_free(&h->blocks[i]);
	mem_free(h->blocks);
	vec_free(&h->data);
	vec_free(&h->subnodes);
}

/* A piece of the heap: its number in a block and the block's are in its id. */
static int
heap_get(struct pst_heap *h, uint32_t id, struct slice *out, struct error *err)
{
	unsigned shift = h->file->is_4k ? 19 : 16;
	size_t block = id >> shift, n, from, to;
	unsigned index = (id & ((1u << shift) - 1)) >> 5;
	struct slice bytes;
	struct cursor c;

	*out = SLICE_EMPTY;
	if (id == 0)
		return 0;
	if (block >= h->data.n || index == 0)
		return fail(err, ERR_FORMAT, "piece 0x%x is in no block", id);
	if (h->blocks[block].n == 0 &&
	    pst_read_block(h->file, h->data.items[block], &h->blocks[block], err) < 0)
		return -1;
	bytes = buf_slice(&h->blocks[block]);
	c = cursor_of(bytes);
	c = cursor_of(slice_from(bytes, cursor_le16(&c)));
	n = cursor_le16(&c);
	cursor_le16(&c);
	if (index > n)
		return fail(err, ERR_FORMAT, "piece 0x%x is not there", id);
	cursor_skip(&c, (size_t)(index - 1) * 2);
	from = cursor_le16(&c);
	to = cursor_le16(&c);
	if (c.bad || from > to || to > bytes.n)
		return fail(err, ERR_FORMAT, "piece 0x%x is damaged", id);
	*out = slice_sub(bytes, from, to - from);
	return 0;
}

/* A piece of the heap, or a node inside the node. */
static int
heap_value(struct pst_heap *h, uint32_t id, struct slice *out, struct error *err)
{
	const struct pst_node *node;
	struct buf bytes = BUF_EMPTY;
	int rc;

	if ((id & 0x1f) == 0)
		return heap_get(h, id, out, err);
	*out = SLICE_EMPTY;
	node = pst_subnodes_find(&h->subnodes, id);
	if (node == NULL)
		return fail(err, ERR_FORMAT, "node 0x%x inside is missing", id);
	rc = pst_data_all(h->file, node->data, MAPI_VALUE_MAX, &bytes, err);
	if (rc == 0)
		*out = arena_copy(h->arena, buf_slice(&bytes));
	buf_free(&bytes);
	return rc;
}

/* ---- B-trees in a heap ---- */

struct records {
	struct slice *items;            /* key and value */
	size_t n, cap;
	size_t pieces;                  /* read on the way */
};

static int
add_records(struct pst_heap *h, uint32_t id, unsigned level, size_t key, size_t value,
    struct records *out, struct error *err)
{
	size_t width = level > 0 ? key + 4 : key + value;
	struct slice bytes, record;
	struct cursor c;

	if (heap_get(h, id, &bytes, err) < 0)
		return -1;
	/* Levels fall; but a tree may name one piece again and again. */
	if (++out->pieces >= RECORDS_MAX)
		return fail(err, ERR_LIMIT, "more pieces than a tree can have");
	for (; bytes.n >= width; bytes = slice_from(bytes, width)) {
		if (out->n >= RECORDS_MAX)
			return fail(err, ERR_LIMIT, "more records than a tree can have");
		record = slice_sub(bytes, 0, width);
		if (level == 0) {
			*(struct slice *)vec_push(out) = record;
			continue;
		}
		c = cursor_of(slice_from(record, key));
		if (add_records(h, cursor_le32(&c), level - 1, key, value, out, err) < 0)
			return -1;
	}
	return 0;
}

static int
tree_records(struct pst_heap *h, uint32_t id, size_t key, size_t value_min, struct records *out,
    size_t *value, struct error *err)
{
	struct slice head;
	struct cursor c;
	unsigned kind, levels;
	size_t have;

	if (heap_get(h, id, &head, err) < 0)
		return -1;
	c = cursor_of(head);
	kind = cursor_byte(&c);
	have = cursor_byte(&c);
	*value = cursor_byte(&c);
	levels = cursor_byte(&c);
	id = cursor_le32(&c);
	if (c.bad || kind != TREE || have != key || *value < value_min || levels > TREE_LEVELS_MAX)
		return fail(err, ERR_FORMAT, "a tree in a heap is damaged");
	return id == 0 ? 0 : add_records(h, id, levels, key, *value, out, err);
}

/* ---- Values ---- */

static size_t
fixed_width(unsigned type)
{
	switch (type) {
	case MAPI_SHORT: return 2;
	case MAPI_BOOLEAN: return 1;
	case MAPI_LONG: case MAPI_FLOAT: case 0x0a: return 4;
	case MAPI_DOUBLE: case MAPI_LONGLONG: case MAPI_TIME: case 0x06: case 0x07: return 8;
	default: return 0;
	}
}

/* Texts or bytes, many: a count, where each begins, then they. */
static void
split_many(struct pst_heap *h, struct mapi_property *p)
{
	struct cursor c = cursor_of(p->value);
	size_t n = cursor_le32(&c), i, from, to;
	struct slice *items;

	if (n > MAPI_MANY_MAX || n > c.n / 4)
		return;
	items = arena_alloc(h->arena, (n + 1) * sizeof(*items));
	from = n > 0 ? cursor_le32(&c) : 0;
	for (i = 0; i < n; i++) {
		to = i + 1 < n ? cursor_le32(&c) : p->value.n;
		items[i] = to > from ? slice_sub(p->value, from, to - from) : SLICE_EMPTY;
		from = to;
	}
	p->items = items;
	p->item_count = n;
}

/* An object: where it is, and how long. */
static int
take_object(struct pst_heap *h, struct mapi_property *p, struct error *err)
{
	const struct pst_node *node;
	struct cursor c = cursor_of(p->value);
	uint32_t nid = cursor_le32(&c);

	node = pst_subnodes_find(&h->subnodes, nid);
	if (c.bad || node == NULL)
		return fail(err, ERR_FORMAT, "the object 0x%x is missing", nid);
	p->is_long = true;
	p->ref = node->data;
	p->sub = node->sub;
	return 0;
}

static int
take_value(struct pst_heap *h, uint32_t id, struct mapi_property *p, struct error *err)
{
	const struct pst_node *node;

	if (p->id == ATTACHMENT_DATA && p->type == MAPI_BINARY && (id & 0x1f) != 0) {
		node = pst_subnodes_find(&h->subnodes, id);
		if (node == NULL)
			return fail(err, ERR_FORMAT, "node 0x%x inside is missing", id);
		p->is_long = true;
		p->ref = node->data;
		return 0;
	}
	if (heap_value(h, id, &p->value, err) < 0)
		return -1;
	if (p->type == MAPI_OBJECT)
		return take_object(h, p, err);
	if (p->type == (MAPI_MANY | MAPI_UNICODE) || p->type == (MAPI_MANY | MAPI_STRING8) ||
	    p->type == (MAPI_MANY | MAPI_BINARY))
		split_many(h, p);
	return 0;
}

/* It costs itself, and is said. */
static void
lose_value(struct pst_heap *h, struct error *err)
{
	if (h->lost++ == 0)
		h->first_lost = *err;
	error_clear(err);
}

int
pst_properties(struct pst_heap *h, struct mapi_properties *out, struct error *err)
{
	struct records records = { 0 };
	struct mapi_property p;
	struct cursor c;
	size_t i, width, value;
	int rc = -1;

	if (h->kind != PST_HEAP_PROPERTIES) {
		fail(err, ERR_FORMAT, "not a set of properties");
		goto out;
	}
	if (tree_records(h, h->root, 2, 6, &records, &value, err) < 0)
		goto out;
	for (i = 0; i < records.n; i++) {
		memset(&p, 0, sizeof(p));
		c = cursor_of(records.items[i]);
		p.id = cursor_le16(&c);
		p.type = cursor_le16(&c);
		width = fixed_width(p.type);
		if (width > 0 && width <= 4)
			p.value = slice_sub(slice_from(records.items[i], 4), 0, width);
		else if (take_value(h, cursor_le32(&c), &p, err) < 0) {
			lose_value(h, err);
			continue;
		}
		*(struct mapi_property *)vec_push(out) = p;
	}
	rc = 0;

out:
	vec_free(&records);
	return rc;
}

/* ---- Tables ---- */

static int
take_columns(struct pst_table *t, struct cursor *c, size_t n, struct error *err)
{
	size_t i;

	t->columns = mem_alloc_array(n + 1, sizeof(*t->columns));
	t->column_count = n;
	for (i = 0; i < n; i++) {
		struct pst_column *column = &t->columns[i];

		column->type = cursor_le16(c);
		column->id = cursor_le16(c);
		column->at = cursor_le16(c);
		column->width = cursor_byte(c);
		column->bit = cursor_byte(c);
		if (c->bad || column->at + column->width > t->bits_at ||
		    t->bits_at + column->bit / 8u >= t->row_width)
			return fail(err, ERR_FORMAT, "a column of a table is damaged");
	}
	return 0;
}

int
pst_table_open(struct pst_heap *h, struct pst_table *out, struct error *err)
{
	struct records index = { 0 };
	const struct pst_node *node;
	struct slice head, rows;
	struct cursor c;
	uint32_t row_index, matrix;
	size_t n, value;
	unsigned kind;

	memset(out, 0, sizeof(*out));
	out->heap = h;
	if (h->kind != PST_HEAP_TABLE)
		return fail(err, ERR_FORMAT, "not a table");
	if (heap_get(h, h->root, &head, err) < 0)
		return -1;
	c = cursor_of(head);
	kind = cursor_byte(&c);
	n = cursor_byte(&c);
	cursor_skip(&c, 4);
	out->bits_at = cursor_le16(&c);
	out->row_width = cursor_le16(&c);
	row_index = cursor_le32(&c);
	matrix = cursor_le32(&c);
	cursor_le32(&c);
	if (c.bad || kind != PST_HEAP_TABLE || out->row_width < 8 || out->bits_at > out->row_width)
		return fail(err, ERR_FORMAT, "a table is damaged");
	if (take_columns(out, &c, n, err) < 0)
		return -1;
	/* How many rows there are: those behind them are left over. */
	if (tree_records(h, row_index, 4, 2, &index, &value, err) < 0) {
		vec_free(&index);
		return -1;
	}
	out->declared = index.n;
	vec_free(&index);
	if (matrix == 0)
		return 0;
	if ((matrix & 0x1f) != 0) {
		node = pst_subnodes_find(&h->subnodes, matrix);
		if (node == NULL)
			return fail(err, ERR_FORMAT, "the rows of a table are missing");
		return pst_data_open(h->file, node->data, &out->matrix, err);
	}
	if (heap_get(h, matrix, &rows, err) < 0)
		return -1;
	buf_set(&out->block, rows);
	out->left = rows.n / out->row_width;
	return 0;
}

static void
take_cells(struct pst_table *t, struct slice row, struct mapi_properties *cells, struct error *err)
{
	struct mapi_property p;
	struct cursor c;
	size_t i;

	for (i = 0; i < t->column_count; i++) {
		const struct pst_column *column = &t->columns[i];
		struct slice cell = slice_sub(row, column->at, column->width);

		if ((row.p[t->bits_at + column->bit / 8] & 0x80u >> column->bit % 8) == 0)
			continue;
		memset(&p, 0, sizeof(p));
		p.id = column->id;
		p.type = column->type;
		if (fixed_width(p.type) > 0) {
			p.value = arena_copy(t->heap->arena, cell);
		} else {
			c = cursor_of(cell);
			if (take_value(t->heap, cursor_le32(&c), &p, err) < 0) {
				lose_value(t->heap, err);
				continue;
			}
		}
		*(struct mapi_property *)vec_push(cells) = p;
	}
}

int
pst_table_next(struct pst_table *t, uint32_t *id, struct mapi_properties *cells,
    struct error *err)
{
	struct cursor c;
	struct slice row;

	if (t->row >= t->declared)
		return 0;
	while (t->left == 0) {
		if (t->next_block >= t->matrix.n)
			return fail(err, ERR_FORMAT, "%zu of %zu rows of a table are missing",
			    t->declared - t->row, t->declared);
		if (pst_read_block(t->heap->file, t->matrix.items[t->next_block++], &t->block,
		    err) < 0)
			return -1;
		t->at = 0;
		t->left = t->block.n / t->row_width;
	}
	row = slice_sub(buf_slice(&t->block), t->at, t->row_width);
	t->at += t->row_width;
	t->left--;
	t->row++;
	c = cursor_of(row);
	*id = cursor_le32(&c);
	if (cells)
		take_cells(t, row, cells, err);
	return 1;
}

void
pst_table_free(struct pst_table *t)
{
	mem_free(t->columns);
	vec_free(&t->matrix);
	buf_free(&t->block);
}
