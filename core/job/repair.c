/* SPDX-License-Identifier: MIT */
#include "core/job/repair.h"

#include "core/base/path.h"
#include "core/base/workers.h"
#include "core/job/catch_up.h"
#include "core/job/copies.h"

struct sources {
	VEC(struct target *) targets;
	VEC(struct archive *) archives;
};

void
repair_result_free(struct repair_result *r)
{
	repair_report_free(&r->done);
	verify_result_free(&r->left);
}

static void
sources_close(struct sources *s)
{
	size_t i;

	for (i = 0; i < s->archives.n; i++)
		archive_close(s->archives.items[i]);
	for (i = 0; i < s->targets.n; i++)
		s->targets.items[i]->ops->close(s->targets.items[i]);
	vec_free(&s->archives);
	vec_free(&s->targets);
}

static int
open_named(struct sources *s, const struct ports *ports, const struct repair_request *request,
    struct error *err)
{
	struct target *t;
	size_t i;

	for (i = 0; i < request->from_count; i++) {
		if (ports->open_target(request->from[i], false, &t, err) < 0)
			return -1;
		*(struct target **)vec_push(&s->targets) = t;
	}
	return 0;
}

/* 1; 0: it is of another archive; -1. */
static int
open_archive(struct sources *s, struct job *j, struct target *t, struct error *err)
{
	struct archive *a;

	if (archive_open(t, &a, err) < 0)
		return -1;
	archive_set_keys(a, j->settings.keys);
	*(struct archive **)vec_push(&s->archives) = a;
	return strcmp(archive_id(a), archive_id(j->archive)) == 0;
}

/* The copies that are known on this machine, as far as they are there. */
static void
open_known(struct sources *s, struct job *j)
{
	struct copies copies = COPIES_EMPTY;
	struct error ignored;
	struct target *t;
	size_t i;

	if (copies_read(j->settings.data_directory, &copies, &ignored) < 0)
		copies.items.n = 0;
	for (i = 0; i < copies.items.n; i++) {
		if (strcmp(copies.items.items[i].archive, archive_id(j->archive)) != 0 ||
		    strcmp(copies.items.items[i].url, j->target->url) == 0 ||
		    j->ports->open_target(copies.items.items[i].url, false, &t, &ignored) < 0)
			continue;
		if (open_archive(s, j, t, &ignored) == 1) {
			*(struct target **)vec_push(&s->targets) = t;
			continue;
		}
		if (s->archives.n > s->targets.n)
			archive_close(s->archives.items[--s->archives.n]);
		t->ops->close(t);
	}
	copies_free(&copies);
}

static int
sources_open(struct sources *s, struct job *j, const struct repair_request *request,
    struct error *err)
{
	size_t i;
	int rc;

	if (open_named(s, j->ports, request, err) < 0)
		return -1;
	for (i = 0; i < s->targets.n; i++) {
		rc = open_archive(s, j, s->targets.items[i], err);
		if (rc == 0)
			return fail(err, ERR_USAGE, "%s is a copy of another archive",
			    s->targets.items[i]->url);
		if (rc < 0)
			return -1;
	}
	open_known(s, j);
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
	struct sources sources = { VEC_EMPTY, VEC_EMPTY };
	struct repair_settings settings = {
		.workers = workers_open(workers_cores()),
		.spool = j->target->spool ? NULL :
		    path_join(&j->arena, j->settings.data_directory, "spool"),
		.progress = j->settings.progress,
		.program = j->settings.program,
		.wanted = j->lost_name,
	};
	int rc = -1;

	if (sources_open(&sources, j, request, err) < 0)
		goto out;
	settings.others = sources.archives.items;
	settings.other_count = sources.archives.n;
	if (archive_repair(j->archive, &settings, &out->done, err) < 0)
		goto out;
	if (j->catalog && catch_up(j, false, true, err) < 0)
		goto out;
	if (job_verify(j, CHECK_NOTHING, &out->left, err) < 0 ||
	    forget_lost(j, &out->left, err) < 0)
		goto out;
	rc = 0;

out:
	sources_close(&sources);
	workers_close(settings.workers);
	return rc;
}

/* Put back an archive.json that keeps the archive from being opened. */
static int
mend_identity(const struct job_settings *settings, const struct ports *ports,
    const struct repair_request *request, struct repair_result *result, struct error *err)
{
	struct sources sources = { VEC_EMPTY, VEC_EMPTY };
	struct arena a = ARENA_EMPTY;
	struct target *target = NULL;
	const char *url = settings->archive_url ? settings->archive_url :
	    path_join(&a, settings->data_directory, "archive");
	int rc = -1;

	if (open_named(&sources, ports, request, err) < 0 ||
	    ports->open_target(url, false, &target, err) < 0)
		goto out;
	rc = repair_identity(target, sources.targets.items, sources.targets.n, &result->done, err);

out:
	if (target)
		target->ops->close(target);
	sources_close(&sources);
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
