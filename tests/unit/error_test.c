/* SPDX-License-Identifier: MIT */
#include "core/base/error.h"

#include <errno.h>
#include <string.h>

#include "tests/t.h"

#define TEXT_MAX (sizeof(((struct error *)0)->text) - 1)

static void
reads_as_one_sentence(void)
{
	struct error err = ERROR_NONE;

	T(fail(&err, ERR_FORMAT, "line %d", 7) == -1, "fail returns -1");
	T(err.code == ERR_FORMAT && strcmp(err.text, "line 7") == 0, "%s", err.text);
	T(fail_in(&err, "%s", "Inbox") == -1, "fail_in returns -1");
	fail_in(&err, "~/Mail");
	T(err.code == ERR_FORMAT, "context keeps the code");
	T(strcmp(err.text, "~/Mail: Inbox: line 7") == 0, "%s", err.text);
	fail(&err, ERR_LIMIT, "again %s", err.text);
	T(strcmp(err.text, "again ~/Mail: Inbox: line 7") == 0, "own text as argument: %s",
	    err.text);
	fail_in(&err, "<%s>", err.text);
	T(strcmp(err.text, "<again ~/Mail: Inbox: line 7>: again ~/Mail: Inbox: line 7") == 0,
	    "own text as context: %s", err.text);
	error_clear(&err);
	T(err.code == ERR_NONE && err.text[0] == '\0', "cleared");
}

static void
codes_of_errno(void)
{
	static const struct {
		int number;
		enum error_code code;
	} cases[] = {
		{ ENOENT, ERR_NOT_FOUND }, { ENOTDIR, ERR_NOT_FOUND }, { EEXIST, ERR_EXISTS },
		{ EIO, ERR_SYSTEM }, { EACCES, ERR_SYSTEM }, { ENOSPC, ERR_SYSTEM },
	};
	struct error err;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		errno = cases[i].number;
		T(fail_errno(&err, "open") == -1 && err.code == cases[i].code, "errno %d",
		    cases[i].number);
		T(strncmp(err.text, "open: ", 6) == 0 &&
		    strcmp(err.text + 6, strerror(cases[i].number)) == 0, "%s", err.text);
	}
}

/* Whatever the lengths, the text fits, and the reason at its end outlives the
 * context in front. */
static void
every_length(void)
{
	char context[2 * TEXT_MAX], reason[TEXT_MAX + 1];
	size_t context_n, reason_n, n, bad = 0;
	struct error err;

	for (reason_n = 0; reason_n <= TEXT_MAX;
	     reason_n += reason_n < 4 || reason_n > 1015 ? 1 : 101) {
		memset(reason, 'r', reason_n);
		reason[reason_n] = '\0';
		for (context_n = 0; context_n < sizeof(context); context_n++) {
			memset(context, 'c', context_n);
			context[context_n] = '\0';
			fail(&err, ERR_SYSTEM, "%s", reason);
			fail_in(&err, "%s", context);
			n = strlen(err.text);
			bad += n > TEXT_MAX || n < reason_n ||
			    strcmp(err.text + n - reason_n, reason) != 0;
			bad +=
			    context_n + 2 + reason_n <= TEXT_MAX && n != context_n + 2 + reason_n;
		}
	}
	T(bad == 0, "%zu texts were wrong", bad);
	memset(context, 'c', sizeof(context) - 1);
	context[sizeof(context) - 1] = '\0';
	fail(&err, ERR_SYSTEM, "%s", context);
	T(strlen(err.text) == TEXT_MAX, "a long text is cut");
	errno = EIO;
	fail_errno(&err, "%s", context);
	T(strlen(err.text) == TEXT_MAX, "a long text is cut with errno too");
}

int
main(void)
{
	reads_as_one_sentence();
	codes_of_errno();
	every_length();
	return t_done();
}
