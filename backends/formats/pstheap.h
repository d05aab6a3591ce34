/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_PSTHEAP_H
#define BACKENDS_FORMATS_PSTHEAP_H

#include "backends/formats/mapi.h"
#include "backends/formats/pstfile.h"

/*
 * The middle layer of a PST ([MS-PST] 2.3): a node's blocks are a heap of
 * small pieces; in it lie a B-tree of properties (one object), or a table.
 * Whatever is longer lies in a node inside the node.
 */
struct pst_heap {
	struct pst_file *file;
	struct pst_data data;
	struct pst_subnodes subnodes;
	struct buf *blocks;             /* as data.items; empty until wanted */
	struct arena *arena;            /* of the values; the caller's */
	unsigned kind;                  /* what it is the heap of */
	uint32_t root;
	size_t lost;                    /* values that could not be read; why the first */
	struct error first_lost;
};

enum { PST_HEAP_PROPERTIES = 0xbc, PST_HEAP_TABLE = 0x7c };

/* Free it in any case. */
int pst_heap_open(struct pst_file *f, const struct pst_node *node, struct arena *a,
    struct pst_heap *out, struct error *err);
void pst_heap_free(struct pst_heap *h);

/* The object's properties; values live in the heap and its arena. */
int pst_properties(struct pst_heap *h, struct mapi_properties *out, struct error *err);

/* Rows of a table, each with its id and, where wanted, its cells. */
struct pst_table {
	struct pst_heap *heap;
	struct pst_column {
		uint16_t type, id, at;
		uint8_t width, bit;
	} *columns;
	size_t column_count;
	unsigned row_width, bits_at;
	struct pst_data matrix;         /* where it is a node of its own */
	struct buf block;
	size_t next_block, at, left;    /* rows behind one another in block */
	size_t row, declared;           /* rows given; rows the index knows */
};

int pst_table_open(struct pst_heap *h, struct pst_table *out, struct error *err);
/* 1, 0, -1; cells may be NULL. */
int pst_table_next(struct pst_table *t, uint32_t *id, struct mapi_properties *cells,
    struct error *err);
void pst_table_free(struct pst_table *t);

#endif
