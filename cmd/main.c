/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/registry.h"
#include "cmd/interrupt.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/verb.h"
#include "cmd/world.h"
#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/base/vec.h"

/* In the order in which a newcomer meets them. */
static const struct verb *const verbs[] = {
	&verb_locate, &verb_backup, &verb_snapshots, &verb_list, &verb_search, &verb_show,
	&verb_restore, &verb_export, &verb_check, &verb_repair, &verb_forget, &verb_prune,
	&verb_target, &verb_push, &verb_status, &verb_schedule, &verb_init, &verb_key
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static void
print_help(void)
{
	struct buf out = BUF_EMPTY;
	size_t i;

	buf_add_string(&out, "Usage: mailcask COMMAND [OPTIONS] ...\n"
	    "Find the mail of every mail client, keep each message once, give it back.\n\n"
	    "Commands:\n");
	for (i = 0; i < VERBS; i++)
		buf_add_format(&out, "  %-10s %s\n", verbs[i]->name, verbs[i]->summary);
	buf_add_string(&out, "\n'mailcask COMMAND --help' says more about each, "
	    "and so does 'man mailcask'.\n\nExamples:\n"
	    "  mailcask locate\n"
	    "  mailcask backup\n"
	    "  mailcask search from:anna invoice\n"
	    "  mailcask restore Invoices --to ~/restored\n");
	output_text(buf_slice(&out));
	buf_free(&out);
}

static int
unknown(const char *word)
{
	const char *names[VERBS + 1] = { NULL }, *near;
	size_t i;

	for (i = 0; i < VERBS; i++)
		names[i] = verbs[i]->name;
	near = nearest_name(word + strspn(word, "-"), names);
	if (word[0] == '-')
		say("there is no option %s before the command", word);
	else if (near)
		say("there is no command \"%s\"; did you mean \"%s\"?", word, near);
	else
		say("there is no command \"%s\"", word);
	say_plain(SLICE_OF("Try 'mailcask --help'.\n"));
	return STATUS_USAGE;
}

static int
dispatch(int argc, char **argv)
{
	size_t i;

	if (argc < 2) {
		say_plain(SLICE_OF("Usage: mailcask COMMAND [OPTIONS] ...\n"
		    "Try 'mailcask --help'.\n"));
		return STATUS_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0) {
		print_help();
		return STATUS_DONE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		output_text(SLICE_OF("mailcask " MAILCASK_VERSION "\n"));
		return STATUS_DONE;
	}
	for (i = 0; i < VERBS; i++) {
		if (strcmp(argv[1], verbs[i]->name) == 0) {
			output_verb(verbs[i]->name);
			return verbs[i]->run(verbs[i], argc - 2, argv + 2);
		}
	}
	return unknown(argv[1]);
}

int
main(int argc, char **argv)
{
	struct error err = ERROR_NONE;
	int status;

	/* A reader of one file, started by another mailcask. */
	if (registry_serve(argc, argv, &status))
		_exit(status);
	mem_settle();
	output_open();
	world_settle(0, 0);
	/* Mail is its owner's: catalog, exports and attachments as well. */
	umask(077);
	if (file_set_faults(getenv("MAILCASK_FAULT"), getenv("MAILCASK_FAULT_COUNT"), &err) < 0)
		return output_close(say_error(&err));
	status = output_close(dispatch(argc, argv));
	if (status == STATUS_INTERRUPTED)
		interrupt_die();
	return status;
}
