/* SPDX-License-Identifier: MIT */
#include "core/base/workers.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/t.h"

#define COUNT 5000

struct job {
	struct task task;
	unsigned number, runs, place;
};

static atomic_uint place, running, most;
static atomic_bool hold;

static struct job jobs[COUNT];

static void
nap(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

static void
run(struct task *task)
{
	struct job *job = (struct job *)((char *)task - offsetof(struct job, task));
	unsigned now = atomic_fetch_add(&running, 1) + 1, seen = atomic_load(&most);

	while (now > seen && !atomic_compare_exchange_weak(&most, &seen, now))
		;
	job->runs++;
	job->place = atomic_fetch_add(&place, 1);
	atomic_fetch_sub(&running, 1);
}

static void
prepare(void)
{
	unsigned i;

	atomic_store(&place, 0);
	atomic_store(&most, 0);
	for (i = 0; i < COUNT; i++)
		jobs[i] = (struct job){ .task.run = run, .number = i };
}

/* Each task runs once, whatever the number of threads, waited for or not. */
static void
each_runs_once(unsigned threads)
{
	struct workers *w = workers_open(threads);
	unsigned i, bad = 0;

	prepare();
	for (i = 0; i < COUNT; i++)
		workers_submit(w, &jobs[i].task);
	for (i = COUNT; i-- > COUNT / 2; ) {
		workers_wait(w, &jobs[i].task);
		bad += jobs[i].runs != 1 || !workers_done(w, &jobs[i].task);
	}
	workers_close(w);
	for (i = 0; i < COUNT; i++)
		bad += jobs[i].runs != 1;
	T(bad == 0, "%u threads: %u tasks", threads, bad);
	T(atomic_load(&most) <= (threads > 0 ? threads : 1), "%u at a time", atomic_load(&most));
}

/* Gathered tasks run in their turn, those that nobody waits for at the end;
 * one alone runs as soon as it is waited for. */
static void
gathered_tasks_run_too(unsigned threads)
{
	struct workers *w = workers_open(threads);
	unsigned i, bad = 0;

	prepare();
	for (i = 0; i < COUNT; i++) {
		if (i % 100 == 50)
			workers_submit(w, &jobs[i].task);
		else
			workers_gather(w, &jobs[i].task);
		if (i % 100 == 1)
			workers_wait(w, &jobs[i].task);
	}
	workers_close(w);
	for (i = 0; i < COUNT; i++)
		bad += jobs[i].runs != 1 || (threads == 1 && jobs[i].place != i);
	T(bad == 0, "%u threads: %u tasks", threads, bad);
}

/* Not by the next seven: they may never come. */
static void
waiting_wakes(void)
{
	struct workers *w = workers_open(2);

	prepare();
	nap();
	workers_gather(w, &jobs[0].task);
	alarm(30);
	workers_wait(w, &jobs[0].task);
	alarm(0);
	T(jobs[0].runs == 1, "%u runs", jobs[0].runs);
	workers_close(w);
}

static void
one_thread_keeps_order(void)
{
	struct workers *w = workers_open(1);
	unsigned i, bad = 0;

	prepare();
	for (i = 0; i < COUNT; i++)
		workers_submit(w, &jobs[i].task);
	workers_wait(w, &jobs[COUNT - 1].task);
	for (i = 0; i < COUNT; i++)
		bad += jobs[i].place != i || !workers_done(w, &jobs[i].task);
	T(bad == 0, "%u out of order", bad);
	/* The same task again, as the pipeline does with its slots. */
	for (i = 0; i < 1000; i++) {
		workers_submit(w, &jobs[0].task);
		workers_wait(w, &jobs[0].task);
	}
	T(jobs[0].runs == 1001, "%u runs", jobs[0].runs);
	workers_close(w);
}

static void
wait_for_release(struct task *task)
{
	(void)task;
	while (atomic_load(&hold))
		nap();
}

/* A task that runs is not done; one that waits behind it neither. */
static void
done_means_has_run(void)
{
	struct task first = { .run = wait_for_release }, second = { .run = wait_for_release };
	struct workers *w = workers_open(1);

	atomic_store(&hold, true);
	workers_submit(w, &first);
	workers_submit(w, &second);
	nap();
	T(!workers_done(w, &first) && !workers_done(w, &second), "not yet");
	atomic_store(&hold, false);
	workers_wait(w, &second);
	T(workers_done(w, &first) && workers_done(w, &second), "now");
	workers_close(w);
}

static void
look_at_mask(struct task *task)
{
	sigset_t set;

	(void)task;
	pthread_sigmask(SIG_SETMASK, NULL, &set);
	atomic_store(&hold, sigismember(&set, SIGINT) == 1 && sigismember(&set, SIGTERM) == 1);
}

/* A signal must find the main thread, which knows what to do with it. */
static void
signals_stay_outside(void)
{
	struct task task = { .run = look_at_mask };
	struct workers *w = workers_open(1);
	sigset_t set;

	workers_submit(w, &task);
	workers_wait(w, &task);
	T(atomic_load(&hold), "blocked in the worker");
	pthread_sigmask(SIG_SETMASK, NULL, &set);
	T(sigismember(&set, SIGINT) == 0, "as before in the main thread");
	workers_close(w);
}

/* Where the system gives no thread the work is done all the same. */
static void
without_threads(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		t_forbid(SYS_clone3, EAGAIN);
		t_forbid(SYS_clone, EAGAIN);
		one_thread_keeps_order();
		_exit(t_failed() > 0);
	}
	T(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "status %x", (unsigned)status);
}

int
main(void)
{
	without_threads();
	each_runs_once(0);
	each_runs_once(1);
	each_runs_once(2);
	each_runs_once(7);
	gathered_tasks_run_too(1);
	gathered_tasks_run_too(3);
	waiting_wakes();
	one_thread_keeps_order();
	done_means_has_run();
	signals_stay_outside();
	workers_close(workers_open(3));
	workers_close(NULL);
	T(workers_cores() >= 1, "%u cores", workers_cores());
	return t_done();
}
