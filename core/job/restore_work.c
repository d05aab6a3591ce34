/* SPDX-License-Identifier: MIT */
#include "core/job/restore_work.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/path.h"
#include "core/base/workers.h"
#include "core/port/progress.h"

#define THREADS_MAX 4u
#define SHARE_ENTRIES 2000u             /* of a mailbox of files, for one task */
#define WATCH_NS 50000000               /* between two looks at how far it got */

void
restore_failed(struct restore_result *out, const char *path, const struct digest *id,
    const char *reason)
{
	struct restore_failure *f = vec_push(&out->failed);
	char hex[DIGEST_HEX + 1] = "";

	if (id)
		digest_hex(id, hex);
	f->path = arena_string(&out->arena, path);
	f->message = arena_string(&out->arena, hex);
	f->reason = arena_string(&out->arena, reason);
}

void
restore_result_free(struct restore_result *r)
{
	vec_free(&r->failed);
	arena_free(&r->arena);
	memset(r, 0, sizeof(*r));
}

/* A thread's own things, lent to one task after the other. */
struct hands {
	struct job *job;
	struct buf canonical, out;
	struct hands *next;
};

struct restore_crew {
	struct workers *workers;
	pthread_mutex_t lock;           /* over idle and error */
	struct hands *idle;
	struct error error;             /* the first that ends the run */
	struct hands hands[THREADS_MAX];
	unsigned n;                     /* hands[0] are the job's own */
	atomic_bool stop;
	atomic_uint_least64_t bytes;    /* done so far, about */
};

struct restore_task {
	struct task task;
	struct restore_crew *crew;
	struct restore_unit unit;
	uint64_t work;
};

/* Handles on the same archive and catalog for one more thread. */
static int
twin_open(struct job *j, struct job **out, struct error *err)
{
	struct job *t = mem_alloc(sizeof(*t));
	const char *url = j->settings.archive_url;

	t->settings = j->settings;
	t->ports = j->ports;
	t->finder = j->finder;
	t->lock_fd = t->target_lock_fd = -1;
	if (!url)
		url = path_join(&t->arena, j->settings.data_directory, "archive");
	if (archive_unlock(j->archive, err) < 0 ||
	    j->ports->open_target(url, false, &t->target, err) < 0 ||
	    archive_open(t->target, &t->archive, err) < 0 ||
	    catalog_open(j->catalog_path, CATALOG_READ, archive_id(t->archive),
	    j->settings.allow_remote_catalog, &t->catalog, err) < 0 ||
	    catalog_hold(t->catalog, err) < 0) {
		job_close(t);
		return -1;
	}
	archive_lend_keys(j->archive, t->archive);
	*out = t;
	return 0;
}

static void
run_task(struct task *task)
{
	struct restore_task *t = (void *)((char *)task - offsetof(struct restore_task, task));
	struct restore_crew *crew = t->crew;
	struct error error = ERROR_NONE;
	struct hands *h;
	int rc;

	if (atomic_load(&crew->stop))
		return;
	pthread_mutex_lock(&crew->lock);
	h = crew->idle;
	crew->idle = h->next;
	pthread_mutex_unlock(&crew->lock);
	t->unit.job = h->job;
	t->unit.canonical = h->canonical;
	t->unit.out = h->out;

	rc = restore_unit_run(&t->unit, &error);
	atomic_fetch_add(&crew->bytes, t->work);

	buf_free(&t->unit.parent);
	h->canonical = t->unit.canonical;
	h->out = t->unit.out;
	pthread_mutex_lock(&crew->lock);
	h->next = crew->idle;
	crew->idle = h;
	if (rc < 0 && !atomic_exchange(&crew->stop, true))
		crew->error = error;
	pthread_mutex_unlock(&crew->lock);
}

/* A thread that gets no handles of its own is done without. */
static void
crew_open(struct restore_crew *crew, struct job *j)
{
	struct error ignored = ERROR_NONE;
	unsigned cores = workers_cores();

	pthread_mutex_init(&crew->lock, NULL);
	(void)catalog_hold(j->catalog, &ignored);
	crew->hands[crew->n++].job = j;
	while (crew->n < cores && crew->n < THREADS_MAX &&
	    twin_open(j, &crew->hands[crew->n].job, &ignored) == 0)
		crew->n++;
	for (cores = 0; cores < crew->n; cores++) {
		crew->hands[cores].next = crew->idle;
		crew->idle = &crew->hands[cores];
	}
	crew->workers = workers_open(crew->n);
}

static void
crew_close(struct restore_crew *crew)
{
	unsigned i;

	workers_close(crew->workers);
	for (i = 0; i < crew->n; i++) {
		buf_free(&crew->hands[i].canonical);
		buf_free(&crew->hands[i].out);
		if (i > 0)
			job_close(crew->hands[i].job);
	}
	pthread_mutex_destroy(&crew->lock);
}

/* The long ones first, that no thread is left alone with one at the end. */
static int
compare_work(const void *pa, const void *pb)
{
	const struct restore_task *a = *(struct restore_task *const *)pa;
	const struct restore_task *b = *(struct restore_task *const *)pb;

	if (a->work != b->work)
		return a->work > b->work ? -1 : 1;
	return a < b ? -1 : a > b;
}

static void
watch(struct restore_crew *crew, struct restore_task *t, struct progress *progress,
    uint64_t total)
{
	const struct timespec pause = { .tv_nsec = WATCH_NS };

	while (progress && !workers_done(crew->workers, &t->task)) {
		nanosleep(&pause, NULL);
		progress->doing = "restoring";
		progress->item = t->unit.item->name;
		progress->bytes = atomic_load(&crew->bytes);
		progress->bytes_total = total;
		progress->update(progress);
	}
	workers_wait(crew->workers, &t->task);
}

static void
take_result(struct restore_result *out, struct restore_result *r)
{
	size_t i;

	out->mailboxes += r->mailboxes;
	out->messages += r->messages;
	out->files += r->files;
	out->bytes += r->bytes;
	out->there_already += r->there_already;
	for (i = 0; i < r->failed.n; i++) {
		struct restore_failure *f = vec_push(&out->failed);

		f->path = arena_string(&out->arena, r->failed.items[i].path);
		f->message = arena_string(&out->arena, r->failed.items[i].message);
		f->reason = arena_string(&out->arena, r->failed.items[i].reason);
	}
	restore_result_free(r);
}

struct task_list {
	struct restore_task *items;
	size_t n, cap;
};

/* A mailbox of many files is shared out; everything else is one task. */
static void
cut_item(struct task_list *list, const struct restore_plan *plan,
    const struct restore_item *item, const struct restore_request *request)
{
	uint64_t entries = 0, shares = 1, i;
	struct restore_task *t;

	if (item->kind == RESTORE_MAILBOX_FILES) {
		entries = item->mailbox->messages;
		shares = entries / SHARE_ENTRIES + 1;
		/* Known from the archive: it may say what it likes. */
		if (shares > 10000)
			shares = 10000;
	}
	for (i = 0; i < shares; i++) {
		t = vec_push(list);
		t->task.run = run_task;
		t->unit.item = item;
		t->unit.root = plan->bases.items[item->place.base].root;
		t->unit.number = list->n;
		t->unit.in_place = request->to == NULL;
		t->unit.overwrite = request->overwrite;
		t->unit.from = i * SHARE_ENTRIES;
		t->unit.to = i + 1 < shares ? (i + 1) * SHARE_ENTRIES : UINT64_MAX;
		t->work = item->bytes / shares;
	}
}

int
restore_work(struct job *j, const struct restore_plan *plan,
    const struct restore_request *request, struct restore_result *out, struct error *err)
{
	struct restore_crew crew = { .idle = NULL };
	struct task_list list = { NULL, 0, 0 };
	struct restore_task **order;
	uint64_t total = 0;
	size_t i;
	int rc = 0;

	for (i = 0; i < plan->items.n; i++)
		cut_item(&list, plan, &plan->items.items[i], request);
	crew_open(&crew, j);
	order = mem_alloc_array(list.n, sizeof(struct restore_task *));
	for (i = 0; i < list.n; i++) {
		list.items[i].crew = &crew;
		total += list.items[i].work;
		order[i] = &list.items[i];
	}
	qsort(order, list.n, sizeof(struct restore_task *), compare_work);
	for (i = 0; i < list.n; i++)
		workers_submit(crew.workers, &order[i]->task);
	for (i = 0; i < list.n; i++)
		watch(&crew, order[i], j->settings.progress, total);
	for (i = 0; i < list.n; i++)
		take_result(out, &list.items[i].unit.result);
	if (atomic_load(&crew.stop)) {
		*err = crew.error;
		rc = -1;
	}
	crew_close(&crew);
	mem_free(order);
	vec_free(&list);
	return rc;
}
