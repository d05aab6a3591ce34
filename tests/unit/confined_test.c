/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "backends/formats/confined.h"
#include "backends/formats/confinedfence.h"
#include "backends/formats/confinedreader.h"
#include "backends/formats/folders.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "tests/unit/formatkit.h"

/* AddressSanitizer reserves terabytes, so memory is not limited there; and it
 * asks for what is forbidden when it wants to report a crash. */
#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#endif
#ifdef UNDER_ASAN
#define CRASH_TOLD "its reader"
#else
#define UNDER_ASAN 0
#define CRASH_TOLD "crashed (signal 11)"
#endif

/* ---- What a parser that was taken over might try: one each ---- */

enum { OPEN, CONNECT, EXEC, FORK, PTRACE, KILL, ALLOCATE, LOOP, CRASH, EXECUTABLE, OPEN_WRITE,
	OTHER_OUTPUT, ATTEMPTS };

static const struct {
	const char *what, *told;
} attempts[ATTEMPTS] = {
	[OPEN] = { "open a file", "what a reader has no need of" },
	[CONNECT] = { "make a socket", "what a reader has no need of" },
	[EXEC] = { "run a program", "what a reader has no need of" },
	[FORK] = { "fork", "what a reader has no need of" },
	[PTRACE] = { "trace its parent", "what a reader has no need of" },
	[KILL] = { "signal its parent", "what a reader has no need of" },
	[ALLOCATE] = { "allocate 4 GiB", "gave up" },
	[LOOP] = { "loop", "made no progress" },
	[CRASH] = { "write to nowhere", CRASH_TOLD },
	[EXECUTABLE] = { "map memory to be run", "what a reader has no need of" },
	[OPEN_WRITE] = { "create a file", "what a reader has no need of" },
	[OTHER_OUTPUT] = { "write to its input", "what a reader has no need of" },
};

static volatile int sink;

static void
attempt(uint64_t which)
{
	char *words[] = { NULL };
	int *volatile nowhere = NULL;
	void *got;

	switch (which) {
	case OPEN: sink = open("/etc/passwd", O_RDONLY); break;
	case CONNECT: sink = socket(AF_INET, SOCK_STREAM, 0); break;
	case EXEC: sink = execve("/bin/true", words, words); break;
	case FORK: sink = (int)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); break;
	case PTRACE: sink = (int)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL); break;
	case KILL: sink = (int)syscall(SYS_kill, getppid(), SIGTERM); break;
	case ALLOCATE:
		got = mem_alloc((size_t)4 << 30);
		sink = ((unsigned char *)got)[(size_t)3 << 30];
		break;
	case LOOP:
		for (;;)
			sink++;
	case CRASH: *(volatile int *)nowhere = 1; break;
	case EXECUTABLE:
		got = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		sink = got != MAP_FAILED;
		break;
	case OPEN_WRITE: sink = open("confined-was-here", O_WRONLY | O_CREAT, 0600); break;
	case OTHER_OUTPUT: sink = (int)write(STDIN_FILENO, "x", 1); break;
	}
}

static void
put_item(struct confined_output *out, uint64_t index, const char *text)
{
	struct tags none = { NULL, 0 };

	output_start(out, index);
	output_message(out, index, FLAG_SEEN, &none, 77);
	output_data(out, slice_string(text));
	output_end(out);
}

/* Items 0 to 4, at 2 of which it does what the key says. */
static int
misbehave(const struct confined_input *in, uint64_t key, uint64_t first,
    struct confined_output *out, struct error *err)
{
	(void)in;
	(void)err;
	for (; first < 5; first++) {
		if (first == 2) {
			output_start(out, first);
			attempt(key);
		}
		put_item(out, first, first == 2 ? "done it" : "Subject: x\n\nbody\n");
	}
	return 0;
}

/* ---- One that behaves ---- */

#define LARGE (MESSAGE_IN_MEMORY + 3 * MIB + 7)

static void
put_large(struct confined_output *out)
{
	struct tags none = { NULL, 0 };
	unsigned char piece[1000];
	size_t at, i, n;

	output_start(out, 8);
	output_message(out, 8, 0, &none, 0);
	for (at = 0; at < LARGE; at += n) {
		n = LARGE - at < sizeof(piece) ? LARGE - at : sizeof(piece);
		for (i = 0; i < n; i++)
			piece[i] = (unsigned char)((at + i) * 2654435761u >> 13);
		output_data(out, slice_of(piece, n));
	}
	output_end(out);
}

static int
list(struct confined_output *out)
{
	const struct slice one[] = { SLICE_OF("Top"), SLICE_OF("Caf\xc3\xa9") };

	output_mailbox(out, 5, one, 1, 3);
	output_mailbox(out, 6, one, 2, -1);
	output_mailbox(out, 7, one, 1, 0);
	return 0;
}

static int
compare(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return *x - *y;
}

/* What a parser does need, and the C library asks the system for. */
static bool
needs_are_met(void)
{
	enum { N = 100000 };
	int *numbers = mem_alloc_array(N, sizeof(*numbers)), i;
	struct buf grows = BUF_EMPTY;
	bool good;

	for (i = 0; i < N; i++)
		numbers[i] = (int)((unsigned)i * 2654435761u >> 3);
	qsort(numbers, N, sizeof(*numbers), compare);
	good = numbers[0] <= numbers[1] && numbers[N - 2] <= numbers[N - 1];
	for (i = 0; i < 64; i++)
		memset(buf_extend(&grows, MIB), i, MIB);
	good = good && grows.p[63 * MIB] == 63;
	buf_free(&grows);
	mem_free(numbers);
	return good;
}

static int
behave(const struct confined_input *in, uint64_t key, uint64_t first,
    struct confined_output *out, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct tags tags = { NULL, 0 };
	char text[64];

	if (key == CONFINED_NO_INDEX)
		return list(out);
	if (key == 7)
		return fail(err, ERR_FORMAT, "the key is lost");
	if (!needs_are_met())
		return fail(err, ERR_FORMAT, "a need was not met");
	if (first <= 3) {
		if (confined_input_read(in, 1, text, 4, err) < 0)
			return -1;
		tags_add(&tags, &a, SLICE_OF("red"));
		output_start(out, 3);
		output_message(out, 3, FLAG_SEEN | FLAG_FLAGGED, &tags, 1234567890);
		output_data(out, slice_of(text, 4));
		output_end(out);
	}
	if (first <= 4)
		output_failed(out, 4, "item four is torn");
	if (first <= 8 && key == 6)
		put_large(out);
	if (key == 6)
		output_warning(out, "a word of warning");
	arena_free(&a);
	return 0;
}

static void
prepare(void)
{
	sink = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static const struct confined_parser parsers[] = {
	{ "misbehave", NULL, misbehave },
	{ "behave", prepare, behave },
	{ NULL, NULL, NULL },
};

/* ---- The tests ---- */

static const char *
name_of_told(const struct entry *e)
{
	return e->kind == ENTRY_FAILED ? e->error.text : "no failure";
}

/* Each costs the one item it happened in. */
static void
test_attempt(uint64_t which)
{
	const char *what = attempts[which].what;
	struct reader *reader;
	struct confined *c;
	struct confined_record record;
	struct error err = ERROR_NONE;
	int rc;

	if (which == LOOP) {    /* not a minute long */
		T(confined_open(kit_path("file"), "misbehave", which, 2, &c, &err) == 0, "open");
		confined_set_silence(c, 200);
		rc = confined_next(c, &record, &err);
		T(rc < 0 && strstr(err.text, attempts[which].told), "%s: %s", what, err.text);
		T(confined_item(c) == 2, "%s: whose it is", what);
		confined_close(c);
		return;
	}
	reader = confinedreader_open(kit_path("file"), "misbehave", which);
	rc = kit_read_all(reader);
	T(rc == 0, "%s: %s", what, kit.err.text);
	if (!T(kit.entries.n == 5, "%s: %zu entries", what, kit.entries.n))
		return;
	T(strstr(name_of_told(&kit.entries.items[2].entry), attempts[which].told) != NULL,
	    "%s: %s", what, name_of_told(&kit.entries.items[2].entry));
	T(kit.entries.items[0].entry.kind == ENTRY_MESSAGE &&
	    kit.entries.items[3].entry.kind == ENTRY_MESSAGE &&
	    kit.entries.items[4].entry.kind == ENTRY_MESSAGE, "%s: the others are read", what);
}

static void
test_attempts(void)
{
	uint64_t i;

	for (i = 0; i < ATTEMPTS; i++) {
		if (i != ALLOCATE || !UNDER_ASAN)
			test_attempt(i);
	}
	T(!file_exists("confined-was-here"), "a file was made");
}

static bool
is_large_right(struct slice s)
{
	size_t i, bad = s.n != LARGE;

	for (i = 0; i < s.n && !bad; i++)
		bad = s.p[i] != (unsigned char)(i * 2654435761u >> 13);
	return !bad;
}

static void
test_reading(void)
{
	T(kit_read_all(confinedreader_open(kit_path("file"), "behave", 5)) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M4 seen flagged [red] final\nX0\n", "a mailbox");
	T(slice_is(kit_joined(), "4567"), "its bytes are the file's");
	T(kit.entries.items[0].entry.date == 1234567890, "the date");
	T_SAME(kit.entries.items[1].entry.error.text, "item four is torn", "the failure");

	T(kit_read_all(confinedreader_open(kit_path("file"), "behave", 6)) == 0, "%s", kit.err.text);
	T(kit.entries.n == 4 && kit.entries.items[2].entry.is_large &&
	    kit.entries.items[2].entry.size == LARGE &&
	    is_large_right(kit.entries.items[2].whole), "a large message, made twice");
	T(kit.entries.n == 4 && kit.entries.items[3].entry.kind == ENTRY_TORN &&
	    strcmp(kit.entries.items[3].entry.error.text, "a word of warning") == 0, "a warning");

	T(kit_read_all(confinedreader_open(kit_path("file"), "behave", 7)) < 0 &&
	    strcmp(kit.err.text, "the key is lost") == 0, "a parser gives up: %s", kit.err.text);
	T(kit_read_all(confinedreader_open(kit_path("file"), "nobody", 7)) < 0,
	    "a parser that is not there");
	T(kit_read_all(confinedreader_open(kit_path("missing"), "behave", 5)) < 0 &&
	    kit.err.code == ERR_NOT_FOUND, "a file that is not there: %s", kit.err.text);
}

static const struct format_ops behaving = {
	.name = "behaving",
	.next_mailbox = confinedstore_next_mailbox,
	.next_file = confinedstore_next_file,
	.read = confinedstore_read,
	.close = confinedstore_close,
};

static void
test_store(void)
{
	struct store *store;
	struct mailbox m;
	struct kept_file file;
	struct reader *reader;
	int n = 0;

	T(confinedstore_open(kit_path("file"), "behave", &behaving, &store, &kit.err) == 0, "open");
	while (behaving.next_mailbox(store, &kit.arena, &m, &kit.err) == 1) {
		n++;
		if (n == 2)
			T(m.depth == 2 && slice_is(m.components[1], "Caf\xc3\xa9") && m.bytes == 0 &&
			    m.messages == -1, "the second mailbox");
		T(m.layout == MAILBOX_EXTRACTED, "its layout");
		T(m.state.low != 0, "its state");
	}
	T(n == 3, "%d mailboxes", n);
	T(behaving.read(store, &m, &reader, &kit.err) == 0, "read");
	T(kit_read_all(reader) < 0, "the third cannot be read");
	T(behaving.next_file(store, &kit.arena, &file, &kit.err) == 1 &&
	    strcmp(path_base(file.path), "file") == 0, "the file is kept");
	behaving.close(store);

	/* A parser that cannot list: one mailbox, which says why. */
	T(confinedstore_open(kit_path("file"), "nobody", &behaving, &store, &kit.err) == 0, "open");
	T(behaving.next_mailbox(store, &kit.arena, &m, &kit.err) == 1 && m.state.low == 0 &&
	    slice_is(m.components[0], "file"), "one mailbox");
	T(behaving.read(store, &m, &reader, &kit.err) < 0, "which cannot be read");
	T(behaving.next_file(store, &kit.arena, &file, &kit.err) == 1, "the file is kept");
	behaving.close(store);
}

/* A kernel without seccomp: said once, and everything is read. */
static void
without_seccomp(void)
{
	t_forbid(SYS_prctl, EINVAL);
	kit_read_all(confinedreader_open(kit_path("file"), "behave", 5));
	T(kit.entries.n == 3 && kit.entries.items[0].entry.kind == ENTRY_TORN &&
	    strstr(kit.entries.items[0].entry.error.text, "no seccomp") != NULL, "it is said");
	T(kit.entries.n == 3 && kit.entries.items[1].entry.kind == ENTRY_MESSAGE &&
	    kit.entries.items[2].entry.kind == ENTRY_FAILED, "the rest is read");
	kit_read_all(confinedreader_open(kit_path("file"), "behave", 5));
	T(kit.entries.n == 2, "it is said once");
}

/* The second fence where the first is missing. */
static void
landlock_alone(void)
{
	unsigned up;

	t_forbid(SYS_prctl, EINVAL);
	up = fence_up();
	T((up & FENCE_SECCOMP) == 0, "there is no seccomp");
	if ((up & FENCE_LANDLOCK) == 0)
		puts("no Landlock here");
	else
		T(mkdir("confined-was-here", 0700) < 0 && errno == EACCES, "no directory can be made");
}

static void
test_in_child(void (*test)(void))
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		test();
		fflush(stdout);
		_exit(t_failed() > 0);
	}
	T(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0, "in a child: %d", status);
}

/* What a child that was taken over may send. */
static void
test_nonsense(void)
{
	static const struct {
		const char *what;
		struct slice bytes;
	} cases[] = {
		{ "nothing", SLICE_OF("") },
		{ "no greeting", SLICE_OF("P\0\0\0\0") },
		{ "two greetings", SLICE_OF("H\4\0\0\0\3\0\0\0H\4\0\0\0\3\0\0\0") },
		{ "a short greeting", SLICE_OF("H\1\0\0\0\3") },
		{ "an unknown type", SLICE_OF("H\4\0\0\0\3\0\0\0!\0\0\0\0") },
		{ "a record of 4 GiB", SLICE_OF("H\4\0\0\0\3\0\0\0W\xff\xff\xff\xff") },
		{ "a cut record", SLICE_OF("H\4\0\0\0\3\0\0\0W\7\0\0\0a") },
		{ "data of no message", SLICE_OF("H\4\0\0\0\3\0\0\0D\1\0\0\0a") },
		{ "a mailbox of no depth", SLICE_OF("H\4\0\0\0\3\0\0\0M\22\0\0\0"
		    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0") },
		{ "a mailbox without a name", SLICE_OF("H\4\0\0\0\3\0\0\0M\24\0\0\0"
		    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0") },
		{ "a name that is longer", SLICE_OF("H\4\0\0\0\3\0\0\0M\25\0\0\0"
		    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\2\0a") },
		{ "an index that falls", SLICE_OF("H\4\0\0\0\3\0\0\0"
		    "S\10\0\0\0\2\0\0\0\0\0\0\0S\10\0\0\0\1\0\0\0\0\0\0\0") },
		{ "an end without a message", SLICE_OF("H\4\0\0\0\3\0\0\0E\0\0\0\0") },
		{ "an end within a message", SLICE_OF("H\4\0\0\0\3\0\0\0I\26\0\0\0"
		    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0Z\0\0\0\0") },
	};
	struct confined_record record;
	struct error err = ERROR_NONE;
	struct confined *c;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		c = confined_open_bytes(cases[i].bytes);
		while ((rc = confined_next(c, &record, &err)) == 1)
			;
		T(rc < 0, "%s", cases[i].what);
		confined_close(c);
	}
}

int
main(int argc, char **argv)
{
	int status;

	if (confined_serve(argc, argv, parsers, &status))
		_exit(status);
	kit_write("file", "34567890");
	test_attempts();
	test_reading();
	test_store();
	test_nonsense();
	test_in_child(without_seccomp);
	test_in_child(landlock_alone);
	kit_end();
	return t_done();
}
