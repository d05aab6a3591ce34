/* SPDX-License-Identifier: MIT */
#include "core/job/verify.h"

#include "core/job/restore.h"
#include "tests/unit/world.h"

#define MESSAGES 200

/* Large enough for several frames, and in two mailboxes. */
static void
make_mail(void)
{
	const struct location where[] = {
		{ .client = "path", .account = "a", .format = "mbox", .layout = "plain",
		    .path = world_path("a"), .supported = true },
		{ .client = "path", .account = "b", .format = "mbox", .layout = "plain",
		    .path = world_path("b"), .supported = true },
	};
	struct buf b = BUF_EMPTY;
	uint32_t x = 1;
	unsigned box, i, k;

	for (box = 0; box < 2; box++) {
		buf_clear(&b);
		for (i = 0; i < MESSAGES; i++) {
			buf_add_format(&b, "From - Mon Nov 23 12:00:00 2026\nSubject: %u %u\n\n",
			    box, i);
			for (k = 0; k < 1200; k++) {
				x = x * 1664525u + 1013904223u;
				buf_add_format(&b, "%08x%s", x, k % 8 == 7 ? "\n" : " ");
			}
			buf_add_string(&b, "\n\n");
		}
		world_write(where[box].path, buf_slice(&b), 0600);
	}
	buf_free(&b);
	world_backup(where, 2);
}

static void
verify(bool read_data, struct verify_result *out)
{
	const struct job_settings settings = world_settings();
	struct error err = ERROR_NONE;
	struct job *j = NULL;

	memset(out, 0, sizeof(*out));
	if (!T(verify_open(&settings, &world_ports, &j, &err) == 0, "%s", err.text))
		return;
	T(job_verify(j, read_data ? CHECK_ALL : CHECK_NOTHING, out, &err) == 0, "%s", err.text);
	job_close(j);
}

/* The n-th largest file below a folder of the archive. */
static const char *
file_of(const char *folder)
{
	struct error err = ERROR_NONE;
	struct arena *a = &world_arena;
	struct directory d;
	const char *path = path_join(a, world_path("data/archive"), folder), *below, *best = NULL;
	uint64_t size = 0;
	size_t i;

	T(directory_read(path, true, a, &d, &err) == 0, "%s", err.text);
	for (i = 0; i < d.n; i++) {
		below = path_join(a, folder, d.entries[i].name);
		if (d.entries[i].kind == FILE_DIRECTORY)
			below = file_of(below);
		else
			below = path_join(a, world_path("data/archive"), below);
		T(file_stat(below, &d.entries[i].meta, &err) == 0, "%s", err.text);
		if (d.entries[i].meta.size >= size) {
			size = d.entries[i].meta.size;
			best = below;
		}
	}
	return best;
}

static void
flip(const char *path)
{
	unsigned char byte = 0;
	struct error err = ERROR_NONE;
	struct file_meta meta;
	int fd;

	chmod(path, 0600);
	fd = open(path, O_RDWR);
	T(fd >= 0 && file_stat_fd(fd, &meta, &err) == 0 &&
	    pread(fd, &byte, 1, (off_t)meta.size / 2) == 1, "%s", path);
	byte ^= 4;
	T(pwrite(fd, &byte, 1, (off_t)meta.size / 2) == 1, "%s", path);
	close(fd);
}

static size_t
count_messages(const struct verify_result *r, size_t *mailboxes)
{
	size_t i, n = 0;

	*mailboxes = 0;
	for (i = 0; i < r->damaged.n; i++) {
		n += r->damaged.items[i].message_count;
		*mailboxes += r->damaged.items[i].mailbox_count;
	}
	return n;
}

static bool
names(const struct verify_result *r, const char *message)
{
	size_t i, k;

	for (i = 0; i < r->damaged.n; i++) {
		for (k = 0; k < r->damaged.items[i].message_count; k++) {
			if (strcmp(r->damaged.items[i].messages[k], message) == 0)
				return true;
		}
	}
	return false;
}

static void
finds_nothing(void)
{
	struct verify_result r;

	verify(false, &r);
	T(r.damaged.n == 0 && !r.catalog && r.snapshots == 1 && r.packs > 0, "fast: %zu", r.damaged.n);
	verify_result_free(&r);
	verify(true, &r);
	T(r.damaged.n == 0 && r.objects >= 2 * MESSAGES && r.bytes > 0, "thorough: %zu",
	    r.damaged.n);
	verify_result_free(&r);
}

/* inv4: exactly those messages that a restore cannot give back are named, with
 * their mailboxes; with the catalog and without. */
static void
names_what_was_hit(void)
{
	const struct restore_request request = { .to = world_path("out") };
	const char *pack = file_of("packs");
	struct restore_result lost = { .snapshot = NULL };
	struct verify_result r;
	struct error err = ERROR_NONE;
	struct job *j;
	size_t i, n, mailboxes;

	flip(pack);
	j = world_open(JOB_READ);
	T(job_restore(j, &request, &lost, &err) == 0, "%s", err.text);
	job_close(j);
	T(lost.failed.n > 0 && lost.failed.n < MESSAGES, "%zu lost", lost.failed.n);

	verify(true, &r);
	n = count_messages(&r, &mailboxes);
	T(n == lost.failed.n, "%zu named, %zu lost", n, lost.failed.n);
	for (i = 0; i < lost.failed.n; i++)
		T(names(&r, lost.failed.items[i].message), "%s", lost.failed.items[i].message);
	T(mailboxes >= 1, "%zu mailboxes", mailboxes);
	verify_result_free(&r);

	restore_result_free(&lost);
	flip(pack);
}

static void
misses_a_file(const char *folder, bool costs_mail)
{
	const char *path = file_of(folder), *away = world_path("away");
	struct verify_result r;
	size_t n, mailboxes;

	T(rename(path, away) == 0, "%s", path);
	verify(false, &r);
	T(r.damaged.n > 0, "%s is missed", folder);
	n = count_messages(&r, &mailboxes);
	T((n > 0 && mailboxes > 0) == costs_mail, "%s: %zu messages, %zu mailboxes", folder, n,
	    mailboxes);
	verify_result_free(&r);
	T(rename(away, path) == 0, "%s", path);
}

static void
finds_a_flip(const char *folder)
{
	const char *path = file_of(folder);
	struct verify_result r;

	flip(path);
	verify(true, &r);
	T(r.damaged.n > 0, "a flip in %s", path);
	verify_result_free(&r);
	flip(path);
}

/* Whoever loses the catalog too is still told names. */
static void
needs_no_catalog(void)
{
	const char *pack = file_of("packs"), *index = file_of("index");
	struct verify_result r;
	size_t n, mailboxes, i;
	bool named = false;

	flip(pack);
	flip(index);
	world_remove(world_path("data/catalogs"));
	verify(true, &r);
	T(r.damaged.n > 0, "damage is found");
	verify_result_free(&r);
	flip(index);
	world_remove(world_path("data/catalogs"));
	verify(true, &r);
	n = count_messages(&r, &mailboxes);
	T(n > 0 && mailboxes > 0, "%zu messages, %zu mailboxes", n, mailboxes);
	for (i = 0; i < r.damaged.n && !named; i++)
		named = r.damaged.items[i].mailbox_count > 0 &&
		    strncmp(r.damaged.items[i].mailboxes[0], "path:", 5) == 0;
	T(named, "with their full names");
	verify_result_free(&r);
	flip(pack);
}

int
main(void)
{
	mail_init();
	make_mail();
	finds_nothing();
	names_what_was_hit();
	misses_a_file("packs", true);
	finds_a_flip("packs");
	finds_a_flip("index");
	finds_a_flip("snapshots");
	needs_no_catalog();
	return t_done();
}
