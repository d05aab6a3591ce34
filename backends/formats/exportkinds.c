/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/formats/exporttree.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/base/sqlitefile.h"
#include "core/base/text.h"

static bool
has_entry(const struct directory *all, const char *name)
{
	size_t i;

	for (i = 0; i < all->n && strcmp(all->entries[i].name, name) != 0; i++)
		;
	return i < all->n;
}

/* A path of a message with another suffix in place of its last. */
static const char *
beside(const char *path, const char *suffix, const char *other, struct arena *a)
{
	size_t n = strlen(path), end = strlen(suffix);

	if (n > end && strcmp(path + n - end, suffix) == 0)
		n -= end;
	return arena_format(a, "%.*s%s", (int)n, path, other);
}

/* Gmail's own labels, whichever program wrote them down: some are flags. */
static void
take_label(struct slice label, struct arena *a, struct export_mark *out)
{
	if (slice_starts(label, "\\"))
		label = slice_from(label, 1);
	if (slice_equal_nocase(label, SLICE_OF("UNREAD")))
		out->flags &= ~(unsigned)FLAG_SEEN;
	else if (slice_equal_nocase(label, SLICE_OF("STARRED")))
		out->flags |= FLAG_FLAGGED;
	else if (slice_equal_nocase(label, SLICE_OF("DRAFT")) ||
	    slice_equal_nocase(label, SLICE_OF("DRAFTS")))
		out->flags |= FLAG_DRAFT;
	else if (label.n > 0)
		tags_add(&out->tags, a, label);
}

/* ---- Got Your Back: YYYY/M/D/ID.eml, and msg-db.sqlite for all ---- */

struct gyb {
	struct arena arena;
	struct map paths;               /* to marks */
	VEC(struct export_mark) marks;
};

static bool
gyb_is_top(const char *path, const struct directory *all)
{
	(void)path;
	return has_entry(all, "msg-db.sqlite");
}

static void
gyb_close(void *known)
{
	struct gyb *g = known;

	map_free(&g->paths);
	vec_free(&g->marks);
	arena_free(&g->arena);
	mem_free(g);
}

/* A message may stand there without a label. */
static int
gyb_messages(struct gyb *g, struct sqlite_file *f, struct error *err)
{
	struct sqlite_query *q = NULL;
	struct export_mark *mark;
	bool is_date;
	int rc;

	rc = sqlite_query_open(f, "SELECT message_filename, message_internaldate, message_num "
	    "FROM messages ORDER BY message_num", &q, err);
	while (rc == 0 && (rc = sqlite_query_next(q, err)) == 1) {
		map_put(&g->paths, sqlite_query_bytes(q, 0), g->marks.n);
		mark = vec_push(&g->marks);
		mark->flags = FLAG_SEEN;
		text_parse_time(sqlite_query_bytes(q, 1), 0, &mark->date, &is_date);
		rc = 0;
	}
	sqlite_query_close(q);
	return rc;
}

static int
gyb_labels(struct gyb *g, struct sqlite_file *f, struct error *err)
{
	struct sqlite_query *q = NULL;
	uint64_t at;
	int rc;

	rc = sqlite_query_open(f, "SELECT m.message_filename, l.label FROM labels l "
	    "JOIN messages m ON m.message_num = l.message_num", &q, err);
	while (rc == 0 && (rc = sqlite_query_next(q, err)) == 1) {
		if (map_get(&g->paths, sqlite_query_bytes(q, 0), &at))
			take_label(sqlite_query_bytes(q, 1), &g->arena, &g->marks.items[at]);
		rc = 0;
	}
	sqlite_query_close(q);
	return rc;
}

static int
gyb_open(const char *top, void **out, struct error *err)
{
	struct gyb *g = mem_alloc(sizeof(*g));
	struct sqlite_file *f = NULL;
	struct arena a = ARENA_EMPTY;
	int rc;

	rc = sqlite_file_open(path_join(&a, top, "msg-db.sqlite"), &f, err);
	if (rc == 0 && sqlite_file_has(f, "messages", "message_filename") &&
	    sqlite_file_has(f, "labels", "label"))
		rc = gyb_messages(g, f, err) < 0 || gyb_labels(g, f, err) < 0 ? -1 :
		    sqlite_file_check(f, err);
	sqlite_file_close(f);
	arena_free(&a);
	if (rc < 0)
		gyb_close(g);
	else
		*out = g;
	return rc;
}

static int
gyb_mark(void *known, const char *below, const char *path, struct arena *a,
    struct export_mark *out, struct error *err)
{
	const struct gyb *g = known;
	uint64_t at;

	(void)path;
	(void)a;
	(void)err;
	if (g != NULL && map_get(&g->paths, slice_string(below), &at))
		*out = g->marks.items[at];
	return 0;
}

const struct export_kind export_gyb = { gyb_is_top, gyb_open, gyb_mark, gyb_close, false };

/* ---- Gmvault: db/YYYY-MM/ID.eml, .eml.gz or encrypted, with ID.meta ---- */

static bool
is_month(const char *name)
{
	return strlen(name) == 7 && name[4] == '-' && strspn(name, "0123456789-") == 7;
}

static bool
has_months(const struct directory *all)
{
	size_t i;

	for (i = 0; i < all->n && !(all->entries[i].kind == FILE_DIRECTORY &&
	    is_month(all->entries[i].name)); i++)
		;
	return i < all->n;
}

static bool
gmvault_is_top(const char *path, const struct directory *all)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory inside;
	bool is;

	is = has_entry(all, "db") && has_entry(all, ".info") &&
	    directory_read(path_join(&a, path, "db"), false, &a, &inside, &ignored) == 0 &&
	    (has_months(&inside) || has_entry(&inside, "chats"));
	is = is || (strcmp(path_base(path), "db") == 0 && has_months(all));
	arena_free(&a);
	return is;
}

static int
nothing_open(const char *top, void **out, struct error *err)
{
	(void)top;
	(void)err;
	*out = NULL;
	return 0;
}

static void
nothing_close(void *known)
{
	(void)known;
}

static int
gmvault_mark(void *known, const char *below, const char *path, struct arena *a,
    struct export_mark *out, struct error *err)
{
	size_t i;
	const struct json *list;
	struct json *meta;
	const char *stem = path;
	static const char *const suffixes[] = { ".gz", ".crypt", ".eml" };

	(void)known;
	(void)below;
	for (i = 0; i < 3; i++)
		stem = beside(stem, suffixes[i], "", a);
	if (export_read_json(arena_format(a, "%s.meta", stem), &meta, err) < 0)
		return -1;
	list = json_member(meta, "flags");
	for (i = 0; i < json_length(list); i++)
		marks_take_word(json_value_string(json_item(list, i)), a, &out->flags, &out->tags);
	list = json_member(meta, "labels");
	for (i = 0; i < json_length(list); i++)
		take_label(json_value_string(json_item(list, i)), a, out);
	out->date = json_get_integer(meta, "internal_date");
	json_free(meta);
	return 0;
}

const struct export_kind export_gmvault = { gmvault_is_top, nothing_open, gmvault_mark,
	nothing_close, false };

/* ---- Proton's export tool: ID.eml, ID.metadata.json, labels.json for all ---- */

static const struct {
	const char *id, *name;          /* "" for what every message is in */
} proton_own[] = {
	{ "0", "Inbox" }, { "1", "" }, { "2", "" }, { "3", "Trash" }, { "4", "Spam" }, { "5", "" },
	{ "6", "Archive" }, { "7", "Sent" }, { "8", "Drafts" }, { "10", "Starred" },
};

static bool
proton_is_top(const char *path, const struct directory *all)
{
	size_t i;

	(void)path;
	for (i = 0; i < all->n && !slice_ends(slice_string(all->entries[i].name), ".metadata.json");
	    i++)
		;
	return i < all->n && has_entry(all, "labels.json");
}

/* The names of labels by their ids, in an arena. */
struct proton {
	struct arena arena;
	struct map ids;
	VEC(struct slice) names;
};

static void
proton_close(void *known)
{
	struct proton *p = known;

	map_free(&p->ids);
	vec_free(&p->names);
	arena_free(&p->arena);
	mem_free(p);
}

/* "A/B", which is written as one text or as an array. */
static struct slice
proton_name(struct proton *p, const struct json *label)
{
	const struct json *path = json_member(label, "Path");
	struct buf name = BUF_EMPTY;
	struct slice copy;
	size_t i;

	for (i = 0; i < json_length(path); i++) {
		if (i > 0)
			buf_add_byte(&name, '/');
		buf_add(&name, json_value_string(json_item(path, i)));
	}
	if (name.n == 0 && json_is_string(path))
		buf_add(&name, json_value_string(path));
	if (name.n == 0)
		buf_add(&name, json_get_string(label, "Name"));
	copy = arena_copy(&p->arena, buf_slice(&name));
	buf_free(&name);
	return copy;
}

static int
proton_open(const char *top, void **out, struct error *err)
{
	struct proton *p = mem_alloc(sizeof(*p));
	const struct json *labels;
	struct json *doc = NULL;
	size_t i;

	*out = p;
	/* Without their names the ids of labels are what there is. */
	if (export_read_json(path_join(&p->arena, top, "labels.json"), &doc, err) < 0)
		error_clear(err);
	labels = doc == NULL ? NULL : json_has(doc, "Payload") ? json_member(doc, "Payload") : doc;
	for (i = 0; i < json_length(labels); i++) {
		const struct json *label = json_item(labels, i);

		map_put(&p->ids, json_get_string(label, "ID"), p->names.n);
		*vec_push(&p->names) = proton_name(p, label);
	}
	json_free(doc);
	return 0;
}

static void
proton_label(const struct proton *p, struct slice id, struct arena *a, struct export_mark *out)
{
	struct slice name = id;
	uint64_t at;
	size_t i;

	for (i = 0; i < sizeof(proton_own) / sizeof(proton_own[0]); i++)
		if (slice_is(id, proton_own[i].id))
			name = slice_string(proton_own[i].name);
	if (map_get(&p->ids, id, &at) && p->names.items[at].n > 0)
		name = p->names.items[at];
	if (slice_is(id, "10"))
		out->flags |= FLAG_FLAGGED;
	else if (slice_is(id, "8"))
		out->flags |= FLAG_DRAFT;
	else if (name.n > 0)
		tags_add(&out->tags, a, name);
}

/* A truth is written as true or as 1. */
static bool
is_set(const struct json *object, const char *key)
{
	return json_get_bool(object, key) || json_get_integer(object, key) != 0;
}

static int
proton_mark(void *known, const char *below, const char *path, struct arena *a,
    struct export_mark *out, struct error *err)
{
	const struct json *payload, *ids;
	struct json *doc;
	size_t i;

	(void)below;
	if (export_read_json(beside(path, ".eml", ".metadata.json", a), &doc, err) < 0)
		return -1;
	if (doc == NULL)
		return 0;
	payload = json_has(doc, "Payload") ? json_member(doc, "Payload") : doc;
	out->flags |= is_set(payload, "Unread") ? 0 : FLAG_SEEN;
	out->flags |= is_set(payload, "IsReplied") || is_set(payload, "IsRepliedAll") ?
	    FLAG_ANSWERED : 0;
	out->flags |= is_set(payload, "IsForwarded") ? FLAG_FORWARDED : 0;
	out->date = json_get_integer(payload, "Time");
	ids = json_member(payload, "LabelIDs");
	for (i = 0; i < json_length(ids); i++)
		proton_label(known, json_value_string(json_item(ids, i)), a, out);
	json_free(doc);
	return 0;
}

const struct export_kind export_proton = { proton_is_top, proton_open, proton_mark,
	proton_close, true };
