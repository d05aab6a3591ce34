/* SPDX-License-Identifier: MIT */
#include "core/base/mem.h"
#include "core/base/vec.h"
#include "core/job/restore.h"
#include "core/port/progress.h"
#include "tests/unit/world.h"

/*
 * Mail that changes while it is read.  The changes are made from where the
 * backup tells how far it is, so that each comes at a known message.
 */
#define MESSAGES 600
#define CHANGE_AT 150

static const char *
home_path(const char *name)
{
	return path_join(&world_arena, world_path("home"), name);
}

static struct watcher {
	struct progress progress;
	void (*change)(void);
	bool again;             /* not once, but at every hundredth message */
	unsigned changes;
} watcher;

static void
watch(struct progress *p)
{
	if (watcher.change == NULL || p->messages < CHANGE_AT ||
	    (watcher.changes > 0 && (!watcher.again || p->messages % 100 != 0)))
		return;
	watcher.changes++;
	watcher.change();
}

static void
backup(const struct location *where, void (*change)(void), bool again,
    struct backup_result *out)
{
	struct job_settings settings = world_settings();
	struct place place = { .where = *where };
	const struct places all = { &place, 1, 1 };
	const struct backup_request request = { .places = &all, .alarm_percent = 50 };
	struct error err = ERROR_NONE;
	struct job *j = NULL;

	memset(&watcher, 0, sizeof(watcher));
	watcher.progress.update = watch;
	watcher.change = change;
	watcher.again = again;
	settings.progress = &watcher.progress;
	memset(out, 0, sizeof(*out));
	T(job_open(&settings, &world_ports, JOB_WRITE, &j, &err) == 0, "%s", err.text);
	T(job_backup(j, &request, out, &err) == 0, "one mailbox costs no run: %s", err.text);
	T(out->snapshot != NULL && out->seen == out->saved + out->had + out->failed_messages,
	    "all is accounted for: %llu seen", (unsigned long long)out->seen);
	T((change == NULL) == (watcher.changes == 0), "changed %u times", watcher.changes);
	job_close(j);
}

/* All of the newest snapshot, in a directory that is emptied before. */
static void
restore_all(void)
{
	const struct restore_request request = { .to = world_path("out") };
	struct restore_result result;
	struct error err = ERROR_NONE;
	struct job *j = world_open(JOB_READ);

	world_remove(world_path("out"));
	T(job_restore(j, &request, &result, &err) == 0 && result.failed.n == 0, "%s", err.text);
	restore_result_free(&result);
	job_close(j);
}

static void
read_file(const char *path, struct buf *out)
{
	struct error err = ERROR_NONE;

	T(file_read_all(path, 1u << 30, out, &err) == 0, "%s", err.text);
}

/* ---- An mbox ---- */

static struct buf before, after;        /* what the file held, and holds now */

static void
set_box(struct buf *bytes, unsigned from, unsigned n)
{
	buf_clear(bytes);
	world_mbox(bytes, from, n, "\n");
}

static void
grow(void)
{
	world_mbox(&after, MESSAGES + watcher.changes * 10, 10, "\n");
	world_write(home_path("box/A"), buf_slice(&after), 0600);
}

static void
shrink(void)
{
	set_box(&after, 0, MESSAGES / 2 + watcher.changes);
	world_write(home_path("box/A"), buf_slice(&after), 0600);
}

static void
rewrite(void)
{
	size_t n = before.n;

	set_box(&after, 5000 + watcher.changes, MESSAGES);
	buf_truncate(&after, n < after.n ? n : after.n);
	world_write(home_path("box/A"), buf_slice(&after), 0600);
}

static void
replace(void)
{
	set_box(&after, 9000 + watcher.changes, MESSAGES);
	world_write(home_path("other"), buf_slice(&after), 0600);
	T(rename(home_path("other"), home_path("box/A")) == 0, "rename");
}

static void
vanish(void)
{
	buf_clear(&after);
	unlink(home_path("box/A"));
}

static bool
begins(struct slice whole, struct slice start)
{
	return slice_equal(slice_sub(whole, 0, start.n), start);
}

/* What came back is the file as it was at one time, or the beginning of it. */
static void
check_box(const char *name, bool is_kept)
{
	struct buf have = BUF_EMPTY;
	bool is_there = file_exists(world_path("out/box/A"));

	T(is_there == is_kept, "%s: restored %d", name, is_there);
	if (is_there) {
		read_file(world_path("out/box/A"), &have);
		T(begins(buf_slice(&before), buf_slice(&have)) ||
		    begins(buf_slice(&after), buf_slice(&have)), "%s: invented", name);
	}
	read_file(world_path("out/box/B"), &have);
	T(have.n > 0, "%s: the other mailbox is there", name);
	buf_free(&have);
}

static void
changing_box(void)
{
	static const struct {
		const char *name;
		void (*change)(void);
		bool again;
		size_t failed, warned;
		bool is_kept;
	} cases[] = {
		{ "grows", grow, false, 0, 1, true },
		{ "shrinks", shrink, false, 0, 0, true },
		{ "is written to", rewrite, false, 0, 0, true },
		{ "is replaced", replace, false, 0, 0, true },
		{ "vanishes", vanish, false, 1, 0, false },
		{ "is replaced again and again", replace, true, 1, 0, false },
	};
	const struct location where = { .client = "mutt", .account = "one", .format = "mbox",
		.layout = "plain", .path = home_path("box"), .home = world_path("home"),
		.supported = true };
	struct backup_result result;
	struct buf other = BUF_EMPTY;
	size_t i;

	world_mbox(&other, 20000, 20, "\n");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		world_remove(world_path("data"));
		world_remove(world_path("home"));
		set_box(&before, 0, MESSAGES);
		buf_set(&after, buf_slice(&before));
		world_write(home_path("box/A"), buf_slice(&before), 0600);
		world_write(home_path("box/B"), buf_slice(&other), 0600);
		backup(&where, cases[i].change, cases[i].again, &result);
		T(result.failed.n == cases[i].failed, "%s: %zu failed: %s", cases[i].name,
		    result.failed.n, result.failed.n > 0 ? result.failed.items[0].reason : "");
		T(result.failed.n == 0 || strcmp(result.failed.items[0].path,
		    home_path("box/A")) == 0, "%s: named", cases[i].name);
		T(result.warnings.n == cases[i].warned, "%s: %zu warnings", cases[i].name,
		    result.warnings.n);
		backup_result_free(&result);
		restore_all();
		check_box(cases[i].name, cases[i].is_kept);

		/* The next night it holds still. */
		backup(&where, NULL, false, &result);
		T(result.failed.n == 0 && result.warnings.n == 0, "%s: the next night",
		    cases[i].name);
		backup_result_free(&result);
		restore_all();
		T(world_same(world_path("out/box"), home_path("box")), "%s: all of it", cases[i].name);
	}
	buf_free(&other);
}

/* ---- A Maildir ---- */

static const char *
mail_path(unsigned number, const char *info)
{
	return home_path(arena_format(&world_arena, "Maildir/cur/%u.host%s", 1600000000 + number,
	    info));
}

static void
be_read(void)
{
	unsigned i;

	for (i = 0; i < MESSAGES; i += 50)
		T(rename(mail_path(i, ":2,"), mail_path(i, ":2,S")) == 0, "rename");
}

static void
be_deleted(void)
{
	unsigned i;

	for (i = 0; i < MESSAGES; i += 50)
		T(unlink(mail_path(i, ":2,")) == 0, "unlink");
}

static void
be_cut(void)
{
	unsigned i;

	for (i = 0; i < MESSAGES; i += 50)
		T(truncate(mail_path(i, ":2,"), 50) == 0, "truncate");
}

static void
changing_maildir(void)
{
	static const struct {
		const char *name;
		void (*change)(void);
	} cases[] = { { "flags", be_read }, { "deletions", be_deleted }, { "cuts", be_cut } };
	const struct location where = { .client = "maildir", .account = "", .format = "maildir",
		.layout = "maildir++", .path = home_path("Maildir"), .home = world_path("home"),
		.supported = true };
	struct backup_result result;
	struct buf b = BUF_EMPTY;
	size_t i;
	unsigned k;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		world_remove(world_path("data"));
		world_remove(world_path("home"));
		world_directory(home_path("Maildir/new"), 0700);
		world_directory(home_path("Maildir/tmp"), 0700);
		for (k = 0; k < MESSAGES; k++) {
			buf_clear(&b);
			world_message(&b, k, "\n");
			world_write(mail_path(k, ":2,"), buf_slice(&b), 0600);
		}
		backup(&where, cases[i].change, false, &result);
		T(result.failed.n == 0 && result.seen >= MESSAGES - MESSAGES / 50, "%s: %llu seen",
		    cases[i].name, (unsigned long long)result.seen);
		backup_result_free(&result);
		restore_all();
		backup(&where, NULL, false, &result);
		T(result.failed.n == 0, "%s: the next night", cases[i].name);
		backup_result_free(&result);
		restore_all();
		T(world_same(world_path("out/Maildir"), home_path("Maildir")), "%s: all of it",
		    cases[i].name);
	}
	buf_free(&b);
}

/* ---- A file that is another when it is handed out ---- */

/*
 * A format of one message in each of two mailboxes.  Those of the mailbox "odd"
 * are asked about as they were last night and handed out as they are now.
 */
static unsigned odd_readings;
static const struct format_ops odd_format;

struct odd_store {
	struct store store;
	unsigned next;
};

struct odd_reader {
	struct reader reader;
	bool is_odd, is_read;
	struct buf bytes;
};

static int
odd_open(const struct location *where, struct store **out, struct error *err)
{
	struct odd_store *s = mem_alloc(sizeof(*s));

	(void)where;
	(void)err;
	s->store.ops = &odd_format;
	*out = &s->store;
	return 0;
}

static int
odd_next_mailbox(struct store *store, struct arena *a, struct mailbox *out, struct error *err)
{
	static const char *const names[] = { "odd", "quiet" };
	struct odd_store *s = (struct odd_store *)(void *)store;
	struct slice *component = arena_alloc(a, sizeof(*component));

	if (s->next == 2)
		return 0;
	memset(out, 0, sizeof(*out));
	*component = slice_string(names[s->next]);
	out->components = component;
	out->depth = 1;
	out->path = home_path(names[s->next]);
	out->layout = MAILBOX_FILES;
	out->messages = 1;
	out->key = names[s->next++];
	return file_stat(out->path, &out->meta, err) < 0 ? -1 : 1;
}

static int
odd_next_file(struct store *store, struct arena *a, struct kept_file *out, struct error *err)
{
	(void)store;
	(void)a;
	(void)out;
	(void)err;
	return 0;
}

static int
odd_next(struct reader *reader, struct entry *out, struct error *err)
{
	struct odd_reader *r = (struct odd_reader *)(void *)reader;

	(void)err;
	if (r->is_read)
		return 0;
	r->is_read = true;
	memset(out, 0, sizeof(*out));
	out->bytes = buf_slice(&r->bytes);
	out->size = r->bytes.n;
	out->name = SLICE_OF("1");
	out->meta = (struct file_meta){ .kind = FILE_REGULAR, .size = out->size, .mtime_ns = 7,
		.mode = 0600 };
	if (r->reader.familiar == NULL || !r->reader.familiar->knows(r->reader.familiar, out))
		return 1;
	out->is_unread = true;
	out->bytes = SLICE_EMPTY;
	out->meta.mtime_ns += r->is_odd;
	return 1;
}

static int
odd_bytes(struct reader *reader, uint64_t at, void *p, size_t n, struct error *err)
{
	(void)reader;
	(void)at;
	(void)p;
	(void)n;
	return fail(err, ERR_SYSTEM, "nothing is large");
}

static void
odd_close_reader(struct reader *reader)
{
	struct odd_reader *r = (struct odd_reader *)(void *)reader;

	buf_free(&r->bytes);
	mem_free(r);
}

static int
odd_read(struct store *store, const struct mailbox *mailbox, struct reader **out,
    struct error *err)
{
	static const struct reader_ops ops = { odd_next, odd_bytes, odd_close_reader };
	struct odd_reader *r = mem_alloc(sizeof(*r));

	(void)store;
	(void)err;
	r->reader.ops = &ops;
	r->is_odd = strcmp(mailbox->key, "odd") == 0;
	odd_readings += r->is_odd;
	world_message(&r->bytes, 1 + r->is_odd, "\n");
	*out = &r->reader;
	return 0;
}

static void
odd_close(struct store *store)
{
	mem_free(store);
}

static int
odd_probe(const char *path, struct error *err)
{
	(void)path;
	(void)err;
	return 0;
}

static const struct format_ops odd_format = {
	.name = "odd",
	.probe = odd_probe,
	.open = odd_open,
	.next_mailbox = odd_next_mailbox,
	.next_file = odd_next_file,
	.read = odd_read,
	.close = odd_close,
};

static void
gone_from_memory(void)
{
	static const struct format_ops *const formats[] = { &odd_format, NULL };
	const struct location where = { .client = "odd", .account = "", .format = "odd",
		.layout = "plain", .path = world_path("home"), .home = world_path("home"),
		.supported = true };
	struct backup_result result;

	world_remove(world_path("data"));
	world_remove(world_path("home"));
	world_directory(home_path("odd"), 0700);
	world_directory(home_path("quiet"), 0700);
	world_ports.formats = formats;
	backup(&where, NULL, false, &result);
	T(result.failed.n == 0 && result.saved == 2, "two new messages");
	backup_result_free(&result);
	odd_readings = 0;
	backup(&where, NULL, false, &result);
	T(odd_readings == 3, "it is read again, but not for ever: %u", odd_readings);
	T(result.failed.n == 1 && strcmp(result.failed.items[0].path, home_path("odd")) == 0,
	    "that mailbox fails, by name");
	T(result.seen == 1 && result.had == 1, "the other is read: %llu seen",
	    (unsigned long long)result.seen);
	backup_result_free(&result);
	world_ports.formats = registry_formats;
}

int
main(void)
{
	changing_box();
	changing_maildir();
	gone_from_memory();
	buf_free(&before);
	buf_free(&after);
	arena_free(&world_arena);
	return t_done();
}
