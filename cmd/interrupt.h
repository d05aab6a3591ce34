/* SPDX-License-Identifier: MIT */
#ifndef CMD_INTERRUPT_H
#define CMD_INTERRUPT_H

#include <signal.h>

/*
 * From here on SIGINT, SIGTERM and SIGHUP do not end the program but are put
 * down in what is returned; the job looks there and stops where nothing half
 * done is left.  The second one ends it on the spot.  Signals that were
 * ignored before (nohup) stay so.
 */
const volatile sig_atomic_t *interrupt_watch(void);
/* Die of the signal that came, as whoever waits for us expects; returns where
 * none came. */
void interrupt_die(void);

#endif
