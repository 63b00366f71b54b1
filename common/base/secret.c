/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int code_of_errno(int number)
{
    switch (number) {
    case ENOENT:
        return WEIR_ENOENT;
    case EACCES:
    case EPERM:
    case ELOOP:
        return WEIR_EPERM;
    case EEXIST:
        return WEIR_ECONFLICT;
    default:
        return WEIR_EIO;
    }
}

static int refuse_if_open_to_others(int fd, const char *path, struct weir_error *error)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        return weir_fail(error, WEIR_EIO, "%s: its mode cannot be read", path);
    }
    if (!S_ISREG(status.st_mode)) {
        return weir_fail(error, WEIR_EPERM, "%s: is not a plain file", path);
    }
    if ((status.st_mode & 077U) != 0) {
        return weir_fail(error, WEIR_EPERM,
                         "%s: mode %04o lets others at a secret; run: chmod 600 %s", path,
                         (unsigned)(status.st_mode & 07777U), path);
    }
    if (status.st_uid != geteuid() && status.st_uid != 0) {
        return weir_fail(error, WEIR_EPERM, "%s: belongs to user %u, want %u or root", path,
                         (unsigned)status.st_uid, (unsigned)geteuid());
    }
    return WEIR_OK;
}

/* Reads up to capacity bytes; one byte more in the file is WEIR_ELIMIT. */
static int read_whole(int fd, void *bytes, size_t capacity, size_t *size)
{
    size_t have = 0;
    for (;;) {
        char beyond = 0;
        const bool full = have == capacity;
        const ssize_t got =
            full ? read(fd, &beyond, 1) : read(fd, (char *)bytes + have, capacity - have);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return WEIR_EIO;
        }
        if (got == 0) {
            *size = have;
            return WEIR_OK;
        }
        if (full) {
            return WEIR_ELIMIT;
        }
        have += (size_t)got;
    }
}

int weir_secret_load(const char *path, void *bytes, size_t capacity, size_t *size,
                     struct weir_error *error)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        const int number = errno;
        return weir_fail(error, code_of_errno(number), "%s: cannot be opened: %s", path,
                         weir_err_text(code_of_errno(number)));
    }
    int err = refuse_if_open_to_others(fd, path, error);
    if (err == WEIR_OK) {
        err = read_whole(fd, bytes, capacity, size);
        if (err == WEIR_ELIMIT) {
            (void)weir_fail(error, err, "%s: longer than %zu bytes, so not the key file meant",
                            path, capacity);
        } else if (err != WEIR_OK) {
            (void)weir_fail(error, err, "%s: cannot be read", path);
        }
    }
    (void)close(fd);
    return err;
}

int weir_secret_save(const char *path, const void *bytes, size_t size, struct weir_error *error)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        const int number = errno;
        return weir_fail(error, code_of_errno(number), "%s: cannot be made: %s", path,
                         number == EEXIST ? "it exists" : weir_err_text(code_of_errno(number)));
    }
    size_t written = 0;
    while (written < size) {
        const ssize_t put = write(fd, (const char *)bytes + written, size - written);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            break;
        }
        written += (size_t)put;
    }
    const bool whole = written == size && fsync(fd) == 0;
    if (close(fd) != 0 || !whole) {
        (void)unlink(path);
        return weir_fail(error, WEIR_EIO, "%s: could not be written whole", path);
    }
    return WEIR_OK;
}

void weir_secret_wipe(void *bytes, size_t size)
{
    explicit_bzero(bytes, size);
}
