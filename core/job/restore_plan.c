/* SPDX-License-Identifier: MIT */
#include "core/job/restore_plan.h"

#include "core/base/file.h"
#include "core/base/map.h"
#include "core/base/path.h"
#include "core/mail/names.h"

/* A home of the snapshot, and the name it gets where there are several. */
struct planned_home {
	struct slice path;
	const char *name;
};

struct planner {
	struct job *job;
	struct restore_plan *plan;
	const char *to;
	bool all, mail_only;
	struct map mailboxes, stores;   /* chosen: home, store, path, name; home, store */
	VEC(struct planned_home) homes;
	struct buf key;
};

const char *
restore_source_path(const struct snapshot_store *store, struct slice path, struct arena *a)
{
	const char *home = arena_string_of(a, store->home);
	const char *text = arena_string_of(a, path);

	return text[0] == '/' ? text : path_join(a, home, text);
}

static struct slice
store_key(struct planner *p, const char *home, const char *store)
{
	buf_clear(&p->key);
	buf_add_bytes(&p->key, home, strlen(home) + 1);
	buf_add_bytes(&p->key, store, strlen(store) + 1);
	return buf_slice(&p->key);
}

static struct slice
mailbox_key(struct planner *p, const char *home, const char *store, const char *path,
    const char *name)
{
	store_key(p, home, store);
	buf_add_bytes(&p->key, path, strlen(path) + 1);
	buf_add_string(&p->key, name);
	return buf_slice(&p->key);
}

/* Words that mean a store as a whole bring its other files too. */
static bool
means_store(const char *words, const struct catalog_mailbox *m)
{
	size_t n = strlen(m->client);

	return strcmp(words, m->client) == 0 || strcmp(words, m->account) == 0 ||
	    strcmp(words, m->store) == 0 ||
	    (strncmp(words, m->client, n) == 0 && words[n] == ':' &&
	    strcmp(words + n + 1, m->account) == 0);
}

static int
choose(struct planner *p, const struct restore_choice *choice, int64_t snapshot,
    struct error *err)
{
	struct mailbox_list list;
	const struct catalog_mailbox *m;
	size_t i, k;

	p->all = choice->word_count == 0;
	p->mail_only = choice->mail_only;
	for (i = 0; i < choice->word_count; i++) {
		if (job_mailboxes(p->job, choice->words[i], snapshot, false, &p->plan->arena,
		    &list, err) < 0)
			return -1;
		for (k = 0; k < list.n; k++) {
			m = &list.items[k];
			map_put(&p->mailboxes,
			    mailbox_key(p, m->home, m->store, m->path, m->name), 1);
			if (means_store(choice->words[i], m))
				map_put(&p->stores, store_key(p, m->home, m->store), 1);
		}
	}
	return 0;
}

static bool
home_name_is_taken(const struct planner *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->homes.n; i++) {
		if (strcmp(p->homes.items[i].name, name) == 0)
			return true;
	}
	return false;
}

/* All homes of the snapshot count, not only those of what was chosen: so a
 * file goes to the same place whatever else is restored with it. */
static void
name_homes(struct planner *p)
{
	struct arena *a = &p->plan->arena;
	const struct snapshot *s = &p->plan->snapshot;
	const char *base, *name;
	unsigned number;
	size_t i, k;

	for (i = 0; i < s->store_count; i++) {
		for (k = 0; k < p->homes.n; k++) {
			if (slice_equal(p->homes.items[k].path, s->stores[i].home))
				break;
		}
		if (k < p->homes.n || s->stores[i].home.n == 0)
			continue;
		base = path_base(path_clean(a, arena_string_of(a, s->stores[i].home)));
		name = base = base[0] ? base : "home";
		for (number = 2; home_name_is_taken(p, name); number++)
			name = arena_format(a, "%s-%u", base, number);
		*(struct planned_home *)vec_push(&p->homes) =
		    (struct planned_home){ s->stores[i].home, name };
	}
}

static size_t
base_of(struct restore_plan *plan, const char *directory)
{
	struct restore_base *base;
	size_t i;

	for (i = 0; i < plan->bases.n; i++) {
		if (strcmp(plan->bases.items[i].directory, directory) == 0)
			return i;
	}
	base = vec_push(&plan->bases);
	base->directory = directory;
	return plan->bases.n - 1;
}

static struct restore_place
place_below(struct planner *p, const struct snapshot_store *store, struct slice path)
{
	struct arena *a = &p->plan->arena;
	struct restore_place place = { base_of(p->plan, p->to), "" };
	const char *text = arena_string_of(a, path);
	size_t i;

	while (*text == '/')
		text++;
	place.path = text;
	if (p->homes.n < 2 || (path.n && path.p[0] == '/'))
		return place;
	for (i = 0; i < p->homes.n; i++) {
		if (slice_equal(p->homes.items[i].path, store->home))
			place.path = path_join(a, p->homes.items[i].name, text);
	}
	return place;
}

/*
 * In place: links in the way to a home, or to a store outside any, are the
 * person's own and are followed; below it none is.
 */
static struct restore_place
place_back(struct planner *p, const struct snapshot_store *store, struct slice path)
{
	struct arena *a = &p->plan->arena;
	const char *text = arena_string_of(a, path), *parent, *below;

	if (text[0] != '/')
		return (struct restore_place){
			base_of(p->plan, arena_string_of(a, store->home)), text
		};
	if (store->home.n == 0) {
		parent = path_parent(a, arena_string_of(a, store->path));
		below = path_below(text, parent);
		if (below && *below)
			return (struct restore_place){ base_of(p->plan, parent), below };
	}
	while (*text == '/')
		text++;
	return (struct restore_place){ base_of(p->plan, "/"), text };
}

/* False, and reported, where the name would lead outside. */
static bool
find_place(struct planner *p, const struct snapshot_store *store, struct slice path,
    bool may_be_base, const char *name, struct restore_place *out)
{
	struct restore_misplaced *bad;
	const char *reason = NULL;

	if (store->home.n == 0 && (path.n == 0 || path.p[0] != '/'))
		reason = "a relative path outside any home";
	else if (slice_find(path, 0, '\0') < path.n)
		reason = "the path has a NUL byte in it";
	else if (!p->to && store->home.n && store->home.p[0] != '/')
		reason = "its home is no absolute path";
	if (!reason) {
		*out = p->to ? place_below(p, store, path) : place_back(p, store, path);
		if (!path_is_safe(slice_string(out->path)) &&
		    !(may_be_base && out->path[0] == '\0'))
			reason = "the path leads outside";
	}
	if (!reason)
		return true;
	bad = vec_push(&p->plan->misplaced);
	bad->name = name;
	bad->reason = reason;
	return false;
}

static const char *
full_name(struct planner *p, const struct snapshot_store *store,
    const struct snapshot_mailbox *m)
{
	struct buf joined = BUF_EMPTY, full = BUF_EMPTY;
	char *name;

	mailbox_name_add(&joined, m->components, m->depth);
	job_mailbox_name(&full, store->client, store->account, buf_text(&joined));
	name = arena_string_of(&p->plan->arena, buf_slice(&full));
	buf_free(&joined);
	buf_free(&full);
	return name;
}

static bool
is_chosen(struct planner *p, const struct snapshot_store *store,
    const struct snapshot_mailbox *m)
{
	struct arena *a = &p->plan->arena;
	struct buf name = BUF_EMPTY;
	bool chosen;

	mailbox_name_add(&name, m->components, m->depth);
	chosen = map_get(&p->mailboxes, mailbox_key(p, arena_string_of(a, store->home),
	    restore_source_path(store, store->path, a), restore_source_path(store, m->path, a),
	    buf_text(&name)), NULL);
	buf_free(&name);
	return chosen;
}

static void
plan_mailbox(struct planner *p, const struct snapshot_store *store,
    const struct snapshot_mailbox *m)
{
	struct restore_mailbox *chosen = vec_push(&p->plan->mailboxes);
	struct restore_item item = {
		.kind = RESTORE_MAILBOX_FILE,
		.store = store,
		.mailbox = m,
		.bytes = m->bytes
	};

	chosen->store = store;
	chosen->mailbox = m;
	chosen->name = item.name = full_name(p, store, m);
	if (strcmp(m->layout, "extracted") == 0)
		return;
	if (strcmp(m->layout, "files") == 0)
		item.kind = RESTORE_MAILBOX_FILES;
	if (find_place(p, store, m->path, item.kind == RESTORE_MAILBOX_FILES, item.name,
	    &item.place))
		*(struct restore_item *)vec_push(&p->plan->items) = item;
}

/* Is path the directory itself, or does it lie below it? */
static bool
is_within(struct slice path, struct slice directory)
{
	return path.n >= directory.n &&
	    slice_equal(slice_sub(path, 0, directory.n), directory) &&
	    (path.n == directory.n || directory.n == 0 || path.p[directory.n] == '/');
}

/* Does the file at path belong to this mailbox: does it lie in its directory,
 * or beside its file as "Inbox.msf" does beside "Inbox"? */
static bool
belongs_to(struct slice path, const struct snapshot_mailbox *m)
{
	struct slice tail;

	if (strcmp(m->layout, "files") == 0 || slice_equal(path, m->path))
		return is_within(path, m->path);
	if (path.n <= m->path.n || !slice_equal(slice_sub(path, 0, m->path.n), m->path))
		return false;
	tail = slice_from(path, m->path.n);
	return tail.p[0] == '.' && slice_find(tail, 0, '/') == tail.n;
}

/* A folder inside a folder is nearer to its own files than its parent is. */
static const struct snapshot_mailbox *
owner_of(struct slice path, const struct snapshot_store *store)
{
	const struct snapshot_mailbox *best = NULL;
	size_t i;

	for (i = 0; i < store->mailbox_count; i++) {
		if (belongs_to(path, &store->mailboxes[i]) &&
		    (!best || store->mailboxes[i].path.n > best->path.n))
			best = &store->mailboxes[i];
	}
	return best;
}

static bool
file_is_mail(const struct snapshot_store *store, const struct snapshot_file *file)
{
	const struct snapshot_mailbox *owner = owner_of(file->path, store);

	return strcmp(file->role, "flags") == 0 || strcmp(file->role, "index") == 0 ||
	    slice_equal(file->path, store->path) ||
	    (owner && slice_equal(owner->path, file->path));
}

static void
plan_files(struct planner *p, const struct snapshot_store *store, const bool *taken,
    bool whole)
{
	const struct snapshot_mailbox *owner;
	const struct snapshot_file *file;
	struct restore_item item = { .kind = RESTORE_FILE, .store = store };
	size_t i;

	for (i = 0; i < store->file_count; i++) {
		file = &store->files[i];
		if ((!whole || p->mail_only) && !file_is_mail(store, file))
			continue;
		owner = whole ? NULL : owner_of(file->path, store);
		if (!whole && (!owner || !taken[owner - store->mailboxes]))
			continue;
		item.file = file;
		item.bytes = file->size;
		item.name = arena_string_of(&p->plan->arena, file->path);
		if (find_place(p, store, file->path, false, item.name, &item.place))
			*(struct restore_item *)vec_push(&p->plan->items) = item;
	}
}

/* Directories that lead to a chosen mailbox or belong to it. */
static bool
directory_is_wanted(const struct snapshot_store *store, struct slice path, const bool *taken)
{
	const struct snapshot_mailbox *owner = owner_of(path, store);
	size_t i;

	if (owner && taken[owner - store->mailboxes])
		return true;
	for (i = 0; i < store->mailbox_count; i++) {
		if (taken[i] && is_within(store->mailboxes[i].path, path))
			return true;
	}
	return false;
}

static void
plan_directories(struct planner *p, const struct snapshot_store *store, const bool *taken,
    bool whole)
{
	const struct snapshot_directory *d;
	struct restore_directory *planned;
	struct restore_place place;
	size_t i;

	for (i = 0; i < store->directory_count; i++) {
		d = &store->directories[i];
		if ((!whole || p->mail_only) && !directory_is_wanted(store, d->path, taken))
			continue;
		if (!find_place(p, store, d->path, true,
		    arena_string_of(&p->plan->arena, d->path), &place))
			continue;
		planned = vec_push(&p->plan->directories);
		planned->place = place;
		planned->mode = d->mode;
		planned->mtime_ns = d->mtime_ns;
	}
}

static void
plan_store(struct planner *p, const struct snapshot_store *store)
{
	struct arena *a = &p->plan->arena;
	bool *taken = arena_alloc(a, store->mailbox_count * sizeof(*taken)), any, whole;
	size_t i;

	whole = p->all || map_get(&p->stores, store_key(p, arena_string_of(a, store->home),
	    restore_source_path(store, store->path, a)), NULL);
	any = whole;
	for (i = 0; i < store->mailbox_count; i++) {
		taken[i] = whole || is_chosen(p, store, &store->mailboxes[i]);
		any = any || taken[i];
	}
	if (!any)
		return;
	*(const struct snapshot_store **)vec_push(&p->plan->stores) = store;
	for (i = 0; i < store->mailbox_count; i++) {
		if (taken[i])
			plan_mailbox(p, store, &store->mailboxes[i]);
	}
	plan_files(p, store, taken, whole);
	plan_directories(p, store, taken, whole);
}

int
restore_plan_make(struct job *j, const struct restore_choice *choice, const char *to,
    struct restore_plan *out, struct error *err)
{
	struct planner p = { .job = j, .plan = out, .to = to };
	struct catalog_snapshot row;
	size_t i;
	int rc = -1;

	if (job_snapshot(j, choice->at, &out->arena, &row, err) < 0)
		goto out;
	if (snapshot_read(j->archive, row.id, &out->arena, &out->snapshot, err) < 0)
		goto out;
	if (choose(&p, choice, row.row, err) < 0)
		goto out;
	name_homes(&p);
	for (i = 0; i < out->snapshot.store_count; i++)
		plan_store(&p, &out->snapshot.stores[i]);
	rc = 0;

out:
	map_free(&p.mailboxes);
	map_free(&p.stores);
	vec_free(&p.homes);
	buf_free(&p.key);
	return rc;
}

void
restore_plan_free(struct restore_plan *p)
{
	size_t i;

	for (i = 0; i < p->bases.n; i++)
		root_close(p->bases.items[i].root);
	vec_free(&p->bases);
	vec_free(&p->items);
	vec_free(&p->directories);
	vec_free(&p->mailboxes);
	vec_free(&p->stores);
	vec_free(&p->misplaced);
	arena_free(&p->arena);
	memset(p, 0, sizeof(*p));
}
