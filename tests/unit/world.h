/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_WORLD_H
#define TESTS_UNIT_WORLD_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/registry.h"
#include "core/base/file.h"
#include "core/base/path.h"
#include "core/job/backup.h"
#include "core/mail/message.h"
#include "tests/t.h"

/*
 * A small world for the tests of the verbs: homes with mail written by hand,
 * a data directory with the embedded archive, and trees compared to the last
 * bit.  Static functions, for each test is a program of its own.
 */
#define UNUSED __attribute__((unused))

static struct ports world_ports = {
	.locators = registry_locators,
	.formats = registry_formats,
	.writers = registry_writers,
	.open_target = target_open,
};

static struct arena world_arena;        /* as long as the test */

UNUSED static const char *
world_path(const char *name)
{
	return path_join(&world_arena, t_directory(), name);
}

UNUSED static struct job_settings
world_settings(void)
{
	return (struct job_settings){
		.data_directory = world_path("data"),
		.now = 1790000000,
		.host = "host",
		.user = "anna",
		.program = "mailcask test",
	};
}

/* Parents are made too.  The time differs from file to file. */
UNUSED static void
world_write(const char *path, struct slice bytes, unsigned mode)
{
	static int64_t time = 1500000000123456789;
	struct error err = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	int fd;

	T(file_make_directories(path_parent(&a, path), 0755, &err) == 0, "%s", err.text);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	T(fd >= 0, "%s", path);
	T(file_write(fd, bytes, &err) == 0, "%s", err.text);
	T(file_set_meta(fd, mode, time += 1000000007, &err) == 0, "%s", err.text);
	close(fd);
	arena_free(&a);
}

UNUSED static void
world_directory(const char *path, unsigned mode)
{
	static int64_t time = 1400000000987654321;
	struct error err = ERROR_NONE;

	T(file_make_directories(path, 0755, &err) == 0, "%s", err.text);
	T(file_set_meta_path(path, mode, time += 1000000009, &err) == 0, "%s", err.text);
}

/* A message of its own kind for each number; every third has an attachment,
 * and neighbours share it. */
UNUSED static void
world_message(struct buf *out, unsigned number, const char *eol)
{
	unsigned i, k;

	buf_add_format(out, "From: \"Sender %u\" <s%u@example.org>%sTo: anna@example.org%s",
	    number % 7, number % 7, eol, eol);
	buf_add_format(out, "Subject: message number %u%sDate: Mon, 23 Nov 2026 12:%02u:%02u "
	    "+0000%sMessage-ID: <%u@example.org>%s", number, eol, number / 60 % 60, number % 60,
	    eol, number, eol);
	if (number % 3 == 0)
		buf_add_format(out, "MIME-Version: 1.0%sContent-Type: application/pdf; "
		    "name=\"f%u.pdf\"%sContent-Transfer-Encoding: base64%s%s", eol, number / 9,
		    eol, eol, eol);
	else
		buf_add_format(out, "%s", eol);
	for (i = 0; number % 3 == 0 && i < 40; i++) {
		for (k = 0; k < 76; k++)
			buf_add_byte(out, (unsigned char)('A' + (k * 7 + i * 5 + number / 9) % 26));
		buf_add_string(out, eol);
	}
	for (i = 0; i < 5; i++)
		buf_add_format(out, "line %u of text %u, word%u%s", i, number, number * 31, eol);
}

UNUSED static void
world_mbox(struct buf *out, unsigned from, unsigned n, const char *eol)
{
	unsigned i;

	for (i = from; i < from + n; i++) {
		buf_add_format(out, "From - Mon Nov 23 12:%02u:%02u 2026%s", i / 60 % 60, i % 60,
		    eol);
		if (i % 2)
			buf_add_format(out, "X-Mozilla-Status: %04x%sX-Mozilla-Status2: 00000000%s",
			    i % 16 == 9 ? 9 : i % 4, eol, eol);
		world_message(out, i, eol);
		buf_add_string(out, eol);
	}
}

/* ---- Backing up ---- */

UNUSED static struct job *
world_open(enum job_mode mode)
{
	const struct job_settings settings = world_settings();
	struct error err = ERROR_NONE;
	struct job *j = NULL;

	if (!T(job_open(&settings, &world_ports, mode, &j, &err) == 0, "%s", err.text))
		exit(t_done());
	return j;
}

UNUSED static void
world_backup(const struct location *where, size_t n)
{
	struct place places[8];
	const struct places all = { places, n, 8 };
	const struct backup_request request = { .places = &all, .alarm_percent = 50 };
	struct backup_result result = { .snapshot = NULL };
	struct error err = ERROR_NONE;
	struct job *j = world_open(JOB_WRITE);
	size_t i;

	memset(places, 0, sizeof(places));
	for (i = 0; i < n; i++)
		places[i].where = where[i];
	T(job_backup(j, &request, &result, &err) == 0, "%s", err.text);
	T(result.failed.n == 0, "%s: %s", result.failed.n ? result.failed.items[0].path : "",
	    result.failed.n ? result.failed.items[0].reason : "");
	T(result.snapshot != NULL, "a snapshot was written");
	backup_result_free(&result);
	job_close(j);
}

/* ---- Comparing ---- */

struct world_tree {
	size_t files, directories;
	struct fingerprint sum;         /* of names, kinds, modes, times and bytes */
};

UNUSED static void
world_add_tree(struct world_tree *t, const char *path, const char *name)
{
	struct error err = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct buf bytes = BUF_EMPTY, line = BUF_EMPTY;
	struct directory d;
	struct file_meta meta;
	struct fingerprint one;
	size_t i;

	T(file_lstat(path, &meta, &err) == 0, "%s", err.text);
	buf_add_format(&line, "%s %d %o", name, (int)meta.kind, (unsigned)meta.mode);
	if (meta.kind == FILE_REGULAR) {
		t->files++;
		T(file_read_all(path, 1u << 30, &bytes, &err) == 0, "%s", err.text);
		one = fingerprint128(buf_slice(&bytes));
		buf_add_bytes(&line, &one, sizeof(one));
	}
	if (name[0])
		buf_add_format(&line, " %lld", (long long)meta.mtime_ns);
	one = fingerprint128(buf_slice(&line));
	if (name[0])
		fingerprint_mix(&t->sum, one);
	if (meta.kind == FILE_DIRECTORY) {
		t->directories++;
		T(directory_read(path, false, &a, &d, &err) == 0, "%s", err.text);
		for (i = 0; i < d.n; i++)
			world_add_tree(t, path_join(&a, path, d.entries[i].name),
			    path_join(&a, name, d.entries[i].name));
	}
	buf_free(&bytes);
	buf_free(&line);
	arena_free(&a);
}

/* The directory itself does not count, what is in it does. */
UNUSED static struct world_tree
world_tree(const char *path)
{
	struct world_tree t = { 0, 0, { 0, 0 } };

	world_add_tree(&t, path, "");
	return t;
}

UNUSED static bool
world_tree_equal(const struct world_tree *a, const struct world_tree *b)
{
	return a->files == b->files && a->directories == b->directories &&
	    fingerprint_equal(a->sum, b->sum);
}

UNUSED static bool
world_same(const char *a, const char *b)
{
	struct world_tree ta = world_tree(a), tb = world_tree(b);

	return world_tree_equal(&ta, &tb);
}

UNUSED static void
world_remove(const char *path)
{
	struct error err = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory d;
	struct file_meta meta;
	size_t i;

	if (file_lstat(path, &meta, &err) < 0)
		return;
	if (meta.kind == FILE_DIRECTORY) {
		chmod(path, 0700);
		T(directory_read(path, false, &a, &d, &err) == 0, "%s", err.text);
		for (i = 0; i < d.n; i++)
			world_remove(path_join(&a, path, d.entries[i].name));
		T(rmdir(path) == 0, "%s", path);
	} else {
		T(unlink(path) == 0, "%s", path);
	}
	arena_free(&a);
}

#endif
