/* SPDX-License-Identifier: MIT */
#include "core/archive/names.h"
#include "core/archive/repair_internal.h"
#include "core/archive/transfer.h"
#include "core/base/limits.h"
#include "core/port/target.h"

/* A pack as the target has it, or as an index says it should. */
struct mended {
	struct digest id;
	const char *name;
	bool is_there, is_good;
	bool is_done;                   /* an index told what is in it, and that was saved */
};

struct mending {
	struct repair *repair;
	VEC(struct mended) packs;
	struct map pack_of;
	struct memory_index *good;      /* of packs that are good */
	struct memory_index **others;
	struct archive_writer *writer;
	bool has_bad;
};

static struct mended *
pack_of(struct mending *m, const struct digest *id)
{
	struct mended *pack;
	struct buf name = BUF_EMPTY;
	uint64_t number;

	if (map_get(&m->pack_of, digest_slice(id), &number))
		return &m->packs.items[number];
	map_put(&m->pack_of, digest_slice(id), m->packs.n);
	pack_add_name(&name, m->repair->archive, id);
	pack = vec_push(&m->packs);
	memset(pack, 0, sizeof(*pack));
	pack->id = *id;
	pack->name = arena_string(&m->repair->arena, buf_text(&name));
	buf_free(&name);
	return pack;
}

/* ---- Which are good ---- */

static int
list_packs(struct mending *m, struct error *err)
{
	struct target *t = archive_target(m->repair->archive);
	struct target_item *items;
	struct digest id;
	size_t i, n;

	if (t->ops->list(t, "packs/", &m->repair->arena, &items, &n, err) < 0)
		return -1;
	for (i = 0; i < n; i++)
		if (pack_parse_name(slice_string(items[i].name),
		    archive_naming(m->repair->archive), &id))
			pack_of(m, &id)->is_there = true;
	return 0;
}

/* Those that an index names besides. */
static int
list_named(struct mending *m, struct error *err)
{
	struct index_reader *r;
	struct pack_record *record;
	struct name_list names;
	size_t i;
	int rc = 0;

	if (index_list(m->repair->archive, &m->repair->arena, &names, err) < 0)
		return -1;
	for (i = 0; i < names.n && rc == 0; i++) {
		if (index_open(m->repair->archive, names.items[i], &r, err) < 0)
			return -1;
		while ((rc = index_next(r, &record, err)) > 0) {
			pack_of(m, &record->id);
			pack_record_free(record);
		}
		index_close(r);
	}
	return rc;
}

/* A run that was stopped may have removed a pack before all was saved of it. */
static int
put_back(struct mending *m, struct mended *pack, struct error *err)
{
	struct target *t = archive_target(m->repair->archive);
	struct buf name = BUF_EMPTY, bytes = BUF_EMPTY;
	struct error ignored;
	int rc = 0;

	buf_add_format(&name, QUARANTINE "%s", pack->name);
	if (transfer_get(t, buf_text(&name), SNAPSHOT_MAX, &bytes, &ignored) == 0) {
		rc = transfer_put(t, m->repair->settings->spool, pack->name, buf_slice(&bytes), err);
		pack->is_there = rc == 0;
	}
	buf_free(&name);
	buf_free(&bytes);
	return rc;
}

static int
prove_packs(struct mending *m, struct error *err)
{
	struct repair *r = m->repair;
	struct target *t = archive_target(r->archive);
	struct mended *pack;
	struct digest is;
	uint64_t size = 0;
	size_t i;
	int rc;

	for (i = 0; i < m->packs.n; i++) {
		pack = &m->packs.items[i];
		rc = pack->is_there ? transfer_digest(t, pack->name, &is, &size, err) : 0;
		repair_show(r, "reading packs", pack->name, size);
		pack->is_good = pack->is_there && rc == 0 && digest_equal(&is, &pack->id);
		if (pack->is_good)
			continue;
		error_clear(err);
		rc = repair_fetch(r, pack->name, &pack->id, err);
		if (rc < 0 || (rc == 0 && !pack->is_there && put_back(m, pack, err) < 0))
			return -1;
		pack->is_good = rc == 1;
		m->has_bad = m->has_bad || rc == 0;
	}
	return 0;
}

/* ---- What is good in those that are not ---- */

/* From the damaged pack, else from another copy of the archive.  1, 0, -1. */
static int
save_object(struct mending *m, const struct pack_record *record, const struct pack_object *o,
    struct buf *bytes, struct error *err)
{
	struct repair *r = m->repair;
	const struct pack_frame *f = &record->frames.items[o->frame];
	struct object_place place = { record->id, f->at, f->n, f->plain, o->at, o->n, o->is_recipe };
	struct error ignored;
	bool is_recipe = o->is_recipe;
	size_t i;
	int rc = archive_read_place(r->archive, &place, o->kind, &o->id, bytes, &ignored);

	for (i = 0; i < r->settings->other_count && rc < 0; i++) {
		struct object_finder *f_other = memory_index_finder(m->others[i]);

		if (f_other->find(f_other, o->kind, &o->id, &place, &ignored) != 1)
			continue;
		rc = archive_read_place(r->settings->others[i], &place, o->kind, &o->id, bytes,
		    &ignored);
		is_recipe = place.is_recipe;
	}
	if (rc < 0)
		return 0;
	return archive_writer_add(m->writer, o->kind, is_recipe, &o->id, buf_slice(bytes),
	    o->summary, err) < 0 ? -1 : 1;
}

static int
save_record(struct mending *m, struct mended *pack, const struct pack_record *record,
    struct error *err)
{
	struct buf bytes = BUF_EMPTY;
	uint64_t saved = 0, lost = 0;
	size_t i;
	int rc = 0;

	/* The last one first: a pack that came out as it was could not take the place of
	 * the damaged one without a moment when neither is there. */
	for (i = record->objects.n; i > 0 && rc >= 0; i--) {
		rc = archive_writer_has(m->writer, record->objects.items[i - 1].kind,
		    &record->objects.items[i - 1].id, err);
		if (rc == 0) {
			rc = save_object(m, record, &record->objects.items[i - 1], &bytes, err);
			saved += rc == 1;
			lost += rc == 0;
		}
	}
	buf_free(&bytes);
	if (rc < 0)
		return -1;
	pack->is_done = true;
	m->repair->report->salvaged += saved;
	m->repair->report->lost += lost;
	repair_deed(m->repair, pack->name, "%s; %llu objects of it are in a new pack, %llu are lost",
	    pack->is_there ? "in quarantine" : "it is missing", (unsigned long long)saved,
	    (unsigned long long)lost);
	return 0;
}

/* The good packs first, for what is in them need not be saved; then the others. */
static int
each_record(struct mending *m, bool good, struct error *err)
{
	struct repair *r = m->repair;
	struct index_reader *reader;
	struct pack_record *record;
	struct mended *pack;
	struct name_list names;
	size_t i;
	int rc = 0, more = 0;

	if (index_list(r->archive, &r->arena, &names, err) < 0)
		return -1;
	for (i = 0; i < names.n; i++) {
		if (index_open(r->archive, names.items[i], &reader, err) < 0)
			return -1;
		while (rc == 0 && (more = index_next(reader, &record, err)) > 0) {
			pack = pack_of(m, &record->id);
			if (good && pack->is_good && !pack->is_done) {
				memory_index_add(m->good, record);
				pack->is_done = true;
			} else if (!good && !pack->is_good && !pack->is_done) {
				rc = save_record(m, pack, record, err);
			}
			pack_record_free(record);
		}
		index_close(reader);
		if (rc < 0 || more < 0)
			return -1;
	}
	return 0;
}

/* Packs that no index names: their headers tell. */
static int
each_orphan(struct mending *m, bool good, struct error *err)
{
	struct pack_record *record;
	struct mended *pack;
	size_t i, damaged;
	int rc = 0;

	for (i = 0; i < m->packs.n && rc == 0; i++) {
		pack = &m->packs.items[i];
		if (pack->is_done || pack->is_good != good || !pack->is_there)
			continue;
		if (pack_scan(m->repair->archive, pack->name, &record, &damaged, err) < 0) {
			if (err->code != ERR_CORRUPT)
				return -1;
			record = mem_alloc(sizeof(*record));
			record->id = pack->id;
		}
		if (good)
			memory_index_add(m->good, record);
		else
			rc = save_record(m, pack, record, err);
		pack_record_free(record);
	}
	return rc;
}

static int
load_others(struct mending *m, struct error *err)
{
	size_t i, damaged;

	m->others = arena_alloc(&m->repair->arena,
	    (m->repair->settings->other_count + 1) * sizeof(struct memory_index *));
	for (i = 0; i < m->repair->settings->other_count; i++)
		if (memory_index_load(m->repair->settings->others[i], &m->others[i], &damaged,
		    err) < 0)
			return -1;
	return 0;
}

/* Before anything may take their place. */
static int
copy_bad_packs(struct mending *m, struct error *err)
{
	struct target *t = archive_target(m->repair->archive);
	size_t i;

	for (i = 0; i < m->packs.n; i++)
		if (!m->packs.items[i].is_good && m->packs.items[i].is_there &&
		    repair_quarantine(t, m->repair->settings->spool, m->packs.items[i].name,
		    m->repair->report, err) < 0)
			return -1;
	return 0;
}

static int
save_bad_packs(struct mending *m, struct error *err)
{
	const struct repair_settings *s = m->repair->settings;

	m->good = memory_index_open();
	if (copy_bad_packs(m, err) < 0)
		return -1;
	if (load_others(m, err) < 0 || each_record(m, true, err) < 0 ||
	    each_orphan(m, true, err) < 0)
		return -1;
	memory_index_sort(m->good);
	if (archive_writer_open(m->repair->archive, memory_index_finder(m->good), s->workers,
	    s->spool, 0, &m->writer, err) < 0 || each_record(m, false, err) < 0 ||
	    each_orphan(m, false, err) < 0)
		return -1;
	return archive_writer_finish(m->writer, err);
}

/* ---- The index, and the damaged packs themselves ---- */

static int
replace_indexes(struct mending *m, struct error *err)
{
	struct prune p = { .archive = m->repair->archive,
		.settings = { .spool = m->repair->settings->spool,
		    .progress = m->repair->settings->progress } };
	struct pack_record *record;
	struct mended *pack;
	size_t i;
	int rc;

	/* What is saved of a pack may be all of it, and so have its name. */
	while (m->writer != NULL && archive_writer_next_pack(m->writer, &record) == 1) {
		pack = pack_of(m, &record->id);
		pack->is_there = pack->is_good = true;
		pack_record_free(record);
	}
	for (i = 0; i < m->packs.n; i++) {
		if (!m->packs.items[i].is_good)
			continue;
		map_put(&p.pack_of, digest_slice(&m->packs.items[i].id), p.packs.n);
		*(struct prune_pack *)vec_push(&p.packs) = (struct prune_pack){
			.id = m->packs.items[i].id, .fate = KEEP };
	}
	p.gone_indexes = m->repair->bad_indexes;
	rc = prune_rewrite_index(&p, err);
	vec_free(&p.packs);
	map_free(&p.pack_of);
	return rc;
}

static int
remove_bad_packs(struct mending *m, struct error *err)
{
	struct target *t = archive_target(m->repair->archive);
	size_t i;

	for (i = 0; i < m->packs.n; i++) {
		if (m->packs.items[i].is_good || !m->packs.items[i].is_there)
			continue;
		if (t->ops->remove(t, m->packs.items[i].name, err) < 0)
			return -1;
	}
	return 0;
}

int
repair_packs(struct repair *r, struct error *err)
{
	struct mending m = { .repair = r };
	size_t i;
	int rc = -1;

	if (list_packs(&m, err) < 0 || list_named(&m, err) < 0 || prove_packs(&m, err) < 0)
		goto out;
	if (m.has_bad && save_bad_packs(&m, err) < 0)
		goto out;
	if ((m.has_bad || r->bad_indexes.n > 0) && replace_indexes(&m, err) < 0)
		goto out;
	rc = remove_bad_packs(&m, err);

out:
	archive_writer_close(m.writer);
	memory_index_free(m.good);
	for (i = 0; m.others != NULL && i < r->settings->other_count; i++)
		memory_index_free(m.others[i]);
	vec_free(&m.packs);
	map_free(&m.pack_of);
	return rc;
}
