/* SPDX-License-Identifier: MIT */
#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/path.h"
#include "core/job/backup_internal.h"
#include "core/mail/canonical.h"
#include "core/mail/names.h"
#include "core/mail/tagnames.h"
#include "core/port/progress.h"

#define ATTEMPTS 3              /* at a mailbox that changes while it is read */
#define LONG_MESSAGE (4u * MIB) /* one that is not copied before the pipe has room */

/* One attempt at reading a mailbox. */
struct reading {
	struct familiar familiar;       /* of files that need not be opened */
	struct backup *backup;
	const struct mailbox *mailbox;
	struct outcome *outcome;
	struct listing_writer *listing;
	struct reading_memory *memory;
	struct fingerprinter *file;     /* MAILBOX_FILE */
	struct brief brief;
	uint64_t failed;
	bool torn;
	bool source_failed;             /* the error is the source's, not the archive's */
	struct arena arena;             /* of one entry */
	struct buf message, what, state, outside;
};

void
mailbox_key(struct buf *out, const char *home, const char *store, const char *path,
    const char *name)
{
	buf_clear(out);
	buf_add_bytes(out, home, strlen(home) + 1);
	buf_add_bytes(out, store, strlen(store) + 1);
	buf_add_bytes(out, path, strlen(path) + 1);
	buf_add_bytes(out, name, strlen(name) + 1);
}

/* Everything about an entry that its bytes do not tell. */
static uint64_t
outside_of(struct reading *r, const struct entry *e)
{
	struct buf *b = &r->outside;
	size_t i;

	buf_clear(b);
	buf_add_format(b, "%u %d %d %u %u ", e->flags, e->flags_are_final, e->dead,
	    e->framing.decor, (unsigned)e->framing.quoting);
	for (i = 0; i < e->tags.n; i++) {
		buf_add(b, e->tags.items[i]);
		buf_add_byte(b, 0);
	}
	if (r->mailbox->layout == MAILBOX_FILES) {
		buf_add(b, e->directory);
		buf_add_byte(b, '/');
		buf_add(b, e->name);
		buf_add(b, e->info);
		buf_add_format(b, " %llu %llu %lld %lld %o", (unsigned long long)e->meta.device,
		    (unsigned long long)e->meta.inode, (long long)e->meta.mtime_ns,
		    (long long)e->meta.ctime_ns, e->meta.mode);
	}
	return fingerprint64(buf_slice(b));
}

void
outcome_add(struct outcome *o, const struct digest *id, unsigned flags, const struct tags *tags,
    uint64_t size)
{
	struct placed *p = vec_push(&o->placed);
	size_t i;

	p->id = *id;
	p->flags = flags;
	p->size = size;
	for (i = 0; tags && i < tags->n; i++)
		tags_add(&p->tags, &o->arena, tags->items[i]);
}

static int
add_record(struct reading *r, const struct reading_record *record, const struct tags *tags,
    struct error *err)
{
	if (listing_writer_add(r->listing, &record->id, record->what, record->state, err) < 0)
		return -1;
	reading_writer_add(&r->outcome->reading, record);
	r->brief.bytes += record->size;
	r->brief.has_tags |= record->has_tags;
	if (record->kind != PLACED_MESSAGE)
		return 0;
	r->brief.entries++;
	if (record->dead)
		return 0;
	outcome_add(r->outcome, &record->id, record->flags, tags, record->size);
	r->brief.messages++;
	r->brief.unread += !(record->flags & FLAG_SEEN);
	return 0;
}

/* As reading_memory_find(), of what still holds: the lines of a message with
 * tags tell their names, which may be others tonight. */
static bool
recall(struct reading *r, uint64_t content, uint64_t outside, uint64_t size,
    struct reading_record *out)
{
	return reading_memory_find(r->memory, content, outside, size, out) &&
	    !(out->has_tags && r->outcome->renamed);
}

/* Nothing about it changed: last night's lines are tonight's. */
static int
add_remembered(struct reading *r, const struct reading_record *record, struct error *err)
{
	struct placement p;

	memset(&p, 0, sizeof(p));
	if (record->has_tags &&
	    placement_parse(record->what, record->state, &r->arena, &p, err) < 0)
		return -1;
	return add_record(r, record, &p.tags, err);
}

static int
add_placement(struct reading *r, const struct placement *p, uint64_t content, uint64_t outside,
    uint64_t size, struct error *err)
{
	struct reading_record record = {
		.content = content,
		.outside = outside,
		.size = size,
		.id = p->id,
		.kind = p->kind,
		.flags = p->flags,
		.dead = p->dead,
		.has_tags = p->tags.n > 0,
	};

	buf_clear(&r->what);
	buf_clear(&r->state);
	placement_add_what(&r->what, p);
	placement_add_state(&r->state, p);
	record.what = buf_slice(&r->what);
	record.state = buf_slice(&r->state);
	return add_record(r, &record, &p->tags, err);
}

/* What names and side files say joins what the header fields said. */
static void
merge_outside(struct reading *r, const struct entry *e, struct placement *p)
{
	size_t i;

	if (e->flags_are_final) {
		p->flags = e->flags;
		p->tags = e->tags;
	} else {
		p->flags |= e->flags;
		for (i = 0; i < e->tags.n; i++)
			tags_add(&p->tags, &r->arena, e->tags.items[i]);
	}
	p->dead |= e->dead;
	if (r->mailbox->tag_names)
		tag_names_apply(r->mailbox->tag_names, &r->arena, &p->tags);
	if (r->mailbox->layout != MAILBOX_FILES)
		return;
	p->directory = e->directory;
	p->name = e->name;
	p->info = e->info;
	p->mode = e->meta.mode;
	p->mtime_ns = e->meta.mtime_ns;
}

/* Into the pipe, unless both archive and index have it: what was added in this
 * run is on its way to the index already. */
static int
keep_message(struct reading *r, const struct digest *id, int64_t came_in, struct error *err)
{
	struct backup *b = r->backup;
	int has = archive_writer_has(b->writer, OBJECT_MESSAGE, id, err);

	if (has < 0)
		return -1;
	if (has == 2)
		return 0;
	if (has) {
		has = catalog_has_message(b->job->catalog, id, err);
		if (has < 0)
			return -1;
		if (has == 2)
			return 0;
	}
	return pipe_put(b->pipe, &r->message, id, came_in, &r->outcome->tally, err);
}

static int
read_remembered(struct reading *r, const struct entry *e, uint64_t outside, struct error *err)
{
	struct reading_record record;

	if (recall(r, 0, outside, e->size, &record))
		return add_remembered(r, &record, err);
	/* The file is no longer what knows() was asked about: begin again. */
	r->source_failed = true;
	return fail(err, ERR_CHANGED, "what was remembered of it is gone");
}

static int
read_message(struct reading *r, struct reader *reader, const struct entry *e, struct error *err)
{
	struct large_entry large = { r->backup->job, reader, e, r->file, false };
	uint64_t content, outside = outside_of(r, e);
	struct reading_record record;
	struct placement p;
	bool stored;

	r->brief.has_labels |= e->are_labels || (e->framing.decor & DECOR_TAKEOUT) != 0;
	if (e->is_unread)
		return read_remembered(r, e, outside, err);
	if (e->is_large) {
		if (large_fingerprint(&large, &content, err) < 0) {
			r->source_failed = true;
			return -1;
		}
	} else {
		content = fingerprint64(e->bytes);
		if (r->file)
			fingerprinter_add(r->file, e->bytes);
	}
	if (recall(r, content, 0, e->size, &record) && record.outside == outside)
		return add_remembered(r, &record, err);
	memset(&p, 0, sizeof(p));
	if (e->is_large) {
		if (large_message(r->backup, &large, &r->arena, &p, &stored, err) < 0) {
			r->source_failed = large.source_failed;
			return -1;
		}
		r->outcome->tally.saved += stored;
	} else {
		if (e->size > LONG_MESSAGE && pipe_wait(r->backup->pipe, e->size, err) < 0)
			return -1;
		pipe_lend(r->backup->pipe, &r->message, e->bytes.n);
		canonical_take(e->bytes, &e->framing, &r->arena, &r->message, &p);
		if (keep_message(r, &p.id, e->date, err) < 0)
			return -1;
	}
	merge_outside(r, e, &p);
	return add_placement(r, &p, content, outside, e->size, err);
}

static int
read_filler(struct reading *r, struct reader *reader, const struct entry *e, struct error *err)
{
	struct large_entry large = { r->backup->job, reader, e, r->file, false };
	struct digests ids = VEC_EMPTY;
	struct placement p;
	uint64_t content, outside = outside_of(r, e);
	size_t i;
	int rc = -1;

	if (e->is_unread)
		return read_remembered(r, e, outside, err);
	if (large_fingerprint(&large, &content, err) < 0) {
		r->source_failed = true;
		return -1;
	}
	if (large_filler(r->backup, &large, &ids, err) < 0) {
		r->source_failed = large.source_failed;
		goto out;
	}
	for (i = 0; i < ids.n; i++) {
		memset(&p, 0, sizeof(p));
		p.kind = PLACED_CHUNKS;
		p.id = ids.items[i];
		merge_outside(r, e, &p);
		/* Only the first carries the size: together they are the filler. */
		if (add_placement(r, &p, 0, ids.n == 1 ? outside : 0, i ? 0 : e->size, err) < 0)
			goto out;
	}
	rc = 0;

out:
	vec_free(&ids);
	return rc;
}

static int
read_entries(struct reading *r, struct reader *reader, struct error *err)
{
	struct backup *b = r->backup;
	struct entry e;
	int next, rc = 0;

	for (;;) {
		if (job_go_on(b->job, err) < 0)
			return -1;
		arena_reset(&r->arena);
		memset(&e, 0, sizeof(e));
		next = reader->ops->next(reader, &e, err);
		if (next <= 0) {
			r->source_failed = next < 0;
			return next;
		}
		switch (e.kind) {
		case ENTRY_MESSAGE:
			rc = read_message(r, reader, &e, err);
			break;
		case ENTRY_FILLER:
			rc = read_filler(r, reader, &e, err);
			break;
		case ENTRY_FAILED:
			backup_fail(b, r->mailbox->path, e.error.text, 1);
			r->failed++;
			break;
		case ENTRY_TORN:
			backup_warn(b, "%s: %s", r->mailbox->path, e.error.text);
			r->torn = true;
			break;
		}
		if (rc < 0)
			return -1;
		if (b->job->settings.progress) {
			b->job->settings.progress->bytes += e.size;
			b->job->settings.progress->messages++;
			b->job->settings.progress->update(b->job->settings.progress);
		}
	}
}

/* A file with last night's name, inode, size and times was not written. */
static bool
knows(struct familiar *familiar, const struct entry *entry)
{
	struct reading *r = (struct reading *)(void *)familiar;
	struct reading_record record;

	return recall(r, 0, outside_of(r, entry), entry->size, &record);
}

static int
read_attempt(struct reading *r, struct store *store, struct error *err)
{
	struct reader *reader = NULL;
	int rc = -1;

	if (store->ops->read(store, r->mailbox, &reader, err) < 0) {
		r->source_failed = true;
		return -1;
	}
	r->listing = listing_writer_open(r->backup->writer);
	r->memory = reading_memory_open(r->backup->job->catalog, r->outcome->key);
	if (r->mailbox->layout == MAILBOX_FILE)
		r->file = fingerprinter_open();
	if (r->mailbox->layout == MAILBOX_FILES) {
		r->familiar.knows = knows;
		reader->familiar = &r->familiar;
	}
	if (read_entries(r, reader, err) < 0)
		goto out;
	if (listing_writer_end(r->listing, &r->brief.listing, err) < 0)
		goto out;
	if (reading_writer_end(&r->outcome->reading, err) < 0)
		goto out;
	if (r->file) {
		r->brief.fingerprint = fingerprinter_end(r->file);
		r->brief.size = r->brief.bytes;
	}
	rc = 0;

out:
	reader->ops->close(reader);
	reading_memory_close(r->memory);
	listing_writer_close(r->listing);
	fingerprinter_close(r->file);
	arena_free(&r->arena);
	buf_free(&r->message);
	buf_free(&r->what);
	buf_free(&r->state);
	buf_free(&r->outside);
	return rc;
}

struct outcome *
outcome_open(struct backup *b, const struct store_rows *rows, const struct mailbox *m)
{
	struct outcome *o = mem_alloc(sizeof(*o));
	struct buf name = BUF_EMPTY, key = BUF_EMPTY;
	const struct snapshot_store *s = &rows->store;

	mailbox_name_add(&name, m->components, m->depth);
	o->mailbox = (struct catalog_mailbox){
		.client = s->client,
		.account = s->account,
		.kind = s->kind,
		.format = s->format,
		.layout = s->layout,
		.home = rows->place->where.home ? rows->place->where.home : "",
		.store = rows->place->where.path,
		.path = arena_string(b->arena, m->path),
		.name = arena_string(b->arena, buf_text(&name)),
	};
	mailbox_key(&key, o->mailbox.home, o->mailbox.store, o->mailbox.path, o->mailbox.name);
	o->key = arena_copy(b->arena, buf_slice(&key));
	buf_free(&name);
	buf_free(&key);
	return o;
}

void
outcome_free(struct outcome *o)
{
	if (!o)
		return;
	vec_free(&o->placed);
	arena_free(&o->arena);
	buf_free(&o->brief);
	reading_writer_free(&o->reading);
	mem_free(o);
}

/* A failed attempt leaves nothing behind but packs that hold good messages. */
static void
outcome_reset(struct outcome *o)
{
	vec_clear(&o->placed);
	arena_reset(&o->arena);
	reading_writer_free(&o->reading);
	o->reading = (struct reading_writer)READING_WRITER_EMPTY;
}

void
outcome_enter(struct backup *b, struct store_rows *rows, const struct mailbox *m,
    struct outcome *o, const struct brief *brief)
{
	static const char *const layouts[] = {
		[MAILBOX_FILE] = "file", [MAILBOX_FILES] = "files",
		[MAILBOX_EXTRACTED] = "extracted",
	};
	struct snapshot_mailbox *row = vec_push(&rows->mailboxes);
	struct slice *components = arena_alloc(b->arena, m->depth * sizeof(*components));
	size_t i;

	for (i = 0; i < m->depth; i++)
		components[i] = arena_copy(b->arena, m->components[i]);
	*row = (struct snapshot_mailbox){
		.components = components,
		.depth = m->depth,
		.path = snapshot_path(b, o->mailbox.path, rows->place->where.home),
		.layout = layouts[m->layout],
		.listing = brief->listing,
		.messages = brief->messages,
		.unread = brief->unread,
		.bytes = brief->bytes,
		.size = brief->size,
		.mode = m->meta.mode,
		.mtime_ns = m->meta.mtime_ns,
		.fingerprint = brief->fingerprint,
	};
	o->mailbox.listing = brief->listing;
	o->mailbox.messages = brief->messages;
	o->mailbox.unread = brief->unread;
	o->mailbox.bytes = brief->bytes;
	o->has_labels = brief->has_labels;
	map_put(&b->now_keys, o->key, b->outcomes.n);
	*(struct outcome **)vec_push(&b->outcomes) = o;
	b->result->mailboxes++;
	b->result->seen += brief->entries;
}

static void
keep_directories(struct backup *b, struct store_rows *rows, const struct mailbox *m)
{
	static const char *const inside[] = { "cur", "new", "tmp" };
	size_t i;

	backup_directories(b, rows, m->path);
	if (m->layout != MAILBOX_FILES)
		return;
	backup_directory(b, rows, arena_string(b->arena, m->path));
	for (i = 0; i < 3; i++)
		backup_directory(b, rows, path_join(b->arena, m->path, inside[i]));
	for (i = 0; i < m->directory_count; i++)
		backup_directory(b, rows, path_join(b->arena, m->path, m->directories[i]));
}

static struct fingerprint
tag_names_of(const struct mailbox *m)
{
	return m->tag_names ? tag_names_fingerprint(m->tag_names) : (struct fingerprint){ 0, 0 };
}

/* 1: it is as it was, and was entered so. */
static int
reuse(struct backup *b, struct store_rows *rows, const struct mailbox *m, struct outcome *o,
    struct error *err)
{
	struct catalog_reading last;
	struct brief brief;
	struct arena a = ARENA_EMPTY;
	uint64_t before;
	int rc = 0;

	o->renamed = true;
	rc = catalog_get_reading(b->job->catalog, o->key, true, &a, &last, err);
	if (rc <= 0)
		goto out;
	rc = 0;
	if (!brief_decode(last.memory, &brief))
		goto out;
	o->renamed = !fingerprint_equal(brief.tag_names, tag_names_of(m));
	if ((m->state.low | m->state.high) == 0 || !fingerprint_equal(last.state, m->state) ||
	    (brief.has_tags && o->renamed) || !map_get(&b->before_keys, o->key, &before) ||
	    !digest_equal(&brief.listing, &b->before.items[before].listing))
		goto out;
	o->keep = true;
	outcome_enter(b, rows, m, o, &brief);
	keep_directories(b, rows, m);
	rc = 1;

out:
	arena_free(&a);
	return rc;
}

/* 1: done; 0: the source could not be read, err says why; -1: we failed. */
static int
read_mailbox(struct backup *b, struct store_rows *rows, struct store *store,
    const struct mailbox *m, struct outcome *o, struct error *err)
{
	struct reading r;
	int attempt, rc = -1;

	for (attempt = 0; attempt < ATTEMPTS; attempt++) {
		error_clear(err);
		outcome_reset(o);
		memset(&r, 0, sizeof(r));
		r.backup = b;
		r.mailbox = m;
		r.outcome = o;
		r.brief.tag_names = tag_names_of(m);
		rc = read_attempt(&r, store, err);
		if (rc == 0 || err->code != ERR_CHANGED || !r.source_failed)
			break;
		/* The messages of this attempt are counted with the next. */
		if (attempt + 1 < ATTEMPTS && pipe_drain(b->pipe, err) < 0)
			return -1;
		o->tally.saved = 0;
	}
	if (rc < 0)
		return r.source_failed && err->code != ERR_CANCELLED ? 0 : -1;
	o->state = r.torn || r.failed ? (struct fingerprint){ 0, 0 } : m->state;
	b->result->seen += r.failed;
	b->result->bytes_read += r.brief.bytes;
	brief_encode(&r.brief, &o->brief);
	outcome_enter(b, rows, m, o, &r.brief);
	keep_directories(b, rows, m);
	return 1;
}

int
backup_mailbox(struct backup *b, struct store_rows *rows, struct store *store,
    const struct mailbox *m, struct error *err)
{
	struct outcome *o;
	uint64_t index;
	int rc = -1;

	/* No file is made from what was taken out of a container: it is kept. */
	if (m->layout == MAILBOX_EXTRACTED && m->meta.kind != FILE_DIRECTORY) {
		if (backup_kept_file(b, rows, m->path, "container", err) < 0)
			return -1;
	} else {
		map_put(&b->paths, slice_string(m->path), 0);
	}
	o = outcome_open(b, rows, m);
	b->current = o;
	if (map_get(&b->now_keys, o->key, &index)) {
		b->current = NULL;
		outcome_free(o);
		return 0;
	}
	rc = reuse(b, rows, m, o, err);
	if (rc == 0)
		rc = read_mailbox(b, rows, store, m, o, err);
	if (rc == 1) {
		b->current = NULL;
		return 0;
	}
	if (rc < 0) {
		fail_in(err, "%s", m->path);
	} else {
		backup_fail(b, m->path, err->text, 0);
		error_clear(err);
		/* What is under way still counts into the outcome. */
		rc = pipe_drain(b->pipe, err);
		if (rc == 0 && before_carry_mailbox(b, rows, o->key, err) < 0)
			rc = -1;
	}
	if (rc == 0) {
		b->current = NULL;
		outcome_free(o);
	}
	return rc;
}
