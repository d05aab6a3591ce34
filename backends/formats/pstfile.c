/* SPDX-License-Identifier: MIT */
#include "backends/formats/pstfile.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/codec.h"
#include "core/base/limits.h"

#define PAGE_MAX 4096u
#define CACHE_PAGES 256u
#define LEVELS_MAX 16u
#define LEAVES_MAX (4u * MIB)           /* 32 GiB of one node */
#define SUBNODES_MAX MIB

enum { PAGE_BLOCKS = 0x80, PAGE_NODES = 0x81 };

struct pst_page {
	uint64_t at;                    /* 0: nothing here yet */
	bool is_damaged;
	unsigned char bytes[PAGE_MAX];
};

/* A page of one of the two trees, checked. */
struct page {
	const unsigned char *p;
	unsigned n, entry, level;
	bool is_damaged;
};

bool
pst_sniff(struct slice head)
{
	return head.n >= 16 && slice_starts(head, "!BDN") &&
	    (slice_starts(slice_from(head, 8), "SM") || slice_starts(slice_from(head, 8), "SO"));
}

static uint64_t
cursor_id(const struct pst_file *f, struct cursor *c)
{
	return f->is_ansi ? cursor_le32(c) : cursor_le64(c);
}

int
pst_file_open(const struct confined_input *in, struct pst_file *f, struct error *err)
{
	unsigned char head[514];
	struct cursor c;
	unsigned version;

	memset(f, 0, sizeof(*f));
	f->in = in;
	f->pages = mem_alloc_array(CACHE_PAGES, sizeof(*f->pages));
	if (confined_input_read(in, 0, head, sizeof(head), err) < 0)
		return -1;
	if (!pst_sniff(slice_of(head, sizeof(head))))
		return fail(err, ERR_FORMAT, "not an Outlook data file");
	version = head[10] | (unsigned)head[11] << 8;
	f->is_ansi = version == 14 || version == 15;
	f->is_4k = version == 36;
	if (!f->is_ansi && !f->is_4k && (version < 20 || version > 35))
		return fail(err, ERR_FORMAT, "Outlook data file of an unknown version (%u)", version);
	f->encoding = head[f->is_ansi ? 0x1cd : 0x201];
	if (f->encoding > 2)
		return fail(err, ERR_FORMAT, "Outlook data file in an encryption that only its "
		    "Windows can undo (0x%x)", f->encoding);
	c = cursor_of(slice_of(head + (f->is_ansi ? 0xb8 : 0xd8), 32));
	cursor_id(f, &c);
	f->node_root = cursor_id(f, &c);
	cursor_id(f, &c);
	f->block_root = cursor_id(f, &c);
	return 0;
}

void
pst_file_free(struct pst_file *f)
{
	mem_free(f->pages);
	f->pages = NULL;
	buf_free(&f->packed);
}

/* ---- The two trees ---- */

/* Entries first, then what there is of them, then the trailer. */
static int
read_page(struct pst_file *f, uint64_t at, unsigned type, struct page *out, struct error *err)
{
	const unsigned size = f->is_4k ? 4096 : 512;
	const unsigned trailer = f->is_ansi ? 12 : f->is_4k ? 24 : 16;
	const unsigned counts = f->is_4k ? 4056 : size - trailer - (f->is_ansi ? 4 : 8);
	struct pst_page *page = &f->pages[at / size % CACHE_PAGES];
	struct cursor c;
	uint32_t sum;

	if (page->at != at || at == 0) {
		page->at = 0;
		if (at == 0 || confined_input_read(f->in, at, page->bytes, size, err) < 0)
			return fail(err, ERR_FORMAT, "page at %" PRIu64 " lies outside the file", at);
		if (page->bytes[size - trailer] != type || page->bytes[size - trailer + 1] != type)
			return fail(err, ERR_FORMAT, "page at %" PRIu64 " is damaged", at);
		c = cursor_of(slice_of(page->bytes + size - trailer + (f->is_ansi ? 8 : 4), 4));
		sum = cursor_le32(&c);
		/* What it says may still be of use: everything it leads to is checked
		 * by itself. */
		page->is_damaged = sum != pst_checksum(slice_of(page->bytes, size - trailer));
		page->at = at;
	}
	if (page->bytes[size - trailer] != type)
		return fail(err, ERR_FORMAT, "page at %" PRIu64 " is of another kind", at);
	c = cursor_of(slice_of(page->bytes + counts, 8));
	out->p = page->bytes;
	out->is_damaged = page->is_damaged;
	out->n = f->is_4k ? cursor_le16(&c) : cursor_byte(&c);
	cursor_skip(&c, f->is_4k ? 2 : 1);
	out->entry = cursor_byte(&c);
	out->level = cursor_byte(&c);
	if (out->entry < (f->is_ansi ? 12u : 24u) || out->n * out->entry > counts ||
	    out->level > LEVELS_MAX)
		return fail(err, ERR_FORMAT, "page at %" PRIu64 " is damaged", at);
	return 0;
}

static struct cursor
page_entry(const struct page *page, unsigned i)
{
	return cursor_of(slice_of(page->p + i * page->entry, page->entry));
}

/* The leaf entry with that key: 1 with *out on it (behind the key), 0, -1. */
static int
search(struct pst_file *f, uint64_t root, unsigned type, uint64_t key, struct cursor *out,
    struct error *err)
{
	struct page page;
	struct cursor c;
	unsigned level = LEVELS_MAX + 1, i, found;
	uint64_t at = root, have;

	for (;;) {
		if (read_page(f, at, type, &page, err) < 0)
			return -1;
		if (page.level >= level)
			return fail(err, ERR_FORMAT, "page at %" PRIu64 " is in a circle", at);
		level = page.level;
		for (i = 0, found = page.n; i < page.n; i++) {
			c = page_entry(&page, i);
			have = cursor_id(f, &c);
			if (level == 0 && (type == PAGE_NODES ? have & UINT32_MAX : have) == key) {
				*out = c;
				return 1;
			}
			if (level > 0 && have > key)
				break;
			found = i;
		}
		if (level == 0 || found == page.n)
			return 0;
		c = page_entry(&page, found);
		cursor_id(f, &c);
		cursor_id(f, &c);
		at = cursor_id(f, &c);
	}
}

static void
take_node(const struct pst_file *f, struct cursor *c, struct pst_node *out)
{
	out->data = cursor_id(f, c);
	out->sub = cursor_id(f, c);
	out->parent = cursor_le32(c);
}

int
pst_find_node(struct pst_file *f, uint32_t nid, struct pst_node *out, struct error *err)
{
	struct cursor c;
	int found = search(f, f->node_root, PAGE_NODES, nid, &c, err);

	if (found == 1) {
		out->nid = nid;
		take_node(f, &c, out);
		if (c.bad)
			return fail(err, ERR_FORMAT, "node 0x%x is cut", nid);
	}
	return found;
}

/* budget: pages that may still be read. */
static void
list_page(struct pst_file *f, uint64_t at, unsigned below, uint64_t *budget, struct pst_nodes *out)
{
	struct error ignored = ERROR_NONE;
	struct pst_page copy;
	struct page page;
	struct cursor c;
	struct pst_node node;
	unsigned i, kind;

	if (*budget == 0)
		return;
	--*budget;
	if (f->out)
		output_alive(f->out);
	if (read_page(f, at, PAGE_NODES, &page, &ignored) < 0 || page.level >= below) {
		out->damaged++;
		return;
	}
	out->damaged += page.is_damaged;
	/* The cache may drop it while those below are read. */
	memcpy(copy.bytes, page.p, sizeof(copy.bytes));
	page.p = copy.bytes;
	for (i = 0; i < page.n; i++) {
		c = page_entry(&page, i);
		node.nid = (uint32_t)cursor_id(f, &c);
		if (page.level > 0) {
			cursor_id(f, &c);
			list_page(f, cursor_id(f, &c), page.level, budget, out);
			continue;
		}
		take_node(f, &c, &node);
		kind = PST_NODE_TYPE(node.nid);
		if (c.bad || (kind != PST_FOLDER && kind != PST_MESSAGE))
			continue;
		/* They ascend; what does not was there before. */
		if (out->n > 0 && out->items[out->n - 1].nid >= node.nid)
			continue;
		*(struct pst_node *)vec_push(out) = node;
	}
}

void
pst_list_nodes(struct pst_file *f, struct pst_nodes *out)
{
	uint64_t budget = f->in->size / (f->is_4k ? 4096 : 512) + 1;

	list_page(f, f->node_root, LEVELS_MAX + 1, &budget, out);
}

/* ---- Blocks ---- */

/* Bytes that a block takes with its trailer, which stands at the end. */
static uint64_t
room_of(const struct pst_file *f, uint64_t n)
{
	uint64_t unit = f->is_4k ? 512 : 64, trailer = f->is_ansi ? 12 : f->is_4k ? 24 : 16;

	return (n + trailer + unit - 1) / unit * unit;
}

/* A block that does not match its trailer is still taken, and counted; one
 * that is another's is not. */
static int
check_block(struct pst_file *f, uint64_t block, uint64_t at, struct slice bytes, struct error *err)
{
	unsigned size = f->is_ansi ? 12 : 16;
	unsigned char trailer[16];
	struct cursor c;
	uint64_t id, end = at + room_of(f, bytes.n) - (f->is_4k ? 24 : size);
	uint32_t sum;

	if (confined_input_read(f->in, end, trailer, size, err) < 0)
		return fail(err, ERR_FORMAT, "block 0x%" PRIx64 " is cut", block);
	c = cursor_of(slice_of(trailer, size));
	cursor_skip(&c, 4);
	sum = f->is_ansi ? 0 : cursor_le32(&c);
	id = cursor_id(f, &c);
	if (f->is_ansi)
		sum = cursor_le32(&c);
	if ((id & ~(uint64_t)1) != (block & ~(uint64_t)1))
		return fail(err, ERR_FORMAT, "block 0x%" PRIx64 " is not where it should be", block);
	f->damaged += sum != pst_checksum(bytes);
	return 0;
}

int
pst_read_block(struct pst_file *f, uint64_t block, struct buf *out, struct error *err)
{
	struct cursor c;
	uint64_t at, key = block & ~(uint64_t)1;
	size_t n, plain;
	int found = search(f, f->block_root, PAGE_BLOCKS, key, &c, err);

	buf_clear(out);
	if (f->out)
		output_alive(f->out);
	if (found <= 0)
		return found < 0 ? -1 : fail(err, ERR_FORMAT, "block 0x%" PRIx64 " is missing", block);
	at = cursor_id(f, &c);
	n = cursor_le16(&c);
	plain = f->is_4k ? cursor_le16(&c) : n;
	if (c.bad || at > f->in->size || room_of(f, n) > f->in->size - at)
		return fail(err, ERR_FORMAT, "block 0x%" PRIx64 " lies outside the file", block);
	if (confined_input_read(f->in, at, buf_extend(out, n), n, err) < 0)
		return -1;
	if (check_block(f, block, at, buf_slice(out), err) < 0)
		return -1;
	if (plain > n) {
		buf_take(&f->packed, out);
		if (codec_inflate(buf_slice(&f->packed), plain, out, err) < 0)
			return fail_in(err, "block 0x%" PRIx64, block);
	}
	if ((block & 2) == 0)
		pst_decode(f->encoding, key, out->p, out->n);
	return 0;
}

/* ---- Data trees: blocks of blocks of blocks ---- */

static int
add_leaves(struct pst_file *f, uint64_t block, unsigned below, struct pst_data *out,
    struct error *err)
{
	struct buf bytes = BUF_EMPTY;
	struct cursor c;
	uint32_t declared;
	unsigned type, level, n;
	int rc = -1;

	if ((block & 2) == 0) {
		if (out->n >= LEAVES_MAX)
			return fail(err, ERR_LIMIT, "more blocks than a node can have");
		*(uint64_t *)vec_push(out) = block;
		return 0;
	}
	if (pst_read_block(f, block, &bytes, err) < 0)
		goto out;
	c = cursor_of(buf_slice(&bytes));
	type = cursor_byte(&c);
	level = cursor_byte(&c);
	n = cursor_le16(&c);
	declared = cursor_le32(&c);
	if (out->n == 0 && out->declared == 0)
		out->declared = declared;
	if (c.bad || type != 1 || level == 0 || level >= below) {
		fail(err, ERR_FORMAT, "block 0x%" PRIx64 " is damaged", block);
		goto out;
	}
	for (; n > 0; n--) {
		block = cursor_id(f, &c);
		if (c.bad) {
			fail(err, ERR_FORMAT, "a list of blocks is cut");
			goto out;
		}
		/* Below the first level there are leaves only. */
		if (level == 1 && (block & 2) != 0) {
			fail(err, ERR_FORMAT, "a list of blocks is damaged");
			goto out;
		}
		if (add_leaves(f, block, level, out, err) < 0)
			goto out;
	}
	rc = 0;

out:
	buf_free(&bytes);
	return rc;
}

int
pst_data_open(struct pst_file *f, uint64_t block, struct pst_data *out, struct error *err)
{
	return block == 0 ? 0 : add_leaves(f, block, 3, out, err);
}

int
pst_data_all(struct pst_file *f, uint64_t block, size_t max, struct buf *out, struct error *err)
{
	struct pst_data data = { 0 };
	struct buf bytes = BUF_EMPTY;
	uint64_t got = 0;
	size_t i;
	int rc = -1;

	if (pst_data_open(f, block, &data, err) < 0)
		goto out;
	for (i = 0; i < data.n; i++) {
		if (pst_read_block(f, data.items[i], &bytes, err) < 0)
			goto out;
		if (bytes.n > max - out->n) {
			fail(err, ERR_LIMIT, "a value is over %zu bytes long", max);
			goto out;
		}
		buf_add(out, buf_slice(&bytes));
		got += bytes.n;
	}
	if (data.declared != 0 && got != data.declared) {
		fail(err, ERR_FORMAT, "a value has %" PRIu64 " of the %" PRIu64 " bytes it declares",
		    got, data.declared);
		goto out;
	}
	rc = 0;

out:
	vec_free(&data);
	buf_free(&bytes);
	return rc;
}

/* ---- Nodes inside a node ---- */

static int
add_subnodes(struct pst_file *f, uint64_t block, unsigned below, struct pst_subnodes *out,
    struct error *err)
{
	struct buf bytes = BUF_EMPTY;
	struct pst_node node = { 0 };
	struct cursor c;
	unsigned type, level, n;
	int rc = -1;

	if (pst_read_block(f, block, &bytes, err) < 0)
		goto out;
	c = cursor_of(buf_slice(&bytes));
	type = cursor_byte(&c);
	level = cursor_byte(&c);
	n = cursor_le16(&c);
	cursor_skip(&c, f->is_ansi ? 0 : 4);
	if (c.bad || type != 2 || level >= below) {
		fail(err, ERR_FORMAT, "block 0x%" PRIx64 " is damaged", block);
		goto out;
	}
	for (; n > 0; n--) {
		node.nid = (uint32_t)cursor_id(f, &c);
		node.data = cursor_id(f, &c);
		node.sub = level == 0 ? cursor_id(f, &c) : 0;
		if (c.bad || out->n >= SUBNODES_MAX) {
			fail(err, ERR_FORMAT, "a list of nodes is cut");
			goto out;
		}
		if (level > 0) {
			if (add_subnodes(f, node.data, level, out, err) < 0)
				goto out;
			continue;
		}
		*(struct pst_node *)vec_push(out) = node;
	}
	rc = 0;

out:
	buf_free(&bytes);
	return rc;
}

int
pst_subnodes_open(struct pst_file *f, uint64_t block, struct pst_subnodes *out, struct error *err)
{
	return block == 0 ? 0 : add_subnodes(f, block, 2, out, err);
}

const struct pst_node *
pst_subnodes_find(const struct pst_subnodes *s, uint32_t nid)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (s->items[i].nid == nid)
			return &s->items[i];
	}
	return NULL;
}
