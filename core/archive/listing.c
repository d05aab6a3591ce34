/* SPDX-License-Identifier: MIT */
#include "core/archive/listing.h"

#include <inttypes.h>

#include "core/archive/bytes.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/mem.h"

#define VERSION 1
#define RUN_ENTRIES_MIN 64
#define CUT_MASK 0x3ff          /* of the first two bytes of an id */
/* A run with long lines is cut here; with the longest line there is, it is
 * still an object. */
#define RUN_BYTES_MAX (8u * MIB)

struct listing_writer {
	struct archive_writer *writer;
	struct buf what, state, runs;
	uint64_t in_run, entries;
};

struct listing_writer *
listing_writer_open(struct archive_writer *w)
{
	struct listing_writer *l = mem_alloc(sizeof(*l));

	l->writer = w;
	return l;
}

static int
add_object(struct archive_writer *w, const struct buf *bytes, struct digest *id, struct error *err)
{
	digest_of(buf_slice(bytes), id);
	return archive_writer_add(w, OBJECT_LISTING, false, id, buf_slice(bytes), SLICE_EMPTY, err);
}

static int
end_run(struct listing_writer *l, struct error *err)
{
	struct digest what, state;

	if (add_object(l->writer, &l->what, &what, err) < 0 ||
	    add_object(l->writer, &l->state, &state, err) < 0)
		return -1;
	buf_add_byte(&l->runs, '{');
	json_digest(&l->runs, "what", &what);
	json_digest(&l->runs, "state", &state);
	json_integer(&l->runs, "entries", (int64_t)l->in_run);
	buf_add_string(&l->runs, "}\n");
	l->in_run = 0;
	buf_clear(&l->what);
	buf_clear(&l->state);
	return 0;
}

int
listing_writer_add(struct listing_writer *l, const struct digest *id, struct slice what,
    struct slice state, struct error *err)
{
	unsigned low = (id->bytes[0] * 256u + id->bytes[1]) & CUT_MASK;

	buf_add(&l->what, what);
	buf_add_byte(&l->what, '\n');
	buf_add(&l->state, state);
	buf_add_byte(&l->state, '\n');
	l->in_run++;
	l->entries++;
	if ((low == 0 && l->in_run >= RUN_ENTRIES_MIN) || l->in_run >= RUN_ENTRIES_MAX ||
	    l->what.n >= RUN_BYTES_MAX || l->state.n >= RUN_BYTES_MAX)
		return end_run(l, err);
	return 0;
}

int
listing_writer_end(struct listing_writer *l, struct digest *root, struct error *err)
{
	struct buf bytes = BUF_EMPTY;
	int rc = -1;

	if (l->in_run > 0 && end_run(l, err) < 0)
		goto out;
	buf_add_format(&bytes, "{\"listing\":%d,\"entries\":%" PRIu64 "}\n", VERSION, l->entries);
	buf_add(&bytes, buf_slice(&l->runs));
	rc = add_object(l->writer, &bytes, root, err) < 0 ? -1 : 0;

out:
	buf_free(&bytes);
	return rc;
}

void
listing_writer_close(struct listing_writer *l)
{
	if (l == NULL)
		return;
	buf_free(&l->what);
	buf_free(&l->state);
	buf_free(&l->runs);
	mem_free(l);
}

struct listing_reader {
	struct archive *archive;
	struct object_finder *finder;
	struct buf root, what, state;
	struct slice runs, what_rest, state_rest;
	uint64_t entries, left;         /* of the listing; of the run */
	struct listing_run run;
	bool is_loaded;                 /* the run's objects */
};

static int
read_head(struct listing_reader *l, struct error *err)
{
	struct slice line = SLICE_EMPTY;
	struct json *head;
	int64_t version;
	int rc = -1;

	l->runs = buf_slice(&l->root);
	slice_line(&l->runs, &line);
	if (json_parse(line, &head, err) < 0) {
		err->code = ERR_CORRUPT;
		return -1;
	}
	version = json_get_integer(head, "listing");
	if (version > VERSION)
		fail(err, ERR_VERSION, "the listing has version %" PRId64
		    ": a newer program is needed", version);
	else if (version != VERSION || !bytes_get_size(head, "entries", &l->entries))
		fail(err, ERR_CORRUPT, "an object that is no listing");
	else
		rc = 0;
	json_free(head);
	return rc;
}

int
listing_open(struct archive *a, struct object_finder *f, const struct digest *root,
    struct listing_reader **out, struct error *err)
{
	struct listing_reader *l = mem_alloc(sizeof(*l));

	l->archive = a;
	l->finder = f;
	if (archive_read_object(a, f, OBJECT_LISTING, root, &l->root, err) < 0 ||
	    read_head(l, err) < 0) {
		listing_close(l);
		return -1;
	}
	*out = l;
	return 0;
}

int
listing_next_run(struct listing_reader *l, struct listing_run *out, struct error *err)
{
	struct slice line;
	struct json *run = NULL;
	int rc = -1;

	if (!slice_line(&l->runs, &line))
		return 0;
	if (json_parse(line, &run, err) < 0 || !json_get_digest(run, "what", &out->what) ||
	    !json_get_digest(run, "state", &out->state) ||
	    !bytes_get_size(run, "entries", &out->entries) || out->entries > RUN_ENTRIES_MAX)
		fail(err, ERR_CORRUPT, "a line of a listing names no run");
	else
		rc = 1;
	json_free(run);
	return rc;
}

static uint64_t
count_lines(const struct buf *b)
{
	struct slice rest = buf_slice(b), line;
	uint64_t n = 0;

	while (slice_line(&rest, &line))
		n++;
	return n;
}

static int
load_run(struct listing_reader *l, struct error *err)
{
	if (archive_read_object(l->archive, l->finder, OBJECT_LISTING, &l->run.what, &l->what,
	    err) < 0 ||
	    archive_read_object(l->archive, l->finder, OBJECT_LISTING, &l->run.state,
	    &l->state, err) < 0)
		return -1;
	if (count_lines(&l->what) != l->left || count_lines(&l->state) != l->left)
		return fail(err, ERR_CORRUPT, "the two halves of a listing's run differ in length");
	l->what_rest = buf_slice(&l->what);
	l->state_rest = buf_slice(&l->state);
	l->is_loaded = true;
	return 0;
}

int
listing_next_lines(struct listing_reader *l, struct slice *what, struct slice *state,
    struct error *err)
{
	int rc;

	while (l->left == 0) {
		rc = listing_next_run(l, &l->run, err);
		if (rc <= 0)
			return rc;
		l->left = l->run.entries;
		l->is_loaded = false;
	}
	if (!l->is_loaded && load_run(l, err) < 0)
		return -1;
	slice_line(&l->what_rest, what);
	slice_line(&l->state_rest, state);
	*what = slice_chomp(*what);
	*state = slice_chomp(*state);
	l->left--;
	return 1;
}

int
listing_next(struct listing_reader *l, struct arena *arena, struct placement *out,
    struct error *err)
{
	struct slice what, state;
	int rc = listing_next_lines(l, &what, &state, err);

	if (rc <= 0)
		return rc;
	return placement_parse(what, state, arena, out, err) < 0 ? -1 : 1;
}

uint64_t
listing_skip_run(struct listing_reader *l)
{
	uint64_t lost = l->left;

	l->left = 0;
	return lost;
}

uint64_t
listing_entries(const struct listing_reader *l)
{
	return l->entries;
}

void
listing_close(struct listing_reader *l)
{
	if (l == NULL)
		return;
	buf_free(&l->root);
	buf_free(&l->what);
	buf_free(&l->state);
	mem_free(l);
}
