/* SPDX-License-Identifier: MIT */
#include "core/job/show.h"

#include "core/archive/listing.h"
#include "core/archive/snapshot.h"
#include "core/base/limits.h"
#include "tests/unit/world.h"

#define SEPARATOR "From - Mon Nov 23 12:00:00 2026\n" \
    "X-Mozilla-Status: 0001\nX-Mozilla-Status2: 00000000\n"

/* The second attachment's name wants to go elsewhere. */
#define ATTACHED \
    "From: =?utf-8?q?J=C3=B6rg?= <j@example.org>\nSubject: two files\nMIME-Version: 1.0\n" \
    "Content-Type: multipart/mixed; boundary=\"b\"\n\n" \
    "--b\nContent-Type: text/plain\n\nhello\n" \
    "--b\nContent-Type: application/pdf; name=\"a.pdf\"\n" \
    "Content-Disposition: attachment; filename=\"a.pdf\"\n" \
    "Content-Transfer-Encoding: base64\n\nJVBERi0=\n" \
    "--b\nContent-Type: text/x-sh\n" \
    "Content-Disposition: attachment; filename=\"../../.profile\"\n\necho\n--b--\n"

static struct digest ids[3];

static void
make_mail(void)
{
	const struct location where = { .client = "path", .account = "box", .format = "mbox",
		.layout = "plain", .path = world_path("box"), .supported = true };
	struct buf b = BUF_EMPTY;
	struct error err = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct catalog_snapshot row;
	struct snapshot s;
	struct listing_reader *l = NULL;
	struct placement p;
	struct job *j;
	unsigned i;

	buf_add_string(&b, SEPARATOR ATTACHED "\n");
	buf_add_string(&b, SEPARATOR "Subject: long\n\n");
	for (i = 0; b.n < MESSAGE_IN_MEMORY + 2 * MIB; i++)
		buf_add_format(&b, "line %u of a long message\n", i);
	buf_add_string(&b, "\n" SEPARATOR "Subject: last\n\nend\n\n");
	world_write(where.path, buf_slice(&b), 0600);
	buf_free(&b);
	world_backup(&where, 1);

	j = world_open(JOB_READ);
	T(job_snapshot(j, NULL, &a, &row, &err) == 0 &&
	    snapshot_read(j->archive, row.id, &a, &s, &err) == 0 && listing_open(j->archive,
	    &j->finder, &s.stores[0].mailboxes[0].listing, &l, &err) == 0, "%s", err.text);
	for (i = 0; i < 3; i++) {
		if (T(listing_next(l, &a, &p, &err) == 1, "three messages"))
			ids[i] = p.id;
	}
	listing_close(l);
	job_close(j);
	arena_free(&a);
}

/* What job_write_raw() and job_write_stored() write, through a file. */
static void
written(int (*stored)(struct job *, const struct digest *, int, struct error *),
    const struct digest *id, struct buf *out)
{
	struct job *j = world_open(JOB_READ);
	struct error err = ERROR_NONE;
	int fd = open(world_path("written"), O_RDWR | O_CREAT | O_TRUNC, 0600);

	T(stored(j, id, fd, &err) == 0, "%s", err.text);
	close(fd);
	T(file_read_all(world_path("written"), 1u << 30, out, &err) == 0, "%s", err.text);
	job_close(j);
}

static int
stored_anywhere(struct job *j, const struct digest *id, int fd, struct error *err)
{
	return job_write_stored(j, id, NULL, fd, err);
}

static void
writes_bytes(void)
{
	struct buf raw = BUF_EMPTY, stored = BUF_EMPTY;
	struct digest id;
	unsigned i;

	written(job_write_raw, &ids[0], &raw);
	T(slice_is(buf_slice(&raw), ATTACHED), "canonical bytes");
	written(stored_anywhere, &ids[0], &stored);
	T(slice_is(buf_slice(&stored), SEPARATOR ATTACHED "\n"), "stored bytes");
	for (i = 0; i < 3; i++) {
		written(job_write_raw, &ids[i], &raw);
		digest_of(buf_slice(&raw), &id);
		T(digest_equal(&id, &ids[i]), "message %u: %zu bytes", i, raw.n);
	}
	written(stored_anywhere, &ids[1], &stored);
	T(slice_starts(buf_slice(&stored), SEPARATOR "Subject: long\n\n"), "a long one");
	buf_free(&raw);
	buf_free(&stored);
}

static void
shows(void)
{
	struct job *j = world_open(JOB_READ);
	struct error err = ERROR_NONE;
	struct digest none = { { 1 } };
	struct shown s;
	struct arena a = ARENA_EMPTY;
	struct directory d;
	size_t i, leftover = 0;

	if (T(job_show(j, &ids[0], &s, &err) == 0, "%s", err.text)) {
		T(strcmp(s.message.subject, "two files") == 0, "%s", s.message.subject);
		T(strstr(s.message.from, "J\xc3\xb6rg") != NULL, "%s", s.message.from);
		T(s.fd < 0 && s.bytes == sizeof(ATTACHED) - 1, "in memory");
		shown_close(&s);
	}
	if (T(job_show(j, &ids[1], &s, &err) == 0, "%s", err.text)) {
		T(strcmp(s.message.subject, "long") == 0, "%s", s.message.subject);
		T(s.fd >= 0 && s.raw.n == 0 && s.bytes > MESSAGE_IN_MEMORY, "in a file");
		T(directory_read(world_path("data"), false, &a, &d, &err) == 0, "%s", err.text);
		for (i = 0; i < d.n; i++)
			leftover += strncmp(d.entries[i].name, ".show", 5) == 0;
		T(leftover == 0, "that has no name");
		shown_close(&s);
	}
	T(job_show(j, &none, &s, &err) < 0 && err.code == ERR_NOT_FOUND, "unknown: %s", err.text);
	arena_free(&a);
	job_close(j);
}

/* Test S4: whatever it is called, it lands in the directory and replaces
 * nothing. */
static void
saves(void)
{
	struct job *j = world_open(JOB_READ);
	struct error err = ERROR_NONE;
	struct buf saved = BUF_EMPTY, bytes = BUF_EMPTY;
	struct shown s;
	struct slice rest, line = SLICE_EMPTY;
	char name[256];

	if (!T(job_show(j, &ids[0], &s, &err) == 0, "%s", err.text))
		return;
	T(shown_save(&s, -1, world_path("saved"), &saved, &err) == 0, "%s", err.text);
	T(world_tree(world_path("saved")).files == 2, "two files");
	rest = buf_slice(&saved);
	while (slice_line(&rest, &line)) {
		snprintf(name, sizeof(name), "saved/%.*s", (int)line.n - 1, (const char *)line.p);
		T(file_exists(world_path(name)), "%s", name);
	}
	T(slice_starts(line, "_"), "tamed: %s", buf_text(&saved));
	T(!file_exists(world_path(".profile")), "nothing outside");
	T(shown_save(&s, -1, world_path("saved"), &saved, &err) == 0, "again: %s", err.text);
	T(world_tree(world_path("saved")).files == 4, "beside the first: %s", buf_text(&saved));
	buf_clear(&saved);
	T(shown_save(&s, 1, world_path("part"), &saved, &err) == 0, "%s", err.text);
	snprintf(name, sizeof(name), "part/%.*s", (int)saved.n - 1, buf_text(&saved));
	T(file_read_all(world_path(name), 1000, &bytes, &err) == 0, "%s", err.text);
	T(shown_save(&s, 99, world_path("part"), &saved, &err) < 0 && err.code == ERR_NOT_FOUND,
	    "no such part");
	T(symlink("../outside", world_path("saved/link")) == 0, "link");
	shown_close(&s);
	buf_free(&saved);
	buf_free(&bytes);
	job_close(j);
}

int
main(void)
{
	mail_init();
	make_mail();
	writes_bytes();
	shows();
	saves();
	return t_done();
}
