/* SPDX-License-Identifier: MIT */
#include "core/job/convert.h"

#include <inttypes.h>
#include <stddef.h>

#include "core/archive/listing.h"
#include "core/base/limits.h"
#include "core/base/map.h"
#include "core/job/restore_work.h"
#include "core/job/stored.h"
#include "core/mail/names.h"
#include "core/port/progress.h"

/* ---- The bytes ---- */

struct archive_source {
	struct source source;
	const struct job *job;
	struct slice left;
	struct message_stream *stream;  /* NULL: left is all there is */
};

static int64_t
source_read(struct source *source, void *p, size_t n, struct error *err)
{
	struct archive_source *s =
	    (void *)((char *)source - offsetof(struct archive_source, source));
	int rc;

	while (s->left.n == 0 && s->stream) {
		if (job_go_on(s->job, err) < 0)
			return -1;
		rc = message_stream_next(s->stream, &s->left, err);
		if (rc <= 0)
			return rc;
	}
	if (n > s->left.n)
		n = s->left.n;
	memcpy(p, s->left.p, n);
	s->left = slice_from(s->left, n);
	return (int64_t)n;
}

/* A long message is read twice: a writer cannot take back what it has begun,
 * so that it is whole must be known before. */
static int
source_open(struct conversion *c, const struct digest *id, struct archive_source *s,
    struct error *err)
{
	struct job *j = c->job;

	*s = (struct archive_source){ .source = { .read = source_read }, .job = j };
	if (archive_read_message(j->archive, &j->finder, id, MESSAGE_IN_MEMORY, &c->raw,
	    err) == 0) {
		s->left = buf_slice(&c->raw);
		s->source.size = c->raw.n;
		return 0;
	}
	if (err->code != ERR_LIMIT)
		return -1;
	if (message_prove(j->archive, &j->finder, id, &s->source.size, err) < 0)
		return -1;
	return message_stream_open(j->archive, &j->finder, id, &s->stream, err);
}

/* ---- One message ---- */

/* "Anna <anna@example.org>, Bob": the first address, without its name. */
static struct slice
address_of(struct slice from)
{
	size_t open = slice_find(from, 0, '<'), close = slice_find(from, open, '>');
	struct slice address;

	if (close < from.n)
		address = slice_sub(from, open + 1, close - open - 1);
	else
		address = slice_sub(from, 0, slice_find(from, 0, ','));
	address = slice_trim(address);
	if (slice_find(address, 0, '@') == address.n || slice_find(address, 0, ' ') < address.n)
		return SLICE_EMPTY;
	return address;
}

int
convert_open(struct conversion *c, struct job *j, const struct writer_ops *ops,
    const char *directory, struct restore_result *out, struct error *err)
{
	*c = (struct conversion){ .job = j, .result = out, .raw = BUF_EMPTY };
	return ops->open(directory, &c->writer, err);
}

static void
tell(struct conversion *c, const char *where)
{
	struct progress *progress = c->job->settings.progress;

	if (!progress)
		return;
	progress->doing = "writing";
	progress->item = where;
	progress->messages = c->result->messages;
	progress->bytes = c->result->bytes;
	progress->update(progress);
}

int
convert_message(struct conversion *c, const struct converted *m, struct error *err)
{
	const struct tags none = { NULL, 0 };
	struct outgoing about = {
		.flags = m->flags,
		.tags = m->tags ? m->tags : &none,
		.date = m->date,
		.sender = address_of(slice_string(m->from)),
		.subject = slice_string(m->subject),
		.id = *m->id
	};
	struct archive_source source;
	int rc;

	if (job_go_on(c->job, err) < 0)
		return -1;
	if (source_open(c, m->id, &source, err) < 0) {
		if (restore_must_stop(err))
			return -1;
		restore_failed(c->result, m->where, m->id, err->text);
		return 0;
	}
	rc = c->writer->ops->put(c->writer, &source.source, &about, err);
	message_stream_close(source.stream);
	if (rc < 0)
		return fail_in(err, "%s", m->where);
	c->result->messages++;
	c->result->bytes += source.source.size;
	tell(c, m->where);
	return 0;
}

/* ---- A mailbox ---- */

/* What the catalog has of a message; a catalog that knows nothing of it is no
 * reason to keep the mail back. */
static int
convert_placement(struct conversion *c, const struct restore_mailbox *m,
    const struct placement *p, struct error *err)
{
	struct converted message = {
		.id = &p->id,
		.flags = p->flags,
		.tags = &p->tags,
		.from = "",
		.subject = "",
		.where = m->name
	};
	struct catalog_found found;
	struct catalog_rows *rows = NULL;
	struct error ignored = ERROR_NONE;
	int rc;

	if (catalog_message_of(c->job->catalog, &p->id, &found, &rows, &ignored) == 1) {
		message.date = found.date;
		message.from = found.from ? found.from : "";
		message.subject = found.subject ? found.subject : "";
	}
	rc = convert_message(c, &message, err);
	catalog_rows_close(rows);
	return rc;
}

int
convert_mailbox(struct conversion *c, const struct restore_mailbox *m, struct map *seen,
    struct error *err)
{
	struct job *j = c->job;
	struct listing_reader *l = NULL;
	struct arena a = ARENA_EMPTY;
	struct placement p;
	uint64_t lost;
	int next, rc = -1;

	if (listing_open(j->archive, &j->finder, &m->mailbox->listing, &l, err) < 0) {
		if (restore_must_stop(err))
			return -1;
		restore_failed(c->result, m->name, NULL, err->text);
		return 0;
	}
	c->result->mailboxes++;
	while ((next = listing_next(l, &a, &p, err)) != 0) {
		if (next < 0) {
			if (restore_must_stop(err))
				goto out;
			lost = listing_skip_run(l);
			fail_in(err, "%" PRIu64 " messages are lost with a part of the "
			    "mailbox's listing", lost);
			restore_failed(c->result, m->name, NULL, err->text);
		} else if (p.kind == PLACED_MESSAGE && !p.dead &&
		    (!seen || map_put(seen, digest_slice(&p.id), 1))) {
			if (convert_placement(c, m, &p, err) < 0)
				goto out;
		}
		arena_reset(&a);
	}
	rc = 0;

out:
	listing_close(l);
	arena_free(&a);
	return rc;
}

int
convert_close(struct conversion *c, int rc, struct error *err)
{
	struct error ignored = ERROR_NONE;

	buf_free(&c->raw);
	if (!c->writer)
		return rc;
	if (c->writer->ops->close(c->writer, rc < 0 ? &ignored : err) < 0)
		rc = -1;
	c->writer = NULL;
	return rc;
}

/* ---- A tree of them ---- */

/* name, or where that is taken "name-2" … */
static const char *
unique(struct map *taken, const char *name, struct arena *a)
{
	const char *candidate = name;
	unsigned number;

	for (number = 2; !map_put(taken, slice_string(candidate), 1); number++)
		candidate = arena_format(a, "%s-%u", name, number);
	return candidate;
}

/* "client-account"; stores of two homes that are called alike are told
 * apart. */
static const char *
store_label(const struct snapshot_store *store, struct map *taken, struct map *labels,
    struct arena *a)
{
	const char *label = store->account[0] ?
	    arena_format(a, "%s-%s", store->client, store->account) : store->client;
	struct slice key = slice_of(&store, sizeof(store));
	uint64_t at;

	if (map_get(labels, key, &at))
		return (const char *)(uintptr_t)at;
	label = unique(taken, label, a);
	map_put(labels, key, (uint64_t)(uintptr_t)label);
	return label;
}

struct tree {
	struct arena arena;
	struct map taken, labels, names;
};

/* Two mailboxes that look alike to a person still get a place each. */
static int
begin_mailbox(struct conversion *c, const struct restore_plan *plan,
    const struct restore_mailbox *m, struct tree *tree, struct error *err)
{
	const struct snapshot_mailbox *mailbox = m->mailbox;
	struct slice *components =
	    arena_alloc(&tree->arena, (mailbox->depth + 1) * sizeof(*components));
	struct buf joined = BUF_EMPTY;
	const char *last;
	size_t n = 0, i;
	unsigned number;

	if (plan->mailboxes.n > 1)
		components[n++] = slice_string(store_label(m->store, &tree->taken,
		    &tree->labels, &tree->arena));
	for (i = 0; i < mailbox->depth; i++)
		components[n++] = mailbox->components[i];
	last = arena_string_of(&tree->arena, components[n - 1]);
	mailbox_name_add(&joined, components, n);
	for (number = 2; !map_put(&tree->names, buf_slice(&joined), 1); number++) {
		components[n - 1] =
		    slice_string(arena_format(&tree->arena, "%s-%u", last, number));
		buf_clear(&joined);
		mailbox_name_add(&joined, components, n);
	}
	buf_free(&joined);
	if (c->writer->ops->begin(c->writer, components, n, err) < 0)
		return fail_in(err, "%s", m->name);
	return 0;
}

int
convert_mailboxes(struct job *j, const struct writer_ops *ops, const char *directory,
    const struct restore_plan *plan, struct restore_result *out, struct error *err)
{
	struct conversion c;
	struct tree tree = { ARENA_EMPTY, MAP_EMPTY, MAP_EMPTY, MAP_EMPTY };
	const struct restore_mailbox *m;
	size_t i;
	int rc = -1;

	if (convert_open(&c, j, ops, directory, out, err) < 0)
		return -1;
	for (i = 0; i < plan->mailboxes.n; i++) {
		m = &plan->mailboxes.items[i];
		if (m->mailbox->depth == 0)
			continue;
		if (begin_mailbox(&c, plan, m, &tree, err) < 0 ||
		    convert_mailbox(&c, m, NULL, err) < 0)
			goto out;
	}
	rc = 0;

out:
	rc = convert_close(&c, rc, err);
	map_free(&tree.taken);
	map_free(&tree.labels);
	map_free(&tree.names);
	arena_free(&tree.arena);
	return rc;
}
