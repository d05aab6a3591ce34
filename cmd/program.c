/* SPDX-License-Identifier: MIT */
#include "cmd/program.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MAX (1u << 20)

extern char **environ;

static int
start(const char *const *argv, int in, int out, pid_t *pid, struct error *err)
{
	posix_spawn_file_actions_t actions;
	int rc;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
	/* The prototype lacks a const that the standard promises. */
	rc = posix_spawnp(pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (rc == 0)
		return 0;
	errno = rc;
	return fail_errno(err, "%s", argv[0]);
}

int
program_run(const char *const *argv, struct slice input, struct buf *out, struct error *err)
{
	/* Files rather than pipes: nobody waits for anybody. */
	FILE *in = tmpfile(), *said = tmpfile();
	int status = 0, rc = -1;
	pid_t pid;

	buf_clear(out);
	if (!in || !said || fwrite(input.p, 1, input.n, in) != input.n || fflush(in) != 0) {
		fail_errno(err, "temporary file");
		goto out;
	}
	rewind(in);
	if (start(argv, fileno(in), fileno(said), &pid, err) < 0)
		goto out;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	rewind(said);
	out->n = fread(buf_extend(out, OUTPUT_MAX), 1, OUTPUT_MAX, said);
	buf_truncate(out, out->n);
	if (WIFEXITED(status))
		rc = WEXITSTATUS(status);
	else
		fail(err, ERR_SYSTEM, "%s was killed", argv[0]);

out:
	if (in)
		fclose(in);
	if (said)
		fclose(said);
	return rc;
}
