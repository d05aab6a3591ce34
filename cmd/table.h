/* SPDX-License-Identifier: MIT */
#ifndef CMD_TABLE_H
#define CMD_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/buf.h"

/*
 * A table on standard output.  Columns are as wide as what stands in them;
 * on a terminal the flexible ones give way until a row fits, elsewhere nothing
 * is cut.  Rows are held back some hundreds at a time, so a long table begins
 * at once and takes no memory.
 */
enum column_kind {
	COLUMN_PLAIN,           /* as wide as it must be */
	COLUMN_NUMBER,          /* the same, to the right */
	COLUMN_FLEXIBLE,        /* cut at its end where a row does not fit */
	COLUMN_PATH             /* cut at its beginning: the end tells more */
};

struct column {
	const char *title;      /* NULL ends the list of columns */
	enum column_kind kind;
};

#define TABLE_COLUMNS_MAX 8

struct table {
	const struct column *columns;
	size_t column_count;
	unsigned widths[TABLE_COLUMNS_MAX];     /* so far; they never shrink */
	struct buf text;        /* the cells held back, each ended by NUL */
	size_t cells;
	bool is_begun;          /* the titles are printed */
};

void table_open(struct table *t, const struct column *columns);
/* Cells from left to right, row after row; text that is printable already. */
void table_cell(struct table *t, const struct buf *printable);
void table_string(struct table *t, const char *s);      /* made printable here; NULL: empty */
void table_number(struct table *t, uint64_t n);
void table_size(struct table *t, uint64_t bytes);
/* Print what is held back.  A table without rows prints nothing. */
void table_close(struct table *t);

#endif
