/* SPDX-License-Identifier: MIT */
#include "core/base/base64.h"
#include "core/base/limits.h"
#include "core/job/backup_internal.h"
#include "core/job/summary.h"
#include "core/mail/canonical.h"
#include "core/mail/parts.h"

#define PIECE (1u * MIB)

/* ---- What is worth parsing of a very long message ---- */

/*
 * A filter that lets a message through line by line but for long bodies of
 * base64 and what is over the limit, so that its structure, names and text
 * can be parsed in bounded memory.
 */
#define VIEW_MAX (4u * MIB)
#define VIEW_LINE_MAX (64u * KIB)
#define VIEW_BASE64_LINES 40u

struct view {
	struct buf out;
	struct buf line;                /* unfinished */
	unsigned base64_lines;          /* in a row */
};

static void
view_line(struct view *v, struct slice line)
{
	struct slice text = slice_chomp(line);

	v->base64_lines = text.n >= 60 && base64_span(text) == text.n ? v->base64_lines + 1 : 0;
	if (v->base64_lines <= VIEW_BASE64_LINES && v->out.n + line.n <= VIEW_MAX)
		buf_add(&v->out, line);
}

static void
view_add(struct view *v, struct slice s)
{
	struct slice line;

	while (slice_line(&s, &line)) {
		bool whole = line.p[line.n - 1] == '\n';

		if (v->line.n == 0 && whole) {
			view_line(v, line);
			continue;
		}
		/* What is over a sane line's length is dropped, not kept in memory. */
		buf_add(&v->line, slice_sub(line, 0, VIEW_LINE_MAX - v->line.n));
		if (!whole)
			continue;
		view_line(v, buf_slice(&v->line));
		buf_clear(&v->line);
	}
}

static void
view_end(struct view *v)
{
	if (v->line.n)
		view_line(v, buf_slice(&v->line));
	buf_free(&v->line);
}

/* ---- The stored bytes without the insertions ---- */

struct large_source {
	struct chunk_source source;
	struct large_entry *large;
	const struct placement *placement;
	size_t next;                    /* insertion */
	uint64_t at;                    /* in the stored bytes */
	uint64_t inserted;              /* bytes of insertions passed */
	struct hasher *hasher;          /* or NULL */
	struct view *view;              /* or NULL */
	uint64_t size;                  /* given so far */
};

/* Pass insertions that stand here; returns how many bytes follow that are the
 * message's own. */
static uint64_t
own_bytes(struct large_source *s)
{
	const struct placement *p = s->placement;
	uint64_t end = s->large->entry->size, tail = 0;
	size_t i;

	for (i = p->insertion_count; i > 0 && p->insertions[i - 1].at == PLACEMENT_END; i--)
		tail += p->insertions[i - 1].text.n;
	while (s->next < p->insertion_count && p->insertions[s->next].at != PLACEMENT_END &&
	    s->at == p->insertions[s->next].at + s->inserted) {
		s->at += p->insertions[s->next].text.n;
		s->inserted += p->insertions[s->next].text.n;
		s->next++;
	}
	if (s->next < p->insertion_count && p->insertions[s->next].at != PLACEMENT_END)
		return p->insertions[s->next].at + s->inserted - s->at;
	return end - tail - s->at;
}

static int64_t
large_read(struct chunk_source *source, void *p, size_t n, struct error *err)
{
	struct large_source *s = (struct large_source *)(void *)source;
	uint64_t own = own_bytes(s);
	struct slice got;

	if (n > own)
		n = (size_t)own;
	if (n > PIECE)
		n = PIECE;
	if (n == 0)
		return 0;
	if (job_go_on(s->large->job, err) < 0)
		return -1;
	if (s->large->reader->ops->bytes(s->large->reader, s->at, p, n, err) < 0) {
		s->large->source_failed = true;
		return -1;
	}
	s->at += n;
	s->size += n;
	got = slice_of(p, n);
	if (s->hasher)
		hasher_add(s->hasher, got);
	if (s->view)
		view_add(s->view, got);
	return (int64_t)n;
}

int
large_fingerprint(struct large_entry *large, uint64_t *out, struct error *err)
{
	const struct entry *e = large->entry;
	struct fingerprinter *whole;
	unsigned char *piece;
	uint64_t at = 0;
	size_t n;
	int rc = -1;

	/* A short one lies in memory already: same number, by another way. */
	if (!e->is_large) {
		*out = fingerprint64(e->bytes);
		if (large->file)
			fingerprinter_add(large->file, e->bytes);
		return 0;
	}
	whole = fingerprinter_open();
	piece = mem_alloc(PIECE);
	while (at < e->size) {
		n = e->size - at < PIECE ? (size_t)(e->size - at) : PIECE;
		if (job_go_on(large->job, err) < 0 ||
		    large->reader->ops->bytes(large->reader, at, piece, n, err) < 0)
			goto out;
		fingerprinter_add(whole, slice_of(piece, n));
		if (large->file)
			fingerprinter_add(large->file, slice_of(piece, n));
		at += n;
	}
	*out = fingerprinter_end(whole).low;
	rc = 0;

out:
	mem_free(piece);
	fingerprinter_close(whole);
	return rc;
}

static int
add_recipe(struct backup *b, const struct digests *chunks, const struct digest *id,
    struct slice view, uint64_t bytes, struct error *err)
{
	struct buf recipe = BUF_EMPTY;
	struct arena arena = ARENA_EMPTY;
	struct summary summary;
	struct message m;
	size_t i;
	int rc;

	memset(&summary, 0, sizeof(summary));
	message_open(view, &arena, &m);
	summary_of_message(&m, bytes, &arena, &summary);
	message_close(&m);
	recipe_begin(&recipe);
	for (i = 0; i < chunks->n; i++)
		recipe_chunk(&recipe, &chunks->items[i]);
	recipe_end(&recipe);
	rc = archive_writer_add(b->writer, OBJECT_MESSAGE, true, id, buf_slice(&recipe),
	    buf_slice(&summary.json), err);
	buf_free(&recipe);
	buf_free(&summary.json);
	arena_free(&arena);
	return rc;
}

int
large_message(struct backup *b, struct large_entry *large, struct arena *a, struct placement *out,
    bool *stored, struct error *err)
{
	const struct entry *e = large->entry;
	struct digests chunks = VEC_EMPTY;
	struct view view = { .out = BUF_EMPTY };
	struct hasher *hasher = hasher_open();
	struct large_source source = {
		.source = { .read = large_read },
		.large = large,
		.placement = out,
		.hasher = hasher,
		.view = &view,
	};
	uint64_t size;
	int rc = -1, added;

	canonical_take_head(e->bytes, e->size, &e->framing, a, out);
	if (archive_writer_add_chunks(b->writer, &source.source, &chunks, &size, err) < 0)
		goto out;
	hasher_end(hasher, &out->id);
	out->kind = PLACED_MESSAGE;
	view_end(&view);
	added = add_recipe(b, &chunks, &out->id, buf_slice(&view.out), source.size, err);
	if (added < 0)
		goto out;
	*stored = added == 1;
	if (pipe_put_view(b->pipe, &view.out, &out->id, source.size, e->date, err) < 0)
		goto out;
	rc = 0;

out:
	vec_free(&chunks);
	buf_free(&view.out);
	buf_free(&view.line);
	hasher_close(hasher);
	return rc;
}

/* Filler of any length, from memory or from the reader. */
struct filler_source {
	struct chunk_source source;
	struct large_entry *large;
	uint64_t at;
};

static int64_t
filler_read(struct chunk_source *source, void *p, size_t n, struct error *err)
{
	struct filler_source *s = (struct filler_source *)(void *)source;
	const struct entry *e = s->large->entry;

	if (n > e->size - s->at)
		n = (size_t)(e->size - s->at);
	if (n == 0)
		return 0;
	if (job_go_on(s->large->job, err) < 0)
		return -1;
	if (!e->is_large) {
		memcpy(p, e->bytes.p + s->at, n);
	} else if (s->large->reader->ops->bytes(s->large->reader, s->at, p, n, err) < 0) {
		s->large->source_failed = true;
		return -1;
	}
	s->at += n;
	return (int64_t)n;
}

int
large_filler(struct backup *b, struct large_entry *large, struct digests *out, struct error *err)
{
	struct filler_source source = { .source = { .read = filler_read }, .large = large };
	uint64_t size;

	return archive_writer_add_chunks(b->writer, &source.source, out, &size, err);
}
