/* SPDX-License-Identifier: MIT */
#ifndef TESTS_T_H
#define TESTS_T_H

#include <stdbool.h>
#include <string.h>

/*
 * The whole test kit.  T(condition, "what", ...) counts, and prints file, line
 * and the text where the condition is false; the test goes on.  main() ends
 * with "return t_done();".
 */
#define T(condition, ...) t_check(condition, __FILE__, __LINE__, __VA_ARGS__)

/* Compares two texts, and shows both where they differ. */
#define T_SAME(have, want, what) do { \
	const char *have_ = (have), *want_ = (want); \
	T(strcmp(have_, want_) == 0, "%s:\n--- have\n%s\n--- want\n%s", what, have_, want_); \
} while (0)

/* Returns the condition, for what cannot go on without it. */
bool t_check(bool condition, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* A private empty directory, made at the first call, removed by t_done(). */
const char *t_directory(void);
/* The path of name in it; valid until the fourth call after this one. */
const char *t_path(const char *name);

/* From here on, in this process and for ever, the system call of that number
 * (SYS_...) fails with error: for what a fork()ed child has to survive. */
void t_forbid(long call, int error);

/* How many failed so far: the exit status of a fork()ed child, which must not
 * call t_done(), for the directory is its parent's. */
unsigned long t_failed(void);

/* Remove the directory, print the counts; the exit status of the program. */
int t_done(void);

#endif
