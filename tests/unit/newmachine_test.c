/* SPDX-License-Identifier: MIT */
#include "core/job/restore.h"

#include <time.h>

#include "core/base/limits.h"
#include "core/job/catch_up.h"
#include "core/port/target.h"
#include "tests/unit/world.h"

/*
 * A machine with nothing but the archive's URL: what is fetched from there, by
 * a layer that counts.
 *
 *	newmachine_test [URL MAILBOX]
 *
 * With a URL it lists and restores from there, and prints the figures.
 */
struct counting {
	struct target target, *inner;
};

static _Atomic uint64_t fetched, calls, of_packs;

static struct target *
inner_of(struct target *t)
{
	return ((struct counting *)(void *)((char *)t - offsetof(struct counting, target)))->inner;
}

static int
count_put(struct target *t, const char *name, const char *path, bool take, struct error *err)
{
	return inner_of(t)->ops->put(inner_of(t), name, path, take, err);
}

static int
count_get(struct target *t, const char *name, uint64_t at, uint64_t n, struct buf *out,
    struct error *err)
{
	int rc = inner_of(t)->ops->get(inner_of(t), name, at, n, out, err);

	calls++;
	fetched += out->n;
	if (strncmp(name, "packs/", 6) == 0)
		of_packs += out->n;
	return rc;
}

static int
count_stat(struct target *t, const char *name, uint64_t *size, struct error *err)
{
	calls++;
	return inner_of(t)->ops->stat(inner_of(t), name, size, err);
}

static int
count_list(struct target *t, const char *prefix, struct arena *a, struct target_item **items,
    size_t *n, struct error *err)
{
	calls++;
	return inner_of(t)->ops->list(inner_of(t), prefix, a, items, n, err);
}

static int
count_remove(struct target *t, const char *name, struct error *err)
{
	return inner_of(t)->ops->remove(inner_of(t), name, err);
}

static void
count_close(struct target *t)
{
	if (t == NULL)
		return;
	inner_of(t)->ops->close(inner_of(t));
	mem_free((char *)t - offsetof(struct counting, target));
}

static int count_open(const char *url, bool create, struct target **out, struct error *err);

static const struct target_ops target_counting = {
	.scheme = "counting",
	.open = count_open,
	.put = count_put,
	.get = count_get,
	.stat = count_stat,
	.list = count_list,
	.remove = count_remove,
	.close = count_close,
};

static int
count_open(const char *url, bool create, struct target **out, struct error *err)
{
	struct target *inner;
	struct counting *c;

	if (target_open(url, create, &inner, err) < 0)
		return -1;
	c = mem_alloc(sizeof(*c));
	c->target = *inner;
	c->target.ops = &target_counting;
	c->inner = inner;
	*out = &c->target;
	return 0;
}

/* Mail that does not compress to nothing. */
static void
write_home(void)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz     ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456";
	struct buf mbox = BUF_EMPTY;
	uint32_t state = 7;
	unsigned box, n, i, number = 0;

	for (box = 0; box < 8; box++) {
		buf_clear(&mbox);
		/* One holds a hundredth of all mail. */
		for (n = 0; n < (box == 7 ? 50 : 700); n++) {
			buf_add_string(&mbox, "From - Mon Nov 23 12:00:00 2026\n");
			world_message(&mbox, ++number, "\n");
			for (i = 0; i < 9000; i++) {
				state = state * 1664525 + 1013904223;
				buf_add_byte(&mbox, i % 72 == 71 ? '\n' : (unsigned char)letters[state >> 26]);
			}
			buf_add_string(&mbox, "\n\n");
		}
		world_write(world_path(arena_format(&world_arena, "home/Mail/box%u", box)),
		    buf_slice(&mbox), 0600);
	}
	buf_free(&mbox);
}

static uint64_t
archive_bytes(const char *url)
{
	struct arena a = ARENA_EMPTY;
	struct target *t = NULL;
	struct target_item *items;
	struct error err = ERROR_NONE;
	uint64_t sum = 0;
	size_t i, n = 0;

	if (T(target_open(url, false, &t, &err) == 0 &&
	    t->ops->list(t, "", &a, &items, &n, &err) == 0, "%s", err.text))
		for (i = 0; i < n; i++)
			sum += items[i].size;
	if (t != NULL)
		t->ops->close(t);
	arena_free(&a);
	return sum;
}

static void
begin_count(void)
{
	fetched = calls = of_packs = 0;
}

static void
measure(const char *url, const char *mailbox)
{
	struct ports ports = world_ports;
	struct job_settings settings = world_settings();
	struct restore_request request = { .words = &mailbox, .word_count = 1,
		.to = world_path("restored") };
	struct restore_result result;
	struct error err = ERROR_NONE;
	struct job *j = NULL;
	struct mailbox_list boxes;
	struct catalog_snapshot head;
	struct arena a = ARENA_EMPTY;
	uint64_t all = archive_bytes(url);

	ports.open_target = count_open;
	settings.data_directory = world_path("new-machine");
	settings.archive_url = url;
	begin_count();
	if (!T(job_open(&settings, &ports, JOB_READ, &j, &err) == 0, "%s", err.text))
		return;
	T(job_snapshot(j, NULL, &a, &head, &err) == 0 &&
	    job_mailboxes(j, mailbox, head.row, true, &a, &boxes, &err) == 0 && boxes.n == 1,
	    "the mailbox is known: %s", err.text);
	printf("listing: %llu of %llu bytes (%.2f %%), %llu calls\n", (unsigned long long)fetched,
	    (unsigned long long)all, 100.0 * (double)fetched / (double)all, (unsigned long long)calls);
	T(fetched > 0 && fetched * 20 <= all, "listing fetched %llu of %llu bytes",
	    (unsigned long long)fetched, (unsigned long long)all);
	begin_count();
	if (T(job_restore(j, &request, &result, &err) == 0, "%s", err.text)) {
		T(result.messages > 0 && result.failed.n == 0, "%llu messages",
		    (unsigned long long)result.messages);
		printf("restore of %llu messages: %llu bytes (%.2f %%), %llu calls\n",
		    (unsigned long long)result.messages, (unsigned long long)fetched,
		    100.0 * (double)fetched / (double)all, (unsigned long long)calls);
		T(of_packs > 0 && fetched * 100 <= all * 3, "restoring one mailbox fetched %llu of %llu",
		    (unsigned long long)fetched, (unsigned long long)all);
		restore_result_free(&result);
	}
	job_close(j);
	arena_free(&a);
}

static const char *
variable(const char *name)
{
	return getenv(name);
}

static int64_t
seconds(void)
{
	return (int64_t)time(NULL);
}

int
main(int argc, char **argv)
{
	const struct target_world world = { .variable = variable, .clock = seconds };
	const struct location where = { .client = "mutt", .account = "anna", .format = "mbox",
		.layout = "plain", .path = world_path("home/Mail"), .home = world_path("home"),
		.supported = true };

	target_settle(&world);
	mail_init();
	if (argc > 2) {
		measure(argv[1], argv[2]);
		return t_done();
	}
	write_home();
	world_backup(&where, 1);
	measure(world_path("data/archive"), "box7");
	return t_done();
}
