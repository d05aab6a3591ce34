/* SPDX-License-Identifier: MIT */
#include "tests/t.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATHS 4
#define DESCRIPTORS 16

static unsigned long passed, failed;
static char directory[PATH_MAX];

bool
t_check(bool condition, const char *file, int line, const char *fmt, ...)
{
	va_list args;

	if (condition) {
		passed++;
		return true;
	}
	failed++;
	printf("%s:%d: ", file, line);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	return false;
}

const char *
t_directory(void)
{
	const char *parent = getenv("TMPDIR");

	if (directory[0] != '\0')
		return directory;
	snprintf(directory, sizeof(directory), "%s/mailcask-test-XXXXXX",
	    parent != NULL ? parent : "/tmp");
	if (mkdtemp(directory) == NULL) {
		printf("%s: %s\n", directory, strerror(errno));
		exit(1);
	}
	return directory;
}

const char *
t_path(const char *name)
{
	static char paths[PATHS][PATH_MAX];
	static unsigned next;
	char *path = paths[next++ % PATHS];

	if (snprintf(path, PATH_MAX, "%s/%s", t_directory(), name) >= PATH_MAX) {
		printf("%s: too long a name\n", name);
		exit(1);
	}
	return path;
}

void
t_forbid(long call, int error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
		printf("system call %ld: %s\n", call, strerror(errno));
		exit(1);
	}
}

/* A test may have left a directory that it may not look into. */
static int
open_up(const char *path, const struct stat *st, int type, struct FTW *place)
{
	(void)st;
	(void)place;
	return type == FTW_DNR ? chmod(path, 0700) : 0;
}

static int
clear(const char *path, const struct stat *st, int type, struct FTW *place)
{
	(void)st;
	(void)type;
	(void)place;
	return remove(path);
}

unsigned long
t_failed(void)
{
	return failed;
}

int
t_done(void)
{
	if (directory[0] != '\0') {
		nftw(directory, open_up, DESCRIPTORS, FTW_PHYS);
		nftw(directory, clear, DESCRIPTORS, FTW_PHYS | FTW_DEPTH);
		directory[0] = '\0';
	}
	printf("%lu passed, %lu failed\n", passed, failed);
	return failed > 0 || passed == 0;
}
