/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_CONFINEDFENCE_H
#define BACKENDS_FORMATS_CONFINEDFENCE_H

/*
 * Give up, for ever and in this whole process, everything but reading
 * descriptor 0, writing descriptors 1 and 2, and using memory.  Called by a
 * child that has just been started, has one thread, and has opened all it
 * needs.  Three fences, each enough against most of what may come:
 *
 *	limits    no new descriptor, no file growing, no core, bounded memory
 *	          and processor time; not dumpable, no new privileges
 *	Landlock  no path, no TCP port, no abstract socket, no signal to others
 *	          (as far as the kernel's version of it goes; since 5.13)
 *	seccomp   a system call that is not listed kills the process; so no
 *	          open, socket, exec, fork, ptrace, kill, nor executable memory
 *
 * Gives what holds; limits always do.
 */
enum {
	FENCE_SECCOMP = 1u,
	FENCE_LANDLOCK = 2u
};

unsigned fence_up(void);

#endif
