/* SPDX-License-Identifier: MIT */
#include "cmd/table.h"

#include <assert.h>

#include "cmd/output.h"
#include "core/base/text.h"

#define ROWS_HELD 500
#define GAP 2                   /* blanks between columns */
#define FLEXIBLE_LEAST 8        /* columns are not cut below this */
#define PADDED_MOST 100         /* in a pipe, where nothing is cut */

void
table_open(struct table *t, const struct column *columns)
{
	*t = (struct table){ .columns = columns };
	while (columns[t->column_count].title) {
		assert(t->column_count < TABLE_COLUMNS_MAX);
		t->widths[t->column_count] =
		    text_width(slice_string(columns[t->column_count].title));
		t->column_count++;
	}
}

static bool
gives_way(const struct column *column)
{
	return column->kind == COLUMN_FLEXIBLE || column->kind == COLUMN_PATH;
}

/* Take what is too much off the widest flexible columns. */
static void
fit(const struct table *t, unsigned *widths)
{
	unsigned columns = output_columns(), total = 0, i, widest;

	/* One subject of 256 KiB would make every line that long. */
	for (i = 0; columns == 0 && i < t->column_count; i++)
		widths[i] = widths[i] < PADDED_MOST ? widths[i] : PADDED_MOST;
	if (columns == 0)
		return;
	for (i = 0; i < t->column_count; i++)
		total += widths[i] + (i ? GAP : 0);
	while (total > columns) {
		widest = TABLE_COLUMNS_MAX;
		for (i = 0; i < t->column_count; i++)
			if (gives_way(&t->columns[i]) && widths[i] > FLEXIBLE_LEAST &&
			    (widest == TABLE_COLUMNS_MAX || widths[i] > widths[widest]))
				widest = i;
		if (widest == TABLE_COLUMNS_MAX)
			return;
		widths[widest]--;
		total--;
	}
}

static void
pad(struct buf *line, unsigned columns)
{
	while (columns-- > 0)
		buf_add_byte(line, ' ');
}

static void
add_end(struct buf *line, struct slice cell, unsigned columns)
{
	uint32_t code;

	buf_add_string(line, "…");
	while (text_width(cell) + 1 > columns && text_next(&cell, &code))
		;
	buf_add(line, cell);
}

static void
add_cell(const struct table *t, size_t column, unsigned width, struct slice cell,
    struct buf *line)
{
	enum column_kind kind = t->columns[column].kind;
	unsigned have = text_width(cell);

	if (column > 0)
		pad(line, GAP);
	if (kind == COLUMN_NUMBER && have < width)
		pad(line, width - have);
	if (have <= width || output_columns() == 0)
		buf_add(line, cell);
	else if (kind == COLUMN_PATH)
		add_end(line, cell, width);
	else
		text_add_cut(line, cell, width);
	if (kind != COLUMN_NUMBER && have < width)
		pad(line, width - have);
	/* No blanks at the end of a line. */
	while (column + 1 == t->column_count && line->n > 0 && line->p[line->n - 1] == ' ')
		buf_truncate(line, line->n - 1);
}

static void
print_held(struct table *t)
{
	unsigned widths[TABLE_COLUMNS_MAX];
	struct slice rest = buf_slice(&t->text), cell;
	struct buf line = BUF_EMPTY;
	size_t i;

	memcpy(widths, t->widths, sizeof(widths));
	fit(t, widths);
	for (i = 0; !t->is_begun && i < t->column_count; i++)
		add_cell(t, i, widths[i], slice_string(t->columns[i].title), &line);
	if (!t->is_begun)
		output_line(&line);
	t->is_begun = true;
	for (i = 0; slice_field(&rest, '\0', &cell); i++) {
		add_cell(t, i % t->column_count, widths[i % t->column_count], cell, &line);
		if (i % t->column_count + 1 == t->column_count)
			output_line(&line);
	}
	buf_clear(&t->text);
	t->cells = 0;
	buf_free(&line);
}

void
table_cell(struct table *t, const struct buf *printable)
{
	size_t column = t->cells % t->column_count;
	unsigned width = text_width(buf_slice(printable));

	if (column == 0 && t->cells == ROWS_HELD * t->column_count)
		print_held(t);
	if (width > t->widths[column])
		t->widths[column] = width;
	buf_add(&t->text, buf_slice(printable));
	buf_add_byte(&t->text, '\0');
	t->cells++;
}

void
table_string(struct table *t, const char *s)
{
	struct buf cell = BUF_EMPTY;

	add_shown(&cell, s);
	table_cell(t, &cell);
	buf_free(&cell);
}

void
table_number(struct table *t, uint64_t n)
{
	struct buf cell = BUF_EMPTY;

	buf_add_u64(&cell, n);
	table_cell(t, &cell);
	buf_free(&cell);
}

void
table_size(struct table *t, uint64_t bytes)
{
	struct buf cell = BUF_EMPTY;

	text_add_size(&cell, bytes);
	table_cell(t, &cell);
	buf_free(&cell);
}

void
table_close(struct table *t)
{
	if (t->cells > 0)
		print_held(t);
	buf_free(&t->text);
}
