/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/syscall_filter.h"

#include <errno.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* By name: a call that this machine's architecture does not have is left out. */
static const char *const allowed[] = {
    /* files: spool, models, state, counters of cards, the resolver's configuration */
    "read",
    "readv",
    "pread64",
    "preadv",
    "write",
    "writev",
    "pwrite64",
    "pwritev",
    "lseek",
    "open",
    "openat",
    "close",
    "stat",
    "lstat",
    "fstat",
    "newfstatat",
    "statx",
    "statfs",
    "fstatfs",
    "access",
    "faccessat",
    "faccessat2",
    "readlink",
    "readlinkat",
    "getdents64",
    "getcwd",
    "fcntl",
    "flock",
    "ftruncate",
    "fallocate",
    "fsync",
    "fdatasync",
    "sync_file_range",
    "msync",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "mkdir",
    "mkdirat",
    "fchmod",
    "umask",
    "dup",
    "dup2",
    "dup3",
    "pipe2",
    "fadvise64",
    "splice",
    "close_range",
    /* memory */
    "munmap",
    "mremap",
    "madvise",
    "brk",
    "mlock",
    "mlock2",
    "munlock",

    "membarrier",
    /* threads and their ends */
    "futex",
    "set_robust_list",
    "get_robust_list",
    "rseq",
    "set_tid_address",
    "arch_prctl",
    "exit",
    "exit_group",
    "gettid",
    "getpid",
    "getppid",
    "tgkill",
    "sched_yield",
    "sched_getaffinity",
    "sched_setaffinity",
    "sched_getparam",
    "sched_getscheduler",
    "sched_setscheduler",
    "sched_get_priority_min",
    "sched_get_priority_max",
    "getpriority",
    "setpriority",
    "getcpu",
    /* time */
    "clock_gettime",
    "clock_getres",
    "clock_nanosleep",
    "nanosleep",
    "gettimeofday",
    "time",
    "times",
    "getrusage",
    "timerfd_create",
    "timerfd_settime",
    "timerfd_gettime",
    "restart_syscall",
    /* signals and waiting */
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "rt_sigpending",
    "rt_sigtimedwait",
    "sigaltstack",
    "signalfd4",
    "poll",
    "ppoll",
    "select",
    "pselect6",
    "epoll_create1",
    "epoll_ctl",
    "epoll_wait",
    "epoll_pwait",
    "eventfd2",
    /* the connection to the collector, names' addresses, and the packet sockets that are open */
    "connect",
    "bind",
    "getsockname",
    "getpeername",
    "getsockopt",
    "setsockopt",
    "sendto",
    "sendmsg",
    "sendmmsg",
    "recvfrom",
    "recvmsg",
    "recvmmsg",
    "shutdown",
    /* what the machine is */
    "uname",
    "sysinfo",
    "getuid",
    "geteuid",
    "getgid",
    "getegid",
    "getresuid",
    "getresgid",
    "getrlimit",
    "prlimit64",
    "getrandom",
};

struct condition { /* lets the call pass when (argument & mask) == value */
    const char *call;
    unsigned argument;
    uint64_t mask, value;
};

#define ANY_BIT  UINT64_C(0xffffffff) /* the kernel reads these arguments as int */
#define MAP_KIND ((uint64_t)(PROT_WRITE | PROT_EXEC))

/* Local sockets reach systemd and the name service; netlink tells the resolver which address
 * families there are. */
static const struct condition conditions[] = {
    {"socket", 0, ANY_BIT, AF_INET},
    {"socket", 0, ANY_BIT, AF_INET6},
    {"socket", 0, ANY_BIT, AF_UNIX},
    {"socket", 0, ANY_BIT, AF_NETLINK},
    {"mmap", 2, MAP_KIND, 0},
    {"mmap", 2, MAP_KIND, PROT_WRITE},
    {"mmap", 2, MAP_KIND, PROT_EXEC}, /* a module of the name service */
    {"mprotect", 2, PROT_EXEC, 0},
    {"clone", 0, CLONE_THREAD, CLONE_THREAD},
    {"prctl", 0, ANY_BIT, PR_SET_NAME},
    {"prctl", 0, ANY_BIT, PR_GET_NAME},
    {"prctl", 0, ANY_BIT, PR_SET_TIMERSLACK},
    {"prctl", 0, ANY_BIT, 0x53564d41}, /* PR_SET_VMA: malloc names its memory */
    {"ioctl", 1, ANY_BIT, 0x5401},     /* TCGETS: is it a terminal */
    {"ioctl", 1, ANY_BIT, TIOCGWINSZ},
    {"ioctl", 1, ANY_BIT, FIONREAD},
    {"ioctl", 1, ANY_BIT, FIONBIO},
    {"ioctl", 1, ANY_BIT, 0x8946}, /* SIOCETHTOOL: libpcap asks a card for its counters */
    {"ioctl", 1, ANY_BIT, 0x8913}, /* SIOCGIFFLAGS */
};

static int add_rules(scmp_filter_ctx filter)
{
    int code = 0;
    for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]) && code == 0; i++) {
        const int number = seccomp_syscall_resolve_name(allowed[i]);
        if (number != __NR_SCMP_ERROR) {
            code = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
        }
    }
    for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]) && code == 0; i++) {
        const struct condition *row = &conditions[i];
        const int number = seccomp_syscall_resolve_name(row->call);
        const struct scmp_arg_cmp compare = {row->argument, SCMP_CMP_MASKED_EQ, row->mask,
                                             row->value};
        if (number != __NR_SCMP_ERROR) {
            code = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, 1, &compare);
        }
    }
    /* Its arguments are in memory, where no filter looks; without it libc uses clone. */
    return code != 0 ? code : seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

bool syscall_filter_is_sanitized(void)
{
    return SANITIZED != 0;
}

int syscall_filter_load(enum syscall_filter_mode mode, struct weir_error *error)
{
    if (mode == SYSCALL_FILTER_OFF || syscall_filter_is_sanitized()) {
        return WEIR_OK;
    }
    const uint32_t action = mode == SYSCALL_FILTER_LOG ? SCMP_ACT_LOG : SCMP_ACT_KILL_PROCESS;
    scmp_filter_ctx filter = seccomp_init(action);
    if (filter == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "out of memory for the system call filter");
    }
    int code = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, action);
    code = code != 0 ? code : seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    code = code != 0 ? code : seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    code = code != 0 ? code : add_rules(filter);
    code = code != 0 ? code : seccomp_load(filter);
    seccomp_release(filter);
    return code == 0 ? WEIR_OK
                     : weir_fail(error, WEIR_EIO,
                                 "the kernel takes no system call filter (%s); run.seccomp = off "
                                 "goes without",
                                 strerror(-code));
}
