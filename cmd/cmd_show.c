/* SPDX-License-Identifier: MIT */
#include "core/job/show.h"

#include <unistd.h>

#include "cmd/messages.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/session.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/text.h"

struct request {
	struct session *session;
	const struct verb *verb;
	const char *mailbox;            /* --mailbox */
	const char *part, *save;
	bool raw;
};

/* The one message that a word names.  Several: all are said, and which to
 * name instead. */
static int
find_message(struct request *r, const char *word, struct digest *out)
{
	struct error err = ERROR_NONE;
	struct catalog_rows *rows = NULL;
	struct catalog_found m;
	char hex[DIGEST_HEX + 1];
	VEC(struct digest) found = VEC_EMPTY;
	int more = -1, status = STATUS_DONE;
	size_t i;

	if (catalog_find_message(r->session->job->catalog, slice_string(word), &rows, &err) == 0)
		while ((more = catalog_next_message(rows, &m, &err)) == 1)
			*(struct digest *)vec_push(&found) = m.id;
	if (more < 0) {
		status = say_error(&err);
	} else if (found.n == 0) {
		say("no message is called \"%s\"; it takes an id as list and search show it, "
		    "or a Message-ID", word);
		status = STATUS_FAILED;
	} else if (found.n > 1) {
		say("\"%s\" names several messages; take one of these ids:", word);
		for (i = 0; i < found.n; i++) {
			digest_hex(&found.items[i], hex);
			say("%s", hex);
		}
		status = STATUS_USAGE;
	} else {
		*out = found.items[0];
	}
	catalog_rows_close(rows);
	vec_free(&found);
	return status;
}

static int
show_raw(struct request *r, const struct digest *id)
{
	struct error err = ERROR_NONE;
	struct mailbox_list named = { NULL, 0 };
	const struct catalog_mailbox *mailbox = NULL;

	if (r->mailbox) {
		if (job_mailboxes(r->session->job, r->mailbox, 0, true, &r->session->arena,
		    &named, &err) < 0)
			return say_error(&err);
		mailbox = &named.items[0];
	}
	if (!output_hand_over())
		return STATUS_FAILED;
	if (job_write_stored(r->session->job, id, mailbox, STDOUT_FILENO, &err) < 0)
		return say_error(&err);
	return STATUS_DONE;
}

static bool
is_listed(const struct message_part *part)
{
	/* The text of a message inside is shown; with a name it is also a file. */
	return part->is_attachment && (!part->is_container || part->name);
}

static void
print_parts_json(struct buf *line, const struct message *m)
{
	size_t i;

	json_open(line, "parts", '[');
	for (i = 0; i < m->part_count; i++) {
		if (m->parts[i].is_container && !m->parts[i].is_attachment)
			continue;
		json_open(line, NULL, '{');
		json_text(line, "part", m->parts[i].number);
		json_text(line, "type", m->parts[i].type);
		json_text(line, "name", m->parts[i].name);
		json_integer(line, "size", (int64_t)message_part_size(m, i));
		json_bool(line, "attachment", m->parts[i].is_attachment);
		json_close(line, '}');
	}
	json_close(line, ']');
}

static int
print_json(struct request *r, const struct digest *id, const struct shown *shown)
{
	struct catalog *catalog = r->session->job->catalog;
	struct error err = ERROR_NONE;
	struct buf line = BUF_EMPTY, text = BUF_EMPTY;
	struct catalog_rows *keep = NULL;
	struct catalog_found m;
	int rc;

	rc = catalog_message_of(catalog, id, &m, &keep, &err);
	if (rc == 1) {
		json_open(&line, NULL, '{');
		rc = json_message(&line, catalog, &m, &err);
		message_add_text(&shown->message, true, INDEX_TEXT_MAX, &text);
		json_string(&line, "text", buf_slice(&text));
		print_parts_json(&line, &shown->message);
		json_close(&line, '}');
		if (rc == 0)
			output_json(&line);
	}
	catalog_rows_close(keep);
	buf_free(&line);
	buf_free(&text);
	return rc < 0 ? say_error(&err) : STATUS_DONE;
}

static void
print_field(const char *name, const char *value)
{
	struct buf line = BUF_EMPTY;

	if (!value || value[0] == '\0')
		return;
	buf_add_format(&line, "%s: ", name);
	add_shown(&line, value);
	output_line(&line);
	buf_free(&line);
}

/* Where it lies, and where it lay. */
static int
print_places(struct request *r, const struct digest *id, struct error *err)
{
	struct catalog *catalog = r->session->job->catalog;
	struct catalog_rows *rows = NULL, *keep = NULL;
	struct catalog_whereabouts place;
	struct catalog_found m;
	struct buf name = BUF_EMPTY;
	int more = catalog_message_of(catalog, id, &m, &keep, err);

	if (more == 1)
		more = catalog_places(catalog, m.row, &rows, err) < 0 ? -1 : 1;
	while (more == 1 && (more = catalog_next_place(rows, &place, err)) == 1) {
		buf_clear(&name);
		job_mailbox_name(&name, place.client, place.account, place.name);
		if (place.deleted) {
			buf_add_string(&name, ", deleted after ");
			add_local_time(&name, place.last_seen);
		}
		print_field("Mailbox", buf_text(&name));
	}
	catalog_rows_close(rows);
	catalog_rows_close(keep);
	buf_free(&name);
	return more;
}

static int
print(struct request *r, const struct digest *id, const struct shown *shown)
{
	const struct message *m = &shown->message;
	struct error err = ERROR_NONE;
	struct buf text = BUF_EMPTY, line = BUF_EMPTY;
	char hex[DIGEST_HEX + 1];
	size_t i;
	int rc;

	if (m->date_source != DATE_NONE) {
		add_local_time(&line, m->date);
		print_field("Date", buf_text(&line));
		buf_clear(&line);
	}
	print_field("From", m->from);
	print_field("To", m->to);
	print_field("Cc", m->cc);
	print_field("Bcc", m->bcc);
	print_field("Subject", m->subject);
	print_field("Message-ID", m->message_id);
	digest_hex(id, hex);
	print_field("Id", hex);
	rc = print_places(r, id, &err);
	output_line(&line);
	message_add_text(m, true, INDEX_TEXT_MAX, &text);
	text_add_printable(&line, buf_slice(&text), true);
	while (line.n > 0 && line.p[line.n - 1] == '\n')
		buf_truncate(&line, line.n - 1);
	output_line(&line);
	for (i = 0; i < m->part_count; i++) {
		if (!is_listed(&m->parts[i]))
			continue;
		buf_add_format(&line, "\nAttachment %s: ", m->parts[i].number);
		add_shown(&line, m->parts[i].name ? m->parts[i].name : "without a name");
		buf_add_string(&line, ", ");
		add_shown(&line, m->parts[i].type);
		buf_add_string(&line, ", ");
		text_add_size(&line, message_part_size(m, i));
		output_text(buf_slice(&line));
		buf_clear(&line);
	}
	if (m->part_count > 0)
		output_line(&line);
	buf_free(&text);
	buf_free(&line);
	return rc < 0 ? say_error(&err) : STATUS_DONE;
}

/* The part that --part names: a number as the list of attachments shows it. */
static int
find_part(struct request *r, const struct message *m, size_t *out)
{
	size_t i;

	for (i = 0; i < m->part_count; i++) {
		if (strcmp(m->parts[i].number, r->part) == 0) {
			*out = i;
			return STATUS_DONE;
		}
	}
	return usage_error(r->verb, "the message has no part %s", r->part);
}

static int
save(struct request *r, struct shown *shown, int part)
{
	struct error err = ERROR_NONE;
	struct buf saved = BUF_EMPTY, line = BUF_EMPTY;
	struct slice rest, name;
	int rc;

	rc = shown_save(shown, part, r->save, &saved, &err);
	rest = buf_slice(&saved);
	while (slice_line(&rest, &name)) {
		text_add_printable(&line, slice_chomp(name), false);
		output_line(&line);
	}
	if (rc == 0 && saved.n == 0)
		say("the message has no attachments");
	buf_free(&saved);
	buf_free(&line);
	return rc < 0 ? say_error(&err) : STATUS_DONE;
}

static int
show_parts(struct request *r, struct shown *shown)
{
	struct error err = ERROR_NONE;
	size_t part = 0;
	int status = STATUS_DONE;

	if (r->part)
		status = find_part(r, &shown->message, &part);
	if (status != STATUS_DONE)
		return status;
	if (r->save)
		return save(r, shown, r->part ? (int)part : -1);
	if (!output_hand_over())
		return STATUS_FAILED;
	if (message_write_part(&shown->message, part, STDOUT_FILENO, &err) < 0)
		return say_error(&err);
	return STATUS_DONE;
}

static int
show(struct request *r, const char *word)
{
	struct error err = ERROR_NONE;
	struct shown shown;
	struct digest id;
	int status = find_message(r, word, &id);

	if (status != STATUS_DONE)
		return status;
	if (r->raw)
		return show_raw(r, &id);
	mail_init();
	if (job_show(r->session->job, &id, &shown, &err) < 0)
		return say_error(&err);
	if (r->part || r->save)
		status = show_parts(r, &shown);
	else if (r->session->json)
		status = print_json(r, &id, &shown);
	else
		status = print(r, &id, &shown);
	shown_close(&shown);
	return status;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct session s = SESSION_EMPTY;
	struct request request = { .session = &s, .verb = verb };
	struct words words = VEC_EMPTY;
	int status;
	const struct option options[] = {
		{ .name = "raw", .help = "the stored bytes, exactly, as they lay in the mailbox",
		    .on = &request.raw },
		{ .name = "mailbox", .value = "MAILBOX",
		    .help = "with --raw: as they lay in this one; default: the first",
		    .text = &request.mailbox },
		{ .name = "part", .value = "N", .help = "one part, decoded, as it is",
		    .text = &request.part },
		{ .name = "save", .value = "DIR",
		    .help = "save all attachments, or the part, under safe names",
		    .text = &request.save },
		OPTION_ARCHIVE(&s),
		OPTION_DATA(&s),
		OPTION_IDENTITY(&s),
		OPTION_JSON(&s),
		OPTIONS_END
	};

	if (!options_parse(verb, options, argc, argv, &words, &status))
		goto out;
	if (words.n != 1) {
		status = usage_error(verb, words.n ? "one message at a time" :
		    "name a message: an id as list and search show it, or a Message-ID");
		goto out;
	}
	if (request.raw && (request.part || request.save || s.json)) {
		status = usage_error(verb, "--raw goes with none of --part, --save and --json");
		goto out;
	}
	if (request.mailbox && !request.raw) {
		status = usage_error(verb, "--mailbox goes with --raw only");
		goto out;
	}
	s.keys.may_ask = true;
	status = session_begin(&s);
	if (status == 0)
		status = session_open(&s, JOB_READ);
	if (status == 0)
		status = show(&request, words.items[0]);

out:
	session_close(&s);
	vec_free(&words);
	return status;
}

const struct verb verb_show = {
	.name = "show",
	.arguments = "MESSAGE",
	.summary = "read a message, or get its parts out",
	.about = "MESSAGE is an id as list and search show it (8 digits or more), or a Message-ID.\n"
	    "Control characters are shown as escapes, except with --raw and --part.\n",
	.examples = "mailcask show 3f2a90c1d4\n"
	    "mailcask show 3f2a90c1d4 --raw > message.eml\n"
	    "mailcask show 3f2a90c1d4 --part 2 > report.pdf\n"
	    "mailcask show 3f2a90c1d4 --save ~/attachments\n",
	.run = run,
};
