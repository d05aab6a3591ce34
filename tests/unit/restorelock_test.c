/* SPDX-License-Identifier: MIT */
#include "core/job/restore_lock.h"

#include <sys/wait.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/file.h"
#include "tests/t.h"

/* Each descriptor counts for itself, as if it were another process's. */
static void
one_at_a_time(void)
{
	struct error err = ERROR_NONE;
	int here = -1, there = -1, in_place = -1, again = -1;

	T(restore_lock_take(t_directory(), "/here", &here, &err) == 0, "%s", err.text);
	T(restore_lock_take(t_directory(), "/there", &there, &err) == 0, "other places do not "
	    "wait: %s", err.text);
	T(restore_lock_take(t_directory(), NULL, &in_place, &err) == 0, "%s", err.text);
	T(restore_lock_take(t_directory(), "/x/../here/", &again, &err) < 0 &&
	    err.code == ERR_LOCKED, "the same place under another name: %s", err.text);
	T(again == -1, "nothing to close");
	T(restore_lock_take(t_directory(), NULL, &again, &err) < 0 && err.code == ERR_LOCKED,
	    "in place twice: %s", err.text);
	file_close(here);
	T(restore_lock_take(t_directory(), "/here", &again, &err) == 0, "let go of: %s", err.text);
	file_close(again);
	file_close(there);
	file_close(in_place);
}

static void
the_dead_hold_nothing(void)
{
	struct error err = ERROR_NONE;
	pid_t child = fork();
	int fd = -1, status;

	if (child == 0)
		_exit(restore_lock_take(t_directory(), "/here", &fd, &err) < 0);
	T(waitpid(child, &status, 0) == child && status == 0, "the child had the lock");
	T(restore_lock_take(t_directory(), "/here", &fd, &err) == 0, "%s", err.text);
	file_close(fd);
}

/* Whoever removed the file before letting go of it would leave the lock with
 * a name that the next one does not find: it stays, one for all places. */
static void
one_file(void)
{
	struct error err = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory d = { NULL, 0 };

	T(directory_read(t_directory(), false, &a, &d, &err) == 0 && d.n == 1, "%zu files", d.n);
	arena_free(&a);
}

int
main(void)
{
	one_at_a_time();
	the_dead_hold_nothing();
	one_file();
	return t_done();
}
