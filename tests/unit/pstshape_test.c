/* SPDX-License-Identifier: MIT */
#include "tests/unit/pstsample.h"

#include "tests/unit/formatkit.h"

/* Files whose parts do not fit together: counts, names, and circles. */

/* ---- Counting ---- */

static const char *
told_of(struct pstkit *k)
{
	struct buf told = BUF_EMPTY;
	const char *copy;

	read_all(pstkit_close(k), &told);
	copy = arena_string(&kit.arena, buf_text(&told));
	buf_free(&told);
	pstkit_free(k);
	return copy;
}

static void
test_shortfall(void)
{
	static const uint32_t items[] = { 0x200024, 0x200044 };
	struct pstkit k;

	/* The folder declares more than there is. */
	pstkit_open(&k, PSTKIT_UNICODE, 0, 1000);
	add_store(&k);
	add_folder(&k, TOP, PST_ROOT_NODE, "Top", 0, NULL, 0);
	add_folder(&k, INBOX, TOP, "Inbox", 5, items, 1);
	add_received(&k, 0x200024);
	T(strstr(told_of(&k), "FAILED folder \"Inbox\" declares 5 items, and 1 could be read\n"),
	    "a count that is not reached");

	/* The table names one that is nowhere. */
	pstkit_open(&k, PSTKIT_UNICODE, 0, 1000);
	add_store(&k);
	add_folder(&k, TOP, PST_ROOT_NODE, "Top", 0, NULL, 0);
	add_folder(&k, INBOX, TOP, "Inbox", 0, items, 2);
	add_received(&k, 0x200024);
	T(strstr(told_of(&k), "FAILED item 2097220: it is missing\n"
	    "FAILED folder \"Inbox\" declares 2 items, and 1 could be read\n"), "an item is missing");

	/* No table at all: those that name the folder are read. */
	pstkit_open(&k, PSTKIT_UNICODE, 0, 1000);
	add_store(&k);
	add_folder(&k, TOP, PST_ROOT_NODE, "Top", 0, NULL, 0);
	add_folder(&k, INBOX, TOP, "Inbox", 1, NULL, 0);
	add_received(&k, 0x200024);
	T(strstr(told_of(&k), "item 200024") != NULL, "an item that no table names");
}

static void
test_lost_attachment(void)
{
	static const uint32_t items[] = { 0x200024 }, attached[] = { 0x8025, 0x8045 };
	const struct pstkit_property empty[] = { PSTKIT_LONG(0x3705, "\1\0\0\0"),
		PSTKIT_TEXT(0x3707, "gone.doc") };
	const struct pstkit_property mail[] = { PSTKIT_TEXT(0x37, "Two of them"),
		PSTKIT_TEXT(0x1000, "text") };
	struct pst_node inside[2];
	struct pstkit k;
	const char *told;

	pstkit_open(&k, PSTKIT_UNICODE, 0, 1000);
	add_store(&k);
	add_folder(&k, TOP, PST_ROOT_NODE, "Top", 0, NULL, 0);
	add_folder(&k, INBOX, TOP, "Inbox", 1, items, 1);
	inside[0] = pstkit_table(&k, attached, NULL, 2);
	inside[0].nid = PST_ATTACHMENTS_NODE;
	inside[1] = pstkit_object(&k, (struct pstkit_set)PSTKIT_SET(empty), NULL, 0);
	inside[1].nid = 0x8025;
	pstkit_node(&k, 0x200024, INBOX, pstkit_object(&k, (struct pstkit_set)PSTKIT_SET(mail),
	    inside, 2));
	told = told_of(&k);
	T(strstr(told, "item 2097188 \"Two of them\" is not whole: attachment 2 of 2: it is missing, "
	    "and 1 more") != NULL, "attachments that are not there: %s", told);
	T(strstr(told, "filename=\"gone.doc\"") != NULL, "what there is of it is kept");
}

/* ---- Names ---- */

static void
test_folders(void)
{
	static const uint32_t items[] = { 0x200024 };
	struct pstkit k;
	const char *told;

	/* Two of one name, one beside the top that holds mail, one whose parent
	 * is missing, and two that are each other's parents. */
	pstkit_open(&k, PSTKIT_UNICODE, 1, 1000);
	add_store(&k);
	add_folder(&k, TOP, PST_ROOT_NODE, "Top", 0, NULL, 0);
	add_folder(&k, INBOX, TOP, "A/B", 0, NULL, 0);
	add_folder(&k, CONTACTS, TOP, "A/B", 0, NULL, 0);
	add_folder(&k, INNER, PST_ROOT_NODE, "Beside", 1, items, 1);
	add_folder(&k, 0x80a2, 0x9992, "Orphan", 0, NULL, 0);
	add_folder(&k, 0x80c2, 0x80e2, "Hen", 0, NULL, 0);
	add_folder(&k, 0x80e2, 0x80c2, "Egg", 0, NULL, 0);
	add_folder(&k, 0x8102, TOP, "Caf\xc3\xa9", 0, NULL, 0);
	add_received(&k, 0x200024);
	k.nodes.items[k.nodes.n - 1].parent = INNER;
	told = told_of(&k);
	T(strncmp(told, "mailbox/A/B 0\nmailbox/A/B (2) 0\nmailbox/Beside 1\n"
	    "mailbox/Caf\xc3\xa9 0\n", 65) == 0, "folders:\n%s", told);
}

/* An ANSI file says nowhere what code page its texts are in, but messages do. */
static void
test_codepage(void)
{
	static const uint32_t items[] = { 0x200024 };
	const struct pstkit_property mail[] = { PSTKIT_LONG(0x3ffd, "\xe3\x04\0\0"),
		PSTKIT_TEXT(0x37, "\xcf\xf0\xe8\xe2\xe5\xf2") };
	struct pstkit k;
	const char *told;

	pstkit_open(&k, PSTKIT_ANSI, 1, 1000);
	add_store(&k);
	add_folder(&k, TOP, PST_ROOT_NODE, "Top", 0, NULL, 0);
	add_folder(&k, INBOX, TOP, "\xc4\xe0", 1, items, 1);
	pstkit_node(&k, 0x200024, INBOX, pstkit_object(&k, (struct pstkit_set)PSTKIT_SET(mail),
	    NULL, 0));
	told = told_of(&k);
	T(strstr(told, "mailbox/\xd0\x94\xd0\xb0 1\n") != NULL, "a folder in 1251: %s", told);
	T(strstr(told, "Subject: =?UTF-8?B?0J/RgNC40LLQtdGC?=\n") != NULL, "a subject in 1251");
}

/* ---- Circles ---- */

/* A block of blocks that names itself, as often as it has room for. */
static uint64_t
endless_block(struct pstkit *k, unsigned type, unsigned level, unsigned entry)
{
	const uint64_t own = k->next_block | 2;
	struct buf list = BUF_EMPTY;
	uint64_t id;
	size_t i;

	pstkit_put(&list, type, 1);
	pstkit_put(&list, level, 1);
	pstkit_put(&list, 400, 2);
	pstkit_put(&list, 0, 4);
	for (i = 0; i < 400 * entry / 8; i++)
		pstkit_put(&list, own, 8);
	id = pstkit_block(k, buf_slice(&list), true);
	buf_free(&list);
	return id;
}

/* A tree in a heap, each of whose eight levels has one piece that names the
 * next twenty times, and no leaves: 20^8 ways through it. */
static struct pst_node
endless_object(struct pstkit *k)
{
	struct pstkit_heap h = { .k = k };
	struct buf piece = BUF_EMPTY;
	struct pst_node made;
	uint32_t below = 0;
	size_t i, level;

	for (level = 0; level < 8; level++) {
		buf_clear(&piece);
		for (i = 0; i < 20; i++) {
			pstkit_put(&piece, i, 2);
			pstkit_put(&piece, below, 4);
		}
		below = pstkit_piece(&h, buf_slice(&piece));
	}
	pstkit_piece(&h, SLICE_OF("\xb5\2\6\x8\0\1\0\0"));         /* 0x100: the eighth */
	made = pstkit_close_heap(&h, 0xbc, 0x120);
	buf_free(&piece);
	return made;
}

static void
test_circles(void)
{
	static const uint32_t items[] = { 0x200024, 0x200044, 0x200064, 0x200084 };
	struct pst_node node = { 0, 0, 0, 0 };
	struct buf told = BUF_EMPTY;
	struct pstkit k;
	struct cursor c;
	size_t root;

	pstkit_open(&k, PSTKIT_UNICODE, 0, 1000);
	add_store(&k);
	add_folder(&k, TOP, PST_ROOT_NODE, "Top", 0, NULL, 0);
	add_folder(&k, INBOX, TOP, "Inbox", 4, items, 4);
	node.data = endless_block(&k, 1, 2, 8);
	pstkit_node(&k, items[0], INBOX, node);
	node.data = pstkit_data(&k, SLICE_OF("x"));
	node.sub = endless_block(&k, 2, 1, 16);
	pstkit_node(&k, items[1], INBOX, node);
	pstkit_node(&k, items[2], INBOX, endless_object(&k));
	add_received(&k, items[3]);
	read_all(pstkit_close(&k), &told);
	T(strstr(buf_text(&told), "and 1 could be read\n") != NULL &&
	    strstr(buf_text(&told), "Subject: As it came\n") != NULL, "circles of blocks:\n%s",
	    buf_text(&told));

	/* The root of the tree of nodes becomes its own first branch. */
	c = cursor_of(slice_from(buf_slice(&k.file), 0xe0));
	root = (size_t)cursor_le64(&c);
	T(k.file.p[root + 491] == 1, "there is a level");
	pstkit_set_at(&k.file, root + 16, root, 8);
	read_all(buf_slice(&k.file), &told);
	T(strstr(buf_text(&told), "FAILED ") != NULL, "a circle of pages:\n%s", buf_text(&told));
	buf_free(&told);
	pstkit_free(&k);
}

/* The index names another block of the same length, whole in itself. */
static void
test_swapped(void)
{
	static const uint32_t items[] = { 0x200024, 0x200044 };
	struct buf told = BUF_EMPTY;
	struct pstkit k;

	pstkit_open(&k, PSTKIT_UNICODE, 0, 1000);
	add_store(&k);
	add_folder(&k, TOP, PST_ROOT_NODE, "Top", 0, NULL, 0);
	add_folder(&k, INBOX, TOP, "Inbox", 2, items, 2);
	add_received(&k, items[0]);
	add_contact(&k, items[1]);
	k.nodes.items[k.nodes.n - 1].parent = INBOX;
	k.blocks.items[k.blocks.n - 1].at = k.blocks.items[k.blocks.n - 3].at;
	k.blocks.items[k.blocks.n - 1].n = k.blocks.items[k.blocks.n - 3].n;
	read_all(pstkit_close(&k), &told);
	T(strstr(buf_text(&told), "is not where it should be\n") != NULL &&
	    strstr(buf_text(&told), "and 1 could be read\n") != NULL, "another's block:\n%s",
	    buf_text(&told));
	buf_free(&told);
	pstkit_free(&k);
}

int
main(void)
{
	mapi_prepare();
	test_shortfall();
	test_lost_attachment();
	test_folders();
	test_codepage();
	test_circles();
	test_swapped();
	kit_end();
	return t_done();
}
