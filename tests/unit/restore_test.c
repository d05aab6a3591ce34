/* SPDX-License-Identifier: MIT */
#include <sys/wait.h>

#include "core/job/locate.h"
#include "tests/unit/restorekit.h"

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
	return t_done();
}
