/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_MEM_H
#define CORE_BASE_MEM_H

#include <stddef.h>

/*
 * Allocation cannot fail: where there is no memory these print one line and
 * _exit(1).  A backup has to survive being killed at any instant anyway, so
 * running out of memory is one more kill.  In return no length from outside
 * may size an allocation before it met limits.h.
 */
/* Once, before the first thread: long buffers go back to the system when they
 * are freed, instead of leaving holes. */
void mem_settle(void);

void *mem_alloc(size_t n);              /* zeroed; n may be 0 */
void *mem_alloc_array(size_t n, size_t size);   /* zeroed; overflow is fatal */
void *mem_resize(void *p, size_t n);    /* new bytes are not zeroed */
void *mem_copy(const void *p, size_t n);
char *mem_string(const char *s);        /* strdup; NULL stays NULL */
char *mem_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void mem_free(void *p);                 /* NULL is fine */
/* p, unless a foreign allocator gave NULL: that is fatal as well. */
void *mem_check(void *p);
/* End the program, for want of what nothing can go on without. */
void mem_give_up(const char *why) __attribute__((noreturn));

#endif
