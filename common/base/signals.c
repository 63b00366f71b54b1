/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/signals.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void fill(sigset_t *set)
{
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGTERM);
    (void)sigaddset(set, SIGINT);
    (void)sigaddset(set, SIGHUP);
    (void)sigaddset(set, SIGUSR1);
}

int weir_signals_open(int *fd)
{
    sigset_t set;
    fill(&set);
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0) {
        return WEIR_EIO;
    }
    const int opened = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (opened < 0) {
        (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
        return WEIR_EIO;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    *fd = opened;
    return WEIR_OK;
}

int weir_signals_next(int fd)
{
    struct signalfd_siginfo got;
    const ssize_t size = read(fd, &got, sizeof(got));
    return size == (ssize_t)sizeof(got) ? (int)got.ssi_signo : 0;
}

void weir_signals_restore(void)
{
    sigset_t set;
    fill(&set);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

void weir_signals_close(int fd)
{
    (void)close(fd);
    weir_signals_restore();
}
