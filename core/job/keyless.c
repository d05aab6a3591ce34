/* SPDX-License-Identifier: MIT */
#include "core/job/keyless.h"

#include "core/archive/names.h"
#include "core/archive/transfer.h"
#include "core/base/map.h"

int
keyless(struct job *j, struct error *err)
{
	if (archive_unlock(j->archive, err) == 0)
		return 0;
	if (err->code != ERR_KEY)
		return -1;
	error_clear(err);
	return 1;
}

/* ---- What cannot be read ---- */

struct unknown {
	VEC(const char *) names;
	size_t snapshots;
};

static int
add_unknown(struct job *j, const struct name_list *names, struct unknown *out, struct error *err)
{
	size_t i;
	int has;

	for (i = 0; i < names->n; i++) {
		has = catalog_has_name(j->catalog, names->items[i], err);
		if (has < 0)
			return -1;
		if (has == 0)
			*vec_push(&out->names) = names->items[i];
	}
	return 0;
}

static int
find_unknown(struct job *j, struct arena *a, struct unknown *out, struct error *err)
{
	struct name_list names;

	if (snapshot_list(j->archive, a, &names, err) < 0 || add_unknown(j, &names, out, err) < 0)
		return -1;
	out->snapshots = out->names.n;
	return index_list(j->archive, a, &names, err) < 0 ? -1 : add_unknown(j, &names, out, err);
}

/* *fresh: how many the person was not told of before. */
static int
remember(struct job *j, const struct unknown *u, size_t *fresh, struct error *err)
{
	struct catalog *db;
	size_t i;
	int rc = -1, is_new;

	*fresh = 0;
	if (catalog_open(j->catalog_path, CATALOG_WRITE, archive_id(j->archive),
	    j->settings.allow_remote_catalog, &db, err) < 0)
		return -1;
	if (catalog_begin(db, err) < 0)
		goto out;
	for (i = 0; i < u->names.n; i++) {
		is_new = catalog_add_unread(db, u->names.items[i], err);
		if (is_new < 0)
			goto out;
		*fresh += is_new > 0;
	}
	rc = catalog_commit(db, err);

out:
	catalog_close(db);
	return rc;
}

static int
tell_writer(struct job *j, const struct unknown *u, struct error *err)
{
	struct catalog_snapshot head;
	size_t fresh;
	int has;

	if (remember(j, u, &fresh, err) < 0)
		return -1;
	if (fresh == 0)
		return 0;
	has = catalog_head(j->catalog, &j->arena, &head, err);
	if (has == 0)
		job_notice(j, "the catalog of this machine is new or was lost, the archive is "
		    "encrypted, and there is no identity to read it with: what its %zu snapshots hold "
		    "is not known here, and all mail is saved anew. With the identity of the archive "
		    "(--identity FILE, once) the catalog is made again from it and nothing is saved "
		    "twice", u->snapshots);
	else if (has > 0)
		job_notice(j, "%zu files in the archive were written by another machine or by a run "
		    "that was interrupted, and cannot be read without its identity: mail that lies "
		    "there alone is saved once more where it is met", fresh);
	return has < 0 ? -1 : 0;
}

int
keyless_catch_up(struct job *j, enum job_mode mode, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct unknown u = { .names = VEC_EMPTY };
	struct error why = ERROR_NONE;
	int rc = -1;

	if (find_unknown(j, &a, &u, err) < 0)
		goto out;
	rc = 0;
	if (mode != JOB_READ && u.names.n > 0)
		rc = tell_writer(j, &u, err);
	/* Indexes alone are what an interrupted run has left. */
	if (mode == JOB_READ && u.snapshots > 0) {
		archive_unlock(j->archive, &why);
		rc = fail(err, ERR_KEY, "the catalog of this machine does not know %zu of the "
		    "snapshots: %s", u.snapshots, why.text);
	}

out:
	vec_free(&u.names);
	arena_free(&a);
	return rc;
}

/* ---- What is gone ---- */

static int
names_there(struct job *j, struct map *out, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct name_list names[2];
	size_t i, k;
	int rc = -1;

	if (index_list(j->archive, &a, &names[0], err) < 0 ||
	    snapshot_list(j->archive, &a, &names[1], err) < 0)
		goto out;
	for (i = 0; i < 2; i++)
		for (k = 0; k < names[i].n; k++)
			map_put(out, slice_string(names[i].items[k]), 0);
	rc = 0;

out:
	arena_free(&a);
	return rc;
}

int
keyless_losses(struct job *j, struct error *err)
{
	struct map there = MAP_EMPTY;
	struct buf name = BUF_EMPTY;
	struct catalog *db = NULL;
	int rc = -1, more;

	if (names_there(j, &there, err) < 0 || catalog_open(j->catalog_path, CATALOG_WRITE,
	    archive_id(j->archive), j->settings.allow_remote_catalog, &db, err) < 0)
		goto out;
	if (catalog_begin(db, err) < 0 || catalog_forget_readings(db, err) < 0)
		goto out;
	while ((more = catalog_name_after(db, &name, err)) == 1)
		if (!map_get(&there, buf_slice(&name), NULL) &&
		    catalog_forget_name(db, buf_text(&name), err) < 0)
			goto out;
	if (more == 0)
		rc = catalog_commit(db, err);

out:
	catalog_close(db);
	map_free(&there);
	buf_free(&name);
	return rc;
}

/* ---- The snapshot before ---- */

int
keyless_snapshot(struct job *j, const char *id, struct arena *a, struct snapshot *out,
    struct error *err)
{
	struct buf document = BUF_EMPTY;
	struct digest digest;
	int rc = catalog_get_head(j->catalog, id, &document, err);

	if (rc == 1)
		rc = catalog_seen(j->catalog, id, &digest, err);
	if (rc == 1)
		rc = snapshot_recall(j->archive, id, &digest, buf_slice(&document), a, out, err);
	else if (rc == 0)
		rc = snapshot_read(j->archive, id, a, out, err);
	buf_free(&document);
	return rc;
}

static int
last_by_name(struct job *j, struct arena *a, const char **id, struct digest *digest,
    struct error *err)
{
	struct buf name = BUF_EMPTY;
	struct name_list names;
	uint64_t size;
	int rc;

	if (!archive_is_encrypted(j->archive))
		return 0;
	rc = snapshot_list(j->archive, a, &names, err);
	if (rc == 0 && names.n > 0) {
		*id = names.items[names.n - 1];
		snapshot_add_name(&name, archive_naming(j->archive), slice_string(*id));
		rc = transfer_digest(j->target, buf_text(&name), digest, &size, err);
	}
	buf_free(&name);
	return rc;
}

int
keyless_parent(struct job *j, struct arena *a, const char **parent, struct digest *digest,
    struct error *err)
{
	struct snapshot s;
	int rc;

	if (*parent == NULL)
		return last_by_name(j, a, parent, digest, err);
	rc = catalog_seen(j->catalog, *parent, digest, err);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (snapshot_read(j->archive, *parent, a, &s, err) < 0)
		return -1;
	*digest = s.digest;
	return 0;
}
