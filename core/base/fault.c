/* SPDX-License-Identifier: MIT */
#include "core/base/file_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/mem.h"

enum action { ACTION_KILL, ACTION_FAIL, ACTION_SHORT, ACTION_TERM };

/* Set once before the first thread starts; only the counter changes. */
static struct {
	uint64_t at;            /* 0: never */
	bool onward;
	enum action action;
	int number;             /* the errno of a failure */
	char *count_path;
} plan;

static atomic_uint_least64_t calls;

static void
write_count(void)
{
	struct buf text = BUF_EMPTY;
	ssize_t n = 0;
	int fd = open(plan.count_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	buf_add_format(&text, "%llu\n", (unsigned long long)atomic_load(&calls));
	if (fd >= 0)
		n = write(fd, text.p, text.n);
	if (fd < 0 || n != (ssize_t)text.n)
		_exit(125);     /* a test that counts must not take an old figure */
	close(fd);
	buf_free(&text);
}

int
file_set_faults(const char *spec, const char *count_path, struct error *err)
{
	static const struct {
		const char *name;
		enum action action;
		int number;
	} actions[] = {
		{ "kill", ACTION_KILL, 0 },
		{ "EIO", ACTION_FAIL, EIO },
		{ "ENOSPC", ACTION_FAIL, ENOSPC },
		{ "short", ACTION_SHORT, ENOSPC },
		{ "term", ACTION_TERM, 0 },
	};
	struct slice rest = slice_string(spec), number = SLICE_EMPTY;
	size_t i;

	if (count_path != NULL) {
		if (plan.count_path == NULL)
			atexit(write_count);
		mem_free(plan.count_path);
		plan.count_path = mem_string(count_path);
	}
	plan.at = 0;
	atomic_store(&calls, 0);
	if (spec == NULL)
		return 0;
	slice_field(&rest, ':', &number);
	plan.onward = slice_ends(number, "+");
	if (plan.onward)
		number.n--;
	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (!slice_is(rest, actions[i].name))
			continue;
		plan.action = actions[i].action;
		plan.number = actions[i].number;
		if (slice_number(number, UINT64_MAX, &plan.at) && plan.at > 0)
			return 0;
	}
	plan.at = 0;
	return fail(err, ERR_USAGE, "%s: not a fault", spec);
}

bool
fault_strikes_write(size_t *n)
{
	uint64_t call = atomic_fetch_add(&calls, 1) + 1;

	if (plan.at == 0 || call < plan.at || (call > plan.at && !plan.onward))
		return false;
	if (plan.action == ACTION_KILL) {
		kill(getpid(), SIGKILL);
		for (;;)
			pause();
	}
	if (plan.action == ACTION_TERM) {
		kill(getpid(), SIGTERM);
		return false;
	}
	*n = plan.action == ACTION_SHORT ? *n / 2 : 0;
	errno = plan.number;
	return true;
}

bool
fault_strikes(void)
{
	size_t none = 0;

	return fault_strikes_write(&none);
}

int
file_fault_point(const char *what, struct error *err)
{
	return fault_strikes() ? fail_errno(err, "%s", what) : 0;
}
