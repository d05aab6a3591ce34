/* SPDX-License-Identifier: MIT */
#include "core/job/backup.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/base/path.h"
#include "core/job/backup_internal.h"
#include "core/job/keyless.h"
#include "core/mail/names.h"
#include "core/port/progress.h"

void
backup_fail(struct backup *b, const char *path, const char *reason, uint64_t messages)
{
	struct buf key = BUF_EMPTY;
	struct backup_failure *f;
	size_t n = strlen(path);
	bool is_new;

	/* Most reasons begin with the path themselves. */
	if (strncmp(reason, path, n) == 0 && strncmp(reason + n, ": ", 2) == 0)
		reason += n + 2;
	/* Two stores may meet the same file that cannot be read. */
	buf_add_bytes(&key, path, n + 1);
	buf_add_string(&key, reason);
	is_new = map_put(&b->failures, buf_slice(&key), 0);
	buf_free(&key);
	if (!is_new && messages == 0)
		return;
	f = vec_push(&b->result->failed);
	f->path = arena_string(b->arena, path);
	f->reason = arena_string(b->arena, reason);
	f->messages = messages;
	b->result->failed_messages += messages;
}

void
backup_warn(struct backup *b, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	*(const char **)vec_push(&b->result->warnings) = arena_string(b->arena, text);
}

struct slice
snapshot_path(struct backup *b, const char *path, const char *home)
{
	const char *below = home ? path_below(path, home) : NULL;

	(void)b;
	return slice_string(below && *below ? below : path);
}

/*
 * A brief, integers little-endian: digest of the listing 32; entries,
 * messages, unread, bytes, size 8 each; fingerprint 16; has_labels, has_tags
 * 8 each; tag_names 16.
 */
void
brief_encode(const struct brief *brief, struct buf *out)
{
	const uint64_t numbers[] = { brief->entries, brief->messages, brief->unread, brief->bytes,
		brief->size, brief->fingerprint.low, brief->fingerprint.high, brief->has_labels,
		brief->has_tags, brief->tag_names.low, brief->tag_names.high };
	size_t i, k;

	buf_set(out, digest_slice(&brief->listing));
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		for (k = 0; k < 8; k++)
			buf_add_byte(out, (unsigned char)(numbers[i] >> (8 * k)));
	}
}

bool
brief_decode(struct slice s, struct brief *out)
{
	struct cursor c = cursor_of(s);
	struct slice id = cursor_take(&c, DIGEST_BYTES);

	if (c.bad)
		return false;
	memcpy(out->listing.bytes, id.p, DIGEST_BYTES);
	out->entries = cursor_le64(&c);
	out->messages = cursor_le64(&c);
	out->unread = cursor_le64(&c);
	out->bytes = cursor_le64(&c);
	out->size = cursor_le64(&c);
	out->fingerprint.low = cursor_le64(&c);
	out->fingerprint.high = cursor_le64(&c);
	out->has_labels = cursor_le64(&c) != 0;
	out->has_tags = cursor_le64(&c) != 0;
	out->tag_names.low = cursor_le64(&c);
	out->tag_names.high = cursor_le64(&c);
	return !c.bad && c.n == 0;
}

/* ---- Packs that became durable, told to the catalog ---- */

struct pack_call {
	struct pipe_call call;
	struct pack_record *record;
};

static int
enter_pack(struct pipe_call *call, struct catalog *db, struct error *err)
{
	const struct pack_record *r = ((struct pack_call *)(void *)call)->record;
	int64_t row;
	size_t i;

	if (catalog_add_pack(db, &r->id, r->size, &row, err) < 0)
		return -1;
	for (i = 0; i < r->frames.n; i++) {
		const struct pack_frame *f = &r->frames.items[i];

		if (catalog_add_frame(db, row, (uint32_t)i, f->at, f->n, f->plain, err) < 0)
			return -1;
	}
	for (i = 0; i < r->objects.n; i++) {
		const struct pack_object *o = &r->objects.items[i];

		if (catalog_add_object(db, (int)o->kind, &o->id, o->is_recipe, row, o->frame,
		    o->at, o->n, err) < 0)
			return -1;
	}
	return 0;
}

static void
drop_pack(struct pipe_call *call)
{
	pack_record_free(((struct pack_call *)(void *)call)->record);
	mem_free(call);
}

static int
tell_packs(struct backup *b, struct error *err)
{
	struct pack_record *record;
	struct pack_call *call;
	int next;

	while ((next = archive_writer_next_pack(b->writer, &record)) == 1) {
		call = mem_alloc(sizeof(*call));
		call->call = (struct pipe_call){ .run = enter_pack, .drop = drop_pack };
		call->record = record;
		if (pipe_call(b->pipe, &call->call, err) < 0) {
			drop_pack(&call->call);
			return -1;
		}
	}
	return next;
}

/* ---- Stores ---- */

static const char *
kind_name(enum location_kind kind)
{
	static const char *const names[] = {
		[LOCATION_LOCAL] = "local", [LOCATION_POP] = "pop", [LOCATION_IMAP_CACHE] = "imap",
		[LOCATION_SPOOL] = "spool", [LOCATION_EXPORT] = "export",
		[LOCATION_FEED] = "feed", [LOCATION_NEWS] = "news",
	};

	return names[kind];
}

static struct store_rows *
open_rows(struct backup *b, const struct place *place)
{
	struct store_rows *rows = mem_alloc(sizeof(*rows));
	const struct location *w = &place->where;

	rows->place = place;
	rows->store = (struct snapshot_store){
		.client = w->client,
		.account = w->account,
		.kind = kind_name(w->kind),
		.format = w->format ? w->format : "",
		.layout = w->layout ? w->layout : "",
		.path = snapshot_path(b, w->path, w->home),
		.home = slice_string(w->home),
	};
	*(struct store_rows **)vec_push(&b->stores) = rows;
	return rows;
}

/* A store that no reader knows yet is kept as it lies, so that nothing is
 * lost, and said so. */
static int
keep_unread(struct backup *b, const struct place *place, struct error *err)
{
	const struct location *w = &place->where;
	struct companion whole = { .path = w->path, .role = "store" };
	struct store_rows *rows = open_rows(b, place);

	backup_warn(b, "%s: %s: %s", w->client, w->path, w->reason ? w->reason :
	    "its messages cannot be read yet; its files are kept as they lie");
	return backup_companion(b, rows, &whole, err);
}

static int
keep_store(struct backup *b, const struct place *place, struct error *err)
{
	const struct format_ops *format = format_named(b->job->ports, place->where.format);
	struct store_rows *rows;
	struct store *store = NULL;
	struct arena a = ARENA_EMPTY;
	struct mailbox mailbox;
	struct kept_file file;
	size_t first = b->outcomes.n;
	int next, rc = -1;

	if (place->error.code != ERR_NONE) {
		backup_fail(b, place->where.path, place->error.text, 0);
		return before_carry_store(b, place, err);
	}
	if (!place->where.supported || !format)
		return keep_unread(b, place, err);
	if (format->open(&place->where, &store, err) < 0) {
		backup_fail(b, place->where.path, err->text, 0);
		error_clear(err);
		return before_carry_store(b, place, err);
	}
	rows = open_rows(b, place);
	b->result->stores++;
	while ((next = format->next_mailbox(store, &a, &mailbox, err)) == 1) {
		if (backup_mailbox(b, rows, store, &mailbox, err) < 0 || tell_packs(b, err) < 0)
			goto out;
		arena_reset(&a);
	}
	if (next == 0) {
		arena_reset(&a);
		if (backup_labels(b, rows, first, err) < 0)
			goto out;
		while ((next = format->next_file(store, &a, &file, err)) == 1) {
			if (backup_kept_file(b, rows, file.path, file.role, err) < 0)
				goto out;
			arena_reset(&a);
		}
	}
	if (next < 0) {
		/* The store stopped in the middle: what was read counts. */
		backup_fail(b, place->where.path, err->text, 0);
		error_clear(err);
		if (before_carry_store(b, place, err) < 0)
			goto out;
	}
	rc = 0;

out:
	format->close(store);
	arena_free(&a);
	return rc;
}

static int
keep_all(struct backup *b, struct error *err)
{
	const struct places *places = b->request->places;
	size_t i, k, n;

	for (i = 0; i < places->n; i++) {
		if (keep_store(b, &places->items[i], err) < 0)
			return -1;
	}
	/* Settings last, when it is known what is mail. */
	n = b->stores.n;
	for (i = 0; i < n; i++) {
		struct store_rows *rows = b->stores.items[i];

		for (k = 0; rows->place && k < rows->place->where.companion_count; k++) {
			if (backup_companion(b, rows, &rows->place->where.companions[k], err) < 0)
				return -1;
		}
	}
	return before_carry_over(b, err);
}

/* ---- The snapshot and the catalog ---- */

static void
fill_snapshot(struct backup *b, struct snapshot *s)
{
	const struct job_settings *settings = &b->job->settings;
	struct backup_result *r = b->result;
	size_t i;

	s->time = settings->now;
	s->host = settings->host;
	s->user = settings->user;
	s->program = settings->program;
	s->store_count = b->stores.n;
	s->stores = arena_alloc(b->arena, b->stores.n * sizeof(*s->stores));
	for (i = 0; i < b->stores.n; i++) {
		struct store_rows *rows = b->stores.items[i];

		s->stores[i] = rows->store;
		s->stores[i].mailboxes = rows->mailboxes.items;
		s->stores[i].mailbox_count = rows->mailboxes.n;
		s->stores[i].files = rows->files.items;
		s->stores[i].file_count = rows->files.n;
		s->stores[i].directories = rows->directories.items;
		s->stores[i].directory_count = rows->directories.n;
	}
	s->failed_count = r->failed.n;
	s->failed = arena_alloc(b->arena, r->failed.n * sizeof(*s->failed));
	for (i = 0; i < r->failed.n; i++) {
		s->failed[i].path = slice_string(r->failed.items[i].path);
		s->failed[i].reason = r->failed.items[i].reason;
	}
	s->seen = r->seen;
	s->saved = r->saved;
	s->had = r->had;
	s->alarm = r->alarms.n ? r->alarms.items[0] : NULL;
}

static int
write_snapshot(struct backup *b, struct snapshot *s, struct error *err)
{
	const char *spool = path_join(b->arena, b->job->settings.data_directory, "spool");
	uint64_t bytes;

	fill_snapshot(b, s);
	if (b->has_head)
		s->parent = b->head.tip;
	if (keyless_parent(b->job, b->arena, &s->parent, &s->parent_digest, err) < 0)
		return fail_in(err, "the snapshot before");
	if (snapshot_write(b->job->archive, s, b->job->target->spool ? NULL : spool, b->arena,
	    &bytes, err) < 0)
		return -1;
	b->result->bytes_added += bytes;
	return 0;
}

static int
enter_outcome(struct catalog *db, int64_t snapshot, struct outcome *o, struct error *err)
{
	struct catalog_reading reading = { .state = o->state, .memory = buf_slice(&o->brief) };
	size_t i;

	if (catalog_mailbox_row(db, &o->mailbox, &o->mailbox.row, err) < 0)
		return -1;
	if (o->keep)
		return catalog_keep_mailbox(db, snapshot, o->mailbox.row, err);
	if (catalog_set_mailbox(db, snapshot, &o->mailbox, err) < 0)
		return -1;
	for (i = 0; i < o->placed.n; i++) {
		const struct placed *p = &o->placed.items[i];

		if (catalog_place(db, &p->id, p->flags, &p->tags, err) < 0)
			return -1;
	}
	if (catalog_placed(db, err) < 0)
		return -1;
	if (reading_writer_store(&o->reading, db, o->key, err) < 0)
		return -1;
	return catalog_put_reading(db, o->key, &reading, err);
}

static int
enter_kept(struct catalog *db, const struct kept *k, struct error *err)
{
	struct catalog_reading reading = { .state = k->state };
	struct buf ids = BUF_EMPTY;
	size_t i;
	int rc;

	for (i = 0; i < k->chunks.n; i++)
		buf_add(&ids, digest_slice(&k->chunks.items[i]));
	reading.memory = buf_slice(&ids);
	rc = catalog_put_reading(db, k->path, &reading, err);
	buf_free(&ids);
	return rc;
}

static int
enter_names(struct backup *b, struct catalog *db, const char *snapshot_id, struct error *err)
{
	struct name_list names;
	struct arena a = ARENA_EMPTY;
	size_t i;
	int rc = -1, has;

	/* The run's lock is ours: an index that is new at the target is one
	 * that this run wrote, or cannot read. */
	if (index_list(b->job->archive, &a, &names, err) < 0)
		goto out;
	for (i = 0; i < names.n; i++) {
		has = catalog_has_name(db, names.items[i], err);
		if (has == 0)
			has = catalog_has_unread(db, names.items[i], err);
		if (has < 0 || (has == 0 && catalog_add_name(db, names.items[i], err) < 0))
			goto out;
	}
	rc = catalog_add_name(db, snapshot_id, err);

out:
	arena_free(&a);
	return rc;
}

/* All of the new snapshot in one transaction: it is in the catalog or not. */
static int
enter_all(struct backup *b, const struct snapshot *s, struct error *err)
{
	struct catalog *db = b->db;
	struct catalog_snapshot row = {
		.id = s->id,
		.time = s->time,
		.host = s->host,
		.user = s->user,
		.seen = s->seen,
		.saved = s->saved,
		.had = s->had,
		.failed = s->failed_count,
		.mailboxes = b->outcomes.n,
		.alarm = s->alarm,
	};
	int64_t number;
	size_t i;

	if (catalog_begin(db, err) < 0)
		return -1;
	if (catalog_begin_snapshot(db, &row, &number, err) < 0)
		return -1;
	row.row = number;
	for (i = 0; i < b->outcomes.n; i++) {
		if (enter_outcome(db, number, b->outcomes.items[i], err) < 0)
			return -1;
	}
	for (i = 0; i < b->kept.n; i++) {
		if (enter_kept(db, b->kept.items[i], err) < 0)
			return -1;
	}
	if (catalog_end_snapshot(db, &row, err) < 0)
		return -1;
	if (enter_names(b, db, s->id, err) < 0 ||
	    catalog_add_seen(db, s->id, &s->digest, err) < 0 ||
	    catalog_put_head(db, s->id, s->document, err) < 0 || catalog_commit(db, err) < 0)
		return -1;
	return b->has_head ? 0 : catalog_bulk(db, false, err);
}

static void
count_saved(struct backup *b)
{
	struct backup_result *r = b->result;
	size_t i;

	for (i = 0; i < b->outcomes.n; i++)
		r->saved += b->outcomes.items[i]->tally.saved;
	r->had = r->seen - r->saved - r->failed_messages;
}

static int
run(struct backup *b, struct error *err)
{
	struct snapshot s;

	memset(&s, 0, sizeof(s));
	if (keep_all(b, err) < 0)
		return -1;
	if (b->stores.n == 0 && b->before.n == 0) {
		if (b->result->failed.n == 0)
			return fail(err, ERR_NOT_FOUND, "no mail was found");
		return fail(err, ERR_SYSTEM, "%s: %s", b->result->failed.items[0].path,
		    b->result->failed.items[0].reason);
	}
	/* Everything into the packs, packs and index durable, and only then said. */
	if (pipe_drain(b->pipe, err) < 0 || archive_writer_finish(b->writer, err) < 0 ||
	    tell_packs(b, err) < 0 || pipe_drain(b->pipe, err) < 0)
		return -1;
	b->result->bytes_added = archive_writer_bytes(b->writer);
	count_saved(b);
	if (before_alarms(b, err) < 0 || job_go_on(b->job, err) < 0)
		return -1;
	if (write_snapshot(b, &s, err) < 0)
		return -1;
	b->result->snapshot = s.id;
	if (enter_all(b, &s, err) < 0) {
		/* The backup is whole; only the catalog lags, and catches up. */
		catalog_roll_back(b->db);
		job_notice(b->job, "the catalog could not be brought up to date (%s); "
		    "the next run does it", err->text);
		error_clear(err);
	}
	return 0;
}

static void
release(struct backup *b)
{
	size_t i;

	pipe_close(b->pipe);
	archive_writer_close(b->writer);
	workers_close(b->cpu);
	catalog_close(b->db);
	for (i = 0; i < b->outcomes.n; i++)
		outcome_free(b->outcomes.items[i]);
	outcome_free(b->current);
	for (i = 0; i < b->stores.n; i++) {
		vec_free(&b->stores.items[i]->mailboxes);
		vec_free(&b->stores.items[i]->files);
		vec_free(&b->stores.items[i]->directories);
		map_free(&b->stores.items[i]->directory_paths);
		mem_free(b->stores.items[i]);
	}
	for (i = 0; i < b->kept.n; i++) {
		vec_free(&b->kept.items[i]->chunks);
		mem_free(b->kept.items[i]);
	}
	vec_free(&b->outcomes);
	vec_free(&b->stores);
	vec_free(&b->kept);
	map_free(&b->paths);
	map_free(&b->failures);
	map_free(&b->before_keys);
	map_free(&b->now_keys);
}

/*
 * A first backup, or one after a first that was cut short, loads the catalog
 * in bulk; and where nothing is known there is nothing to ask it for.
 */
static int
open_all(struct backup *b, struct error *err)
{
	struct job *j = b->job;
	const char *spool = path_join(&j->arena, j->settings.data_directory, "spool");
	uint64_t messages, objects = 1, untexted;

	b->cpu = workers_open(workers_cores());
	if (before_load(b, err) < 0)
		return -1;
	if (!b->has_head &&
	    catalog_totals(j->catalog, &messages, &objects, &untexted, err) < 0)
		return -1;
	if (catalog_open(j->catalog_path, CATALOG_WRITE, archive_id(j->archive),
	    j->settings.allow_remote_catalog, &b->db, err) < 0)
		return -1;
	if (!b->has_head && catalog_bulk(b->db, true, err) < 0)
		return -1;
	if (archive_writer_open(j->archive, objects > 0 ? &j->finder : NULL, b->cpu,
	    j->target->spool ? NULL : spool, j->settings.level, &b->writer, err) < 0)
		return -1;
	b->pipe = pipe_open(b->writer, b->db, b->cpu);
	return 0;
}

int
job_backup(struct job *j, const struct backup_request *request, struct backup_result *out,
    struct error *err)
{
	struct backup b;
	int rc;

	memset(&b, 0, sizeof(b));
	b.job = j;
	b.request = request;
	b.result = out;
	b.arena = &out->arena;
	rc = open_all(&b, err);
	if (rc == 0)
		rc = run(&b, err);
	if (rc < 0 && err->code == ERR_CANCELLED)
		fail(err, ERR_CANCELLED, "interrupted; nothing is lost, the next run goes on from "
		    "here");
	release(&b);
	return rc;
}

void
backup_result_free(struct backup_result *r)
{
	vec_free(&r->failed);
	vec_free(&r->warnings);
	vec_free(&r->alarms);
	arena_free(&r->arena);
}
