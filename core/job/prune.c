/* SPDX-License-Identifier: MIT */
#include "core/job/prune.h"

#include "core/base/path.h"
#include "core/base/workers.h"
#include "core/job/catch_up_internal.h"

/* Where things are from now on, before they are no longer where they were. */
static int
tell_catalog(struct job *j, struct prune *p, struct error *err)
{
	struct pack_record *record;
	struct catalog *db = NULL;
	int rc = -1;

	if (catalog_open(j->catalog_path, CATALOG_WRITE, archive_id(j->archive),
	    j->settings.allow_remote_catalog, &db, err) < 0 || catalog_begin(db, err) < 0)
		goto out;
	while (prune_next_pack(p, &record) == 1) {
		rc = catch_up_objects(db, record, err);
		pack_record_free(record);
		if (rc < 0)
			goto out;
	}
	rc = catalog_commit(db, err);

out:
	catalog_close(db);
	return rc;
}

/* The archive is right whatever becomes of the catalog, which is made right by
 * the next run that can write it. */
static void
or_later(struct job *j, int rc, struct error *err)
{
	if (rc == 0)
		return;
	job_notice(j, "the catalog could not be brought up to date (%s); the next run does it",
	    err->text);
	error_clear(err);
}

static int
run(struct job *j, struct prune *p, struct prune_result *out, struct error *err)
{
	if (prune_remove_dead(p, err) < 0)
		return -1;
	out->freed = prune_numbers(p)->dead_bytes;
	if (job_go_on(j, err) < 0 || prune_repack(p, err) < 0)
		return -1;
	if (j->catalog)
		or_later(j, tell_catalog(j, p, err), err);
	if (prune_remove_old(p, err) < 0)
		return -1;
	out->numbers = *prune_numbers(p);
	if (out->numbers.thin_bytes > out->numbers.new_bytes)
		out->freed += out->numbers.thin_bytes - out->numbers.new_bytes;
	if (j->catalog)
		or_later(j, catch_up(j, false, false, err), err);
	return 0;
}

int
job_prune(struct job *j, const struct prune_request *request, struct prune_result *out,
    struct error *err)
{
	struct prune_settings settings = {
		.threshold = request->threshold,
		.workers = workers_open(workers_cores()),
		.spool = j->target->spool ? NULL :
		    path_join(&j->arena, j->settings.data_directory, "spool"),
		.progress = j->settings.progress,
	};
	struct prune *p = NULL;
	int rc = -1;

	memset(out, 0, sizeof(*out));
	if (prune_open(j->archive, &settings, &p, err) < 0) {
		if (err->code == ERR_CORRUPT || err->code == ERR_NOT_FOUND) {
			err->code = ERR_CORRUPT;
			fail_in(err, "nothing is freed while what is needed cannot be told "
			    "(\"mailcask repair\" mends what can be mended)");
		}
		goto out;
	}
	out->numbers = *prune_numbers(p);
	rc = request->dry_run ? 0 : run(j, p, out, err);

out:
	prune_close(p);
	workers_close(settings.workers);
	return rc;
}
