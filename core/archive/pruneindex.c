/* SPDX-License-Identifier: MIT */
#include "core/archive/indexwrite.h"
#include "core/archive/names.h"
#include "core/archive/prune_internal.h"
#include "core/port/target.h"

#define SMALL_INDEX 4096                /* entries of an index that is worth merging */
#define INDEX_OBJECTS 65536             /* entries of one that is written */

struct rewriting {
	struct prune *prune;
	VEC(const char *) names;        /* those that are to be replaced */
	struct digests replaced;        /* and all that they had replaced */
	VEC(struct pack_record *) records;
	size_t objects;
	struct map seen;                /* packs */
};

static bool
names_what_goes(struct prune *p, const struct pack_record *record)
{
	uint64_t number;

	return !map_get(&p->pack_of, digest_slice(&record->id), &number) ||
	    p->packs.items[number].fate != KEEP;
}

/* Which index objects are to be replaced: those that name what is going, and
 * with them small ones. */
static int
choose_index(struct rewriting *w, const char *name, bool *stale, bool *small, struct error *err)
{
	struct index_reader *r;
	struct pack_record *record;
	size_t objects = 0;
	int rc;

	*stale = map_get(&w->prune->stale, slice_string(name), NULL);
	if (index_open(w->prune->archive, name, &r, err) < 0)
		return -1;
	while ((rc = index_next(r, &record, err)) > 0) {
		*stale = *stale || names_what_goes(w->prune, record);
		objects += record->objects.n;
		pack_record_free(record);
	}
	index_close(r);
	*small = objects < SMALL_INDEX;
	return rc;
}

static int
choose_indexes(struct rewriting *w, const struct name_list *names, struct error *err)
{
	bool *small = mem_alloc_array(names->n + 1, sizeof(*small));
	bool *stale = mem_alloc_array(names->n + 1, sizeof(*stale)), any = false;
	size_t i;
	int rc = -1;

	for (i = 0; i < names->n; i++) {
		if (choose_index(w, names->items[i], &stale[i], &small[i], err) < 0)
			goto out;
		any = any || stale[i];
	}
	any = any || w->prune->gone_indexes.n > 0;
	for (i = 0; i < names->n && any; i++)
		if (stale[i] || small[i])
			*(const char **)vec_push(&w->names) = names->items[i];
	rc = 0;

out:
	mem_free(small);
	mem_free(stale);
	return rc;
}

static void
free_records(struct rewriting *w)
{
	size_t i;

	for (i = 0; i < w->records.n; i++)
		pack_record_free(w->records.items[i]);
	vec_clear(&w->records);
	w->objects = 0;
}

/* last: it names those that it and the ones before it stand in the place of. */
static int
put_index(struct rewriting *w, bool last, struct digest *id, struct error *err)
{
	const struct digests none = { NULL, 0, 0 };
	int rc = index_put_replacing(w->prune->archive, w->records.items, w->records.n,
	    last ? &w->replaced : &none, w->prune->settings.spool, id, err);

	free_records(w);
	return rc;
}

static int
take_records(struct rewriting *w, const char *name, struct error *err)
{
	struct index_reader *r;
	struct pack_record *record;
	struct digest id;
	size_t i;
	int rc;

	if (index_open(w->prune->archive, name, &r, err) < 0)
		return -1;
	for (i = 0; i < index_replaces(r)->n; i++)
		*(struct digest *)vec_push(&w->replaced) = index_replaces(r)->items[i];
	if (index_parse_name(slice_string(name), archive_naming(w->prune->archive), &id))
		*(struct digest *)vec_push(&w->replaced) = id;
	while ((rc = index_next(r, &record, err)) > 0) {
		if (names_what_goes(w->prune, record) ||
		    !map_put(&w->seen, digest_slice(&record->id), 1)) {
			pack_record_free(record);
			continue;
		}
		*(struct pack_record **)vec_push(&w->records) = record;
		w->objects += record->objects.n;
		if (w->objects >= INDEX_OBJECTS && (rc = put_index(w, false, &id, err)) < 0)
			break;
	}
	index_close(r);
	return rc;
}

static int
remove_replaced(struct rewriting *w, const struct digest *new_id, struct error *err)
{
	struct target *t = archive_target(w->prune->archive);
	struct buf own = BUF_EMPTY;
	size_t i;
	int rc = 0;

	index_add_name(&own, archive_naming(w->prune->archive), new_id);
	for (i = 0; i < w->names.n && rc == 0; i++)
		if (strcmp(w->names.items[i], buf_text(&own)) != 0)
			rc = t->ops->remove(t, w->names.items[i], err);
	buf_free(&own);
	return rc;
}

int
prune_rewrite_index(struct prune *p, struct error *err)
{
	struct rewriting w = { .prune = p };
	struct arena a = ARENA_EMPTY;
	struct name_list names;
	struct digest id;
	size_t i;
	int rc = -1;

	prune_show(p, "writing the index", NULL, 0);
	if (index_list(p->archive, &a, &names, err) < 0 || choose_indexes(&w, &names, err) < 0)
		goto out;
	for (i = 0; i < p->gone_indexes.n; i++)
		*(struct digest *)vec_push(&w.replaced) = p->gone_indexes.items[i];
	for (i = 0; i < w.names.n; i++)
		if (take_records(&w, w.names.items[i], err) < 0)
			goto out;
	rc = 0;
	if (w.replaced.n > 0 && put_index(&w, true, &id, err) < 0)
		rc = -1;
	else if (w.replaced.n > 0)
		rc = remove_replaced(&w, &id, err);

out:
	free_records(&w);
	vec_free(&w.records);
	vec_free(&w.names);
	vec_free(&w.replaced);
	map_free(&w.seen);
	arena_free(&a);
	return rc;
}
