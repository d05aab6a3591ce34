/* SPDX-License-Identifier: MIT */
#include "backends/formats/pst.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "backends/formats/confinedreader.h"
#include "backends/formats/formats.h"
#include "backends/formats/pstitem.h"
#include "core/base/file.h"
#include "core/base/map.h"

enum { DISPLAY_NAME = 0x3001, CONTENT_COUNT = 0x3602,
	TOP_ENTRY = 0x35e0 };

#define CODEPAGE_TRIES 64u
#define DEFAULT_CODEPAGE 1252u

struct pst {
	struct pst_file file;
	struct pst_nodes nodes;
	struct pst_items items;
	struct confined_output *out;
	uint32_t top;                   /* the folder that Outlook shows as the file */
	struct error trouble;           /* the first, with what belongs to no item */
};

/* ---- Opening ---- */

/* Texts of an ANSI file are in the code page of whoever wrote it, which only
 * messages name. */
static unsigned
find_codepage(struct pst *p)
{
	struct mapi_properties properties;
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	unsigned codepage = 0, tries = 0;
	size_t i;

	for (i = 0; i < p->nodes.n && tries < CODEPAGE_TRIES && codepage == 0; i++) {
		if (PST_NODE_TYPE(p->nodes.items[i].nid) != PST_MESSAGE)
			continue;
		tries++;
		if (pst_items_properties(&p->items, &p->nodes.items[i], &a, &properties,
		    &ignored) == 0)
			codepage = mapi_codepage(&properties, 0);
		pst_items_release(&p->items);
		arena_reset(&a);
	}
	arena_free(&a);
	return codepage > 0 ? codepage : DEFAULT_CODEPAGE;
}

static void
note_trouble(struct pst *p, const struct error *err)
{
	if (p->trouble.code == ERR_NONE)
		p->trouble = *err;
}

/* The properties of a node that is no message's. */
static int
read_properties(struct pst *p, const struct pst_node *node, struct arena *a,
    struct mapi_properties *out)
{
	struct error err = ERROR_NONE;
	int rc = pst_items_properties(&p->items, node, a, out, &err);

	if (rc < 0)
		note_trouble(p, &err);
	else if (p->items.lost > 0)
		note_trouble(p, &p->items.first_lost);
	return rc;
}

/* An entry id ends in the node; where the store has none (OST), the folder
 * that is called as Exchange calls it. */
static uint32_t
find_top(struct pst *p)
{
	const struct mapi_property *entry;
	struct mapi_properties properties = { NULL, 0, 0 };
	struct error err = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct pst_node node;
	struct cursor c;
	uint32_t top = PST_ROOT_NODE, nid;
	int found = pst_find_node(&p->file, PST_STORE_NODE, &node, &err);

	if (found == 0)
		fail(&err, ERR_FORMAT, "what it says of itself is missing");
	if (found <= 0)
		note_trouble(p, &err);
	else if (read_properties(p, &node, &a, &properties) == 0) {
		entry = mapi_find(&properties, TOP_ENTRY);
		if (entry && entry->value.n == 24) {
			c = cursor_of(slice_from(entry->value, 20));
			nid = cursor_le32(&c);
			if (PST_NODE_TYPE(nid) == PST_FOLDER)
				top = nid;
		}
	}
	pst_items_release(&p->items);
	arena_free(&a);
	return top;
}

static int
open_pst(const struct confined_input *in, struct confined_output *out, struct pst *p,
    struct error *err)
{
	memset(p, 0, sizeof(*p));
	p->out = out;
	if (pst_file_open(in, &p->file, err) < 0)
		return -1;
	p->file.out = out;
	pst_list_nodes(&p->file, &p->nodes);
	if (pst_items_open(&p->file, DEFAULT_CODEPAGE, &p->items, &p->trouble) < 0)
		fail_in(&p->trouble, "the names of categories and the like");
	if (p->file.is_ansi)
		p->items.codepage = find_codepage(p);
	if (p->nodes.n == 0)
		return fail(err, ERR_FORMAT, p->nodes.damaged ? "its index of items is damaged" :
		    "it holds no folders");
	p->top = find_top(p);
	return 0;
}

static void
close_pst(struct pst *p)
{
	pst_items_free(&p->items);
	vec_free(&p->nodes);
	pst_file_free(&p->file);
}

/* ---- Folders ---- */

static const struct pst_node *
node_called(const struct pst *p, uint32_t nid)
{
	size_t low = 0, high = p->nodes.n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (p->nodes.items[middle].nid < nid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < p->nodes.n && p->nodes.items[low].nid == nid ? &p->nodes.items[low] : NULL;
}

/* The folder's name, and how many items it says it has. */
static struct slice
folder_name(struct pst *p, const struct pst_node *node, struct arena *a, int64_t *count)
{
	struct mapi_item item = { .codepage = p->items.codepage };
	struct buf name = BUF_EMPTY;
	struct slice copy;

	*count = 0;
	if (read_properties(p, node, a, &item.own) == 0) {
		mapi_text(&item, &item.own, DISPLAY_NAME, &name);
		if (!mapi_number(&item.own, CONTENT_COUNT, count) || *count < 0)
			*count = 0;
	}
	if (name.n == 0)
		buf_add_format(&name, "Folder %x", node->nid);
	copy = arena_copy(a, buf_slice(&name));
	buf_free(&name);
	pst_items_release(&p->items);
	return copy;
}

/* From the folder up to the top, or to the root: how many are between.  A
 * folder above that is missing ends the way. */
static size_t
way_up(const struct pst *p, const struct pst_node *node, const struct pst_node *way[])
{
	size_t n = 0;

	while (n < CONFINED_DEPTH_MAX) {
		way[n++] = node;
		if (node->parent == p->top || node->parent == PST_ROOT_NODE ||
		    node->parent == node->nid)
			return n;
		node = node_called(p, node->parent);
		if (node == NULL || PST_NODE_TYPE(node->nid) != PST_FOLDER)
			return n;
	}
	return n;
}

static size_t
count_messages(const struct pst *p, uint32_t folder)
{
	size_t i, n = 0;

	for (i = 0; i < p->nodes.n; i++)
		n += PST_NODE_TYPE(p->nodes.items[i].nid) == PST_MESSAGE &&
		    p->nodes.items[i].parent == folder;
	return n;
}

/* Two folders of one name would be one mailbox. */
static void
make_unique(struct map *seen, struct slice *components, size_t depth, struct arena *a)
{
	struct slice first = components[depth - 1];
	struct buf joined = BUF_EMPTY;
	unsigned n = 1;
	size_t i;

	for (;;) {
		buf_clear(&joined);
		for (i = 0; i < depth; i++) {
			buf_add(&joined, components[i]);
			buf_add_byte(&joined, 0);
		}
		if (map_put(seen, buf_slice(&joined), 0))
			break;
		components[depth - 1] = slice_string(arena_format(a, "%.*s (%u)", (int)first.n,
		    (const char *)first.p, ++n));
	}
	buf_free(&joined);
}

static void
list_folder(struct pst *p, const struct pst_node *node, struct map *seen)
{
	const struct pst_node *way[CONFINED_DEPTH_MAX];
	struct slice components[CONFINED_DEPTH_MAX];
	struct arena a = ARENA_EMPTY;
	size_t depth = way_up(p, node, way), i, messages = count_messages(p, node->nid);
	bool is_shown = way[depth - 1]->parent == p->top && node->nid != p->top;
	int64_t declared = 0, ignored;

	for (i = 0; i < depth; i++)
		components[i] = folder_name(p, way[depth - 1 - i], &a,
		    i + 1 == depth ? &declared : &ignored);
	/* What lies beside the top is Outlook's own, and mostly holds nothing. */
	if (is_shown || messages > 0 || (node->nid == p->top && declared > 0)) {
		make_unique(seen, components, depth, &a);
		output_mailbox(p->out, node->nid, components, depth,
		    declared > (int64_t)messages ? declared : (int64_t)messages);
	}
	arena_free(&a);
}

static void
list_folders(struct pst *p)
{
	struct map seen = MAP_EMPTY;
	size_t i;

	for (i = 0; i < p->nodes.n; i++) {
		if (PST_NODE_TYPE(p->nodes.items[i].nid) == PST_FOLDER &&
		    p->nodes.items[i].nid != PST_ROOT_NODE)
			list_folder(p, &p->nodes.items[i], &seen);
	}
	if (p->nodes.damaged > 0)
		fail(&p->trouble, ERR_FORMAT, "%" PRIu64 " pages of its index of items are damaged: "
		    "folders or items may be missing", p->nodes.damaged);
	else if (p->file.damaged > 0 && p->trouble.code == ERR_NONE)
		fail(&p->trouble, ERR_FORMAT, "a block does not match its checksum");
	if (p->trouble.code != ERR_NONE)
		output_failed(p->out, CONFINED_NO_INDEX, p->trouble.text);
	map_free(&seen);
}

/* ---- Items ---- */

struct item_ids {
	uint32_t *items;
	size_t n, cap;
};

/* Those that the folder's table names and those that name the folder: either
 * index may be damaged. */
static int
find_items(struct pst *p, uint32_t folder, struct item_ids *out, size_t *declared,
    struct error *err)
{
	struct pst_table table = { 0 };
	struct pst_heap heap = { 0 };
	struct arena a = ARENA_EMPTY;
	struct pst_node node;
	uint32_t id;
	size_t i;
	int rc;

	for (i = 0; i < p->nodes.n; i++) {
		if (PST_NODE_TYPE(p->nodes.items[i].nid) == PST_MESSAGE &&
		    p->nodes.items[i].parent == folder)
			*(uint32_t *)vec_push(out) = p->nodes.items[i].nid;
	}
	rc = pst_find_node(&p->file, PST_NODE(folder, PST_CONTENTS), &node, err);
	if (rc == 1 && (rc = pst_heap_open(&p->file, &node, &a, &heap, err)) == 0 &&
	    (rc = pst_table_open(&heap, &table, err)) == 0) {
		*declared = table.declared;
		while ((rc = pst_table_next(&table, &id, NULL, err)) == 1) {
			if (PST_NODE_TYPE(id) == PST_MESSAGE)
				*(uint32_t *)vec_push(out) = id;
		}
	}
	pst_table_free(&table);
	pst_heap_free(&heap);
	arena_free(&a);
	return rc;
}

static int
compare_ids(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* What was lost of an item that was read. */
static void
tell_lost(struct pst *p, const struct mapi_item *item, uint32_t nid, size_t lost,
    const struct error *first)
{
	struct buf subject = BUF_EMPTY;
	struct error err = *first;

	mapi_subject(item, &subject);
	if (lost > 1)
		fail(&err, first->code, "%s, and %zu more", first->text, lost - 1);
	fail_in(&err, "item %" PRIu32 " \"%.*s\" is not whole", nid,
	    (int)(subject.n < 100 ? subject.n : 100), buf_text(&subject));
	output_failed(p->out, CONFINED_NO_INDEX, err.text);
	buf_free(&subject);
}

static int
read_item(struct pst *p, const struct pst_node *node, struct error *err)
{
	struct mapi_writer w = { .container = &p->items.container, .out = p->out,
		.text = BUF_EMPTY };
	struct arena a = ARENA_EMPTY;
	struct tags tags = { NULL, 0 };
	uint64_t damaged = p->file.damaged;
	struct mapi_item item;
	struct error lost;
	int rc;

	rc = pst_items_get(&p->items, node, &a, &item, err);
	if (rc < 0)
		goto out;
	mapi_message_tags(&item, &p->items.container.names, &a, &tags);
	output_message(p->out, node->nid, mapi_message_flags(&item), &tags,
	    mapi_message_date(&item));
	mapi_write(&w, &item);
	output_end(p->out);
	lost = p->items.lost > 0 ? p->items.first_lost : w.first_lost;
	if (p->file.damaged > damaged && p->items.lost + w.lost == 0)
		fail(&lost, ERR_FORMAT, "a block does not match its checksum");
	if (p->items.lost + w.lost + (p->file.damaged - damaged) > 0)
		tell_lost(p, &item, node->nid,
		    p->items.lost + w.lost + (size_t)(p->file.damaged - damaged), &lost);

out:
	mapi_writer_free(&w);
	pst_items_release(&p->items);
	arena_free(&a);
	return rc;
}

/* Counted, as far as the folder says what it has. */
static void
tell_shortfall(struct pst *p, uint32_t folder, size_t in_table, size_t got)
{
	const struct pst_node *node = node_called(p, folder);
	struct arena a = ARENA_EMPTY;
	struct error err = ERROR_NONE;
	struct slice name;
	int64_t count = 0;

	if (node) {
		name = folder_name(p, node, &a, &count);
		if (count < (int64_t)in_table)
			count = (int64_t)in_table;
		if (count > (int64_t)got) {
			fail(&err, ERR_FORMAT, "folder \"%.*s\" declares %" PRId64 " items, and %zu "
			    "could be read", (int)(name.n < 200 ? name.n : 200),
			    (const char *)name.p, count, got);
			output_failed(p->out, CONFINED_NO_INDEX, err.text);
		}
	}
	arena_free(&a);
}

static int
read_folder(struct pst *p, uint32_t folder, uint64_t first, struct error *err)
{
	struct item_ids ids = { NULL, 0, 0 };
	struct pst_node node;
	size_t i, in_table = 0, got = 0;
	int found, rc;

	rc = find_items(p, folder, &ids, &in_table, err);
	if (rc < 0) {
		fail_in(err, "its list of items is damaged, and may lack some");
		output_failed(p->out, CONFINED_NO_INDEX, err->text);
	}
	if (ids.n > 0)
		qsort(ids.items, ids.n, sizeof(*ids.items), compare_ids);
	for (i = 0; i < ids.n && !p->out->broken; i++) {
		if (i > 0 && ids.items[i] == ids.items[i - 1])
			continue;
		if (ids.items[i] < first) {
			got++;
			continue;
		}
		output_start(p->out, ids.items[i]);
		found = pst_find_node(&p->file, ids.items[i], &node, err);
		if (found == 1 && read_item(p, &node, err) == 0) {
			got++;
			continue;
		}
		if (found == 0)
			fail(err, ERR_FORMAT, "it is missing");
		fail_in(err, "item %" PRIu32, ids.items[i]);
		output_failed(p->out, ids.items[i], err->text);
	}
	tell_shortfall(p, folder, in_table, got);
	mem_free(ids.items);
	return 0;
}

int
pst_parse(const struct confined_input *in, uint64_t key, uint64_t first,
    struct confined_output *out, struct error *err)
{
	struct pst p;
	int rc = open_pst(in, out, &p, err);

	if (rc == 0 && key == CONFINED_NO_INDEX)
		list_folders(&p);
	else if (rc == 0)
		rc = key <= UINT32_MAX ? read_folder(&p, (uint32_t)key, first, err) :
		    fail(err, ERR_NOT_FOUND, "no such folder");
	close_pst(&p);
	return rc;
}

/* ---- The format ---- */

static int
probe(const char *path, struct error *err)
{
	unsigned char head[16];
	struct file_meta meta;
	int64_t got;
	int fd;

	if (file_stat(path, &meta, err) < 0)
		return -1;
	if (meta.kind != FILE_REGULAR)
		return 0;
	if (file_open_read(path, &fd, err) < 0)
		return -1;
	got = file_read(fd, head, sizeof(head), err);
	file_close(fd);
	if (got < 0)
		return -1;
	return pst_sniff(slice_of(head, (size_t)got)) ? 98 : 0;
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	return confinedstore_open(where->path, "pst", &format_pst, out, err);
}

const struct format_ops format_pst = {
	.name = "pst",
	.probe = probe,
	.open = open_store,
	.next_mailbox = confinedstore_next_mailbox,
	.next_file = confinedstore_next_file,
	.read = confinedstore_read,
	.close = confinedstore_close,
};
