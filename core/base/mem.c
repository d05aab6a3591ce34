/* SPDX-License-Identifier: MIT */
#include "core/base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

void
mem_give_up(const char *why)
{
	/* Not by stdio, which allocates, and asks the system for things that a
	 * confined reader may not. */
	if (write(STDERR_FILENO, "mailcask: ", 10) < 0 ||
	    write(STDERR_FILENO, why, strlen(why)) < 0 || write(STDERR_FILENO, "\n", 1) < 0)
		_exit(1);
	_exit(1);
}

void *
mem_check(void *p)
{
	if (p == NULL)
		mem_give_up("out of memory");
	return p;
}

/*
 * glibc raises its bound between heap and mapping with every long block that
 * is freed, up to 32 MiB: then a few messages with attachments on several
 * threads leave a third of the heap in holes.
 */
#ifdef __GLIBC__
#define MAPPED_FROM (256 * 1024)
#define TRIMMED_FROM (2 * 1024 * 1024)

void
mem_settle(void)
{
	mallopt(M_MMAP_THRESHOLD, MAPPED_FROM);
	mallopt(M_TRIM_THRESHOLD, TRIMMED_FROM);
}
#else
void
mem_settle(void)
{
}
#endif

void *
mem_alloc(size_t n)
{
	return mem_check(calloc(1, n > 0 ? n : 1));
}

void *
mem_alloc_array(size_t n, size_t size)
{
	return n == 0 || size == 0 ? mem_alloc(0) : mem_check(calloc(n, size));
}

void *
mem_resize(void *p, size_t n)
{
	return mem_check(realloc(p, n > 0 ? n : 1));
}

void *
mem_copy(const void *p, size_t n)
{
	void *copy = mem_check(malloc(n > 0 ? n : 1));

	if (n > 0)
		memcpy(copy, p, n);
	return copy;
}

char *
mem_string(const char *s)
{
	return s != NULL ? mem_copy(s, strlen(s) + 1) : NULL;
}

char *
mem_format(const char *fmt, ...)
{
	char *s = NULL;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&s, fmt, args);
	va_end(args);
	return mem_check(n >= 0 ? s : NULL);
}

void
mem_free(void *p)
{
	free(p);
}
