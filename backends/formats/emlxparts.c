/* SPDX-License-Identifier: MIT */
#include "backends/formats/emlxparts.h"

#include <assert.h>
#include <string.h>

#include "backends/formats/emlxtree.h"
#include "core/base/base64.h"
#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/path.h"
#include "core/base/vec.h"
#include "core/mail/header.h"
#include "core/mail/message.h"
#include "core/mail/names.h"

#define FIELD "X-Apple-Content-Length"
#define WIDTH 76u               /* of lines of base64, as all mailers of the day write them */
#define WIDTH_MAX 1000u
#define PLAIN_MAX (1u * MIB)    /* a part that is not base64 is counted through */

/* Bytes of the message in memory; of a file as they are; of a file in base64. */
enum piece_kind { PIECE_TEXT, PIECE_FILE, PIECE_BASE64 };

struct emlx_piece {
	enum piece_kind kind;
	struct slice text;
	const char *path;
	uint64_t size;                  /* as it stands in the message */
	uint64_t file_size;
	unsigned width;
	bool is_ended;                  /* the last line of base64 has its LF */
};

struct gap {
	size_t field, field_end;        /* of the header field, in the message */
	size_t body, body_end;
	uint64_t length;                /* what the field says */
	const char *encoding;           /* lower case; "" for none */
	struct emlx_piece piece;
};

struct filling {
	struct arena *arena;
	struct slice message;
	const char *attachments;        /* of this message */
	const char *parts;              /* what the names of .emlxpart files begin with */
	struct emlx_whole *out;
	size_t cap;
	uint64_t taken;                 /* of the message so far */
};

bool
emlx_has_gaps(struct slice message)
{
	return slice_find_bytes(message, 0, SLICE_OF("\n" FIELD ":")) < message.n;
}

/* ---- Which part lacks its body ---- */

/* The header of a part: from behind its boundary to its body. */
static struct slice
header_before(struct slice message, size_t body, size_t *at)
{
	size_t i = body;

	while (i > 1 && !(message.p[i - 1] == '\n' && i + 1 < body && message.p[i] == '-' &&
	    message.p[i + 1] == '-'))
		i--;
	if (i > 1) {
		i = slice_find(slice_sub(message, 0, body), i, '\n');
		*at = i < body ? i + 1 : body;
	} else {
		*at = 0;
	}
	return slice_sub(message, *at, body - *at);
}

static bool
read_gap(const struct filling *f, const struct message_part *part, struct gap *out)
{
	struct header_field field;
	struct slice header;
	size_t at, i;
	char *encoding;

	memset(out, 0, sizeof(*out));
	out->body = (size_t)part->at;
	out->body_end = (size_t)(part->at + part->n);
	if (part->is_container ||
	    slice_trim(slice_sub(f->message, out->body, (size_t)part->n)).n > 0)
		return false;
	header = header_before(f->message, out->body, &at);
	if (!header_find(header, FIELD, &field) || !slice_number(field.value, UINT64_MAX, &out->length))
		return false;
	out->field = (size_t)(field.raw.p - f->message.p);
	out->field_end = out->field + field.raw.n;
	out->encoding = "";
	if (header_find(header, "Content-Transfer-Encoding", &field)) {
		encoding = arena_string_of(f->arena, field.value);
		for (i = 0; encoding[i] != '\0'; i++)
			encoding[i] |= encoding[i] >= 'A' && encoding[i] <= 'Z' ? 0x20 : 0;
		out->encoding = encoding;
	}
	return true;
}

/* ---- What belongs there ---- */

/* The file of a part: that of its name, or the only one. */
static const char *
find_attachment(const struct filling *f, const struct message_part *part)
{
	const char *path = path_join(f->arena, f->attachments, part->number), *found = NULL;
	struct error ignored = ERROR_NONE;
	struct buf shown = BUF_EMPTY, wanted = BUF_EMPTY;
	struct directory all;
	size_t i, files = 0;

	if (directory_read(path, false, f->arena, &all, &ignored) < 0)
		all.n = 0;
	if (part->name != NULL)
		name_compose(slice_string(part->name), &wanted);
	for (i = 0; i < all.n; i++) {
		if (all.entries[i].kind != FILE_REGULAR || all.entries[i].name[0] == '.')
			continue;
		files++;
		buf_clear(&shown);
		name_compose(slice_string(all.entries[i].name), &shown);
		if (files > 1 && !slice_equal(buf_slice(&shown), buf_slice(&wanted)))
			continue;
		found = path_join(f->arena, path, all.entries[i].name);
		if (slice_equal(buf_slice(&shown), buf_slice(&wanted))) {
			files = 1;
			break;
		}
	}
	buf_free(&shown);
	buf_free(&wanted);
	return files == 1 ? found : NULL;
}

static bool
stat_piece(const struct filling *f, const char *path, struct emlx_piece *out)
{
	struct error ignored = ERROR_NONE;
	struct file_meta meta;

	if (path == NULL || file_stat(path, &meta, &ignored) < 0 || meta.kind != FILE_REGULAR)
		return false;
	out->path = path;
	out->file_size = meta.size;
	fingerprint_mix(&f->out->files, file_meta_fingerprint(path, &meta));
	return true;
}

static uint64_t
base64_length(uint64_t size, unsigned width, uint64_t *lines)
{
	uint64_t n = (size / 3 + (size % 3 != 0)) * 4;

	*lines = n / width + (n % width != 0);
	return n;
}

/* Does a file of that size, encoded in lines of that width, have the length
 * that the field says? */
static bool
fits(struct gap *g, unsigned width)
{
	struct emlx_piece *p = &g->piece;
	uint64_t lines, n = base64_length(p->file_size, width, &lines);

	if (n == 0 || (n + 2 * lines != g->length && n + 2 * lines - 2 != g->length))
		return false;
	p->is_ended = n + 2 * lines == g->length;
	p->width = width;
	p->size = n + lines - !p->is_ended;
	return true;
}

static bool
fill_base64(struct gap *g)
{
	struct emlx_piece *p = &g->piece;
	uint64_t lines;
	unsigned width;

	if (p->file_size > UINT64_MAX / 4)
		return false;
	p->kind = PIECE_BASE64;
	if (fits(g, WIDTH))
		return true;
	for (width = 4; width <= WIDTH_MAX; width += 4)
		if (fits(g, width))
			return true;
	if (p->file_size != g->length || p->file_size == 0)
		return false;
	/* Where the field holds the size of the file, its lines are the usual. */
	p->width = WIDTH;
	p->is_ended = true;
	p->size = base64_length(p->file_size, WIDTH, &lines) + lines;
	return true;
}

/* A body that is the file itself, but for its line ends. */
static bool
fill_plain(struct gap *g)
{
	struct error ignored = ERROR_NONE;
	struct buf text = BUF_EMPTY;
	uint64_t lines = 0;
	size_t at;
	bool fit;

	g->piece.kind = PIECE_FILE;
	g->piece.size = g->piece.file_size;
	fit = file_read_all(g->piece.path, PLAIN_MAX, &text, &ignored) == 0;
	for (at = 0; fit && (at = slice_find(buf_slice(&text), at, '\n')) < text.n; at++)
		lines++;
	fit = fit && (text.n == g->length || text.n + lines == g->length);
	buf_free(&text);
	return fit;
}

static bool
fill(const struct filling *f, const struct message_part *part, struct gap *g)
{
	static const char *const plain[] = { "", "7bit", "8bit", "binary" };
	const char *encoded = arena_format(f->arena, "%s%s.emlxpart", f->parts, part->number);
	size_t i;

	if (stat_piece(f, encoded, &g->piece)) {
		g->piece.kind = PIECE_FILE;
		g->piece.size = g->piece.file_size;
		return true;
	}
	if (!stat_piece(f, find_attachment(f, part), &g->piece))
		return false;
	if (strcmp(g->encoding, "base64") == 0)
		return fill_base64(g);
	for (i = 0; i < 4; i++)
		if (strcmp(g->encoding, plain[i]) == 0)
			return fill_plain(g);
	return false;
}

/* ---- Putting it together ---- */

static void
add_piece(struct filling *f, const struct emlx_piece *piece)
{
	if (piece->size == 0)
		return;
	f->out->pieces = vec_grow(f->out->pieces, &f->cap, f->out->n, sizeof(*f->out->pieces));
	f->out->pieces[f->out->n++] = *piece;
	f->out->size += piece->size;
}

static void
add_text(struct filling *f, size_t to)
{
	struct emlx_piece piece = { .kind = PIECE_TEXT };

	piece.text = slice_sub(f->message, (size_t)f->taken, to - (size_t)f->taken);
	piece.size = piece.text.n;
	add_piece(f, &piece);
}

/* Attachments/N beside the directory that the file N.emlx lies in. */
static void
find_places(struct filling *f, const char *path)
{
	const char *directory = path_parent(f->arena, path);
	uint64_t number = emlx_number(path_base(path));

	f->attachments = arena_format(f->arena, "%s/Attachments/%llu",
	    path_parent(f->arena, directory), (unsigned long long)number);
	f->parts = arena_format(f->arena, "%s/%llu.", directory, (unsigned long long)number);
}

bool
emlx_whole_find(struct slice message, const char *path, struct arena *a, struct emlx_whole *out)
{
	struct filling f = { .arena = a, .message = message, .out = out };
	struct emlx_piece *kept;
	struct message m;
	struct gap gap;
	bool any = false;
	size_t i;

	memset(out, 0, sizeof(*out));
	find_places(&f, path);
	message_open(message, a, &m);
	for (i = 0; i < m.part_count; i++) {
		if (m.parts[i].at < f.taken || !read_gap(&f, &m.parts[i], &gap) ||
		    gap.field < f.taken || !fill(&f, &m.parts[i], &gap))
			continue;
		any = true;
		add_text(&f, gap.field);
		f.taken = gap.field_end;
		add_text(&f, gap.body);
		add_piece(&f, &gap.piece);
		f.taken = gap.body_end;
	}
	message_close(&m);
	add_text(&f, message.n);
	kept = arena_alloc(a, out->n * sizeof(*kept));
	if (out->n > 0)
		memcpy(kept, out->pieces, out->n * sizeof(*kept));
	mem_free(out->pieces);
	out->pieces = kept;
	return any;
}

/* Of a piece in base64: whole lines around what is asked for are made. */
static int
encoded_bytes(const struct emlx_piece *piece, int fd, uint64_t at, unsigned char *p, size_t n,
    struct error *err)
{
	uint64_t line = at / (piece->width + 1), last = (at + n - 1) / (piece->width + 1);
	uint64_t from = line * (piece->width / 4 * 3), to = (last + 1) * (piece->width / 4 * 3);
	struct buf plain = BUF_EMPTY, encoded = BUF_EMPTY;
	size_t skip = (size_t)(at - line * (piece->width + 1));
	int rc;

	if (to > piece->file_size)
		to = piece->file_size;
	rc = file_read_at(fd, from, buf_extend(&plain, (size_t)(to - from)), (size_t)(to - from), err);
	if (rc == 0) {
		base64_encode_lines(buf_slice(&plain), piece->width, "\n", &encoded);
		buf_add_byte(&encoded, '\n');
		assert(skip + n <= encoded.n);
		memcpy(p, encoded.p + skip, n);
	}
	buf_free(&plain);
	buf_free(&encoded);
	return rc;
}

static int
piece_bytes(const struct emlx_piece *piece, uint64_t at, unsigned char *p, size_t n,
    struct error *err)
{
	struct file_meta meta;
	int fd = -1, rc;

	if (piece->kind == PIECE_TEXT) {
		memcpy(p, piece->text.p + at, n);
		return 0;
	}
	if (file_open_read(piece->path, &fd, err) < 0)
		return -1;
	rc = file_stat_fd(fd, &meta, err);
	if (rc == 0 && meta.size != piece->file_size)
		rc = fail(err, ERR_CHANGED, "%s: was written to while it was read", piece->path);
	if (rc == 0)
		rc = piece->kind == PIECE_FILE ? file_read_at(fd, at, p, n, err) :
		    encoded_bytes(piece, fd, at, p, n, err);
	file_close(fd);
	return rc;
}

int
emlx_whole_bytes(const struct emlx_whole *whole, uint64_t at, void *p, size_t n,
    struct error *err)
{
	unsigned char *to = p;
	uint64_t begin = 0;
	size_t i, share;

	for (i = 0; i < whole->n && n > 0; begin += whole->pieces[i++].size) {
		if (at >= begin + whole->pieces[i].size)
			continue;
		share = whole->pieces[i].size - (at - begin) < n ?
		    (size_t)(whole->pieces[i].size - (at - begin)) : n;
		if (piece_bytes(&whole->pieces[i], at - begin, to, share, err) < 0)
			return -1;
		at += share;
		to += share;
		n -= share;
	}
	return n == 0 ? 0 : fail(err, ERR_CHANGED, "a message is shorter than it was");
}
