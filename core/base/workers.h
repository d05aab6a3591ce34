/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_WORKERS_H
#define CORE_BASE_WORKERS_H

#include <stdbool.h>

/*
 * A fixed set of threads that run tasks in the order they were submitted.
 * The owner of a task keeps it alive until workers_wait() returned; order of
 * results is the owner's business: it waits for its tasks in its own order.
 * With one thread, tasks run one after the other in order: that is how the
 * catalog has a single writer.
 */
struct task {
	void (*run)(struct task *task); /* must not wait for another task */
	struct task *next;              /* ours */
	int state;                      /* ours */
};

struct workers;

struct workers *workers_open(unsigned threads);
void workers_submit(struct workers *w, struct task *task);
/* The same for a small task that others will follow: no thread is woken for it
 * before a few have gathered, or somebody waits.  Waking one costs about as
 * much as reading a short message. */
void workers_gather(struct workers *w, struct task *task);
bool workers_done(struct workers *w, struct task *task);
/* Return when the task has run. */
void workers_wait(struct workers *w, struct task *task);
/* Wait for all, then end the threads.  NULL is fine. */
void workers_close(struct workers *w);

unsigned workers_cores(void);           /* processors we may use, at least 1 */

#endif
