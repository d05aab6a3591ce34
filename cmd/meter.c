/* SPDX-License-Identifier: MIT */
#include "cmd/meter.h"

#include <inttypes.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cmd/output.h"
#include "core/base/text.h"

#define DRAW_EVERY 200          /* milliseconds */

static int64_t
milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
add_amount(struct buf *line, const struct progress *p)
{
	if (p->bytes == 0 && p->bytes_total == 0)
		return;
	buf_add_string(line, ": ");
	text_add_size(line, p->bytes);
	if (p->bytes_total == 0)
		return;
	buf_add_string(line, " of ");
	text_add_size(line, p->bytes_total);
	/* Stores grow while they are read. */
	if (p->bytes <= p->bytes_total)
		buf_add_format(line, " (%.0f %%)",
		    100.0 * (double)p->bytes / (double)p->bytes_total);
}

static void
draw(struct progress *p)
{
	struct meter *m = (struct meter *)(void *)((char *)p - offsetof(struct meter, progress));
	struct buf line = BUF_EMPTY, cut = BUF_EMPTY;
	int64_t now = milliseconds();

	if (m->drawn != 0 && now - m->drawn < DRAW_EVERY)
		return;
	m->drawn = now;
	buf_add_string(&line, p->doing ? p->doing : "working");
	add_amount(&line, p);
	if (p->messages)
		buf_add_format(&line, ", %" PRIu64 " messages", p->messages);
	if (p->item) {
		buf_add_string(&line, "  ");
		add_shown(&line, p->item);
	}
	buf_add_byte(&cut, '\r');
	text_add_cut(&cut, buf_slice(&line), m->columns - 1);
	buf_add_string(&cut, "\033[K");
	say_plain(buf_slice(&cut));
	buf_free(&cut);
	buf_free(&line);
}

struct progress *
meter_open(struct meter *m)
{
	struct winsize size;

	*m = (struct meter){ .columns = 80 };
	if (!isatty(STDERR_FILENO))
		return NULL;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1)
		m->columns = size.ws_col;
	m->progress.update = draw;
	return &m->progress;
}

void
meter_close(struct meter *m)
{
	if (m->drawn != 0)
		say_plain(SLICE_OF("\r\033[K"));
	m->drawn = 0;
}
