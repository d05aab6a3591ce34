/* SPDX-License-Identifier: MIT */
#include "cmd/output.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "core/base/text.h"

static const char *verb_name;
static int write_errno;         /* why standard output could not be written; 0: it could */
static bool ignores_pipe;       /* whoever started us wants no SIGPIPE */

void
output_open(void)
{
	int fd;

	/* The lowest free number is given out, so this fills 0, 1 and 2 in
	 * order.  1 is opened for reading: what is printed there is lost, and
	 * the exit status has to say so. */
	do {
		fd = open("/dev/null", O_RDWR);
		if (fd == STDOUT_FILENO) {
			close(fd);
			fd = open("/dev/null", O_RDONLY);
		}
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
	ignores_pipe = signal(SIGPIPE, SIG_IGN) == SIG_IGN;
	if (!isatty(STDOUT_FILENO))
		setvbuf(stdout, NULL, _IOFBF, 1 << 16);
}

void
output_verb(const char *name)
{
	verb_name = name;
}

static void
note_failure(void)
{
	if (write_errno == 0)
		write_errno = errno != 0 ? errno : EIO;
}

static void
flush(void)
{
	errno = 0;
	if (fflush(stdout) != 0 || ferror(stdout))
		note_failure();
}

bool
output_hand_over(void)
{
	flush();
	if (!ignores_pipe)
		signal(SIGPIPE, SIG_DFL);
	return write_errno == 0;
}

int
output_close(int status)
{
	flush();
	errno = 0;
	if (fclose(stdout) != 0)
		note_failure();
	if (write_errno == 0)
		return status;
	/* Who closed a pipe early knows that it did. */
	if (write_errno != EPIPE) {
		errno = write_errno;
		say("standard output: %s", strerror(errno));
	} else if (status == STATUS_DONE && !ignores_pipe) {
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	return status == STATUS_DONE ? STATUS_FAILED : status;
}

void
output_text(struct slice s)
{
	if (write_errno != 0)
		return;
	errno = 0;
	if (fwrite(s.p, 1, s.n, stdout) != s.n)
		note_failure();
}

void
output_line(struct buf *b)
{
	buf_add_byte(b, '\n');
	output_text(buf_slice(b));
	buf_clear(b);
}

void
output_json(struct buf *b)
{
	struct buf safe = BUF_EMPTY;
	struct slice rest = buf_slice(b), before;
	uint32_t code;

	for (before = rest; text_next(&rest, &code); before = rest) {
		if (text_is_control(code))
			buf_add_format(&safe, "\\u%04" PRIx32, code);
		else
			buf_add(&safe, slice_sub(before, 0, before.n - rest.n));
	}
	buf_clear(b);
	output_line(&safe);
	buf_free(&safe);
}

unsigned
output_columns(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return 80;
	return size.ws_col;
}

void
say_plain(struct slice s)
{
	fwrite(s.p, 1, s.n, stderr);
}

void
say(const char *fmt, ...)
{
	struct buf line = BUF_EMPTY;
	char text[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_add_string(&line, "mailcask: ");
	if (verb_name)
		buf_add_format(&line, "%s: ", verb_name);
	add_shown(&line, text);
	buf_add_byte(&line, '\n');
	say_plain(buf_slice(&line));
	buf_free(&line);
}

int
say_error(const struct error *err)
{
	say("%s", err->text);
	return status_of(err->code);
}

int
status_of(enum error_code code)
{
	switch (code) {
	case ERR_NONE:          return STATUS_DONE;
	case ERR_USAGE:         return STATUS_USAGE;
	case ERR_UNREACHABLE:   return STATUS_ABSENT;
	case ERR_CORRUPT:       return STATUS_DAMAGED;
	case ERR_LOCKED:        return STATUS_LOCKED;
	case ERR_KEY:           return STATUS_KEY;
	case ERR_SYSTEM:
	case ERR_NOT_FOUND:
	case ERR_EXISTS:
	case ERR_FORMAT:
	case ERR_LIMIT:
	case ERR_VERSION:
	case ERR_CHANGED:       return STATUS_FAILED;
	case ERR_CANCELLED:     return STATUS_INTERRUPTED;
	}
	return STATUS_FAILED;
}

void
add_shown(struct buf *out, const char *s)
{
	text_add_printable(out, slice_string(s), false);
}

static bool
local_time(int64_t seconds, struct tm *out)
{
	time_t t = (time_t)seconds;

	/* 0 stands for "unknown".  Years of five figures are somebody's joke. */
	return seconds != 0 && localtime_r(&t, out) && out->tm_year >= -1900 &&
	    out->tm_year <= 8099;
}

void
add_local_time(struct buf *out, int64_t seconds)
{
	char text[40];
	struct tm tm;

	if (local_time(seconds, &tm) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm) > 0)
		buf_add_string(out, text);
}

void
add_local_date(struct buf *out, int64_t seconds)
{
	char text[40];
	struct tm tm;

	if (local_time(seconds, &tm) && strftime(text, sizeof(text), "%Y-%m-%d", &tm) > 0)
		buf_add_string(out, text);
}

void
add_count(struct buf *out, uint64_t n, const char *noun)
{
	buf_add_format(out, "%" PRIu64 " %s%s", n, noun, n == 1 ? "" : "s");
}
