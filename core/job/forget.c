/* SPDX-License-Identifier: MIT */
#include "core/job/forget.h"

#include "core/archive/listing.h"
#include "core/archive/names.h"
#include "core/archive/snapshot.h"
#include "core/base/json.h"
#include "core/base/map.h"
#include "core/base/path.h"
#include "core/base/workers.h"
#include "core/job/catch_up.h"
#include "core/mail/names.h"

/* One store that kept messages lay in, as the snapshot will tell it. */
struct kept_store {
	struct snapshot_store store;
	VEC(struct snapshot_mailbox) mailboxes;
};

struct forgetting {
	struct job *job;
	const struct forget_request *request;
	struct forget_result *result;
	struct arena *arena;            /* the result's */
	struct catalog *db;
	struct catalog_snapshot head;
	VEC(const char *) names;        /* all that are or were forgotten, sorted */
	VEC(const char *) repeats;      /* snapshots that earlier runs wrote */
	VEC(struct kept_store) kept;
	struct workers *workers;
	struct archive_writer *writer;
	const char *spool;
};

void
forget_result_free(struct forget_result *r)
{
	vec_free(&r->rows);
	vec_free(&r->dropped);
	arena_free(&r->arena);
	memset(r, 0, sizeof(*r));
}

/* ---- Which ---- */

static int
load_rows(struct forgetting *f, struct keep_item **items, struct error *err)
{
	VEC(struct keep_item) all = VEC_EMPTY;
	struct catalog_rows *rows = NULL;
	struct catalog_snapshot s;
	struct forget_row *row;
	struct keep_item *item;
	int next;

	*items = NULL;
	if (catalog_snapshots(f->job->catalog, &rows, err) < 0)
		return -1;
	while ((next = catalog_next_snapshot(rows, &s, err)) == 1) {
		row = vec_push(&f->result->rows);
		row->id = arena_string(f->arena, s.id);
		row->time = s.time;
		row->host = arena_string(f->arena, s.host);
		row->user = arena_string(f->arena, s.user);
		if (strcmp(s.tip, s.id) != 0)
			*(const char **)vec_push(&f->repeats) = arena_string(f->arena, s.tip);
		item = vec_push(&all);
		*item = (struct keep_item){ .time = s.time, .host = row->host, .user = row->user,
			.has_alarm = s.alarm != NULL };
	}
	catalog_rows_close(rows);
	*items = all.items;
	return next;
}

/* Those that are named go whatever the rules say, but for the newest. */
static int
forget_named(struct forgetting *f, struct error *err)
{
	struct catalog_snapshot s;
	size_t i, k;

	for (i = 0; i < f->request->id_count; i++) {
		if (job_snapshot(f->job, f->request->ids[i], f->arena, &s, err) < 0)
			return -1;
		if (s.row == f->head.row)
			return fail(err, ERR_USAGE, "%s is the newest backup, which the next one "
			    "builds on: it stays", s.id);
		for (k = 0; k < f->result->rows.n; k++)
			if (strcmp(f->result->rows.items[k].id, s.id) == 0)
				f->result->rows.items[k].why = 0;
	}
	return 0;
}

static int
choose(struct forgetting *f, struct error *err)
{
	struct keep_item *items;
	size_t i;
	int rc = -1;

	if (load_rows(f, &items, err) < 0)
		goto out;
	if (keep_has_rules(&f->request->keep)) {
		keep_choose(&f->request->keep, items, f->result->rows.n);
		for (i = 0; i < f->result->rows.n; i++)
			f->result->rows.items[i].why = items[i].why;
	} else {
		for (i = 0; i < f->result->rows.n; i++)
			f->result->rows.items[i].why = KEEP_NEWEST;
	}
	rc = forget_named(f, err);
	for (i = 0; i < f->result->rows.n; i++)
		f->result->forgotten += f->result->rows.items[i].why == 0;

out:
	mem_free(items);
	return rc;
}

/* As if it were done already; rolled back when all is known that follows. */
static int
mark(struct forgetting *f, struct error *err)
{
	const struct forget_row *row;
	struct buf name = BUF_EMPTY;
	size_t i;
	int64_t time;
	int rc = 0;

	for (i = 0; i < f->result->rows.n && rc == 0; i++) {
		row = &f->result->rows.items[i];
		if (row->why == 0)
			rc = catalog_forget_snapshot(f->db, row->id, row->time, err);
	}
	/* What an earlier run wrote has served once this one's snapshot is there. */
	for (i = 0; i < f->repeats.n && rc == 0; i++)
		rc = catalog_release_name(f->db, f->repeats.items[i], err);
	while (rc == 0 && (rc = catalog_released_after(f->db, &name, err)) == 1) {
		if (snapshot_id_time(buf_text(&name), &time))
			*(const char **)vec_push(&f->names) =
			    arena_string(f->arena, buf_text(&name));
		rc = 0;
	}
	buf_free(&name);
	return rc;
}

/* ---- Messages that no snapshot holds ---- */

static void
add_dropped(struct forgetting *f, const struct catalog_kept *k)
{
	struct forget_message *m = vec_push(&f->result->dropped);
	struct buf name = BUF_EMPTY;

	job_mailbox_name(&name, k->mailbox.client, k->mailbox.account, k->mailbox.name);
	m->id = k->id;
	m->mailbox = arena_string(f->arena, buf_text(&name));
	m->last_seen = k->last_seen;
	f->result->dropped_bytes += k->bytes;
	buf_free(&name);
}

/* The lines of FORMAT.md 6, with the two times of 7. */
static int
add_kept(struct listing_writer *l, const struct catalog_kept *k, struct arena *a,
    struct error *err)
{
	struct placement p = { .kind = PLACED_MESSAGE, .id = k->id, .flags = k->flags };
	struct slice rest = slice_string(k->tags), tag;
	struct buf what = BUF_EMPTY, state = BUF_EMPTY;
	int rc;

	while (slice_line(&rest, &tag))
		tags_add(&p.tags, a, slice_chomp(tag));
	placement_add_what(&what, &p);
	placement_add_state(&state, &p);
	buf_truncate(&state, state.n - 1);
	json_time(&state, "first", k->first_seen);
	json_time(&state, "last", k->last_seen);
	json_close(&state, '}');
	rc = listing_writer_add(l, &k->id, buf_slice(&what), buf_slice(&state), err);
	buf_free(&what);
	buf_free(&state);
	return rc;
}

static struct slice
below_home(struct arena *a, const char *path, const char *home)
{
	const char *below = home[0] ? path_below(path, home) : NULL;

	return slice_string(arena_string(a, below && *below ? below : path));
}

static struct kept_store *
store_of(struct forgetting *f, const struct catalog_mailbox *m)
{
	struct kept_store *s = f->kept.n > 0 ? &f->kept.items[f->kept.n - 1] : NULL;
	struct slice path = below_home(f->arena, m->store, m->home);

	if (s && slice_equal(s->store.path, path) && slice_is(s->store.home, m->home) &&
	    strcmp(s->store.client, m->client) == 0 && strcmp(s->store.account, m->account) == 0)
		return s;
	s = vec_push(&f->kept);
	memset(s, 0, sizeof(*s));
	s->store.client = arena_string(f->arena, m->client);
	s->store.account = arena_string(f->arena, m->account);
	s->store.kind = arena_string(f->arena, m->kind);
	s->store.format = arena_string(f->arena, m->format);
	s->store.layout = arena_string(f->arena, m->layout);
	s->store.path = path;
	s->store.home = slice_string(arena_string(f->arena, m->home));
	return s;
}

/* The names of a mailbox, outermost first, as mailbox_name_add() joined them. */
static void
split_name(struct forgetting *f, const char *name, struct snapshot_mailbox *out)
{
	VEC(struct slice) parts = VEC_EMPTY;
	struct slice *kept;
	struct buf part = BUF_EMPTY;
	struct slice rest = slice_string(name);

	while (mailbox_name_next(&rest, &part))
		*(struct slice *)vec_push(&parts) = arena_copy(f->arena, buf_slice(&part));
	kept = arena_alloc(f->arena, (parts.n + 1) * sizeof(*kept));
	if (parts.n > 0)
		memcpy(kept, parts.items, parts.n * sizeof(*kept));
	out->components = kept;
	out->depth = parts.n;
	vec_free(&parts);
	buf_free(&part);
}

static struct snapshot_mailbox *
begin_mailbox(struct forgetting *f, const struct catalog_mailbox *m)
{
	struct kept_store *s = store_of(f, m);
	struct snapshot_mailbox *out = vec_push(&s->mailboxes);

	memset(out, 0, sizeof(*out));
	split_name(f, m->name, out);
	out->path = below_home(f->arena, m->path, m->home);
	out->layout = "extracted";
	return out;
}

static int
keep_all(struct forgetting *f, struct error *err)
{
	struct listing_writer *l = NULL;
	struct snapshot_mailbox *mailbox = NULL;
	struct catalog_rows *rows = NULL;
	struct arena a = ARENA_EMPTY;
	struct catalog_kept k;
	int64_t row = 0;
	int next, rc = -1;

	if (catalog_uncovered(f->db, &rows, err) < 0)
		return -1;
	while ((next = catalog_next_kept(rows, &k, err)) == 1) {
		arena_reset(&a);
		if (f->request->drop_messages) {
			add_dropped(f, &k);
			continue;
		}
		f->result->kept_messages++;
		if (f->request->dry_run)
			continue;
		if (k.mailbox.row != row) {
			if (mailbox && listing_writer_end(l, &mailbox->listing, err) < 0)
				goto out;
			listing_writer_close(l);
			l = listing_writer_open(f->writer);
			mailbox = begin_mailbox(f, &k.mailbox);
			row = k.mailbox.row;
		}
		mailbox->messages++;
		mailbox->unread += (k.flags & FLAG_SEEN) == 0;
		mailbox->bytes += k.bytes;
		if (add_kept(l, &k, &a, err) < 0)
			goto out;
	}
	rc = next < 0 || (mailbox && listing_writer_end(l, &mailbox->listing, err) < 0) ? -1 : 0;

out:
	listing_writer_close(l);
	catalog_rows_close(rows);
	arena_free(&a);
	return rc;
}

/* ---- The snapshot that says so ---- */

static int
write_repeat(struct forgetting *f, struct snapshot *s, struct error *err)
{
	struct snapshot_store *kept = arena_alloc(f->arena, (f->kept.n + 1) * sizeof(*kept));
	uint64_t bytes;
	size_t i;

	for (i = 0; i < f->kept.n; i++) {
		kept[i] = f->kept.items[i].store;
		kept[i].mailboxes = f->kept.items[i].mailboxes.items;
		kept[i].mailbox_count = f->kept.items[i].mailboxes.n;
	}
	s->parent = f->head.tip;
	s->parent_digest = s->digest;
	s->repeats = f->head.id;
	s->program = f->job->settings.program;
	s->alarm = NULL;
	s->forgotten = f->names.items;
	s->forgotten_count = f->names.n;
	s->kept = kept;
	s->kept_count = f->kept.n;
	if (snapshot_write(f->job->archive, s, f->spool, f->arena, &bytes, err) < 0)
		return -1;
	f->result->snapshot = s->id;
	return 0;
}

static int
remove_snapshots(struct forgetting *f, struct error *err)
{
	struct target *t = f->job->target;
	struct map forgotten = MAP_EMPTY;
	struct arena a = ARENA_EMPTY;
	struct buf name = BUF_EMPTY;
	struct name_list there;
	size_t i;
	int rc = -1;

	for (i = 0; i < f->names.n; i++)
		map_put(&forgotten, slice_string(f->names.items[i]), 1);
	if (snapshot_list(f->job->archive, &a, &there, err) < 0)
		goto out;
	for (i = 0; i < there.n; i++) {
		if (!map_get(&forgotten, slice_string(there.items[i]), NULL))
			continue;
		buf_clear(&name);
		snapshot_add_name(&name, archive_naming(f->job->archive),
		    slice_string(there.items[i]));
		if (t->ops->remove(t, buf_text(&name), err) < 0)
			goto out;
	}
	rc = 0;

out:
	map_free(&forgotten);
	arena_free(&a);
	buf_free(&name);
	return rc;
}

static int
open_writer(struct forgetting *f, struct error *err)
{
	struct job *j = f->job;

	f->spool = j->target->spool ? NULL :
	    path_join(&j->arena, j->settings.data_directory, "spool");
	f->workers = workers_open(workers_cores());
	return archive_writer_open(j->archive, &j->finder, f->workers, f->spool,
	    j->settings.level, &f->writer, err);
}

/* Does what is to be kept differ from what is kept now? */
static bool
is_nothing_new(const struct forgetting *f)
{
	return f->result->forgotten == 0 &&
	    !(f->request->drop_messages && f->result->dropped.n > 0);
}

static void
drop_repeats(struct forgetting *f)
{
	size_t i, k, n = 0;

	for (i = 0; i < f->names.n; i++) {
		for (k = 0; k < f->repeats.n; k++)
			if (strcmp(f->names.items[i], f->repeats.items[k]) == 0)
				break;
		if (k == f->repeats.n)
			f->names.items[n++] = f->names.items[i];
	}
	f->names.n = n;
}

static int
run(struct forgetting *f, struct error *err)
{
	struct job *j = f->job;
	struct snapshot s;
	int rc;

	memset(&s, 0, sizeof(s));
	if (job_snapshot(j, NULL, f->arena, &f->head, err) < 0 || choose(f, err) < 0)
		return -1;
	if (!f->request->dry_run && open_writer(f, err) < 0)
		return -1;
	if (catalog_begin(f->db, err) < 0)
		return -1;
	rc = mark(f, err) < 0 || keep_all(f, err) < 0 ? -1 : 0;
	catalog_roll_back(f->db);
	if (rc < 0 || f->request->dry_run)
		return rc;
	if (!is_nothing_new(f)) {
		if (archive_writer_finish(f->writer, err) < 0 ||
		    snapshot_read(j->archive, f->head.tip, f->arena, &s, err) < 0 ||
		    job_go_on(j, err) < 0 || write_repeat(f, &s, err) < 0)
			return -1;
	} else {
		/* What a run that was stopped had left to remove; what is in force stays. */
		drop_repeats(f);
	}
	if (remove_snapshots(f, err) < 0)
		return -1;
	return is_nothing_new(f) ? 0 : catch_up(j, false, true, err);
}

int
job_forget(struct job *j, const struct forget_request *request, struct forget_result *out,
    struct error *err)
{
	struct forgetting f = { .job = j, .request = request, .result = out };
	size_t i;
	int rc = -1;

	memset(out, 0, sizeof(*out));
	f.arena = &out->arena;
	if (!j->catalog) {
		fail(err, ERR_SYSTEM, "without the catalog nobody knows what would be forgotten");
		goto out;
	}
	if (j->archive_lost) {
		fail(err, ERR_CORRUPT, "%s", j->archive_lost);
		goto out;
	}
	/* The snapshot that repeats the newest is made out of it. */
	if (archive_unlock(j->archive, err) < 0)
		goto out;
	if (catalog_open(j->catalog_path, CATALOG_WRITE, archive_id(j->archive),
	    j->settings.allow_remote_catalog, &f.db, err) < 0)
		goto out;
	rc = run(&f, err);

out:
	archive_writer_close(f.writer);
	workers_close(f.workers);
	catalog_close(f.db);
	for (i = 0; i < f.kept.n; i++)
		vec_free(&f.kept.items[i].mailboxes);
	vec_free(&f.kept);
	vec_free(&f.names);
	vec_free(&f.repeats);
	return rc;
}
