/* SPDX-License-Identifier: MIT */
#include "core/base/mem.h"

#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/t.h"

static void
gives_what_was_asked(void)
{
	unsigned char *p;
	size_t n, i, bad = 0;
	char *s;

	for (n = 0; n < 300; n++) {
		p = mem_alloc(n);
		for (i = 0; i < n; i++)
			bad += p[i] != 0;
		memset(p, 7, n);
		p = mem_resize(p, n + 100);
		for (i = 0; i < n; i++)
			bad += p[i] != 7;
		mem_free(p);
	}
	T(bad == 0, "%zu bytes", bad);
	p = mem_alloc_array(0, SIZE_MAX);
	T(p != NULL, "an array of nothing");
	p = mem_resize(p, 0);
	T(p != NULL, "shrunk to nothing");
	mem_free(p);
	p = mem_copy("a\0b", 3);
	T(memcmp(p, "a\0b", 3) == 0, "copy");
	mem_free(p);
	p = mem_copy(NULL, 0);
	T(p != NULL, "a copy of nothing");
	mem_free(p);
	s = mem_string("text");
	T(strcmp(s, "text") == 0, "string");
	mem_free(s);
	T(mem_string(NULL) == NULL, "NULL stays NULL");
	s = mem_format("%05d|%s", 42, "x");
	T(strcmp(s, "00042|x") == 0, "%s", s);
	mem_free(s);
	mem_free(NULL);
}

static void
take_too_much(int which)
{
	void *p = NULL;

	switch (which) {
	case 0: p = mem_alloc(SIZE_MAX / 2); break;
	case 1: p = mem_alloc_array(SIZE_MAX / 4, 8); break;
	case 2: p = mem_resize(NULL, SIZE_MAX / 2); break;
	default: p = mem_check(NULL); break;
	}
	mem_free(p);
}

/* One line on standard error, and status 1; or what AddressSanitizer says, which
 * looks at such sizes before we do. */
static void
ends_when_there_is_none(void)
{
	static const char want[] = "mailcask: out of memory\n";
	char line[100];
	int which, status, pipes[2];
	ssize_t n;
	pid_t pid;

	for (which = 0; which < 4; which++) {
		if (!T(pipe(pipes) == 0, "pipe"))
			return;
		pid = fork();
		if (pid == 0) {
			dup2(pipes[1], STDERR_FILENO);
			take_too_much(which);
			_exit(0);
		}
		waitpid(pid, &status, 0);
		close(pipes[1]);
		n = read(pipes[0], line, sizeof(line) - 1);
		line[n > 0 ? n : 0] = '\0';
		close(pipes[0]);
		T(WIFEXITED(status) && WEXITSTATUS(status) == 1, "%d: status %x", which,
		    (unsigned)status);
		T(strcmp(line, want) == 0 || strstr(line, "==") != NULL, "%d: %s", which, line);
	}
}

int
main(void)
{
	gives_what_was_asked();
	ends_when_there_is_none();
	return t_done();
}
