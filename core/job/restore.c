/* SPDX-License-Identifier: MIT */
#include "core/job/restore.h"

#include <stdlib.h>

#include "core/base/file.h"
#include "core/base/path.h"
#include "core/job/convert.h"
#include "core/job/locate.h"
#include "core/job/newtree.h"
#include "core/job/restore_lock.h"
#include "core/job/restore_plan.h"
#include "core/job/restore_work.h"

/* ---- In place ---- */

/* Does a client have this store open?  Found out as a backup would find the
 * store, in the home that it was in. */
static int
check_home(struct job *j, const char *path, const struct restore_plan *plan, struct arena *a,
    struct error *err)
{
	const struct home home = {
		.path = path,
		.root = "/",
		.user = j->settings.user ? j->settings.user : "",
		.config_home = path_join(a, path, ".config"),
		.data_home = path_join(a, path, ".local/share"),
		.cache_home = path_join(a, path, ".cache"),
	};
	struct locations found = VEC_EMPTY;
	const char *store;
	size_t i, k;
	int rc = -1;

	for (i = 0; j->ports->locators[i]; i++) {
		if (j->ports->locators[i]->find(&home, a, &found, err) < 0) {
			fail_in(err, "%s: cannot tell whether a client is running", path);
			goto out;
		}
	}
	for (i = 0; i < found.n; i++) {
		for (k = 0; found.items[i].running && k < plan->stores.n; k++) {
			store = restore_source_path(plan->stores.items[k],
			    plan->stores.items[k]->path, a);
			if (strcmp(store, found.items[i].path) != 0)
				continue;
			fail(err, ERR_USAGE, "%s is running and has %s open; quit it first",
			    found.items[i].client, store);
			goto out;
		}
	}
	rc = 0;

out:
	vec_free(&found);
	return rc;
}

/* A home that is gone has nothing running in it. */
static int
check_not_running(struct job *j, const struct restore_plan *plan, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	const struct snapshot_store *store;
	size_t i, k;
	int rc = 0;

	for (i = 0; rc == 0 && i < plan->stores.n; i++) {
		store = plan->stores.items[i];
		for (k = 0; k < i; k++) {
			if (slice_equal(plan->stores.items[k]->home, store->home))
				break;
		}
		if (k < i || store->home.n == 0 ||
		    !file_is_directory(arena_string_of(&a, store->home)))
			continue;
		rc = check_home(j, arena_string_of(&a, store->home), plan, &a, err);
	}
	arena_free(&a);
	return rc;
}

/* ---- Directories ---- */

static int
open_bases(struct restore_plan *plan, struct error *err)
{
	struct restore_base *base;
	size_t i;

	for (i = 0; i < plan->bases.n; i++) {
		base = &plan->bases.items[i];
		if (file_make_directories(base->directory, 0700, err) < 0 ||
		    root_open(base->directory, &base->root, err) < 0)
			return -1;
	}
	return 0;
}

/* For their owner only while they are filled; their own mode comes last. */
static void
make_directories(struct restore_plan *plan, struct restore_result *out)
{
	struct restore_directory *d;
	struct error err = ERROR_NONE;
	struct file_meta meta;
	struct root *root;
	size_t i;

	for (i = 0; i < plan->directories.n; i++) {
		d = &plan->directories.items[i];
		root = plan->bases.items[d->place.base].root;
		d->was_there = d->place.path[0] == '\0' ||
		    root_stat(root, d->place.path, &meta, &err) == 0;
		if (!d->was_there &&
		    root_make_directories(root, d->place.path, 0700, &err) < 0)
			restore_failed(out, d->place.path, NULL, err.text);
	}
}

static size_t
depth_of(const char *path)
{
	size_t depth = 0;

	for (; *path; path++)
		depth += *path == '/';
	return depth;
}

static bool
same_place(const struct restore_directory *a, const struct restore_directory *b)
{
	return a->place.base == b->place.base && strcmp(a->place.path, b->place.path) == 0;
}

/* Of those for one place, the one that made it comes first. */
static int
compare_depth(const void *pa, const void *pb)
{
	const struct restore_directory *a = pa, *b = pb;
	size_t da = depth_of(a->place.path), db = depth_of(b->place.path);

	if (da != db)
		return da > db ? -1 : 1;
	if (a->place.base != b->place.base)
		return a->place.base < b->place.base ? -1 : 1;
	if (!same_place(a, b))
		return strcmp(a->place.path, b->place.path);
	return a->was_there - b->was_there;
}

static void
finish_directory(const struct restore_plan *plan, const struct restore_directory *d,
    struct restore_result *out)
{
	struct root *root = plan->bases.items[d->place.base].root;
	struct error err = ERROR_NONE;
	struct file_meta meta;
	uint32_t mode = d->mode & 03777;        /* no set-user-id bit comes out of an archive */

	if (root_stat(root, d->place.path, &meta, &err) == 0 && meta.mode == mode &&
	    meta.mtime_ns == d->mtime_ns)
		return;
	if (root_set_meta(root, d->place.path, mode, d->mtime_ns, &err) < 0)
		restore_failed(out, d->place.path, NULL, err.text);
}

/*
 * Deepest first: a directory that may not be entered any more hides what is
 * below it.  Several stores may have one: each is finished once.  In place, a directory that stood there keeps its time: clients
 * go by it when they look for what is new.
 */
static void
finish_directories(struct restore_plan *plan, bool in_place, struct restore_result *out)
{
	struct restore_directory *d;
	size_t i;

	if (plan->directories.n)
		qsort(plan->directories.items, plan->directories.n,
		    sizeof(plan->directories.items[0]), compare_depth);
	for (i = 0; i < plan->directories.n; i++) {
		d = &plan->directories.items[i];
		if (d->place.path[0] == '\0' || (in_place && d->was_there) ||
		    (i > 0 && same_place(d, d - 1)))
			continue;
		finish_directory(plan, d, out);
	}
}

static int
sync_bases(const struct restore_plan *plan, struct error *err)
{
	size_t i;

	for (i = 0; i < plan->bases.n; i++) {
		if (file_sync_all(plan->bases.items[i].directory, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- All of it ---- */

static int
restore_as_it_lay(struct job *j, const struct restore_request *request,
    struct restore_plan *plan, struct restore_result *out, struct error *err)
{
	size_t i;

	if (!request->to && check_not_running(j, plan, err) < 0)
		return -1;
	for (i = 0; i < plan->misplaced.n; i++)
		restore_failed(out, plan->misplaced.items[i].name, NULL,
		    plan->misplaced.items[i].reason);
	if (open_bases(plan, err) < 0)
		return -1;
	make_directories(plan, out);
	if (restore_work(j, plan, request, out, err) < 0)
		return -1;
	finish_directories(plan, request->to == NULL, out);
	return sync_bases(plan, err);
}

/* A label of Gmail's is a mailbox whose messages lie in the files of others. */
static int
check_has_files(const struct restore_plan *plan, struct error *err)
{
	size_t i;

	for (i = 0; plan->items.n == 0 && i < plan->mailboxes.n; i++)
		if (plan->mailboxes.items[i].mailbox->messages > 0)
			return fail(err, ERR_USAGE, "%s has no file of its own: name a --format for it",
			    plan->mailboxes.items[i].name);
	return 0;
}

static int
restore_converted(struct job *j, const struct restore_request *request,
    const struct restore_plan *plan, struct restore_result *out, struct error *err)
{
	const struct writer_ops *ops = writer_named(j->ports, request->format);
	struct newtree tree;

	if (!ops)
		return fail(err, ERR_USAGE, "no format is called \"%s\"", request->format);
	if (newtree_begin(&tree, request->to, true, err) < 0)
		return -1;
	if (convert_mailboxes(j, ops, tree.path, plan, out, err) < 0) {
		newtree_abandon(&tree);
		return -1;
	}
	return newtree_commit(&tree, err);
}

int
job_restore(struct job *j, const struct restore_request *request, struct restore_result *out,
    struct error *err)
{
	const struct restore_choice choice = {
		.words = request->words,
		.word_count = request->word_count,
		.at = request->at,
		.mail_only = request->mail_only
	};
	struct restore_plan plan;
	int lock = -1, rc = -1;

	memset(out, 0, sizeof(*out));
	memset(&plan, 0, sizeof(plan));
	if (!request->to && request->format) {
		fail(err, ERR_USAGE, "in place mail is restored as it lay, not in another format");
		goto out;
	}
	if (restore_lock_take(j->settings.data_directory, request->to, &lock, err) < 0)
		goto out;
	if (restore_plan_make(j, &choice, request->to, &plan, err) < 0)
		goto out;
	out->snapshot = arena_string(&out->arena, plan.snapshot.id);
	if (request->format)
		rc = restore_converted(j, request, &plan, out, err);
	else if (check_has_files(&plan, err) == 0)
		rc = restore_as_it_lay(j, request, &plan, out, err);
	if (rc < 0 && err->code == ERR_CANCELLED)
		fail(err, ERR_CANCELLED, "interrupted; run it again to go on");

out:
	restore_plan_free(&plan);
	file_close(lock);
	return rc;
}
