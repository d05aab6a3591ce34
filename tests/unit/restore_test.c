/* SPDX-License-Identifier: MIT */
#include "core/job/restore.h"

#include <sys/wait.h>

#include "core/archive/listing.h"
#include "core/archive/snapshot.h"
#include "core/base/limits.h"
#include "core/base/workers.h"
#include "core/job/locate.h"
#include "tests/unit/world.h"

/* ---- A home by hand ---- */

static const char *
home_path(const char *name)
{
	return path_join(&world_arena, world_path("home"), name);
}

static void
write_mbox(const char *name, unsigned from, unsigned n, const char *eol, const char *tail)
{
	struct buf b = BUF_EMPTY;

	world_mbox(&b, from, n, eol);
	buf_add_string(&b, tail);
	world_write(home_path(name), buf_slice(&b), 0600);
	buf_free(&b);
}

/* Longer than what is held in memory. */
static void
write_long_mbox(const char *name)
{
	struct buf b = BUF_EMPTY;
	unsigned i;

	world_mbox(&b, 9000, 2, "\n");
	buf_add_string(&b, "From - Mon Nov 23 12:00:00 2026\nX-Mozilla-Status: 0001\n"
	    "X-Mozilla-Status2: 00000000\nSubject: long\n\n");
	for (i = 0; b.n < MESSAGE_IN_MEMORY + 3 * MIB; i++)
		buf_add_format(&b, "%u %u %u %u\n", i, i * 2654435761u, i * 40503u, i ^ 0x5bd1e995u);
	buf_add_byte(&b, '\n');
	world_mbox(&b, 9100, 2, "\n");
	world_write(home_path(name), buf_slice(&b), 0644);
	buf_free(&b);
}

static void
write_maildir(const char *name, unsigned n)
{
	struct buf b = BUF_EMPTY;
	char path[4096];
	unsigned i;

	for (i = 0; i < n; i++) {
		buf_clear(&b);
		world_message(&b, i, "\n");
		snprintf(path, sizeof(path), "%s/%s/%u.M%uP1.host%s", name, i % 10 ? "cur" : "new",
		    1600000000 + i, i, i % 10 ? i % 3 ? ":2,S" : ":2,FS" : "");
		world_write(home_path(path), buf_slice(&b), i % 7 ? 0600 : 0640);
	}
	buf_free(&b);
}

static void
finish_maildir(const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/tmp", name);
	world_directory(home_path(path), 0700);
	snprintf(path, sizeof(path), "%s/cur", name);
	world_directory(home_path(path), 0750);
	snprintf(path, sizeof(path), "%s/new", name);
	world_directory(home_path(path), 0700);
	world_directory(home_path(name), 0711);
}

static void
make_home(unsigned maildir_messages, bool with_long)
{
	const struct slice settings = SLICE_OF("user_pref(\"a\", 1);\n");

	write_mbox("Mail/Inbox", 0, 120, "\n", "");
	write_mbox("Mail/Sent", 60, 100, "\r\n", "");
	write_mbox("Mail/Lists/odd & name", 500, 9, "\n", "no newline at the end");
	world_write(home_path("Mail/Empty"), SLICE_EMPTY, 0600);
	if (with_long)
		write_long_mbox("Mail/Long");
	write_maildir("Maildir", maildir_messages);
	write_maildir("Maildir/.Archive.2019", 30);
	world_write(home_path(".client/prefs.js"), settings, 0640);
	world_write(home_path(".client/sub/abook.dat"), SLICE_OF("addresses"), 0444);
	world_directory(home_path(".client/sub"), 0500);
	world_directory(home_path(".client"), 0755);
	finish_maildir("Maildir/.Archive.2019");
	finish_maildir("Maildir");
	world_directory(home_path("Mail/Lists"), 0700);
	world_directory(home_path("Mail"), 0755);
}

static void
backup_home(void)
{
	struct companion settings = { home_path(".client"), "settings" };
	const struct location where[] = {
		{ .client = "mutt", .account = "one", .format = "mbox", .layout = "plain",
		    .path = home_path("Mail"), .home = world_path("home"), .supported = true,
		    .companions = &settings, .companion_count = 1 },
		{ .client = "maildir", .account = "", .format = "maildir", .layout = "maildir++",
		    .path = home_path("Maildir"), .home = world_path("home"), .supported = true },
	};

	world_backup(where, 2);
}

static int
restore(const struct restore_request *request, struct restore_result *out, struct error *err)
{
	struct job *j = world_open(JOB_READ);
	int rc = job_restore(j, request, out, err);

	job_close(j);
	return rc;
}

static const char *
first_failure(const struct restore_result *r)
{
	static char text[4096];

	if (r->failed.n == 0)
		return "none failed";
	snprintf(text, sizeof(text), "%s: %s: %s", r->failed.items[0].path,
	    r->failed.items[0].message, r->failed.items[0].reason);
	return text;
}

/* Restore and expect success. */
static void
restore_well(const struct restore_request *request, struct restore_result *out)
{
	struct error err = ERROR_NONE;

	T(restore(request, out, &err) == 0, "restore: %s", err.text);
	T(out->failed.n == 0, "%zu failed: %s", out->failed.n, first_failure(out));
}

/* ---- inv8: what is restored is what was read ---- */

static void
gives_all_back(void)
{
	const struct restore_request request = { .to = world_path("out") };
	struct world_tree before = world_tree(world_path("data/archive")), after, home, out;
	struct restore_result result;
	uint64_t files;

	restore_well(&request, &result);
	home = world_tree(world_path("home"));
	out = world_tree(world_path("out"));
	T(home.files == out.files && home.directories == out.directories,
	    "%zu files and %zu directories instead of %zu and %zu", out.files, out.directories,
	    home.files, home.directories);
	T(world_tree_equal(&home, &out), "names, modes, times and bytes");
	T(result.files == home.files, "files are counted");
	files = result.files;
	restore_result_free(&result);

	restore_well(&request, &result);
	T(result.files == 0 && result.there_already == files,
	    "a second run writes nothing: %llu, %llu", (unsigned long long)result.files,
	    (unsigned long long)result.there_already);
	out = world_tree(world_path("out"));
	T(world_tree_equal(&home, &out), "and changes nothing");
	restore_result_free(&result);
	after = world_tree(world_path("data/archive"));
	T(world_tree_equal(&before, &after), "the archive is not written to");
}

static void
gives_one_back(void)
{
	const char *const words[] = { "mutt:one/Lists/odd & name" };
	const char *const folder[] = { ".client" };
	const struct restore_request request = { .words = words, .word_count = 1,
		.to = world_path("one") };
	const struct restore_request unknown = { .words = folder, .word_count = 1,
		.to = world_path("one") };
	struct restore_result result;
	struct world_tree t;
	struct error err = ERROR_NONE;

	restore_well(&request, &result);
	t = world_tree(world_path("one"));
	T(t.files == 1 && t.directories == 3, "one file: %zu, %zu", t.files, t.directories);
	T(world_same(world_path("one/Mail/Lists"), home_path("Mail/Lists")), "of the right bytes");
	T(result.mailboxes == 1 && result.messages == 8, "%llu messages",
	    (unsigned long long)result.messages);
	restore_result_free(&result);
	T(restore(&unknown, &result, &err) < 0 && err.code == ERR_NOT_FOUND, "no such mailbox");
	restore_result_free(&result);
}

/* A mailbox of files brings its directories, and none of its neighbours. */
static void
gives_a_folder_back(void)
{
	const char *const words[] = { "Archive/2019" };
	const struct restore_request request = { .words = words, .word_count = 1,
		.to = world_path("folder") };
	struct restore_result result;
	struct world_tree t;

	restore_well(&request, &result);
	t = world_tree(world_path("folder"));
	T(t.files == 30 && t.directories == 6, "%zu files, %zu directories", t.files,
	    t.directories);
	T(world_same(world_path("folder/Maildir/.Archive.2019"),
	    home_path("Maildir/.Archive.2019")), "the folder is the same");
	restore_result_free(&result);
}

static void
leaves_companions_out(void)
{
	const struct restore_request request = { .to = world_path("mail"), .mail_only = true };
	struct restore_result result;
	struct world_tree home = world_tree(world_path("home")), t;

	restore_well(&request, &result);
	t = world_tree(world_path("mail"));
	T(t.files == home.files - 2 && t.directories == home.directories - 2,
	    "all but the companions: %zu, %zu", t.files, t.directories);
	restore_result_free(&result);
}

/* ---- In place ---- */

static void
puts_back(void)
{
	const struct restore_request request = { .to = NULL }, over = { .overwrite = true };
	struct world_tree before = world_tree(world_path("home")), after;
	struct restore_result result;
	struct error err = ERROR_NONE;
	struct file_meta meta;
	int64_t cur;

	T(file_stat(home_path("Maildir/cur"), &meta, &err) == 0, "%s", err.text);
	cur = meta.mtime_ns;
	T(unlink(home_path("Mail/Inbox")) == 0, "lose a mailbox");
	world_remove(home_path("Mail/Lists"));
	write_mbox("Mail/Sent", 1, 3, "\n", "");
	T(restore(&request, &result, &err) == 0, "restore: %s", err.text);
	T(result.failed.n == 1 && strcmp(result.failed.items[0].reason, "exists and differs") == 0,
	    "what differs is left: %s", first_failure(&result));
	T(result.files == 2, "two files came back");
	restore_result_free(&result);
	T(file_stat(home_path("Maildir/cur"), &meta, &err) == 0 && meta.mtime_ns == cur,
	    "directories that stood there keep their time");

	restore_well(&over, &result);
	T(result.files == 1, "one was replaced");
	restore_result_free(&result);
	/* Of Mail itself only the time is new. */
	world_directory(home_path("Mail"), 0755);
	after = world_tree(world_path("home"));
	T(after.files == before.files && after.directories == before.directories, "all is there");
}

static const char *running_store;

static int
find_running(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	struct location *where = vec_push(out);

	(void)a;
	(void)err;
	where->client = "mutt";
	where->account = "one";
	where->path = running_store;
	where->home = home->path;
	where->running = true;
	return 0;
}

static void
refuses_while_running(void)
{
	static const struct locator_ops ops = { "running", find_running };
	static const struct locator_ops *const locators[] = { &ops, NULL };
	const char *const words[] = { "maildir:/Archive/2019" };
	const struct restore_request all = { .to = NULL },
	    other = { .words = words, .word_count = 1 };
	struct restore_result result;
	struct error err = ERROR_NONE;

	running_store = home_path("Mail");
	world_ports.locators = locators;
	T(restore(&all, &result, &err) < 0 && err.code == ERR_USAGE &&
	    strstr(err.text, "running"), "%s", err.text);
	restore_result_free(&result);
	restore_well(&other, &result);
	restore_result_free(&result);
	world_ports.locators = registry_locators;
}

/* ---- Killed, and other faults ---- */

static void
in_a_child(const char *fault, int *status)
{
	const struct restore_request request = { .to = world_path("killed") };
	struct restore_result result;
	struct error err = ERROR_NONE;
	pid_t child;
	int rc;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		struct job *j = world_open(JOB_READ);

		file_set_faults(fault, NULL, &err);
		rc = job_restore(j, &request, &result, &err);
		_exit(rc < 0 ? 1 : result.failed.n ? 3 : 0);
	}
	waitpid(child, status, 0);
}

/* Whatever stops it, the next run makes the same tree. */
static void
survives(const char *kind, unsigned step)
{
	const struct restore_request request = { .to = world_path("killed") };
	struct world_tree want = world_tree(world_path("out")), got;
	struct restore_result result;
	char fault[64];
	unsigned n;
	int status = 1;

	for (n = 1; n < 10000; n += step) {
		snprintf(fault, sizeof(fault), "%u:%s", n, kind);
		in_a_child(fault, &status);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			break;
		T(WIFSIGNALED(status) == (strcmp(kind, "kill") == 0), "stopped by %s", fault);
		restore_well(&request, &result);
		restore_result_free(&result);
		got = world_tree(world_path("killed"));
		T(world_tree_equal(&want, &got), "the same tree after %s", fault);
		world_remove(world_path("killed"));
	}
	T(n > 1 && n < 10000, "%s struck until it struck nothing: %u", kind, n);
	got = world_tree(world_path("killed"));
	T(world_tree_equal(&want, &got), "the same tree without a fault");
	world_remove(world_path("killed"));
}

/* ---- Damage ---- */

#define PIECES 300

struct piece {
	struct slice stored;
	struct digest id;
	bool hit;
};

static void
make_pieces(struct buf *mbox, struct piece *pieces)
{
	size_t starts[PIECES + 1];
	unsigned i, k;
	uint32_t x = 1;

	for (i = 0; i < PIECES; i++) {
		starts[i] = mbox->n;
		buf_add_format(mbox, "From - Mon Nov 23 12:00:00 2026\nFrom: a@example.org\n"
		    "Subject: piece %u\n\n", i);
		for (k = 0; k < 1200; k++) {
			x = x * 1664525u + 1013904223u;
			buf_add_format(mbox, "%08x%s", x, k % 8 == 7 ? "\n" : " ");
		}
		buf_add_string(mbox, "\n\n");
	}
	starts[PIECES] = mbox->n;
	for (i = 0; i < PIECES; i++)
		pieces[i].stored = slice_sub(buf_slice(mbox), starts[i], starts[i + 1] - starts[i]);
}

/* The ids in the order of the file, and who shares a frame with the n-th. */
static void
find_hits(struct job *j, struct piece *pieces, size_t n, struct object_place *hit)
{
	struct error err = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct catalog_snapshot row;
	struct snapshot s;
	struct listing_reader *l = NULL;
	struct object_place place;
	struct placement p;
	size_t i = 0;

	T(job_snapshot(j, NULL, &a, &row, &err) == 0 &&
	    snapshot_read(j->archive, row.id, &a, &s, &err) == 0 &&
	    listing_open(j->archive, &j->finder, &s.stores[0].mailboxes[0].listing, &l,
	    &err) == 0, "%s", err.text);
	while (i < PIECES && listing_next(l, &a, &p, &err) == 1)
		pieces[i++].id = p.id;
	T(i == PIECES, "%zu placements", i);
	T(j->finder.find(&j->finder, OBJECT_MESSAGE, &pieces[n].id, hit, &err) == 1, "%s",
	    err.text);
	for (i = 0; i < PIECES; i++) {
		T(j->finder.find(&j->finder, OBJECT_MESSAGE, &pieces[i].id, &place, &err) == 1,
		    "%s", err.text);
		pieces[i].hit = digest_equal(&place.pack, &hit->pack) &&
		    place.frame_at == hit->frame_at;
	}
	listing_close(l);
	arena_free(&a);
}

static void
flip_byte(struct job *j, const struct object_place *place)
{
	struct buf name = BUF_EMPTY;
	unsigned char byte = 0;
	off_t at = (off_t)(place->frame_at + place->frame_n / 2);
	int fd;

	buf_add_string(&name, "data/archive/");
	pack_add_name(&name, j->archive, &place->pack);
	chmod(world_path(buf_text(&name)), 0600);
	fd = open(world_path(buf_text(&name)), O_RDWR);
	T(fd >= 0 && pread(fd, &byte, 1, at) == 1, "open %s", buf_text(&name));
	byte ^= 0x10;
	T(pwrite(fd, &byte, 1, at) == 1, "flip");
	close(fd);
	buf_free(&name);
}

static void
check_damaged(const struct restore_result *r, const struct piece *pieces, const char *path)
{
	struct error err = ERROR_NONE;
	struct buf want = BUF_EMPTY, got = BUF_EMPTY;
	char hex[DIGEST_HEX + 1];
	size_t i, k, hits = 0;

	for (i = 0; i < PIECES; i++) {
		if (!pieces[i].hit) {
			buf_add(&want, pieces[i].stored);
			continue;
		}
		hits++;
		digest_hex(&pieces[i].id, hex);
		for (k = 0; k < r->failed.n; k++) {
			if (strcmp(r->failed.items[k].message, hex) == 0)
				break;
		}
		T(k < r->failed.n && strstr(r->failed.items[k].path, "box"), "%s is named", hex);
	}
	T(hits > 0 && hits < PIECES, "%zu messages are hit", hits);
	T(r->failed.n == hits, "%zu named, %zu hit", r->failed.n, hits);
	T(r->messages == PIECES - hits, "the rest is counted");
	T(file_read_all(path, 1u << 30, &got, &err) == 0, "%s", err.text);
	T(slice_equal(buf_slice(&want), buf_slice(&got)), "the rest is given back");
	buf_free(&want);
	buf_free(&got);
}

static void
loses_only_what_was_hit(void)
{
	static struct piece pieces[PIECES];
	const struct restore_request request = { .to = world_path("damaged") };
	const struct location where = { .client = "path", .account = "box", .format = "mbox",
		.layout = "plain", .path = world_path("loose/box"), .supported = true };
	struct restore_result result;
	struct error err = ERROR_NONE;
	struct object_place place;
	struct buf mbox = BUF_EMPTY, path = BUF_EMPTY;
	struct job *j;

	world_remove(world_path("data"));
	make_pieces(&mbox, pieces);
	world_write(world_path("loose/box"), buf_slice(&mbox), 0600);
	world_backup(&where, 1);
	j = world_open(JOB_READ);
	find_hits(j, pieces, PIECES / 2, &place);
	flip_byte(j, &place);
	job_close(j);

	T(restore(&request, &result, &err) == 0, "restore: %s", err.text);
	buf_add_format(&path, "damaged%s", where.path);
	check_damaged(&result, pieces, world_path(buf_text(&path)));
	restore_result_free(&result);
	T(restore(&request, &result, &err) == 0 && result.files == 0 &&
	    result.there_already == 1, "again it adds nothing");
	restore_result_free(&result);
	buf_free(&mbox);
	buf_free(&path);
}

/* ---- Hostile names ---- */

struct forgery {
	struct archive_writer *writer;
	struct digest message, listing, chunk;
	struct arena a;
};

static void
forge_listing(struct forgery *f, const struct slice *names, size_t n)
{
	struct listing_writer *l = listing_writer_open(f->writer);
	struct error err = ERROR_NONE;
	struct buf what = BUF_EMPTY, state = BUF_EMPTY;
	struct placement p;
	size_t i;

	for (i = 0; i < n; i++) {
		p = (struct placement){ .kind = PLACED_MESSAGE, .id = f->message, .mode = 04777,
			.name = names[i], .directory = i % 3 == 2 ? names[(i * 7) % n] : SLICE_EMPTY,
			.info = i % 5 == 4 ? names[(i * 3) % n] : SLICE_EMPTY };
		buf_clear(&what);
		buf_clear(&state);
		placement_add_what(&what, &p);
		placement_add_state(&state, &p);
		T(listing_writer_add(l, &p.id, buf_slice(&what), buf_slice(&state), &err) == 0,
		    "%s", err.text);
	}
	T(listing_writer_end(l, &f->listing, &err) == 0, "%s", err.text);
	listing_writer_close(l);
	buf_free(&what);
	buf_free(&state);
}

static struct snapshot_store
forge_store(struct forgery *f, struct slice home, const struct slice *names, size_t n)
{
	static const struct slice components[] = { { (const unsigned char *)"box", 3 } };
	struct snapshot_store s = { .client = "forged", .account = "", .kind = "local",
		.format = "maildir", .layout = "", .path = SLICE_OF("store"), .home = home };
	size_t i;

	s.mailboxes = arena_alloc(&f->a, n * sizeof(*s.mailboxes));
	s.files = arena_alloc(&f->a, n * sizeof(*s.files));
	s.directories = arena_alloc(&f->a, n * sizeof(*s.directories));
	s.mailbox_count = s.file_count = s.directory_count = n;
	for (i = 0; i < n; i++) {
		s.mailboxes[i] = (struct snapshot_mailbox){ .components = components, .depth = 1,
			.path = names[i], .layout = i % 2 ? "files" : "file",
			.listing = f->listing, .messages = n, .mode = 06777 };
		s.files[i] = (struct snapshot_file){ .path = names[(i + 5) % n],
			.role = "settings", .size = 5, .mode = 0777, .chunks = &f->chunk,
			.chunk_count = 1 };
		s.directories[i] = (struct snapshot_directory){ .path = names[(i + 9) % n],
			.mode = 0, .mtime_ns = -1 };
	}
	return s;
}

static void
forge(const struct slice *names, size_t n)
{
	struct job *j = world_open(JOB_WRITE);
	struct forgery f = { .a = ARENA_EMPTY };
	struct error err = ERROR_NONE;
	struct snapshot_store stores[3];
	struct snapshot s = { .time = 1790000100, .host = "h", .user = "u", .program = "p",
		.stores = stores, .store_count = 3 };
	struct workers *workers = workers_open(1);
	struct slice mail = SLICE_OF("Subject: x\n\nhostile\n"), chunk = SLICE_OF("chunk");
	uint64_t bytes;

	T(archive_writer_open(j->archive, &j->finder, workers, NULL, 0, &f.writer, &err) == 0,
	    "%s", err.text);
	digest_of(mail, &f.message);
	digest_of(chunk, &f.chunk);
	T(archive_writer_add(f.writer, OBJECT_MESSAGE, false, &f.message, mail, SLICE_EMPTY,
	    &err) >= 0 && archive_writer_add(f.writer, OBJECT_CHUNK, false, &f.chunk, chunk,
	    SLICE_EMPTY, &err) >= 0, "%s", err.text);
	forge_listing(&f, names, n);
	stores[0] = forge_store(&f, slice_string(world_path("victim")), names, n);
	stores[1] = forge_store(&f, SLICE_EMPTY, names, n);
	stores[2] = forge_store(&f, SLICE_OF("/x/.."), names, n);
	T(archive_writer_finish(f.writer, &err) == 0, "%s", err.text);
	archive_writer_close(f.writer);
	workers_close(workers);
	T(snapshot_write(j->archive, &s, NULL, &f.a, &bytes, &err) == 0, "%s", err.text);
	job_close(j);
	arena_free(&f.a);
}

/* Test T23: no name that a snapshot holds leads outside, nor does a link that
 * somebody put into the way. */
static void
stays_inside(void)
{
	static char long_name[300], long_path[5000];
	const struct slice names[] = {
		SLICE_OF("../escaped"), SLICE_OF("a/../../escaped"), SLICE_OF(".."), SLICE_OF("."),
		SLICE_OF(""), SLICE_OF("/"), SLICE_OF("//"), SLICE_OF("/../escaped"),
		SLICE_OF("/abs/olute"), SLICE_OF("a//b"), SLICE_OF("a/./b"), SLICE_OF("a/"),
		SLICE_OF("link/escaped"), SLICE_OF("link"), SLICE_OF("filelink"),
		SLICE_OF("nul\0../x"), SLICE_OF("new\nline"), SLICE_OF("\x1b[2Jesc"),
		SLICE_OF("\xe2\x80\xae" "txt.exe"), SLICE_OF("CON"), SLICE_OF("aux.txt"),
		SLICE_OF("\xff\xfe"), SLICE_OF("C:\\x"), SLICE_OF("..\\escaped"),
		slice_of(long_name, sizeof(long_name)), slice_of(long_path, sizeof(long_path)),
		SLICE_OF("ok/fine"), SLICE_OF("ok"), SLICE_OF(".mailcask-0000000000000000"),
	};
	const struct restore_request to = { .to = world_path("jail/in") },
	    over = { .to = world_path("jail/in"), .overwrite = true };
	const size_t n = sizeof(names) / sizeof(names[0]);
	struct restore_result result;
	struct error err = ERROR_NONE;
	struct world_tree outside, after;
	size_t i;

	memset(long_name, 'n', sizeof(long_name));
	for (i = 0; i < sizeof(long_path); i++)
		long_path[i] = i % 100 == 99 ? '/' : 'p';
	world_remove(world_path("data"));
	forge(names, n);
	world_write(world_path("outside/precious"), SLICE_OF("precious"), 0600);
	world_directory(world_path("outside"), 0755);
	world_write(world_path("jail/in/there"), SLICE_OF("there"), 0600);
	T(symlink("../../outside", world_path("jail/in/link")) == 0, "link");
	T(symlink("../../outside/precious", world_path("jail/in/filelink")) == 0, "link");
	world_directory(world_path("jail"), 0755);
	outside = world_tree(world_path("outside"));

	T(restore(&to, &result, &err) == 0, "restore: %s", err.text);
	T(result.failed.n > 0 && result.files > 0, "some failed (%zu), some not (%llu)",
	    result.failed.n, (unsigned long long)result.files);
	restore_result_free(&result);
	T(restore(&over, &result, &err) == 0, "restore over it: %s", err.text);
	restore_result_free(&result);
	after = world_tree(world_path("outside"));
	T(world_tree_equal(&outside, &after), "nothing outside was touched");
	T(!file_exists(world_path("escaped")) && !file_exists(world_path("jail/escaped")) &&
	    !file_exists("/escaped") && !file_exists("/abs/olute"), "nothing escaped");
	after = world_tree(world_path("jail"));
	T(after.files > 0, "what could be restored was");
	world_remove(world_path("jail"));
}

/* ---- Several homes ---- */

static void
keeps_homes_apart(void)
{
	const struct restore_request request = { .to = world_path("homes") };
	const char *homes[] = { world_path("p/anna"), world_path("q/anna") };
	struct location where[2];
	struct restore_result result;
	struct buf b = BUF_EMPTY;
	unsigned i;

	world_remove(world_path("data"));
	for (i = 0; i < 2; i++) {
		const char *path = path_join(&world_arena, homes[i], "mbox");

		buf_clear(&b);
		world_mbox(&b, i * 10, 5, "\n");
		world_write(path, buf_slice(&b), 0600);
		where[i] = (struct location){ .client = "spool", .account = "", .format = "mbox",
			.layout = "plain", .path = path, .home = homes[i],
			.supported = true };
	}
	world_backup(where, 2);
	restore_well(&request, &result);
	T(world_same(world_path("homes/anna"), homes[0]), "the first under its name");
	T(world_same(world_path("homes/anna-2"), homes[1]), "the second too");
	restore_result_free(&result);
	buf_free(&b);
}

/* ---- Another format ---- */

static void
converts(void)
{
	const char *const formats[] = { "mbox", "maildir", "mh", "eml" };
	struct restore_request request = { .words = NULL };
	struct restore_result result;
	struct error err = ERROR_NONE;
	char to[64];
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		snprintf(to, sizeof(to), "as-%s", formats[i]);
		request.to = world_path(to);
		request.format = formats[i];
		restore_well(&request, &result);
		/* Those with X-Mozilla-Status 0009 are not shown any more. */
		T(result.messages == 265, "%s: %llu messages", formats[i],
		    (unsigned long long)result.messages);
		restore_result_free(&result);
	}
	request.to = NULL;
	T(restore(&request, &result, &err) < 0 && err.code == ERR_USAGE, "not in place");
	restore_result_free(&result);
	request.to = world_path("as-none");
	request.format = "none";
	T(restore(&request, &result, &err) < 0 && err.code == ERR_USAGE, "no such format");
	restore_result_free(&result);
}

int
main(void)
{
	mail_init();
	/* A maildir of more than one share first, then a small one for the loops. */
	make_home(2100, true);
	backup_home();
	gives_all_back();
	world_remove(world_path("home"));
	world_remove(world_path("data"));
	world_remove(world_path("out"));

	make_home(20, false);
	backup_home();
	gives_all_back();
	gives_one_back();
	gives_a_folder_back();
	leaves_companions_out();
	converts();
	survives("kill", 29);
	survives("EIO", 53);
	survives("ENOSPC", 67);
	survives("short", 71);
	puts_back();
	refuses_while_running();

	keeps_homes_apart();
	loses_only_what_was_hit();
	stays_inside();
	return t_done();
}
