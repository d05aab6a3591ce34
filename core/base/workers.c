/* SPDX-License-Identifier: MIT */
#include "core/base/workers.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include "core/base/mem.h"

enum { TASK_WAITING = 1, TASK_AWAITED, TASK_DONE };     /* somebody sleeps until it is done */

#define GATHERED 8u

struct workers {
	pthread_mutex_t lock;           /* over everything below and all task states */
	pthread_cond_t submitted, finished;
	struct task *first, *last;
	unsigned gathered;              /* put in the queue since a thread was woken */
	bool closing;
	unsigned n;
	pthread_t threads[];
};

static void *
work(void *argument)
{
	struct workers *w = argument;
	struct task *task;

	pthread_mutex_lock(&w->lock);
	for (;;) {
		while (w->first == NULL && !w->closing)
			pthread_cond_wait(&w->submitted, &w->lock);
		task = w->first;
		if (task == NULL)
			break;
		w->first = task->next;
		pthread_mutex_unlock(&w->lock);
		task->run(task);
		pthread_mutex_lock(&w->lock);
		if (task->state == TASK_AWAITED)
			pthread_cond_broadcast(&w->finished);
		task->state = TASK_DONE;
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* Signals are for the main thread: a worker blocks them all. */
struct workers *
workers_open(unsigned threads)
{
	struct workers *w;
	sigset_t all, old;

	if (threads == 0)
		threads = 1;
	w = mem_alloc(sizeof(*w) + threads * sizeof(w->threads[0]));
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->submitted, NULL);
	pthread_cond_init(&w->finished, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	while (w->n < threads && pthread_create(&w->threads[w->n], NULL, work, w) == 0)
		w->n++;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return w;
}

/* Where the system gave us no thread at all the task runs here and now. */
static void
put(struct workers *w, struct task *task, unsigned wake_at)
{
	if (w->n == 0) {
		task->run(task);
		task->state = TASK_DONE;
		return;
	}
	pthread_mutex_lock(&w->lock);
	assert(task->state != TASK_WAITING && task->state != TASK_AWAITED);
	task->state = TASK_WAITING;
	task->next = NULL;
	if (w->first == NULL)
		w->first = task;
	else
		w->last->next = task;
	w->last = task;
	if (++w->gathered >= wake_at) {
		w->gathered = 0;
		pthread_cond_signal(&w->submitted);
	}
	pthread_mutex_unlock(&w->lock);
}

void
workers_submit(struct workers *w, struct task *task)
{
	put(w, task, 1);
}

void
workers_gather(struct workers *w, struct task *task)
{
	put(w, task, GATHERED);
}

bool
workers_done(struct workers *w, struct task *task)
{
	bool done;

	pthread_mutex_lock(&w->lock);
	done = task->state == TASK_DONE;
	pthread_mutex_unlock(&w->lock);
	return done;
}

void
workers_wait(struct workers *w, struct task *task)
{
	pthread_mutex_lock(&w->lock);
	if (w->gathered > 0) {
		w->gathered = 0;
		pthread_cond_signal(&w->submitted);
	}
	while (task->state == TASK_WAITING || task->state == TASK_AWAITED) {
		task->state = TASK_AWAITED;
		pthread_cond_wait(&w->finished, &w->lock);
	}
	pthread_mutex_unlock(&w->lock);
}

void
workers_close(struct workers *w)
{
	unsigned i;

	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->closing = true;
	pthread_cond_broadcast(&w->submitted);
	pthread_mutex_unlock(&w->lock);
	for (i = 0; i < w->n; i++)
		pthread_join(w->threads[i], NULL);
	pthread_cond_destroy(&w->submitted);
	pthread_cond_destroy(&w->finished);
	pthread_mutex_destroy(&w->lock);
	mem_free(w);
}

unsigned
workers_cores(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;
	return (unsigned)CPU_COUNT(&set);
}
