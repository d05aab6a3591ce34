/* SPDX-License-Identifier: MIT */
#include "core/job/verify.h"

#include <stdlib.h>

#include "core/archive/check.h"
#include "core/base/map.h"
#include "core/base/workers.h"
#include "core/job/keyless.h"
#include "core/job/verify_names.h"

void
verify_result_free(struct verify_result *r)
{
	vec_free(&r->damaged);
	arena_free(&r->arena);
	memset(r, 0, sizeof(*r));
}

/* ---- What each fault costs ---- */

static const char *
hex_of(struct arena *a, const struct digest *id)
{
	char hex[DIGEST_HEX + 1];

	digest_hex(id, hex);
	return arena_string(a, hex);
}

static int
compare_strings(const void *pa, const void *pb)
{
	return strcmp(*(const char *const *)pa, *(const char *const *)pb);
}

/* Sorted, each once, into the result's arena. */
static const char **
sorted_names(struct arena *a, const char **names, size_t n, size_t *out_n)
{
	const char **kept = arena_alloc(a, (n + 1) * sizeof(*kept));
	size_t i, k = 0;

	if (n)
		qsort(names, n, sizeof(*names), compare_strings);
	for (i = 0; i < n; i++) {
		if (k == 0 || strcmp(kept[k - 1], names[i]) != 0)
			kept[k++] = names[i];
	}
	*out_n = k;
	return kept;
}

static void
describe(struct verify_result *out, const struct damage *d, struct verify_damage *to)
{
	struct arena *a = &out->arena;
	VEC(const char *) messages = VEC_EMPTY, mailboxes = VEC_EMPTY;
	size_t i;

	to->object = arena_string(a, d->object);
	to->reason = arena_string_of(a, buf_slice(&d->reason));
	for (i = 0; i < d->messages.n; i++)
		*(const char **)vec_push(&messages) = hex_of(a, &d->messages.items[i]);
	for (i = 0; i < d->mailboxes.n; i++)
		*(const char **)vec_push(&mailboxes) = arena_string(a, d->mailboxes.items[i]);
	to->messages = sorted_names(a, messages.items, messages.n, &to->message_count);
	to->mailboxes = sorted_names(a, mailboxes.items, mailboxes.n, &to->mailbox_count);
	vec_free(&messages);
	vec_free(&mailboxes);
}

static void
check_catalog(struct job *j, struct verify_result *out)
{
	struct error err = ERROR_NONE;

	if (!j->catalog)
		out->catalog = "there is none, or none that can be used: it will be made again "
		    "from the archive";
	else if (catalog_check(j->catalog, &err) < 0)
		out->catalog = arena_string(&out->arena, err.text);
}

/* The last snapshot that this machine saw: had somebody taken it away, the
 * archive alone could not tell. */
static const char *
head_of(struct job *j, struct arena *a)
{
	struct error ignored = ERROR_NONE;
	struct catalog_snapshot head;

	if (!j->catalog || catalog_head(j->catalog, a, &head, &ignored) != 1)
		return NULL;
	return head.tip;
}

/* The catalog may be what is damaged: then it proves nothing. */
static int
check_seen(struct job *j, struct check_report *report, struct error *err)
{
	struct error ignored = ERROR_NONE;
	struct buf id = BUF_EMPTY;
	struct digest digest;
	int rc = 0;

	while (j->catalog && catalog_seen_after(j->catalog, &id, &digest, &ignored) == 1 &&
	    (rc = job_go_on(j, err)) == 0)
		archive_check_seen(j->archive, buf_text(&id), &digest, report);
	buf_free(&id);
	return rc;
}

static int
list_below(struct job *j, const char *prefix, struct map *out, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct target_item *items;
	size_t n, i;
	int rc = j->target->ops->list(j->target, prefix, &a, &items, &n, err);

	for (i = 0; rc == 0 && i < n; i++)
		map_put(out, slice_string(items[i].name), 0);
	arena_free(&a);
	return rc;
}

/* Which packs and indexes there are to be is told by the indexes, or else by the
 * catalog alone. */
static int
check_known(struct job *j, struct check_report *report, struct error *err)
{
	struct error ignored = ERROR_NONE;
	struct map there = MAP_EMPTY;
	struct buf name = BUF_EMPTY;
	struct catalog_rows *rows = NULL;
	struct digest pack;
	int rc = -1;

	if (list_below(j, "packs/", &there, err) < 0 || list_below(j, "index/", &there, err) < 0)
		goto out;
	while (catalog_name_after(j->catalog, &name, &ignored) == 1)
		if (slice_starts(buf_slice(&name), "index/") &&
		    !map_get(&there, buf_slice(&name), NULL))
			archive_check_missing(report, buf_text(&name));
	if (catalog_packs(j->catalog, &rows, &ignored) < 0)
		rows = NULL;
	while (rows != NULL && catalog_next_pack(rows, &pack, &ignored) == 1) {
		buf_clear(&name);
		pack_add_name(&name, j->archive, &pack);
		if (!map_get(&there, buf_slice(&name), NULL))
			archive_check_missing(report, buf_text(&name));
	}
	rc = 0;

out:
	catalog_rows_close(rows);
	map_free(&there);
	buf_free(&name);
	return rc;
}

int
job_verify(struct job *j, struct check_share read_data, struct verify_result *out,
    struct error *err)
{
	struct workers *workers = workers_open(workers_cores());
	struct check_report report;
	struct damages damages;
	size_t i;
	int rc = -1, locked;

	memset(out, 0, sizeof(*out));
	memset(&report, 0, sizeof(report));
	memset(&damages, 0, sizeof(damages));
	check_catalog(j, out);
	locked = keyless(j, err);
	if (locked < 0 || (locked > 0 ? archive_check_names(j->archive, read_data, workers,
	    j->settings.progress, &report, err) : archive_check(j->archive, read_data,
	    head_of(j, &out->arena), workers, j->settings.progress, &report, err)) < 0)
		goto out;
	if (check_seen(j, &report, err) < 0 ||
	    (locked > 0 && j->catalog && check_known(j, &report, err) < 0))
		goto out;
	out->names_only = locked > 0;
	out->objects = report.objects;
	out->bytes = report.bytes;
	out->snapshots = report.snapshots;
	out->packs = report.packs;
	if (report.faults.n > 0 || report.lost_messages.n > 0)
		damages_name(&damages, j, &report);
	for (i = 0; i < damages.items.n; i++)
		describe(out, &damages.items.items[i], vec_push(&out->damaged));
	rc = 0;

out:
	damages_free(&damages);
	check_report_free(&report);
	workers_close(workers);
	return rc;
}

/* ---- Opening what may be broken ---- */

static int
find_nothing(struct object_finder *f, enum object_kind kind, const struct digest *id,
    struct object_place *out, struct error *err)
{
	(void)f;
	(void)kind;
	(void)id;
	(void)out;
	(void)err;
	return 0;
}

int
verify_open(const struct job_settings *settings, const struct ports *ports, struct job **out,
    struct error *err)
{
	struct error why = ERROR_NONE;
	struct job *j;

	if (job_open(settings, ports, JOB_READ, out, &why) == 0)
		return 0;
	if (why.code == ERR_KEY && settings->keys_are_given) {
		*err = why;
		return -1;
	}
	if (job_open_archive(settings, ports, &j, err) < 0)
		return -1;
	j->finder.find = find_nothing;
	job_notice(j, "checked without a catalog: %s", why.text);
	*out = j;
	return 0;
}
