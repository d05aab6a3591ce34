/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <unistd.h>

#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/program.h"
#include "cmd/session.h"
#include "core/base/file.h"
#include "core/base/path.h"
#include "core/base/text.h"

/* By this the line in a crontab is known as ours; the shell takes it for a
 * comment. */
#define CRON_MARK " # mailcask nightly"
#define CRONTAB_MAX (1u << 20)

struct schedule {
	struct session *session;
	const struct verb *verb;
	const char *time;               /* "02:30" */
	bool cron, systemd;             /* --cron, --systemd: no choosing */
	struct words homes;
	uint64_t hour, minute;
	VEC(const char *) command;      /* what is to be run each night */
	const char *service, *timer;    /* paths of the units */
};

/* ---- The command ---- */

static void
add_argument(struct schedule *sch, const char *name, const char *value)
{
	if (name)
		*(const char **)vec_push(&sch->command) = name;
	*(const char **)vec_push(&sch->command) = value;
}

/* What is in the environment now will not be there at night. */
static int
make_command(struct schedule *sch)
{
	struct session *s = sch->session;
	const char *archive = s->settings.archive_url;
	char self[4096];
	ssize_t n;
	size_t i, k;

	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n < 0) {
		say("/proc/self/exe: where this program lies is not known");
		return STATUS_FAILED;
	}
	self[n] = '\0';
	add_argument(sch, NULL, arena_string(&s->arena, self));
	add_argument(sch, NULL, "backup");
	add_argument(sch, NULL, "--quiet");
	if (archive && !strstr(archive, "://"))
		archive = session_absolute(s, archive);
	if (archive)
		add_argument(sch, "--archive", archive);
	if (s->data_option || getenv("MAILCASK_DATA"))
		add_argument(sch, "--data", s->settings.data_directory);
	for (i = 0; i < sch->homes.n; i++)
		add_argument(sch, "--home", session_absolute(s, sch->homes.items[i]));
	for (i = 0; i < sch->command.n; i++) {
		for (k = 0; sch->command.items[i][k]; k++) {
			if ((unsigned char)sch->command.items[i][k] < 0x20) {
				say("%s: control characters cannot be put into a timer",
				    sch->command.items[i]);
				return STATUS_USAGE;
			}
		}
	}
	return STATUS_DONE;
}

/* systemd.service(5): double quotes, with "\", "%" and "$" made harmless. */
static void
add_for_systemd(struct buf *out, const char *argument)
{
	buf_add_byte(out, '"');
	for (; *argument; argument++) {
		if (*argument == '"' || *argument == '\\')
			buf_add_byte(out, '\\');
		if (*argument == '%' || *argument == '$')
			buf_add_byte(out, (unsigned char)*argument);
		buf_add_byte(out, (unsigned char)*argument);
	}
	buf_add_byte(out, '"');
}

/* sh(1): single quotes; crontab(5): "%" would be a line end. */
static void
add_for_shell(struct buf *out, const char *argument, bool in_crontab)
{
	buf_add_byte(out, '\'');
	for (; *argument; argument++) {
		if (*argument == '\'')
			buf_add_string(out, "'\\'");
		if (*argument == '%' && in_crontab)
			buf_add_byte(out, '\\');
		buf_add_byte(out, (unsigned char)*argument);
	}
	buf_add_byte(out, '\'');
}

/* ---- systemd ---- */

static int
systemctl(const char *verb, const char *unit, struct error *err)
{
	const char *argv[] = { "systemctl", "--user", verb, unit, NULL };
	struct buf said = BUF_EMPTY;
	int rc = program_run(argv, SLICE_EMPTY, &said, err);

	if (rc > 0)
		fail(err, ERR_SYSTEM, "systemctl --user %s: %s", verb,
		    buf_text(&said)[0] ? buf_text(&said) : "it failed");
	buf_free(&said);
	return rc == 0 ? 0 : -1;
}

static bool
has_systemd(struct error *err)
{
	return systemctl("show-environment", NULL, err) == 0;
}

static int
install_systemd(struct schedule *sch, struct error *err)
{
	struct buf unit = BUF_EMPTY;
	int rc = -1;
	size_t i;

	if (file_make_directories(path_parent(&sch->session->arena, sch->service), 0755, err) < 0)
		goto out;
	buf_add_string(&unit, "[Unit]\nDescription=Back up mail\nDocumentation=man:mailcask(1)\n\n"
	    "[Service]\nType=oneshot\nNice=10\nIOSchedulingClass=idle\nExecStart=");
	for (i = 0; i < sch->command.n; i++) {
		if (i > 0)
			buf_add_byte(&unit, ' ');
		add_for_systemd(&unit, sch->command.items[i]);
	}
	buf_add_byte(&unit, '\n');
	if (file_replace(sch->service, 0644, buf_slice(&unit), err) < 0)
		goto out;
	buf_clear(&unit);
	buf_add_format(&unit, "[Unit]\nDescription=Back up mail every night\n\n[Timer]\n"
	    "OnCalendar=*-*-* %02u:%02u\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n",
	    (unsigned)sch->hour, (unsigned)sch->minute);
	if (file_replace(sch->timer, 0644, buf_slice(&unit), err) < 0 ||
	    systemctl("daemon-reload", NULL, err) < 0 ||
	    systemctl("enable", "mailcask.timer", err) < 0 ||
	    systemctl("restart", "mailcask.timer", err) < 0)
		goto out;
	rc = 0;

out:
	buf_free(&unit);
	return rc;
}

static int
remove_systemd(struct schedule *sch, struct error *err)
{
	struct error none = ERROR_NONE;
	bool runs;

	if (!file_exists(sch->timer) && !file_exists(sch->service))
		return 0;
	/* Where no systemd runs there is nothing to stop. */
	runs = has_systemd(&none);
	if (runs && (systemctl("disable", "mailcask.timer", err) < 0 ||
	    systemctl("stop", "mailcask.timer", err) < 0))
		return -1;
	if (file_remove(sch->timer, err) < 0 || file_remove(sch->service, err) < 0)
		return -1;
	return runs ? systemctl("daemon-reload", NULL, err) : 0;
}

/* ---- cron ---- */

/* The crontab without our line, which goes to ours.  Anything but success and
 * "no crontab" is a failure: what is not read here would be lost. */
static int
read_crontab(struct buf *others, struct buf *ours, struct error *err)
{
	const char *argv[] = { "crontab", "-l", NULL };
	struct buf said = BUF_EMPTY;
	struct slice rest, line;
	int rc = program_run(argv, SLICE_EMPTY, &said, err);

	if (rc > 0 && !strstr(buf_text(&said), "no crontab for"))
		rc = fail(err, ERR_SYSTEM, "crontab -l: %s", buf_text(&said));
	rest = rc == 0 ? buf_slice(&said) : SLICE_EMPTY;
	while (slice_line(&rest, &line))
		buf_add(slice_ends(slice_chomp(line), CRON_MARK) ? ours : others, line);
	buf_free(&said);
	return rc < 0 ? -1 : 0;
}

static int
write_crontab(struct slice lines, struct error *err)
{
	const char *argv[] = { "crontab", "-", NULL };
	struct buf said = BUF_EMPTY;
	int rc = program_run(argv, lines, &said, err);

	if (rc > 0)
		fail(err, ERR_SYSTEM, "crontab: %s", buf_text(&said));
	buf_free(&said);
	return rc == 0 ? 0 : -1;
}

static int
install_cron(struct schedule *sch, struct error *err)
{
	struct buf lines = BUF_EMPTY, ours = BUF_EMPTY;
	int rc = -1;
	size_t i;

	if (read_crontab(&lines, &ours, err) < 0)
		goto out;
	if (lines.n > 0 && lines.p[lines.n - 1] != '\n')
		buf_add_byte(&lines, '\n');
	buf_add_format(&lines, "%u %u * * *", (unsigned)sch->minute, (unsigned)sch->hour);
	for (i = 0; i < sch->command.n; i++) {
		buf_add_byte(&lines, ' ');
		add_for_shell(&lines, sch->command.items[i], true);
	}
	buf_add_string(&lines, CRON_MARK "\n");
	rc = write_crontab(buf_slice(&lines), err);

out:
	buf_free(&lines);
	buf_free(&ours);
	return rc;
}

static int
remove_cron(struct error *err)
{
	struct buf lines = BUF_EMPTY, ours = BUF_EMPTY;
	struct error none = ERROR_NONE;
	int rc = 0;

	/* Without crontab(1) there is no line of ours. */
	if (read_crontab(&lines, &ours, &none) < 0 && none.code != ERR_NOT_FOUND) {
		*err = none;
		rc = -1;
	}
	if (rc == 0 && ours.n > 0)
		rc = write_crontab(buf_slice(&lines), err);
	buf_free(&lines);
	buf_free(&ours);
	return rc;
}

/* ---- The verb ---- */

/* Nothing here runs programs by the clock: what else can be done. */
static int
say_no_scheduler(const struct schedule *sch, const char *what)
{
	struct buf line = BUF_EMPTY;
	size_t i;

	say("%s: install cron (on Debian \"apt install cron\") and try again, or let whatever runs "
	    "programs here run this each night:", what);
	for (i = 0; i < sch->command.n; i++) {
		buf_add_byte(&line, ' ');
		add_for_shell(&line, sch->command.items[i], false);
	}
	buf_add_byte(&line, '\n');
	say_plain(buf_slice(&line));
	buf_free(&line);
	return STATUS_FAILED;
}

static int
install(struct schedule *sch)
{
	struct error err = ERROR_NONE, why = ERROR_NONE;
	bool systemd = !sch->cron && has_systemd(&why);
	int status = make_command(sch);
	int rc;

	if (status != STATUS_DONE)
		return status;
	if (sch->systemd && !systemd) {
		fail_in(&why, "no systemd user session (\"schedule install --cron\" does without)");
		return say_error(&why);
	}
	/* One nightly run, not two. */
	if (systemd)
		rc = remove_cron(&err) < 0 ? -1 : install_systemd(sch, &err);
	else
		rc = remove_systemd(sch, &err) < 0 ? -1 : install_cron(sch, &err);
	if (rc < 0 && !systemd && err.code == ERR_NOT_FOUND)
		return say_no_scheduler(sch, sch->cron ? "there is no crontab here" :
		    "there is neither a systemd user session nor a crontab here");
	if (rc < 0)
		return say_error(&err);
	if (sch->session->quiet)
		return STATUS_DONE;
	if (systemd)
		output_text(SLICE_OF("Installed a systemd user timer, mailcask.timer.  It runs while you are "
		    "logged in;\n\"loginctl enable-linger\" makes it run always.\n"));
	else
		output_text(SLICE_OF("Installed a line in your crontab.\n"));
	return STATUS_DONE;
}

static int
uninstall(struct schedule *sch)
{
	struct error err = ERROR_NONE;

	if (remove_systemd(sch, &err) < 0 || remove_cron(&err) < 0)
		return say_error(&err);
	return STATUS_DONE;
}

static int
show(struct schedule *sch)
{
	struct error err = ERROR_NONE;
	struct buf text = BUF_EMPTY, line = BUF_EMPTY, others = BUF_EMPTY;
	struct slice rest, one;

	if (file_exists(sch->timer) &&
	    file_read_all(sch->service, CRONTAB_MAX, &text, &err) == 0) {
		buf_add_string(&line, "systemd user timer ");
		add_shown(&line, sch->timer);
		output_line(&line);
		rest = buf_slice(&text);
		while (slice_line(&rest, &one)) {
			if (slice_starts(one, "ExecStart=")) {
				text_add_printable(&line, slice_chomp(one), false);
				output_line(&line);
			}
		}
	}
	buf_clear(&text);
	error_clear(&err);
	if (read_crontab(&others, &text, &err) == 0 && text.n > 0) {
		buf_add_string(&line, "crontab: ");
		text_add_printable(&line, slice_chomp(buf_slice(&text)), false);
		output_line(&line);
	}
	buf_free(&text);
	buf_free(&line);
	buf_free(&others);
	return STATUS_DONE;
}

static bool
parse_time(struct schedule *sch)
{
	struct slice s = slice_string(sch->time);

	return s.n == 5 && s.p[2] == ':' && slice_number(slice_sub(s, 0, 2), 23, &sch->hour) &&
	    slice_number(slice_from(s, 3), 59, &sch->minute);
}

static int
dispatch(struct schedule *sch, const char *what)
{
	struct session *s = sch->session;
	const char *config = s->environment.config_home;

	if (!config && !s->environment.home) {
		say("there is no home directory");
		return STATUS_FAILED;
	}
	if (!config)
		config = path_join(&s->arena, s->environment.home, ".config");
	sch->service = path_join(&s->arena, config, "systemd/user/mailcask.service");
	sch->timer = path_join(&s->arena, config, "systemd/user/mailcask.timer");
	if (strcmp(what, "install") == 0)
		return install(sch);
	if (strcmp(what, "remove") == 0)
		return uninstall(sch);
	if (strcmp(what, "show") == 0)
		return show(sch);
	return usage_error(sch->verb, "it takes install, show or remove, not \"%s\"", what);
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct session s = SESSION_EMPTY;
	struct schedule sch = { .session = &s, .verb = verb, .time = "02:30" };
	struct words words = VEC_EMPTY;
	int status;
	const struct option options[] = {
		{ .name = "time", .value = "HH:MM", .help = "when; default: 02:30",
		    .text = &sch.time },
		{ .name = "home", .value = "DIR",
		    .help = "back up this home instead of your own; several are possible",
		    .list = &sch.homes },
		{ .name = "systemd", .help = "a systemd user timer, whatever is found here",
		    .on = &sch.systemd },
		{ .name = "cron", .help = "a line in your crontab, whatever is found here",
		    .on = &sch.cron },
		OPTION_ARCHIVE(&s),
		OPTION_DATA(&s),
		{ .name = "quiet", .help = "print nothing at success", .on = &s.quiet },
		OPTIONS_END
	};

	if (!options_parse(verb, options, argc, argv, &words, &status))
		goto out;
	status = STATUS_USAGE;
	if (words.n > 1) {
		usage_error(verb, "one of install, show and remove");
		goto out;
	}
	if (!parse_time(&sch)) {
		usage_error(verb, "--time needs hours and minutes such as 02:30, not \"%s\"",
		    sch.time);
		goto out;
	}
	if (sch.cron && sch.systemd) {
		usage_error(verb, "--cron and --systemd exclude each other");
		goto out;
	}
	status = session_begin(&s);
	if (status == 0)
		status = dispatch(&sch, words.n ? words.items[0] : "show");

out:
	session_close(&s);
	vec_free(&sch.homes);
	vec_free(&sch.command);
	vec_free(&words);
	return status;
}

const struct verb verb_schedule = {
	.name = "schedule",
	.arguments = "[install|show|remove]",
	.summary = "install, show or remove the nightly run",
	.about = "install makes a systemd user timer where systemd runs, else a line in your crontab.\n",
	.examples = "mailcask schedule install --time 03:00\n"
	    "mailcask schedule install --cron --archive /media/disk/mail-archive\n"
	    "mailcask schedule remove\n",
	.run = run,
};
