/* SPDX-License-Identifier: MIT */
#include "core/catalog/catalog.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/limits.h"
#include "tests/t.h"

static const char ARCHIVE[] = "00112233445566778899aabbccddeeff";

static struct catalog *
must_open(const char *path, enum catalog_mode mode)
{
	struct error err = ERROR_NONE;
	struct catalog *c = NULL;

	if (!T(catalog_open(path, mode, ARCHIVE, true, &c, &err) == 0, "%s", err.text))
		exit(t_done());
	return c;
}

static struct digest
digest_number(unsigned n)
{
	struct digest d;

	digest_of(slice_of(&n, sizeof(n)), &d);
	return d;
}

static struct catalog_message
message_number(unsigned n, const char *subject)
{
	struct catalog_message m = {
		.id = digest_number(n), .bytes = 1000 + n, .date = 1700000000 + (int64_t)n,
		.from = SLICE_OF("Anna <anna@example.org>"), .to = SLICE_OF("bob@example.org"),
		.cc = SLICE_OF("Carl"), .subject = slice_string(subject),
		.message_id = SLICE_OF("m1@example.org"), .text = SLICE_OF("the quick brown fox"),
		.has_text = true,
	};

	return m;
}

static int
open_code(const char *path, enum catalog_mode mode, const char *id)
{
	struct error err = ERROR_NONE;
	struct catalog *c = NULL;
	int rc = catalog_open(path, mode, id, true, &c, &err);

	T((rc == 0) == (c != NULL), "a handle and %d", rc);
	T(rc == 0 || err.text[0] != '\0', "a failure without a sentence");
	catalog_close(c);
	return rc == 0 ? ERR_NONE : (int)err.code;
}

static void
write_file(const char *path, struct slice s)
{
	FILE *f = fopen(path, "wb");

	if (!T(f != NULL && fwrite(s.p, 1, s.n, f) == s.n && fclose(f) == 0, "write %s", path))
		exit(t_done());
}

static void
opens_only_its_own(void)
{
	char path[512];
	struct error err = ERROR_NONE;
	struct buf bytes = BUF_EMPTY;
	struct catalog *c;

	snprintf(path, sizeof(path), "%s", t_path("own"));
	T(open_code(path, CATALOG_READ, ARCHIVE) == ERR_NOT_FOUND, "a missing one was read");
	T(!file_exists(path), "reading made one");
	write_file(path, SLICE_EMPTY);
	T(open_code(path, CATALOG_READ, ARCHIVE) == ERR_NOT_FOUND, "an empty one was read");
	T(open_code(path, CATALOG_WRITE, ARCHIVE) == ERR_NONE, "an empty one is none yet");
	T(open_code(path, CATALOG_READ, ARCHIVE) == ERR_NONE, "just made");
	T(open_code(path, CATALOG_READ, "another") == ERR_CORRUPT, "of another archive");
	T(open_code(path, CATALOG_WRITE, "another") == ERR_CORRUPT, "of another archive");

	if (T(file_read_all(path, 64 * MIB, &bytes, &err) == 0 && bytes.n > 4096, "%s", err.text)) {
		bytes.p[63] ^= 2;       /* user_version, at offset 60 of the header */
		write_file(path, buf_slice(&bytes));
		T(open_code(path, CATALOG_READ, ARCHIVE) == ERR_CORRUPT, "an unknown version");
		bytes.p[63] ^= 2;
		bytes.p[71] ^= 2;       /* application_id, at 68 */
		write_file(path, buf_slice(&bytes));
		T(open_code(path, CATALOG_WRITE, ARCHIVE) == ERR_CORRUPT, "another application's");
		bytes.p[71] ^= 2;
		write_file(path, slice_sub(buf_slice(&bytes), 0, 5000));
		T(open_code(path, CATALOG_READ, ARCHIVE) == ERR_CORRUPT, "a torn one");
	}
	write_file(path, SLICE_OF("this is no database, but it is long enough to look at"));
	T(open_code(path, CATALOG_READ, ARCHIVE) == ERR_CORRUPT, "no database");
	T(open_code(path, CATALOG_WRITE, ARCHIVE) == ERR_CORRUPT, "no database");

	/* As the caller does: away with it, and a new one. */
	write_file(t_path("own-wal"), SLICE_OF("x"));
	write_file(t_path("own-shm"), SLICE_OF("x"));
	T(catalog_remove(path, &err) == 0, "%s", err.text);
	T(!file_exists(path) && !file_exists(t_path("own-wal")) && !file_exists(t_path("own-shm")),
	    "something is left");
	T(catalog_remove(path, &err) == 0, "nothing to remove: %s", err.text);
	c = must_open(path, CATALOG_WRITE);
	T(catalog_check(c, &err) == 0, "%s", err.text);
	catalog_close(c);
	buf_free(&bytes);
}

/* A byte of each page in turn is turned over: opening and asking everything
 * crashes nothing, and what fails says that the catalog is damaged. */
static void
survives_damage(void)
{
	char path[512];
	struct error err = ERROR_NONE;
	struct buf bytes = BUF_EMPTY;
	struct catalog_message m;
	struct catalog_rows *rows;
	struct catalog_found found;
	struct catalog *c;
	unsigned i, odd = 0;
	size_t at;
	int rc;

	snprintf(path, sizeof(path), "%s", t_path("damage"));
	c = must_open(path, CATALOG_WRITE);
	catalog_begin(c, &err);
	for (i = 0; i < 200; i++) {
		m = message_number(i, "a subject");
		catalog_add_message(c, &m, &err);
	}
	T(catalog_commit(c, &err) == 0, "%s", err.text);
	catalog_close(c);
	if (!T(file_read_all(path, 64 * MIB, &bytes, &err) == 0, "%s", err.text))
		return;
	for (at = 0; at < bytes.n; at += 211) {
		bytes.p[at] ^= 0x55;
		write_file(path, buf_slice(&bytes));
		bytes.p[at] ^= 0x55;
		c = NULL;
		error_clear(&err);
		rc = catalog_open(path, CATALOG_READ, ARCHIVE, true, &c, &err);
		for (i = 0; rc == 0 && i < 200; i += 50) {
			m = message_number(i, "");
			rc = catalog_has_message(c, &m.id, &err) < 0 ? -1 : 0;
		}
		rows = NULL;
		if (rc == 0)
			rc = catalog_find_message(c, SLICE_OF("m1@example.org"), &rows, &err);
		while (rc == 0 && (rc = catalog_next_message(rows, &found, &err)) == 1)
			rc = 0;
		odd += rc < 0 && err.code != ERR_CORRUPT && err.code != ERR_SYSTEM;
		catalog_rows_close(rows);
		catalog_close(c);
	}
	T(odd == 0, "%u failures that are not damage", odd);
	buf_free(&bytes);
}

static void
finds_objects(struct catalog *c)
{
	struct error err = ERROR_NONE;
	struct digest pack = digest_number(1000), other = digest_number(1001), id = digest_number(7);
	struct catalog_place p;
	int64_t row = 0, again = 0, row2 = 0;

	T(catalog_find_object(c, 1, &id, &p, &err) == 0, "found in nothing: %s", err.text);
	T(catalog_begin(c, &err) == 0, "%s", err.text);
	T(catalog_add_pack(c, &pack, 5000000000, &row, &err) == 0, "%s", err.text);
	T(catalog_add_pack(c, &pack, 5000000000, &again, &err) == 0 && row == again, "a pack twice");
	T(catalog_add_pack(c, &other, 1, &row2, &err) == 0 && row2 != row, "two packs, one row");
	T(catalog_add_frame(c, row, 3, 4999999000, 900, 4000, &err) == 0, "%s", err.text);
	T(catalog_add_frame(c, row2, 0, 10, 20, 30, &err) == 0, "%s", err.text);
	T(catalog_add_object(c, 1, &id, true, row, 3, 1234, 567, &err) == 0, "%s", err.text);
	T(catalog_commit(c, &err) == 0, "%s", err.text);
	T(catalog_find_object(c, 2, &id, &p, &err) == 0, "of another kind");
	T(catalog_find_object(c, 1, &id, &p, &err) == 1, "not found: %s", err.text);
	T(digest_equal(&p.pack, &pack) && p.frame_at == 4999999000 && p.frame_n == 900 &&
	    p.frame_plain == 4000 && p.at == 1234 && p.n == 567 && p.is_recipe, "a wrong place");
	T(catalog_add_object(c, 1, &id, false, row2, 0, 1, 2, &err) == 0, "%s", err.text);
	T(catalog_find_object(c, 1, &id, &p, &err) == 1 && digest_equal(&p.pack, &other) &&
	    p.frame_at == 10 && !p.is_recipe, "not the newer place");

	T(catalog_has_name(c, "index/a", &err) == 0, "a name from nowhere");
	T(catalog_add_name(c, "index/a", &err) == 0, "%s", err.text);
	T(catalog_add_name(c, "index/a", &err) == 0, "a name twice: %s", err.text);
	T(catalog_has_name(c, "index/a", &err) == 1 && catalog_has_name(c, "index/A", &err) == 0,
	    "names");
}

static void
keeps_readings(struct catalog *c)
{
	struct error err = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct slice key = { (const unsigned char *)"/home/\0x", 8 };
	struct catalog_reading r = { { UINT64_MAX, 17 }, SLICE_OF("bytes\0more") }, got;
	struct buf big = BUF_EMPTY;

	T(catalog_get_reading(c, key, true, &a, &got, &err) == 0, "from nowhere");
	T(catalog_put_reading(c, key, &r, &err) == 0, "%s", err.text);
	T(catalog_get_reading(c, key, true, &a, &got, &err) == 1 && got.state.low == UINT64_MAX &&
	    got.state.high == 17 && slice_equal(got.memory, r.memory), "not what was put");
	T(catalog_get_reading(c, key, false, &a, &got, &err) == 1 && got.memory.n == 0, "memory");
	memset(buf_extend(&big, 3 * MIB), 'x', 3 * MIB);
	r.memory = buf_slice(&big);
	r.state.high = 18;
	T(catalog_put_reading(c, key, &r, &err) == 0, "%s", err.text);
	T(catalog_get_reading(c, key, true, &a, &got, &err) == 1 && got.state.high == 18 &&
	    slice_equal(got.memory, r.memory), "not the newer one");
	T(catalog_get_reading(c, slice_sub(key, 0, 6), true, &a, &got, &err) == 0, "a shorter key");
	buf_extend(&big, OBJECT_MAX);
	r.memory = buf_slice(&big);
	T(catalog_put_reading(c, key, &r, &err) < 0 && err.code == ERR_LIMIT, "over the limit");
	T(catalog_forget_readings(c, &err) == 0, "%s", err.text);
	T(catalog_get_reading(c, key, true, &a, &got, &err) == 0, "not forgotten");
	buf_free(&big);
	arena_free(&a);
}

static unsigned
count_found(struct catalog *c, const char *name)
{
	struct error err = ERROR_NONE;
	struct catalog_rows *rows = NULL;
	struct catalog_found found;
	unsigned n = 0;
	int rc;

	rc = catalog_find_message(c, slice_string(name), &rows, &err);
	while (rc >= 0 && (rc = catalog_next_message(rows, &found, &err)) == 1)
		n++;
	T(rc == 0, "%s: %s", name, err.text);
	catalog_rows_close(rows);
	return n;
}

static void
knows_messages(struct catalog *c)
{
	static const struct slice files[] = {
		{ (const unsigned char *)"a\nb.pdf", 7 }, { (const unsigned char *)"c.txt", 5 },
	};
	char hex[DIGEST_HEX + 1];
	struct error err = ERROR_NONE;
	struct catalog_message m = message_number(1, "Gr\xc3\xbc\xc3\x9f""e");
	struct catalog_rows *keep = NULL;
	struct catalog_found found;
	struct digest ids[4], missing = digest_number(99);
	uint64_t messages, objects, untexted;
	size_t n;

	m.attachments = files;
	m.attachment_count = 2;
	m.has_text = false;
	T(catalog_has_message(c, &m.id, &err) == 0, "from nowhere");
	T(catalog_add_message(c, &m, &err) == 0, "%s", err.text);
	T(catalog_has_message(c, &m.id, &err) == 1, "by its summary");
	T(catalog_untexted(c, ids, 4, &n, &err) == 0 && n == 1 && digest_equal(&ids[0], &m.id),
	    "the one without text");
	T(catalog_add_message(c, &m, &err) == 0 && catalog_has_message(c, &m.id, &err) == 1,
	    "the summary again");
	T(catalog_totals(c, &messages, &objects, &untexted, &err) == 0 && messages == 1 &&
	    untexted == 1, "totals");
	m.has_text = true;
	T(catalog_add_message(c, &m, &err) == 0, "%s", err.text);
	T(catalog_has_message(c, &m.id, &err) == 2, "with its text");
	T(catalog_untexted(c, ids, 4, &n, &err) == 0 && n == 0, "none without text");
	T(catalog_add_message(c, &m, &err) == 0, "%s", err.text);
	T(catalog_totals(c, &messages, &objects, &untexted, &err) == 0 && messages == 1 &&
	    objects == 1 && untexted == 0, "totals");

	digest_hex(&m.id, hex);
	T(count_found(c, hex) == 1 && count_found(c, "m1@example.org") == 1 &&
	    count_found(c, " <m1@example.org>\n") == 1, "by its names");
	hex[9] = '\0';
	T(count_found(c, hex) == 1, "by nine digits");
	hex[8] ^= 1;
	T(count_found(c, hex) == 0, "by a wrong digit");
	hex[7] = '\0';
	T(count_found(c, hex) == 0 && count_found(c, "") == 0, "by too few digits");
	T(catalog_message_of(c, &m.id, &found, &keep, &err) == 1, "%s", err.text);
	T(strcmp(found.subject, "Gr\xc3\xbc\xc3\x9f""e") == 0 && found.date == m.date &&
	    found.bytes == m.bytes && strcmp(found.attachments, "a b.pdf\nc.txt\n") == 0 &&
	    strcmp(found.from, "Anna <anna@example.org>") == 0 && !found.deleted &&
	    digest_equal(&found.id, &m.id), "not as it was put");
	catalog_rows_close(keep);
	T(catalog_message_of(c, &missing, &found, &keep, &err) == 0, "an unknown one");
	catalog_rows_close(keep);
}

/* A reader of its own thread or process sees commits only, and goes on. */
static void
readers_see_commits(const char *path, struct catalog *c)
{
	struct error err = ERROR_NONE;
	struct catalog *r = must_open(path, CATALOG_READ);
	struct catalog_message m = message_number(50, "in a transaction");

	T(catalog_begin(c, &err) == 0, "%s", err.text);
	T(catalog_add_message(c, &m, &err) == 0, "%s", err.text);
	T(catalog_has_message(r, &m.id, &err) == 0, "seen before it was committed");
	catalog_roll_back(c);
	T(catalog_has_message(c, &m.id, &err) == 0, "there after rolling back");
	T(catalog_begin(c, &err) == 0 && catalog_add_message(c, &m, &err) == 0 &&
	    catalog_commit(c, &err) == 0, "%s", err.text);
	T(catalog_has_message(r, &m.id, &err) == 2, "not seen after it was committed");
	T(catalog_add_message(r, &m, &err) == 0, "known: %s", err.text);
	m.id = digest_number(51);
	T(catalog_add_message(r, &m, &err) < 0, "a reader wrote");
	catalog_close(r);
}

/* What is added in tens is there in tens, whenever the writer is killed. */
static void
survives_kill(void)
{
	char path[512];
	struct error err = ERROR_NONE;
	struct catalog_message m;
	struct catalog *c;
	uint64_t messages, objects, untexted, before = 0;
	unsigned round, n;
	int status;
	pid_t child;

	snprintf(path, sizeof(path), "%s", t_path("kill"));
	for (round = 0; round < 12; round++) {
		child = fork();
		if (child == 0) {
			c = NULL;
			if (catalog_open(path, CATALOG_WRITE, ARCHIVE, true, &c, &err) < 0 ||
			    catalog_bulk(c, true, &err) < 0)
				_exit(1);
			for (n = 0; ; n++) {
				m = message_number(round * 1000000 + n, "killed");
				if ((n % 10 == 0 && catalog_begin(c, &err) < 0) ||
				    catalog_add_message(c, &m, &err) < 0 ||
				    (n % 10 == 9 && catalog_commit(c, &err) < 0))
					_exit(1);
			}
		}
		usleep(4000 + round * 7000);
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		T(WIFSIGNALED(status), "the writer failed in round %u", round);
	}
	c = must_open(path, CATALOG_READ);
	T(catalog_totals(c, &messages, &objects, &untexted, &err) == 0, "%s", err.text);
	T(messages % 10 == 0 && messages > before, "%llu messages", (unsigned long long)messages);
	T(catalog_check(c, &err) == 0, "%s", err.text);
	catalog_close(c);
}

static void
commits_pass_the_fault_point(const char *path)
{
	struct error err = ERROR_NONE, ignored = ERROR_NONE;
	struct catalog_message m = message_number(70, "with a fault");
	struct catalog *c;
	unsigned n;

	for (n = 1; n <= 2; n++) {
		c = must_open(path, CATALOG_WRITE);
		m.id = digest_number(70 + n);
		T(catalog_begin(c, &err) == 0 && catalog_add_message(c, &m, &err) == 0, "%s",
		    err.text);
		file_set_faults(n == 1 ? "1:EIO" : "2:EIO", NULL, &ignored);
		T(catalog_commit(c, &err) < 0 && err.code == ERR_SYSTEM, "call %u did not fail", n);
		file_set_faults(NULL, NULL, &ignored);
		catalog_close(c);
		c = must_open(path, CATALOG_READ);
		T(catalog_has_message(c, &m.id, &err) == (n == 1 ? 0 : 2),
		    n == 1 ? "committed all the same" : "not committed");
		catalog_close(c);
	}
}

static void
remembers_heads(struct catalog *c)
{
	struct digest one = digest_number(1), two = digest_number(2), got;
	struct buf id = BUF_EMPTY, document = BUF_EMPTY;
	struct error err = ERROR_NONE;

	T(catalog_seen(c, "s1", &got, &err) == 0, "nothing was seen");
	T(catalog_begin(c, &err) == 0 && catalog_add_seen(c, "s1", &one, &err) == 0 &&
	    catalog_add_seen(c, "s2", &two, &err) == 0 &&
	    catalog_add_seen(c, "s1", &two, &err) == 0, "%s", err.text);
	T(catalog_seen(c, "s1", &got, &err) == 1 && digest_equal(&got, &one),
	    "what was seen first stays");
	/* Only those that the archive must still have are asked for. */
	T(catalog_seen_after(c, &id, &got, &err) == 0, "no names: %s", buf_text(&id));
	T(catalog_add_name(c, "s1", &err) == 0 && catalog_add_name(c, "s2", &err) == 0, "names");
	T(catalog_seen_after(c, &id, &got, &err) == 1 && strcmp(buf_text(&id), "s1") == 0 &&
	    digest_equal(&got, &one), "the first: %s", buf_text(&id));
	T(catalog_release_name(c, "s2", &err) == 0, "%s", err.text);
	T(catalog_seen_after(c, &id, &got, &err) == 0, "one that was released");
	T(catalog_forget_name(c, "s1", &err) == 0 && catalog_has_name(c, "s1", &err) == 0,
	    "a name that is forgotten");

	T(catalog_get_head(c, "s1", &document, &err) == 0, "no document");
	T(catalog_put_head(c, "s1", SLICE_OF("a\0b"), &err) == 0 &&
	    catalog_put_head(c, "s2", SLICE_OF("c"), &err) == 0, "%s", err.text);
	T(catalog_get_head(c, "s1", &document, &err) == 0 && document.n == 0, "only the last is kept");
	T(catalog_get_head(c, "s2", &document, &err) == 1 && slice_is(buf_slice(&document), "c"),
	    "the last");
	T(catalog_put_head(c, "s3", SLICE_EMPTY, &err) == 0 &&
	    catalog_get_head(c, "s3", &document, &err) == 0, "one without a document");

	T(catalog_add_unread(c, "x", &err) == 1 && catalog_add_unread(c, "x", &err) == 0 &&
	    catalog_has_unread(c, "x", &err) == 1 && catalog_has_unread(c, "y", &err) == 0,
	    "unread: %s", err.text);
	T(catalog_clear_unread(c, &err) == 0 && catalog_has_unread(c, "x", &err) == 0, "cleared");
	T(catalog_commit(c, &err) == 0, "%s", err.text);
	buf_free(&id);
	buf_free(&document);
}

/* Also with a reader there: the next one has no log to go through. */
static void
leaves_an_empty_log(void)
{
	char path[512], log[520];
	struct catalog *writer, *reader;
	struct catalog_message m = message_number(1, "one");
	struct error err = ERROR_NONE;
	struct file_meta meta = { .size = 0 };

	snprintf(path, sizeof(path), "%s", t_path("logged"));
	snprintf(log, sizeof(log), "%s-wal", path);
	writer = must_open(path, CATALOG_WRITE);
	reader = must_open(path, CATALOG_READ);
	T(catalog_begin(writer, &err) == 0 && catalog_add_message(writer, &m, &err) == 0 &&
	    catalog_commit(writer, &err) == 0, "%s", err.text);
	T(file_stat(log, &meta, &err) == 0 && meta.size > 0, "there is a log");
	catalog_close(writer);
	T(file_stat(log, &meta, &err) == 0 && meta.size == 0, "%llu bytes",
	    (unsigned long long)meta.size);
	catalog_close(reader);
}

int
main(void)
{
	char path[512];
	struct catalog *c;

	snprintf(path, sizeof(path), "%s", t_path("catalog"));
	opens_only_its_own();
	leaves_an_empty_log();
	survives_damage();
	c = must_open(path, CATALOG_WRITE);
	finds_objects(c);
	keeps_readings(c);
	knows_messages(c);
	remembers_heads(c);
	readers_see_commits(path, c);
	catalog_close(c);
	survives_kill();
	commits_pass_the_fault_point(path);
	return t_done();
}
