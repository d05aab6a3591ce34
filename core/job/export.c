/* SPDX-License-Identifier: MIT */
#include "core/job/restore.h"

#include <inttypes.h>

#include "core/base/file.h"
#include "core/base/map.h"
#include "core/base/path.h"
#include "core/catalog/search.h"
#include "core/job/convert.h"
#include "core/job/locate.h"
#include "core/job/newtree.h"
#include "core/job/restore_lock.h"

#define EXPORT_NAME "messages"          /* the mailbox that a query's finds make */

enum export_kind { EXPORT_DIRECTORY, EXPORT_MBOX, EXPORT_WRAPPED };

struct exporting {
	struct job *job;
	const struct export_request *request;
	const struct writer_ops *writer;
	enum export_kind kind;
	const char *directory;          /* ours, beside the file that is made; NULL for a directory */
	struct newtree tree;            /* EXPORT_DIRECTORY */
	const char *path;               /* what the writer writes into */
	struct arena arena;
	struct restore_result *result;
};

/* ---- Where it goes ---- */

static int
find_kind(struct exporting *e, struct error *err)
{
	struct slice to = slice_string(e->request->to);
	const char *format = e->request->format;
	bool is_mbox;

	if (slice_ends(to, ".zip") || slice_ends(to, ".tar.zst") || slice_ends(to, ".tar.gz") ||
	    slice_ends(to, ".tgz") || slice_ends(to, ".tar"))
		e->kind = EXPORT_WRAPPED;
	is_mbox = format ? strcmp(format, "mbox") == 0 : slice_ends(to, ".mbox");
	if (slice_ends(to, ".mbox") && is_mbox)
		e->kind = EXPORT_MBOX;
	if (!format)
		format = is_mbox ? "mbox" : "eml";
	e->writer = writer_named(e->job->ports, format);
	if (!e->writer)
		return fail(err, ERR_USAGE, "no format is called \"%s\"", format);
	if (e->request->query && e->request->at)
		return fail(err, ERR_USAGE, "a search knows all times at once: "
		    "give either a query or a time");
	return 0;
}

/* A file is made in a directory beside it, whose name follows from it so that
 * what a killed run left is swept away.  A directory must be new or empty. */
static int
make_room(struct exporting *e, struct error *err)
{
	struct arena *a = &e->arena;
	const char *to = path_clean(a, e->request->to), *parent = path_parent(a, to);

	if (e->kind == EXPORT_DIRECTORY) {
		if (newtree_begin(&e->tree, to, false, err) < 0)
			return -1;
		e->path = e->tree.path;
		return 0;
	}
	e->directory = path_join(a, parent, arena_format(a, ".mailcask-%016" PRIx64,
	    fingerprint64(slice_string(to))));
	if (newtree_remove(e->directory, err) < 0)
		return -1;
	if (file_exists(to))
		return fail(err, ERR_EXISTS, "%s: exists", to);
	e->path = path_join(a, e->directory, "tree");
	return file_make_directories(e->path, 0700, err);
}

/* ---- What goes there ---- */

/* "a\nb\n", as the catalog hands out tags. */
static void
parse_tags(const char *text, struct arena *a, struct tags *out)
{
	struct slice rest = slice_string(text), line;

	*out = (struct tags){ NULL, 0 };
	while (slice_line(&rest, &line))
		tags_add(out, a, slice_chomp(line));
}

static int
write_found(struct exporting *e, struct conversion *c, struct error *err)
{
	const struct slice name = SLICE_OF(EXPORT_NAME);
	const struct search_options options = {
		.now = e->job->settings.now,
		.zone_minutes = e->job->settings.zone_minutes,
		.oldest_first = true
	};
	struct catalog_rows *rows = NULL;
	struct catalog_found found;
	struct arena a = ARENA_EMPTY;
	struct converted m;
	struct tags tags;
	int next, rc = -1;

	if (catalog_search(e->job->catalog, slice_string(e->request->query), &options, &rows,
	    err) < 0 || c->writer->ops->begin(c->writer, &name, 1, err) < 0)
		goto out;
	while ((next = catalog_next_message(rows, &found, err)) == 1) {
		parse_tags(found.tags, &a, &tags);
		m = (struct converted){
			.id = &found.id,
			.flags = found.flags,
			.tags = &tags,
			.date = found.date,
			.from = found.from ? found.from : "",
			.subject = found.subject ? found.subject : "",
			.where = e->request->query
		};
		if (convert_message(c, &m, err) < 0)
			goto out;
		arena_reset(&a);
	}
	rc = next;

out:
	catalog_rows_close(rows);
	arena_free(&a);
	return rc;
}

/* Into one mbox file go several mailboxes as one, each message once. */
static int
write_flat(struct conversion *c, const struct restore_plan *plan, struct error *err)
{
	const struct slice name = SLICE_OF(EXPORT_NAME);
	struct map seen = MAP_EMPTY;
	size_t i;
	int rc = c->writer->ops->begin(c->writer, &name, 1, err);

	for (i = 0; rc == 0 && i < plan->mailboxes.n; i++)
		rc = convert_mailbox(c, &plan->mailboxes.items[i], &seen, err);
	map_free(&seen);
	return rc;
}

static int
write_mailboxes(struct exporting *e, const char *directory, struct error *err)
{
	const struct restore_choice choice = {
		.words = e->request->words,
		.word_count = e->request->word_count,
		.at = e->request->at,
		.mail_only = true
	};
	struct restore_plan plan;
	struct conversion c;
	int rc = -1;

	memset(&plan, 0, sizeof(plan));
	if (restore_plan_make(e->job, &choice, directory, &plan, err) < 0)
		goto out;
	e->result->snapshot = arena_string(&e->result->arena, plan.snapshot.id);
	if (e->kind != EXPORT_MBOX) {
		rc = convert_mailboxes(e->job, e->writer, directory, &plan, e->result, err);
		goto out;
	}
	if (convert_open(&c, e->job, e->writer, directory, e->result, err) < 0)
		goto out;
	rc = convert_close(&c, write_flat(&c, &plan, err), err);

out:
	restore_plan_free(&plan);
	return rc;
}

static int
write_tree(struct exporting *e, struct error *err)
{
	struct conversion c;

	if (!e->request->query)
		return write_mailboxes(e, e->path, err);
	if (convert_open(&c, e->job, e->writer, e->path, e->result, err) < 0)
		return -1;
	return convert_close(&c, write_found(e, &c, err), err);
}

/* ---- The file ---- */

/* The one file that a tree holds; whatever the writer calls it. */
static int
only_file(struct exporting *e, const char *directory, const char **out, struct error *err)
{
	struct directory d;
	size_t i;

	if (directory_read(directory, false, &e->arena, &d, err) < 0)
		return -1;
	for (i = 0; i < d.n; i++) {
		*out = path_join(&e->arena, directory, d.entries[i].name);
		if (d.entries[i].kind == FILE_REGULAR)
			return 0;
		if (d.entries[i].kind == FILE_DIRECTORY)
			return only_file(e, *out, out, err);
	}
	return fail(err, ERR_NOT_FOUND, "no message was found, so there is nothing to write");
}

static int
put_file(struct exporting *e, struct error *err)
{
	struct arena *a = &e->arena;
	const char *to = path_clean(a, e->request->to), *made;
	int fd, rc;

	if (e->kind == EXPORT_WRAPPED) {
		made = path_join(a, e->directory, path_base(to));
		if (e->request->wrap(e->path, made, err) < 0)
			return -1;
	} else if (only_file(e, e->path, &made, err) < 0) {
		return -1;
	}
	if (file_open_read(made, &fd, err) < 0)
		return -1;
	rc = file_sync(fd, err);
	file_close(fd);
	if (rc < 0 || file_link_into(made, to, err) < 0)
		return -1;
	e->result->files++;
	return file_sync_directory(path_parent(a, to), err);
}

int
job_export(struct job *j, const struct export_request *request, struct restore_result *out,
    struct error *err)
{
	struct exporting e = { .job = j, .request = request, .result = out };
	struct error left = ERROR_NONE;
	int lock = -1, rc = -1;

	memset(out, 0, sizeof(*out));
	if (find_kind(&e, err) < 0)
		goto out;
	if (restore_lock_take(j->settings.data_directory, request->to, &lock, err) < 0 ||
	    make_room(&e, err) < 0)
		goto out;
	if (write_tree(&e, err) < 0) {
		if (err->code == ERR_CANCELLED)
			fail(err, ERR_CANCELLED, "interrupted");
		goto out;
	}
	rc = e.kind == EXPORT_DIRECTORY ? newtree_commit(&e.tree, err) : put_file(&e, err);

out:
	if (e.tree.root)
		newtree_abandon(&e.tree);
	if (e.directory && newtree_remove(e.directory, &left) < 0)
		job_notice(j, "%s", left.text);
	file_close(lock);
	arena_free(&e.arena);
	return rc;
}
