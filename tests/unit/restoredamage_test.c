/* SPDX-License-Identifier: MIT */
#include "core/archive/listing.h"
#include "core/archive/snapshot.h"
#include "core/base/workers.h"
#include "tests/unit/restorekit.h"

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

int
main(void)
{
	mail_init();
	loses_only_what_was_hit();
	stays_inside();
	return t_done();
}
