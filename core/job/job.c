/* SPDX-License-Identifier: MIT */
#include "core/job/job.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/archive/names.h"
#include "core/archive/snapshot.h"
#include "core/base/file.h"
#include "core/base/path.h"
#include "core/base/text.h"
#include "core/job/behind.h"
#include "core/job/catch_up.h"
#include "core/job/keyless.h"
#include "core/job/trust.h"

static int
find_in_catalog(struct object_finder *f, enum object_kind kind, const struct digest *id,
    struct object_place *out, struct error *err)
{
	struct job *j = (struct job *)(void *)((char *)f - offsetof(struct job, finder));
	struct catalog_place place;
	int rc = catalog_find_object(j->catalog, (int)kind, id, &place, err);

	if (rc <= 0)
		return rc;
	*out = (struct object_place){
		.pack = place.pack,
		.frame_at = place.frame_at,
		.frame_n = place.frame_n,
		.frame_plain = place.frame_plain,
		.at = place.at,
		.n = place.n,
		.is_recipe = place.is_recipe,
	};
	return 1;
}

void
job_notice(struct job *j, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	*(const char **)vec_push(&j->notices) = arena_string(&j->arena, text);
}

int
job_go_on(const struct job *j, struct error *err)
{
	if (!j->settings.interrupted || *j->settings.interrupted == 0)
		return 0;
	return fail(err, ERR_CANCELLED, "interrupted");
}

static int
open_archive(struct job *j, bool create, struct error *err)
{
	const char *url = j->settings.archive_url;

	if (!url)
		url = path_join(&j->arena, j->settings.data_directory, "archive");
	if (j->ports->open_target(url, create, &j->target, err) < 0)
		return -1;
	if (j->writes && j->target->directory == NULL)
		j->target = behind_open(j->target, j->ports->open_target);
	if (archive_open(j->target, &j->archive, err) < 0)
		return -1;
	archive_set_keys(j->archive, j->settings.keys);
	return j->settings.keys_are_given ? archive_unlock(j->archive, err) : 0;
}

int
job_open_archive(const struct job_settings *settings, const struct ports *ports,
    struct job **out, struct error *err)
{
	struct job *j = mem_alloc(sizeof(*j));

	j->settings = *settings;
	j->ports = ports;
	j->lock_fd = j->target_lock_fd = -1;
	if (open_archive(j, false, err) < 0) {
		job_close(j);
		return -1;
	}
	*out = j;
	return 0;
}

/*
 * Two locks: one for this person's data, one at a target on a local file
 * system, where another person's run may write to the same archive.
 */
static int
lock_for_writing(struct job *j, struct error *err)
{
	const char *path = path_join(&j->arena, j->settings.data_directory, "lock");

	if (j->lock_fd >= 0)
		return 0;
	if (file_make_directories(j->settings.data_directory, 0700, err) < 0)
		return -1;
	return file_lock(path, &j->lock_fd, err);
}

static int
lock_target(struct job *j, struct error *err)
{
	if (!j->target->spool || j->target_lock_fd >= 0)
		return 0;
	if (file_make_directories(j->target->spool, 0700, err) < 0)
		return -1;
	return file_lock(path_join(&j->arena, j->target->spool, "lock"), &j->target_lock_fd, err);
}

int
job_lock(struct job *j, struct error *err)
{
	return lock_for_writing(j, err) < 0 || lock_target(j, err) < 0 ? -1 : 0;
}

static int
open_place(const struct job_settings *settings, const struct ports *ports, struct arena *a,
    struct target **out, struct error *err)
{
	const char *url = settings->archive_url;

	if (!url) {
		if (file_make_directories(settings->data_directory, 0700, err) < 0)
			return -1;
		url = path_join(a, settings->data_directory, "archive");
	}
	return ports->open_target(url, true, out, err);
}

int
job_init_check(const struct job_settings *settings, const struct ports *ports,
    struct error *err)
{
	struct target *target = NULL;
	struct arena a = ARENA_EMPTY;
	uint64_t size;
	int rc = open_place(settings, ports, &a, &target, err);

	if (rc == 0 && target->ops->stat(target, IDENTITY_NAME, &size, err) == 0)
		rc = fail(err, ERR_EXISTS, "%s: an archive is here already", target->url);
	else if (rc == 0 && err->code != ERR_NOT_FOUND)
		rc = -1;
	else if (rc == 0)
		error_clear(err);
	if (target)
		target->ops->close(target);
	arena_free(&a);
	return rc;
}

int
job_init(const struct job_settings *settings, const struct ports *ports, struct error *err)
{
	struct archive_settings how = { .codec = settings->codec, .level = settings->level,
		.recipients = settings->recipients };
	struct job made = { .settings = *settings };
	struct arena a = ARENA_EMPTY;
	int rc = -1;

	if (open_place(settings, ports, &a, &made.target, err) < 0 ||
	    archive_init(made.target, &how, settings->now, err) < 0)
		goto out;
	if (how.recipients.n > 0 && (archive_open(made.target, &made.archive, err) < 0 ||
	    trust_set(&made, &how.recipients, err) < 0))
		goto out;
	rc = 0;

out:
	archive_close(made.archive);
	if (made.target)
		made.target->ops->close(made.target);
	arena_free(&a);
	return rc;
}

/* The embedded archive makes itself: that it is not there yet is nothing wrong. */
static bool
ought_to_exist(struct job *j)
{
	return j->settings.archive_url ||
	    file_exists(path_join(&j->arena, j->settings.data_directory, "archive"));
}

static int
open_or_make_archive(struct job *j, enum job_mode mode, struct error *err)
{
	struct error first = ERROR_NONE;

	if (open_archive(j, false, &first) == 0)
		return 0;
	if (j->target) {
		j->target->ops->close(j->target);
		j->target = NULL;
	}
	if (mode != JOB_WRITE || j->settings.archive_url ||
	    (first.code != ERR_NOT_FOUND && first.code != ERR_UNREACHABLE)) {
		*err = first;
		return ought_to_exist(j) ? -1 : fail(err, ERR_UNREACHABLE, "there is no backup "
		    "yet in %s; \"mailcask backup\" makes the first", j->settings.data_directory);
	}
	if (job_init(&j->settings, j->ports, err) < 0)
		return -1;
	return open_archive(j, false, err);
}

static int
make_catalog(struct job *j, struct error *err)
{
	struct catalog *made = NULL;

	if (catalog_open(j->catalog_path, CATALOG_WRITE, archive_id(j->archive),
	    j->settings.allow_remote_catalog, &made, err) < 0)
		return -1;
	catalog_close(made);
	return catalog_open(j->catalog_path, CATALOG_READ, archive_id(j->archive),
	    j->settings.allow_remote_catalog, &j->catalog, err);
}

/* A catalog that knows of what the archive has lost would keep the next
 * backup from saving it again. */
static int
mind_losses(struct job *j, enum job_mode mode, struct error *err)
{
	const char *name, *sentence;
	int64_t time;
	int rc = catch_up_lost(j, &j->arena, &name, err);

	if (rc <= 0)
		return rc;
	sentence = arena_format(&j->arena, "the archive lacks %s%s, which this machine has seen "
	    "there: files were taken away, or an older copy stands in its place; "
	    "run \"mailcask check\"", snapshot_id_time(name, &time) ? "the snapshot " : "", name);
	if (mode == JOB_READ) {
		job_notice(j, "%s", sentence);
		return 0;
	}
	j->archive_lost = sentence;
	j->lost_name = name;
	rc = keyless(j, err);
	if (rc != 0)
		return rc < 0 ? -1 : keyless_losses(j, err);
	catalog_close(j->catalog);
	j->catalog = NULL;
	if (catalog_remove(j->catalog_path, err) < 0)
		return -1;
	return make_catalog(j, err);
}

/*
 * The catalog may be gone, torn, or of another program version; all of
 * that is mended by making it again.  Who cannot write it now (another run
 * does) reads what is there.
 */
static int
open_catalog(struct job *j, enum job_mode mode, struct error *err)
{
	struct error why = ERROR_NONE;
	bool again = false;
	int needed;

	if (catalog_open(j->catalog_path, CATALOG_READ, archive_id(j->archive),
	    j->settings.allow_remote_catalog, &j->catalog, &why) < 0) {
		if (why.code != ERR_NOT_FOUND && why.code != ERR_CORRUPT) {
			*err = why;
			return -1;
		}
		again = why.code == ERR_CORRUPT;
		if (lock_for_writing(j, err) < 0)
			return fail_in(err, "the catalog has to be made again first");
		if (again && catalog_remove(j->catalog_path, err) < 0)
			return -1;
		if (make_catalog(j, err) < 0)
			return -1;
	}
	if (mind_losses(j, mode, err) < 0)
		return -1;
	needed = catch_up_needed(j, err);
	if (needed <= 0)
		return needed < 0 || mode == JOB_READ ? needed : catch_up_gone(j, err);
	if (lock_for_writing(j, &why) < 0) {
		if (why.code != ERR_LOCKED) {
			*err = why;
			return -1;
		}
		job_notice(j, "another run is at work; this is what the catalog knew before it");
		return 0;
	}
	needed = keyless(j, err);
	if (needed != 0)
		return needed < 0 || keyless_catch_up(j, mode, err) < 0 ? -1 :
		    mode == JOB_READ ? 0 : catch_up_gone(j, err);
	if (catch_up(j, j->settings.want_text, mode == JOB_WRITE, err) < 0)
		return -1;
	if (again)
		job_notice(j, "the catalog was damaged and has been made again from the archive");
	return 0;
}

int
job_open(const struct job_settings *settings, const struct ports *ports, enum job_mode mode,
    struct job **out, struct error *err)
{
	struct job *j = mem_alloc(sizeof(*j));
	const char *directory, *name;
	int rc = -1;

	j->settings = *settings;
	j->ports = ports;
	j->finder.find = find_in_catalog;
	j->lock_fd = j->target_lock_fd = -1;
	j->writes = mode != JOB_READ;
	if (mode != JOB_READ && lock_for_writing(j, err) < 0)
		goto out;
	if (open_or_make_archive(j, mode, err) < 0)
		goto out;
	if (trust_check(j, mode, err) < 0)
		goto out;
	if (mode != JOB_READ && lock_target(j, err) < 0)
		goto out;
	directory = path_join(&j->arena, settings->data_directory, "catalogs");
	if (file_make_directories(directory, 0700, err) < 0)
		goto out;
	name = arena_format(&j->arena, "%s.sqlite", archive_id(j->archive));
	j->catalog_path = path_join(&j->arena, directory, name);
	if (open_catalog(j, mode, err) < 0) {
		if (mode != JOB_TEND || err->code != ERR_SYSTEM)
			goto out;
		job_notice(j, "without the catalog: %s", err->text);
		catalog_close(j->catalog);
		j->catalog = NULL;
	}
	if (mode == JOB_READ) {
		file_close(j->lock_fd);
		j->lock_fd = -1;
	}
	*out = j;
	j = NULL;
	rc = 0;

out:
	job_close(j);
	return rc;
}

void
job_close(struct job *j)
{
	if (!j)
		return;
	catalog_close(j->catalog);
	archive_close(j->archive);
	if (j->target)
		j->target->ops->close(j->target);
	file_close(j->target_lock_fd);
	file_close(j->lock_fd);
	vec_free(&j->notices);
	arena_free(&j->arena);
	mem_free(j);
}

int
job_snapshot(struct job *j, const char *at, struct arena *a, struct catalog_snapshot *out,
    struct error *err)
{
	int64_t time;
	bool is_date;
	int rc;

	if (!at) {
		rc = catalog_head(j->catalog, a, out, err);
		if (rc == 0)
			return fail(err, ERR_NOT_FOUND,
			    "there is no backup in this archive yet; run \"mailcask backup\"");
		return rc < 0 ? -1 : 0;
	}
	rc = catalog_find_snapshot(j->catalog, at, a, out, err);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (!text_parse_time(slice_string(at), j->settings.zone_minutes, &time, &is_date))
		return fail(err, ERR_USAGE, "\"%s\" is neither a snapshot nor a date such as "
		    "2026-05-03 or 2026-05-03T14:00", at);
	/* A day means its end: what the last backup of that day saw. */
	if (is_date)
		time += 24 * 60 * 60 - 1;
	rc = catalog_snapshot_at(j->catalog, time, a, out, err);
	if (rc == 0)
		return fail(err, ERR_NOT_FOUND, "there is no backup as old as %s; "
		    "\"mailcask snapshots\" lists those there are", at);
	return rc < 0 ? -1 : 0;
}
