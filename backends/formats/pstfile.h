/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_PSTFILE_H
#define BACKENDS_FORMATS_PSTFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "backends/formats/confined.h"
#include "core/base/vec.h"

/*
 * The lowest layer of a PST or OST file ([MS-PST] 2.2, the node database): a
 * tree of nodes (what a folder or message is called, and which blocks hold
 * it), a tree of blocks (where they lie), and blocks, which may be encoded,
 * and packed in files of Outlook 2013 and later:
 *
 *	              version  ids  page  block    packed
 *	ANSI          14, 15   32     512  8 KiB   no
 *	Unicode       21-23    64     512  8 KiB   no
 *	Unicode, 4K   36       64    4096  64 KiB  with zlib, where it helps
 *
 * Nothing that the file says is believed: levels of a tree must fall from
 * page to page, which makes cycles impossible, and a walk stops after as many
 * pages as the file has.
 */
#define PST_NODE_TYPE(nid) ((nid) & 0x1fu)
#define PST_NODE(nid, type) (((nid) & ~0x1fu) | (type))

enum {
	PST_FOLDER = 0x02,
	PST_MESSAGE = 0x04,
	PST_HIERARCHY = 0x0d,
	PST_CONTENTS = 0x0e
};

#define PST_STORE_NODE 0x21u
#define PST_NAMES_NODE 0x61u
#define PST_ROOT_NODE 0x122u
#define PST_ATTACHMENTS_NODE 0x671u     /* in the subnodes of a message */
#define PST_RECIPIENTS_NODE 0x692u

struct pst_page;

struct pst_file {
	const struct confined_input *in;
	struct confined_output *out;    /* told that we are alive; NULL is fine */
	bool is_ansi, is_4k;
	unsigned encoding;
	uint64_t node_root, block_root;
	uint64_t damaged;               /* blocks that do not match their checksum, so far */
	struct pst_page *pages;         /* a small cache */
	struct buf packed;
};

struct pst_node {
	uint32_t nid, parent;
	uint64_t data, sub;             /* block ids; 0: none */
};

struct pst_nodes {
	struct pst_node *items;         /* ascending by nid */
	size_t n, cap;
	uint64_t damaged;               /* pages that are not, or not wholly, to be relied on */
};

/* Is head (the first 16 bytes or more) that of such a file? */
bool pst_sniff(struct slice head);
/* The file is to be freed even after -1. */
int pst_file_open(const struct confined_input *in, struct pst_file *f, struct error *err);
void pst_file_free(struct pst_file *f);

/* 1, 0 when there is no such node, -1. */
int pst_find_node(struct pst_file *f, uint32_t nid, struct pst_node *out, struct error *err);
/* Append all folders and messages, as far as pages can be read. */
void pst_list_nodes(struct pst_file *f, struct pst_nodes *out);

/* The plain bytes of one block, which replace out. */
int pst_read_block(struct pst_file *f, uint64_t block, struct buf *out, struct error *err);

/* The leaves of a node's data tree, in order. */
struct pst_data {
	uint64_t *items;
	size_t n, cap;
	uint64_t declared;              /* bytes, by the block that names them; 0: there is none */
};

int pst_data_open(struct pst_file *f, uint64_t block, struct pst_data *out, struct error *err);
/* All bytes of the node's data, appended; over max is ERR_LIMIT. */
int pst_data_all(struct pst_file *f, uint64_t block, size_t max, struct buf *out,
    struct error *err);

/* The nodes inside a node. */
struct pst_subnodes {
	struct pst_node *items;
	size_t n, cap;
};

int pst_subnodes_open(struct pst_file *f, uint64_t block, struct pst_subnodes *out,
    struct error *err);
const struct pst_node *pst_subnodes_find(const struct pst_subnodes *s, uint32_t nid);

/* pstcode.c: the checksum of pages and blocks, and their encodings; the last is
 * for tests, which write. */
uint32_t pst_checksum(struct slice s);
void pst_decode(unsigned encoding, uint64_t block, unsigned char *p, size_t n);
void pst_encode(unsigned encoding, uint64_t block, unsigned char *p, size_t n);

#endif
