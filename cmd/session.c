/* SPDX-License-Identifier: MIT */
#include "cmd/session.h"

#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cmd/output.h"
#include "core/base/path.h"

const struct ports session_ports = {
	.locators = registry_locators,
	.formats = registry_formats,
	.writers = registry_writers,
	.open_target = target_open,
};

/* An empty variable is as good as none (XDG Base Directory Specification). */
static const char *
variable(const char *name)
{
	const char *value = getenv(name);

	return value && value[0] ? value : NULL;
}

/* XDG: relative paths in these variables are invalid and to be ignored. */
static const char *
absolute_variable(const char *name)
{
	const char *value = variable(name);

	return value && value[0] == '/' ? value : NULL;
}

static void
read_environment(struct session *s)
{
	struct environment *env = &s->environment;
	const struct passwd *person;

	env->home = absolute_variable("HOME");
	env->user = variable("LOGNAME") ? variable("LOGNAME") : variable("USER");
	/* Looking people up costs a file or a network: only where it is needed. */
	if (!env->home || !env->user) {
		person = getpwuid(getuid());
		if (person && !env->home && person->pw_dir[0] == '/')
			env->home = arena_string(&s->arena, person->pw_dir);
		if (person && !env->user)
			env->user = arena_string(&s->arena, person->pw_name);
	}
	env->config_home = absolute_variable("XDG_CONFIG_HOME");
	env->data_home = absolute_variable("XDG_DATA_HOME");
	env->cache_home = absolute_variable("XDG_CACHE_HOME");
	env->mail = absolute_variable("MAIL");
	env->maildir = absolute_variable("MAILDIR");
}

const char *
session_absolute(struct session *s, const char *path)
{
	char here[PATH_MAX];

	if (path[0] != '/' && getcwd(here, sizeof(here)))
		path = path_join(&s->arena, here, path);
	return path_clean(&s->arena, path);
}

void
session_make_absolute(struct session *s, struct words *paths)
{
	size_t i;

	for (i = 0; i < paths->n; i++)
		paths->items[i] = session_absolute(s, paths->items[i]);
}

static const char *
data_directory(struct session *s)
{
	const char *named = s->data_option ? s->data_option : variable("MAILCASK_DATA");

	if (named)
		return session_absolute(s, named);
	if (s->environment.data_home)
		return path_join(&s->arena, s->environment.data_home, "mailcask");
	if (s->environment.home)
		return path_join(&s->arena, s->environment.home, ".local/share/mailcask");
	return NULL;
}

/* Identities of our own lie where init puts them. */
static const char *
identities_directory(struct session *s)
{
	const struct environment *env = &s->environment;

	if (env->config_home)
		return path_join(&s->arena, env->config_home, "mailcask/identities");
	return env->home ? path_join(&s->arena, env->home, ".config/mailcask/identities") : NULL;
}

static void
find_keys(struct session *s)
{
	if (!s->keys.file && !s->keys.command) {
		s->keys.file = variable("MAILCASK_IDENTITY");
		s->keys.command = variable("MAILCASK_IDENTITY_COMMAND");
	}
	s->keys.directory = identities_directory(s);
	s->settings.keys_are_given = s->keys.file || s->keys.command;
	keys_open(&s->keys);
	s->settings.keys = &s->keys.source;
}

int
session_begin(struct session *s)
{
	struct job_settings *set = &s->settings;
	char host[256] = "";
	time_t now = time(NULL);
	struct tm tm;

	read_environment(s);
	set->data_directory = data_directory(s);
	if (!set->data_directory) {
		say("there is no home directory to keep data in; give one with --data");
		return STATUS_USAGE;
	}
	set->archive_url = s->archive_option ? s->archive_option : variable("MAILCASK_ARCHIVE");
	find_keys(s);
	set->now = (int64_t)now;
	if (localtime_r(&now, &tm))
		set->zone_minutes = (int)(tm.tm_gmtoff / 60);
	if (gethostname(host, sizeof(host) - 1) < 0 || host[0] == '\0')
		set->host = "localhost";
	else
		set->host = arena_string(&s->arena, host);
	set->user = s->environment.user ? s->environment.user : "";
	set->program = "mailcask " MAILCASK_VERSION;
	if (!s->quiet)
		set->progress = meter_open(&s->meter);
	return 0;
}

void
session_say_notices(struct session *s)
{
	size_t i;

	meter_close(&s->meter);
	if (!s->job)
		return;
	for (i = 0; i < s->job->notices.n && !s->quiet; i++)
		say("%s", s->job->notices.items[i]);
	vec_clear(&s->job->notices);
}

int
session_opened(struct session *s, int rc, struct error *err)
{
	if (rc == 0) {
		session_say_notices(s);
		return STATUS_DONE;
	}
	meter_close(&s->meter);
	/* A place that holds no archive is not the place: what belongs there is
	 * not mounted. */
	if (err->code == ERR_NOT_FOUND)
		err->code = ERR_UNREACHABLE;
	return say_error(err);
}

int
session_open(struct session *s, enum job_mode mode)
{
	struct error err = ERROR_NONE;

	return session_opened(s, job_open(&s->settings, &session_ports, mode, &s->job, &err), &err);
}

void
session_close(struct session *s)
{
	meter_close(&s->meter);
	job_close(s->job);
	s->job = NULL;
	arena_free(&s->arena);
}

/* The option that named it stands in front. */
static int
say_option(const char *option, const struct error *err)
{
	say("%s %s", option, err->text);
	return status_of(err->code);
}

int
session_homes(struct session *s, const struct words *homes, const struct words *roots,
    struct words *paths, struct homes *out)
{
	struct error err = ERROR_NONE;
	size_t i, kept = 0;
	bool has_paths = paths->n > 0;

	for (i = 0; i < homes->n; i++)
		if (homes_at(session_absolute(s, homes->items[i]), &s->arena, out, &err) < 0)
			return say_option("--home", &err);
	for (i = 0; i < roots->n; i++)
		if (homes_under(session_absolute(s, roots->items[i]), &s->arena, out, &err) < 0)
			return say_option("--root", &err);
	/* A home that is named as a PATH, or a disk of homes, is no mailbox. */
	for (i = 0; i < paths->n; i++) {
		int rc = 0;

		if (homes_recognises(paths->items[i]))
			rc = homes_at(paths->items[i], &s->arena, out, &err);
		else if (homes_system(paths->items[i]) != SYSTEM_UNKNOWN)
			rc = homes_under(paths->items[i], &s->arena, out, &err);
		else
			paths->items[kept++] = paths->items[i];
		if (rc < 0)
			return say_error(&err);
	}
	paths->n = kept;
	if (homes->n == 0 && roots->n == 0 && !has_paths &&
	    homes_own(&s->environment, &s->arena, out, &err) < 0)
		return say_error(&err);
	return 0;
}
