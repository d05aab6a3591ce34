/* SPDX-License-Identifier: MIT */
#include "core/job/repair.h"

#include "core/base/path.h"
#include "core/base/workers.h"
#include "core/job/catch_up.h"

struct copies {
	struct target **targets;
	struct archive **archives;
	size_t n;
};

void
repair_result_free(struct repair_result *r)
{
	repair_report_free(&r->done);
	verify_result_free(&r->left);
}

static void
copies_close(struct copies *c)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		archive_close(c->archives[i]);
		if (c->targets[i])
			c->targets[i]->ops->close(c->targets[i]);
	}
	mem_free(c->targets);
	mem_free(c->archives);
}

static int
copies_open_targets(struct copies *c, const struct ports *ports,
    const struct repair_request *request, struct error *err)
{
	size_t i;

	c->targets = mem_alloc_array(request->from_count + 1, sizeof(*c->targets));
	c->archives = mem_alloc_array(request->from_count + 1, sizeof(*c->archives));
	c->n = request->from_count;
	for (i = 0; i < c->n; i++)
		if (ports->open_target(request->from[i], false, &c->targets[i], err) < 0)
			return -1;
	return 0;
}

static int
copies_open(struct copies *c, struct job *j, const struct repair_request *request,
    struct error *err)
{
	size_t i;

	if (copies_open_targets(c, j->ports, request, err) < 0)
		return -1;
	for (i = 0; i < c->n; i++) {
		if (archive_open(c->targets[i], &c->archives[i], err) < 0)
			return -1;
		archive_set_keys(c->archives[i], j->settings.keys);
		if (strcmp(archive_id(c->archives[i]), archive_id(j->archive)) != 0)
			return fail(err, ERR_USAGE, "%s is a copy of another archive",
			    c->targets[i]->url);
	}
	return 0;
}

/* Nothing that is lost may keep the next backup from storing it. */
static int
forget_lost(struct job *j, const struct verify_result *left, struct error *err)
{
	struct catalog *db = NULL;
	struct digest id;
	size_t i, k;
	int rc;

	if (!j->catalog || left->damaged.n == 0)
		return 0;
	rc = catalog_open(j->catalog_path, CATALOG_WRITE, archive_id(j->archive),
	    j->settings.allow_remote_catalog, &db, err) < 0 ||
	    catalog_begin(db, err) < 0 || catalog_forget_readings(db, err) < 0 ? -1 : 0;
	for (i = 0; i < left->damaged.n && rc == 0; i++)
		for (k = 0; k < left->damaged.items[i].message_count && rc == 0; k++)
			if (digest_parse(slice_string(left->damaged.items[i].messages[k]), &id))
				rc = catalog_drop_object(db, OBJECT_MESSAGE, &id, err);
	if (rc == 0)
		rc = catalog_commit(db, err);
	catalog_close(db);
	return rc;
}

int
job_repair(struct job *j, const struct repair_request *request, struct repair_result *out,
    struct error *err)
{
	struct copies copies = { NULL, NULL, 0 };
	struct repair_settings settings = {
		.workers = workers_open(workers_cores()),
		.spool = j->target->spool ? NULL :
		    path_join(&j->arena, j->settings.data_directory, "spool"),
		.progress = j->settings.progress,
		.program = j->settings.program,
		.wanted = j->lost_name,
	};
	int rc = -1;

	if (copies_open(&copies, j, request, err) < 0)
		goto out;
	settings.others = copies.archives;
	settings.other_count = copies.n;
	if (archive_repair(j->archive, &settings, &out->done, err) < 0)
		goto out;
	if (j->catalog && catch_up(j, false, true, err) < 0)
		goto out;
	if (job_verify(j, CHECK_NOTHING, &out->left, err) < 0 ||
	    forget_lost(j, &out->left, err) < 0)
		goto out;
	rc = 0;

out:
	copies_close(&copies);
	workers_close(settings.workers);
	return rc;
}

/* Put back an archive.json that keeps the archive from being opened. */
static int
mend_identity(const struct job_settings *settings, const struct ports *ports,
    const struct repair_request *request, struct repair_result *result, struct error *err)
{
	struct copies copies = { NULL, NULL, 0 };
	struct arena a = ARENA_EMPTY;
	struct target *target = NULL;
	const char *url = settings->archive_url ? settings->archive_url :
	    path_join(&a, settings->data_directory, "archive");
	int rc = -1;

	if (copies_open_targets(&copies, ports, request, err) < 0 ||
	    ports->open_target(url, false, &target, err) < 0)
		goto out;
	rc = repair_identity(target, copies.targets, copies.n, &result->done, err);

out:
	if (target)
		target->ops->close(target);
	copies_close(&copies);
	arena_free(&a);
	return rc;
}

int
repair_open(const struct job_settings *settings, const struct ports *ports,
    const struct repair_request *request, struct repair_result *result, struct job **out,
    struct error *err)
{
	struct error why = ERROR_NONE;
	struct job *j = NULL;
	bool whole;

	memset(result, 0, sizeof(*result));
	whole = job_open_archive(settings, ports, &j, &why) == 0 &&
	    archive_is_whole(j->archive);
	job_close(j);
	if (!whole && (why.code == ERR_NONE || why.code == ERR_CORRUPT) && request->from_count > 0 &&
	    mend_identity(settings, ports, request, result, err) < 0)
		return -1;
	if (job_open(settings, ports, JOB_TEND, out, &why) == 0)
		return 0;
	if (why.code == ERR_CORRUPT && job_open_archive(settings, ports, &j, err) == 0) {
		if (job_lock(j, err) < 0) {
			job_close(j);
			return -1;
		}
		job_notice(j, "mended without a catalog: %s", why.text);
		*out = j;
		return 0;
	}
	*err = why;
	return -1;
}
