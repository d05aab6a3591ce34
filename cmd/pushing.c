/* SPDX-License-Identifier: MIT */
#include "cmd/pushing.h"

#include <inttypes.h>

#include "cmd/age.h"
#include "cmd/output.h"
#include "cmd/world.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/path.h"
#include "core/base/text.h"

#define HASTY_MS 700u           /* an absent machine costs a nightly run so much */

/* "500k", "2M", "1G" or bytes. */
static bool
parse_rate(const char *text, uint64_t *out)
{
	struct slice s = slice_string(text);
	uint64_t n, unit = 1;

	if (s.n > 1 && (slice_ends(s, "k") || slice_ends(s, "K")))
		unit = 1024;
	else if (s.n > 1 && slice_ends(s, "M"))
		unit = 1024 * 1024;
	else if (s.n > 1 && slice_ends(s, "G"))
		unit = 1024 * 1024 * 1024;
	if (unit > 1)
		s.n--;
	if (!slice_number(s, 1000000000000 / unit, &n) || n == 0)
		return false;
	*out = n * unit;
	return true;
}

int
pushing_settle(struct pushing *p, const struct verb *verb)
{
	if (p->transfers < 1 || p->transfers > 16)
		return usage_error(verb, "--transfers needs a number from 1 to 16");
	if (p->bandwidth_text && !parse_rate(p->bandwidth_text, &p->rate))
		return usage_error(verb, "--bandwidth needs bytes a second, such as 500k or 2M, "
		    "not \"%s\"", p->bandwidth_text);
	if (p->max_age_text && !age_parse(p->max_age_text, &p->max_age))
		return usage_error(verb, "--max-age needs a number and a unit, such as 36h or 2d, "
		    "not \"%s\"", p->max_age_text);
	world_settle(p->rate, 0);
	return 0;
}

const char *
pushing_of(struct session *s)
{
	const char *url = s->settings.archive_url;

	return !url ? "" : strchr(url, ':') ? url : session_absolute(s, url);
}

static bool
has_copies(const struct copies *all, const char *of)
{
	size_t i;

	for (i = 0; i < all->items.n; i++)
		if (strcmp(all->items.items[i].of, of) == 0)
			return true;
	return false;
}

int
pushing_open(struct pushing *p, struct session *s, enum job_mode mode, bool may_stand_in)
{
	const char *of = pushing_of(s), *url = s->settings.archive_url;
	struct error err = ERROR_NONE, why = ERROR_NONE;
	int rc;

	if (copies_read(s->settings.data_directory, &p->all, &err) < 0)
		return say_error(&err);
	if (!url)
		url = path_join(&s->arena, s->settings.data_directory, "archive");
	/* The archive in the data directory makes itself; not where there are
	 * copies of one that was there. */
	if (!s->settings.archive_url && has_copies(&p->all, of) && !file_exists(url))
		s->settings.archive_url = url;
	rc = push_bring_back(&s->settings, &session_ports, of, url, &p->all, &err);
	/* That one of the two is not there is said when it is opened, or is no
	 * fault: the archive goes on from what it has. */
	if (rc < 0 && err.code != ERR_UNREACHABLE && err.code != ERR_NOT_FOUND)
		return say_error(&err);
	error_clear(&err);
	rc = job_open(&s->settings, &session_ports, mode, &s->job, &err);
	if (rc == 0 || !may_stand_in || err.code != ERR_UNREACHABLE)
		return session_opened(s, rc, &err);
	why = err;
	p->stand_in = push_stand_in(s->settings.data_directory, &session_ports, of, &p->all);
	if (!p->stand_in)
		return session_opened(s, -1, &why);
	if (!s->quiet)
		say("%s; the backup goes to %s", why.text, p->stand_in->url);
	s->settings.archive_url = p->stand_in->url;
	return session_open(s, mode);
}

int
pushing_run(struct pushing *p, struct session *s)
{
	const struct push_request request = { .transfers = (unsigned)p->transfers,
		.only = p->only, .source = p->stand_in ? p->stand_in->id : NULL };
	struct error err = ERROR_NONE;
	int rc = 0;

	if (p->all.items.n == 0)
		return 0;
	if (p->stand_in) {
		p->stand_in->is_ahead = true;
		p->stand_in->pushed = s->settings.now;
		if (p->stand_in_snapshot)
			p->stand_in->snapshot = p->stand_in_snapshot;
		if (copies_write(s->settings.data_directory, &p->all, &err) < 0)
			return say_error(&err);
	}
	/* All lines to a target share the rate. */
	world_settle(p->rate > 0 ? p->rate / p->transfers + 1 : 0, p->is_patient ? 0 : HASTY_MS);
	rc = job_push(s->job, &request, &p->all, &p->result, &err);
	meter_close(&s->meter);
	return rc < 0 ? say_error(&err) : 0;
}

static void
print_outcome(const struct push_outcome *o, struct session *s)
{
	struct buf line = BUF_EMPTY;

	if (o->state == PUSH_AWAY) {
		buf_add_string(&line, "Not there: ");
		add_shown(&line, o->copy->url);
		if (o->copy->pushed != 0) {
			buf_add_string(&line, ", last filled ");
			age_add(&line, s->settings.now - o->copy->pushed);
		} else {
			buf_add_string(&line, ", never filled yet");
		}
	} else {
		buf_add_string(&line, o->files > 0 ? "Copied " : "Nothing new for ");
		if (o->files > 0) {
			add_count(&line, o->files, "file");
			buf_add_string(&line, ", ");
			text_add_size(&line, o->bytes);
			buf_add_string(&line, ", to ");
		}
		add_shown(&line, o->copy->url);
	}
	output_line(&line);
	buf_free(&line);
}

/* Away for longer than one bears with? */
static bool
is_too_old(const struct pushing *p, const struct session *s, const struct copy *c)
{
	int64_t since = c->pushed != 0 ? c->pushed : c->added;

	return p->max_age >= 0 && s->settings.now - since > p->max_age;
}

int
pushing_tell(const struct pushing *p, struct session *s, int status)
{
	const struct push_outcome *o;
	size_t i, k;

	for (i = 0; i < p->result.items.n; i++) {
		o = &p->result.items.items[i];
		for (k = 0; k < o->damaged.n; k++)
			say("%s: damaged in the archive, so not copied to %s; run \"mailcask check\"",
			    o->damaged.items[k], o->copy->url);
		if (o->damaged.n > 0)
			status = STATUS_DAMAGED;
		if (o->state == PUSH_FAILED) {
			say("not copied to %s: %s; it has what it had, and gets the rest the next time",
			    o->copy->url, o->reason);
			if (status == STATUS_DONE)
				status = STATUS_PARTIAL;
		} else if (o->state == PUSH_AWAY && is_too_old(p, s, o->copy)) {
			say("%s has been away for longer than %s: %s", o->copy->url, p->max_age_text,
			    o->reason);
			if (status == STATUS_DONE || status == STATUS_PARTIAL)
				status = STATUS_ABSENT;
		}
		if (!s->quiet && !s->json && o->state != PUSH_FAILED)
			print_outcome(o, s);
	}
	return status;
}

void
copy_json(struct buf *line, const struct copy *c)
{
	json_text(line, "id", c->id);
	json_bytes(line, "url", slice_string(c->url));
	json_time(line, "added", c->added);
	if (c->pushed != 0)
		json_time(line, "pushed", c->pushed);
	else
		json_null(line, "pushed");
	json_text(line, "snapshot", c->snapshot);
}

void
pushing_json(const struct pushing *p, struct buf *line)
{
	static const char *const states[] = { "done", "away", "failed" };
	const struct push_outcome *o;
	size_t i, k;

	json_open(line, "targets", '[');
	for (i = 0; i < p->result.items.n; i++) {
		o = &p->result.items.items[i];
		json_open(line, NULL, '{');
		copy_json(line, o->copy);
		json_text(line, "state", states[o->state]);
		json_text(line, "reason", o->reason);
		json_integer(line, "files", (int64_t)o->files);
		json_integer(line, "bytes", (int64_t)o->bytes);
		json_open(line, "damaged", '[');
		for (k = 0; k < o->damaged.n; k++)
			json_text(line, NULL, o->damaged.items[k]);
		json_close(line, ']');
		json_close(line, '}');
	}
	json_close(line, ']');
}

void
pushing_free(struct pushing *p)
{
	push_result_free(&p->result);
	copies_free(&p->all);
}
