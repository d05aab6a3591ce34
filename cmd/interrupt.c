/* SPDX-License-Identifier: MIT */
#include "cmd/interrupt.h"

#include <stddef.h>

static volatile sig_atomic_t came;

static void
note(int number)
{
	came = number;
}

const volatile sig_atomic_t *
interrupt_watch(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction old, noting = { .sa_handler = note };
	size_t i;

	noting.sa_flags = SA_RESTART | (int)SA_RESETHAND;
	sigemptyset(&noting.sa_mask);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(numbers[i], &noting, NULL);
	return &came;
}

void
interrupt_die(void)
{
	if (came == 0)
		return;
	signal(came, SIG_DFL);
	raise(came);
}
