/* SPDX-License-Identifier: MIT */
#include "backends/formats/mork.h"

#include <stdlib.h>

#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/map.h"
#include "core/base/mem.h"
#include "core/base/vec.h"

/*
 * The grammar, as morkWriter.cpp and morkParser.cpp of Thunderbird have it:
 *
 *	file    = header { dict | table | row | group }
 *	dict    = "<" { "<" cells ">" | "(" hex "=" value ")" } ">"
 *	table   = "{" [ "-" ] oid { "{" cells and ids "}" | [ "-" ] row | [ "-" ] hex } "}"
 *	row     = "[" [ "-" ] oid { "[" cells "]" | [ "-" ] cell } "]"
 *	cell    = "(" ( "^" hex | name ) ( "=" value | "^" hex [ ":" scope ] ) ")"
 *	oid     = hex [ ":" ( "^" hex | name ) ]
 *	group   = "@$${" hex "{@" … "@$$}" hex "}@", or "@$$}~…" when it was given up
 *
 * In a value "\" quotes the next byte, or continues on the next line, and
 * "$" stands before two hexadecimal digits.  "<(a=c)>" at the head of a dict
 * says that it defines column names, else it defines values.  Numbers are
 * given new meanings as the file goes on, so cells are resolved as they are read.
 */
#define MORK_MAGIC "// <!-- <mdb:mork:z"
#define MORK_MAX CONFIG_FILE_MAX
#define IDS_SPARE 4096u

/* The columns that are looked at. */
enum column { COLUMN_OTHER, COLUMN_FLAGS, COLUMN_KEYWORDS, COLUMN_TOKEN, COLUMN_OFFSET,
	COLUMN_FOLDER_NAME, COLUMN_ONLINE_NAME, COLUMN_KIND, COLUMN_COUNT };

static const char *const column_names[COLUMN_COUNT] = { "", "flags", "keywords", "storeToken",
	"msgOffset", "folderName", "onlineName", "k" };

enum scope { SCOPE_OTHER, SCOPE_MESSAGES, SCOPE_FOLDER };

/* Offsets of raw values, 0 for none: summaries of 100,000 messages were seen. */
struct mork_row {
	uint32_t cells[COLUMN_COUNT];
	uint32_t listed;                /* in the table of the folder's messages: its epoch */
};

struct known {
	uint64_t offset;
	uint32_t flags;
	uint32_t keywords;              /* raw value, or 0 */
};

/* Meanings of numbers: offset of the raw value that each stands for. */
struct atoms {
	uint32_t *items;
	size_t n, cap;
};

struct mork {
	struct buf text;
	struct atoms columns, values;
	struct map rows;                /* number of a message to index into items */
	struct mork_row *items;
	size_t n, cap;
	uint32_t epoch;                 /* how often that table began anew, and 1 */
	struct mork_row folder;
	struct known *known;            /* by offset in the mbox */
	size_t known_count;
	struct map named;               /* file in the maildir to index into named_known */
	struct known *named_known;
	size_t named_count, named_cap;
	struct buf keywords;            /* of the message asked for last */
};

/* ---- Bytes ---- */

struct parser {
	struct mork *m;
	struct slice rest;
	bool in_group;
	bool is_bad;
};

static unsigned char
peek(const struct parser *p)
{
	return p->rest.n > 0 ? p->rest.p[0] : '\0';
}

static void
skip(struct parser *p, size_t n)
{
	p->is_bad |= n > p->rest.n;
	p->rest = slice_from(p->rest, n);
}

static bool
take(struct parser *p, unsigned char c)
{
	if (p->rest.n == 0 || p->rest.p[0] != c)
		return false;
	skip(p, 1);
	return true;
}

static void
expect(struct parser *p, unsigned char c)
{
	p->is_bad |= !take(p, c);
}

static void
skip_space(struct parser *p)
{
	for (;;) {
		unsigned char c = peek(p);

		if (p->rest.n == 0)
			return;
		if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
			skip(p, 1);
		else if (c == '\\')     /* a line that goes on */
			skip(p, 1);
		else if (slice_starts(p->rest, "//"))
			p->rest = slice_from(p->rest, slice_find(p->rest, 0, '\n'));
		else
			return;
	}
}

static bool
is_hex(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

static uint64_t
take_hex(struct parser *p)
{
	uint64_t number = 0;
	size_t n = 0;

	while (n < p->rest.n && is_hex(p->rest.p[n]))
		n++;
	p->is_bad |= n == 0 || !slice_hex_number(slice_sub(p->rest, 0, n), UINT32_MAX, &number);
	skip(p, n);
	return number;
}

/* The raw value from here to its ")", which is taken too; its offset. */
static uint32_t
take_value(struct parser *p)
{
	size_t n = 0, at = (size_t)(p->rest.p - p->m->text.p);

	while (n < p->rest.n && p->rest.p[n] != ')')
		n += p->rest.p[n] == '\\' ? 2 : 1;
	skip(p, n);
	expect(p, ')');
	return (uint32_t)at;
}

static void
define(struct parser *p, struct atoms *atoms, uint64_t id, uint32_t value)
{
	/* Numbers are given out in order, and a definition takes more than one
	 * byte: what is far over that is made up, and must not size the table. */
	if (id > p->m->text.n + IDS_SPARE) {
		p->is_bad = true;
		return;
	}
	while (atoms->n <= id) {
		atoms->items = vec_grow(atoms->items, &atoms->cap, atoms->n, sizeof(*atoms->items));
		atoms->n++;
	}
	atoms->items[id] = value;
}

static uint32_t
meaning(const struct atoms *atoms, uint64_t id)
{
	return id < atoms->n ? atoms->items[id] : 0;
}

/* Append the value, escapes undone. */
static void
add_value(const struct mork *m, uint32_t at, struct buf *out)
{
	struct slice s = slice_from(buf_slice(&m->text), at);
	uint64_t code;
	size_t i;

	if (at == 0)
		return;
	for (i = 0; i < s.n && s.p[i] != ')'; i++) {
		if (s.p[i] == '$' && slice_hex_number(slice_sub(s, i + 1, 2), 255, &code) &&
		    i + 2 < s.n) {
			buf_add_byte(out, (unsigned char)code);
			i += 2;
		} else if (s.p[i] != '\\') {
			buf_add_byte(out, s.p[i]);
		} else if (++i < s.n && s.p[i] == '\r') {
			i += i + 1 < s.n && s.p[i + 1] == '\n';
		} else if (i < s.n && s.p[i] != '\n') {
			buf_add_byte(out, s.p[i]);
		}
	}
}

static bool
value_is(const struct mork *m, uint32_t at, const char *text)
{
	size_t n = strlen(text);
	struct slice s = slice_sub(slice_from(buf_slice(&m->text), at), 0, n + 1);

	return at != 0 && s.n == n + 1 && memcmp(s.p, text, n) == 0 && s.p[n] == ')';
}

/* ---- Cells, rows, tables ---- */

static enum column
column_of(const struct mork *m, uint32_t name)
{
	enum column c;

	for (c = COLUMN_FLAGS; c < COLUMN_COUNT; c++) {
		if (value_is(m, name, column_names[c]))
			return c;
	}
	return COLUMN_OTHER;
}

/* "^80" or "m": which rows are meant. */
static enum scope
take_scope(struct parser *p)
{
	uint32_t name;

	if (!take(p, '^')) {
		while (is_hex(peek(p)) || (peek(p) > ' ' && strchr("()[]{}<>:=^", peek(p)) == NULL))
			skip(p, 1);
		return SCOPE_OTHER;
	}
	name = meaning(&p->m->columns, take_hex(p));
	if (value_is(p->m, name, "ns:msg:db:row:scope:msgs:all"))
		return SCOPE_MESSAGES;
	if (value_is(p->m, name, "ns:msg:db:row:scope:dbfolderinfo:all"))
		return SCOPE_FOLDER;
	return SCOPE_OTHER;
}

/* Behind "(": what the cell is of, and the offset of its value. */
static enum column
take_cell(struct parser *p, uint32_t *value)
{
	enum column column = COLUMN_OTHER;
	bool of_columns = false;
	uint64_t id;

	if (take(p, '^')) {
		column = column_of(p->m, meaning(&p->m->columns, take_hex(p)));
	} else {
		if (slice_starts(p->rest, "k^") || slice_starts(p->rest, "k="))
			column = COLUMN_KIND;
		while (p->rest.n > 0 && peek(p) != '=' && peek(p) != '^' && peek(p) != ')')
			skip(p, 1);
	}
	*value = 0;
	skip_space(p);          /* a long value begins on the next line */
	if (take(p, '=')) {
		*value = take_value(p);
		return column;
	}
	if (take(p, '^')) {
		id = take_hex(p);
		if (take(p, ':')) {
			of_columns = peek(p) == 'c';
			skip(p, 1);
		}
		*value = meaning(of_columns ? &p->m->columns : &p->m->values, id);
	}
	expect(p, ')');
	return column;
}

/* The row of that number, made when it is new. */
static struct mork_row *
row_of(struct mork *m, enum scope scope, uint64_t id)
{
	uint64_t index;

	if (scope == SCOPE_FOLDER)
		return &m->folder;
	if (scope != SCOPE_MESSAGES)
		return NULL;
	if (!map_get(&m->rows, slice_of(&id, sizeof(id)), &index)) {
		index = m->n;
		map_put(&m->rows, slice_of(&id, sizeof(id)), index);
		m->items = vec_grow(m->items, &m->cap, m->n++, sizeof(*m->items));
	}
	return &m->items[index];
}

/* A number and the scope it may carry; the one of the table is the default. */
static struct mork_row *
take_row_id(struct parser *p, enum scope scope)
{
	uint64_t id;

	skip_space(p);
	id = take_hex(p);
	if (take(p, ':'))
		scope = take_scope(p);
	return p->is_bad ? NULL : row_of(p->m, scope, id);
}

/* Behind "[". */
static struct mork_row *
take_row(struct parser *p, enum scope scope)
{
	struct mork_row *row;
	enum column column;
	uint32_t value;
	bool is_meta = false, is_cut = false, is_new;

	skip_space(p);
	is_new = take(p, '-');
	row = take_row_id(p, scope);
	if (row != NULL && is_new)
		memset(row->cells, 0, sizeof(row->cells));
	for (;;) {
		skip_space(p);
		if (p->is_bad || p->rest.n == 0) {
			p->is_bad = true;
			return NULL;
		}
		if (take(p, '(')) {
			column = take_cell(p, &value);
			if (row != NULL && !is_meta)
				row->cells[column] = is_cut ? 0 : value;
			is_cut = false;
		} else if (take(p, '-')) {
			is_cut = true;
		} else if (!is_meta && take(p, '[')) {
			is_meta = true;
		} else if (take(p, ']')) {
			if (!is_meta)
				return row;
			is_meta = false;
		} else {
			p->is_bad = true;
		}
	}
}

/* Behind the "{" of a table's own properties: is it the one that lists the
 * folder's messages? */
static bool
take_table_meta(struct parser *p)
{
	bool lists_messages = false;
	uint32_t value;

	for (;;) {
		skip_space(p);
		if (p->is_bad || p->rest.n == 0) {
			p->is_bad = true;
			return false;
		}
		if (take(p, '}'))
			return lists_messages;
		if (take(p, '(')) {
			if (take_cell(p, &value) == COLUMN_KIND)
				lists_messages = value_is(p->m, value, "ns:msg:db:table:kind:msgs");
		} else if (take(p, '[')) {
			take_row(p, SCOPE_OTHER);
		} else if (!take(p, '-')) {
			take_row_id(p, SCOPE_OTHER);
		}
	}
}

/* Behind "{". */
static void
take_table(struct parser *p)
{
	bool lists = false, is_cut = false, is_new;
	enum scope scope = SCOPE_OTHER;
	struct mork_row *row;

	skip_space(p);
	is_new = take(p, '-');
	take_hex(p);
	if (take(p, ':'))
		scope = take_scope(p);
	for (;;) {
		skip_space(p);
		if (p->is_bad || p->rest.n == 0) {
			p->is_bad = true;
			return;
		}
		if (take(p, '}'))
			return;
		if (take(p, '{')) {
			lists = take_table_meta(p) && scope == SCOPE_MESSAGES;
			p->m->epoch += lists && is_new;
		} else if (take(p, '-')) {
			is_cut = true;
		} else if (take(p, '!')) {      /* where a row moved to */
			take_hex(p);
		} else {
			row = take(p, '[') ? take_row(p, scope) : take_row_id(p, scope);
			if (row != NULL && lists)
				row->listed = is_cut ? 0 : p->m->epoch;
			is_cut = false;
		}
	}
}

/* Behind "<". */
static void
take_dict(struct parser *p)
{
	bool of_columns = false;
	uint64_t id;

	for (;;) {
		skip_space(p);
		if (p->is_bad || p->rest.n == 0) {
			p->is_bad = true;
			return;
		}
		if (take(p, '>'))
			return;
		if (take(p, '<')) {
			skip_space(p);
			while (take(p, '(')) {
				of_columns |= slice_starts(p->rest, "a=c)");
				take_value(p);
				skip_space(p);
			}
			expect(p, '>');
			continue;
		}
		expect(p, '(');
		id = take_hex(p);
		skip_space(p);
		expect(p, '=');
		define(p, of_columns ? &p->m->columns : &p->m->values, id, take_value(p));
	}
}

/* At "@": the begin or end of a group of changes.  One that was given up, or
 * was never ended, does not count. */
static void
take_group(struct parser *p)
{
	const struct slice end = SLICE_OF("@$$}");
	size_t at;

	if (slice_starts(p->rest, "@$$}")) {
		p->in_group = false;
		at = slice_find_bytes(p->rest, end.n, SLICE_OF("}@"));
		p->is_bad |= at == p->rest.n;
		skip(p, at == p->rest.n ? at : at + 2);
		return;
	}
	/* None inside another: each is looked through for its end once. */
	if (!slice_starts(p->rest, "@$${") || p->in_group) {
		p->is_bad = true;
		return;
	}
	at = slice_find_bytes(p->rest, 4, end);
	if (at == p->rest.n) {
		p->rest = slice_from(p->rest, p->rest.n);
		return;
	}
	if (slice_starts(slice_from(p->rest, at + end.n), "~")) {
		skip(p, at);
		return;
	}
	p->in_group = true;
	skip(p, 4);
	take_hex(p);
	expect(p, '{');
	expect(p, '@');
}

static int
parse(struct mork *m, struct error *err)
{
	struct parser p = { .m = m, .rest = buf_slice(&m->text) };

	if (!slice_starts(p.rest, MORK_MAGIC))
		return fail(err, ERR_FORMAT, "no Mork file");
	for (;;) {
		skip_space(&p);
		if (p.is_bad)
			return fail(err, ERR_FORMAT, "makes no sense at byte %zu",
			    (size_t)(p.rest.p - m->text.p));
		if (p.rest.n == 0)
			return 0;
		switch (peek(&p)) {
		case '<': skip(&p, 1); take_dict(&p); break;
		case '{': skip(&p, 1); take_table(&p); break;
		case '[': skip(&p, 1); take_row(&p, SCOPE_OTHER); break;
		case '@': take_group(&p); break;
		default: p.is_bad = true; break;
		}
	}
}

/* ---- What was learned ---- */

static bool
number_at(const struct mork *m, uint32_t at, bool is_hex_number, uint64_t *out)
{
	struct slice s = slice_from(buf_slice(&m->text), at);

	s = slice_sub(s, 0, slice_find(slice_sub(s, 0, 32), 0, ')'));
	if (at == 0)
		return false;
	return is_hex_number ? slice_hex_number(s, UINT64_MAX, out) :
	    slice_number(s, UINT64_MAX, out);
}

static int
by_offset(const void *a, const void *b)
{
	const struct known *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* storeToken is the offset in the mbox, or the name of a file in the maildir. */
static void
collect_named(struct mork *m, const struct known *message, uint32_t token)
{
	struct buf name = BUF_EMPTY;

	add_value(m, token, &name);
	map_put(&m->named, buf_slice(&name), m->named_count);
	m->named_known = vec_grow(m->named_known, &m->named_cap, m->named_count,
	    sizeof(*m->named_known));
	m->named_known[m->named_count++] = *message;
	buf_free(&name);
}

static void
collect(struct mork *m)
{
	struct known message;
	uint64_t flags;
	size_t i;

	m->known = mem_alloc_array(m->n, sizeof(*m->known));
	for (i = 0; i < m->n; i++) {
		const struct mork_row *row = &m->items[i];
		uint32_t token = row->cells[COLUMN_TOKEN];

		if (row->listed != m->epoch || !number_at(m, row->cells[COLUMN_FLAGS], true, &flags))
			continue;
		message = (struct known){ .flags = (uint32_t)flags,
			.keywords = row->cells[COLUMN_KEYWORDS] };
		/* Before storeToken, msgOffset counted only with the offline bit. */
		if (number_at(m, token, false, &message.offset) || (token == 0 && (flags & 0x80) != 0 &&
		    number_at(m, row->cells[COLUMN_OFFSET], true, &message.offset)))
			m->known[m->known_count++] = message;
		else if (token != 0)
			collect_named(m, &message, token);
	}
	if (m->known_count > 0)
		qsort(m->known, m->known_count, sizeof(*m->known), by_offset);
	/* The rows have served. */
	mem_free(m->items);
	m->items = NULL;
	map_free(&m->rows);
}

int
mork_open(const char *path, struct mork **out, struct error *err)
{
	struct mork *m = mem_alloc(sizeof(*m));
	int rc = -1;

	m->epoch = 1;
	if (file_read_all(path, MORK_MAX, &m->text, err) < 0)
		goto out;
	if (parse(m, err) < 0) {
		fail_in(err, "%s", path);
		goto out;
	}
	collect(m);
	*out = m;
	m = NULL;
	rc = 0;

out:
	mork_close(m);
	return rc;
}

static void
tell(struct mork *m, const struct known *found, struct mork_message *out)
{
	buf_clear(&m->keywords);
	add_value(m, found->keywords, &m->keywords);
	out->flags = found->flags;
	out->keywords = buf_slice(&m->keywords);
}

bool
mork_message_at(struct mork *m, uint64_t at, struct mork_message *out)
{
	const struct known wanted = { .offset = at }, *found;

	found = m->known_count == 0 ? NULL :
	    bsearch(&wanted, m->known, m->known_count, sizeof(wanted), by_offset);
	if (found == NULL)
		return false;
	tell(m, found, out);
	return true;
}

bool
mork_message_named(struct mork *m, struct slice name, struct mork_message *out)
{
	uint64_t index;

	if (!map_get(&m->named, name, &index))
		return false;
	tell(m, &m->named_known[index], out);
	return true;
}

size_t
mork_message_count(const struct mork *m)
{
	return m->known_count;
}

uint64_t
mork_message_offset(const struct mork *m, size_t i)
{
	return m->known[i].offset;
}

void
mork_close(struct mork *m)
{
	if (m == NULL)
		return;
	buf_free(&m->text);
	buf_free(&m->keywords);
	map_free(&m->rows);
	mem_free(m->columns.items);
	mem_free(m->values.items);
	mem_free(m->items);
	mem_free(m->known);
	map_free(&m->named);
	mem_free(m->named_known);
	mem_free(m);
}

void
mork_folder_names(const char *path, struct buf *shown, struct buf *online)
{
	struct error ignored = ERROR_NONE;
	struct mork *m = NULL;

	buf_clear(shown);
	buf_clear(online);
	if (mork_open(path, &m, &ignored) < 0)
		return;
	add_value(m, m->folder.cells[COLUMN_FOLDER_NAME], shown);
	add_value(m, m->folder.cells[COLUMN_ONLINE_NAME], online);
	mork_close(m);
}
