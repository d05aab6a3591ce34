/* SPDX-License-Identifier: MIT */
#include "backends/formats/confinedfence.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/limits.h"

/* Debian 12 has headers of Linux 6.1: what came later is spelled out. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self 446
#endif

/* AddressSanitizer reserves terabytes, and asks for some things more. */
#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#endif
#ifndef UNDER_ASAN
#define UNDER_ASAN 0
#endif

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__i386__)
#define ARCHITECTURE AUDIT_ARCH_I386
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define ARCHITECTURE AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define ARCHITECTURE AUDIT_ARCH_PPC64LE
#else
#define ARCHITECTURE 0          /* not tried there: Landlock and the limits have to do */
#endif

/* The halves of a 64-bit argument as the filter sees them. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LOW(i) (offsetof(struct seccomp_data, args) + 8 * (i) + 4)
#else
#define LOW(i) (offsetof(struct seccomp_data, args) + 8 * (i))
#endif

#define MEMORY_MAX (1024u * MIB)
#define PROCESSOR_SECONDS 3600u

static const int allowed[] = {
	SYS_read, SYS_pread64, SYS_exit, SYS_exit_group, SYS_brk, SYS_munmap, SYS_mremap,
	SYS_madvise, SYS_rt_sigreturn, SYS_rt_sigprocmask, SYS_restart_syscall,
	SYS_sysinfo,                    /* qsort() asks how much memory there is */
#ifdef SYS_futex
	SYS_futex,
#endif
#if UNDER_ASAN
	SYS_sigaltstack, SYS_gettid, SYS_getpid, SYS_rt_sigaction, SYS_sched_yield,
	SYS_clock_gettime, SYS_getrandom,
#endif
};

/* Allowed where the argument, masked, is as given. */
static const struct {
	int call;
	unsigned argument;
	uint32_t mask, value;
} guarded[] = {
	{ SYS_write, 0, ~0u, STDOUT_FILENO },
	{ SYS_write, 0, ~0u, STDERR_FILENO },           /* that is /dev/null */
	{ SYS_mprotect, 2, PROT_EXEC, 0 },
#ifdef SYS_mmap2
	{ SYS_mmap2, 2, PROT_EXEC, 0 },
#else
	{ SYS_mmap, 2, PROT_EXEC, 0 },
#endif
};

#define ALLOWED (sizeof(allowed) / sizeof(allowed[0]))
#define GUARDED (sizeof(guarded) / sizeof(guarded[0]))

static void
limit(int what, rlim_t most)
{
	struct rlimit now;

	if (getrlimit((__rlimit_resource_t)what, &now) < 0)
		return;
	if (now.rlim_max == RLIM_INFINITY || now.rlim_max > most)
		now.rlim_max = most;
	now.rlim_cur = now.rlim_max;
	setrlimit((__rlimit_resource_t)what, &now);
}

static void
set_limits(void)
{
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_NOFILE, 0);        /* those that are open stay so */
	limit(RLIMIT_CPU, PROCESSOR_SECONDS);
	if (!UNDER_ASAN)
		limit(RLIMIT_AS, MEMORY_MAX);
}

/*
 * A ruleset that handles all there is and has no rule.  Each version of the
 * interface refuses bits that it does not know.
 */
static unsigned
fence_paths(void)
{
	static const struct {
		uint64_t files, ports, scopes;
	} versions[] = {
		{ (1u << 13) - 1, 0, 0 },       /* 1 */
		{ (1u << 14) - 1, 0, 0 },       /* 2: moving between directories */
		{ (1u << 15) - 1, 0, 0 },       /* 3: truncating */
		{ (1u << 15) - 1, 3, 0 },       /* 4: TCP */
		{ (1u << 16) - 1, 3, 0 },       /* 5: devices */
		{ (1u << 16) - 1, 3, 3 },       /* 6: abstract sockets, signals */
	};
	const size_t sizes[] = { 8, 8, 8, 16, 16, 24 };
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1u);
	long last = (long)(sizeof(versions) / sizeof(versions[0])), ruleset;
	unsigned up = 0;

	if (version < 1)
		return 0;
	if (version > last)
		version = last;
	ruleset = syscall(SYS_landlock_create_ruleset, &versions[version - 1],
	    sizes[version - 1], 0u);
	if (ruleset < 0)
		return 0;
	if (syscall(SYS_landlock_restrict_self, ruleset, 0u) == 0)
		up = FENCE_LANDLOCK;
	close((int)ruleset);
	return up;
}

/* One comparison a call; what falls through all of them is the end. */
static unsigned
fence_calls(void)
{
	struct sock_filter code[5 + 2 * ALLOWED + 6 * GUARDED];
	struct sock_fprog program = { 0, code };
	unsigned short n = 0;
	size_t i;

	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	    offsetof(struct seccomp_data, arch));
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	    offsetof(struct seccomp_data, nr));
	for (i = 0; i < ALLOWED; i++) {
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
		    (uint32_t)allowed[i], 0, 1);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	}
	for (i = 0; i < GUARDED; i++) {
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
		    (uint32_t)guarded[i].call, 0, 5);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    (uint32_t)LOW(guarded[i].argument));
		code[n++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K,
		    guarded[i].mask);
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
		    guarded[i].value, 0, 1);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
		/* The number again, for the comparisons behind. */
		code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr));
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	program.len = n;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 ? FENCE_SECCOMP : 0;
}

unsigned
fence_up(void)
{
	unsigned up;

	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	up = fence_paths();
	set_limits();
	if (ARCHITECTURE != 0)
		up |= fence_calls();
	return up;
}
