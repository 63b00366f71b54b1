/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/privileges.h"

#include <cap-ng.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sensor/syscall_filter.h"

#define USUAL_USER  "weir"
#define NO_ONE      "nobody"
#define PASSWD_SIZE 16384
#define PATH_SIZE   4096
#define THREADS_MAX 512 /* of one user; only root's own processes are not held to it */

/* False when there is no such user, or the system's list of users cannot be read. */
static bool find_user(const char *name, struct privileges_user *out)
{
    char text[PASSWD_SIZE];
    struct passwd entry;
    struct passwd *found = NULL;
    if (getpwnam_r(name, &entry, text, sizeof(text), &found) != 0 || found == NULL) {
        return false;
    }
    (void)snprintf(out->name, sizeof(out->name), "%s", name);
    out->uid = entry.pw_uid;
    out->gid = entry.pw_gid;
    out->is_change = entry.pw_uid != geteuid();
    return true;
}

static void find_self(struct privileges_user *out)
{
    char text[PASSWD_SIZE];
    struct passwd entry;
    struct passwd *found = NULL;
    *out = (struct privileges_user){.uid = geteuid(), .gid = getegid()};
    if (getpwuid_r(out->uid, &entry, text, sizeof(text), &found) == 0 && found != NULL) {
        (void)snprintf(out->name, sizeof(out->name), "%s", entry.pw_name);
    } else {
        (void)snprintf(out->name, sizeof(out->name), "%u", (unsigned)out->uid);
    }
}

static int find_usual(bool keeps_files, struct privileges_user *out, struct weir_error *error)
{
    if (find_user(USUAL_USER, out) || (!keeps_files && find_user(NO_ONE, out))) {
        return WEIR_OK;
    }
    return weir_fail(error, WEIR_EPERM,
                     "started as root, and there is no user %s to become: make one (useradd "
                     "--system %s), name another by --run-user, or say --run-user root to stay "
                     "root",
                     USUAL_USER, USUAL_USER);
}

int privileges_find(const char *user, bool keeps_files, struct privileges_user *out,
                    struct weir_error *error)
{
    struct privileges_user self;
    struct privileges_user wanted = {0};
    find_self(&self);
    if (user == NULL && self.uid == 0) {
        const int code = find_usual(keeps_files, &wanted, error);
        if (code == WEIR_OK) {
            *out = wanted;
        }
        return code;
    }
    if (user == NULL || strcmp(user, "root") == 0) {
        *out = self;
        return WEIR_OK;
    }
    if (!find_user(user, &wanted)) {
        return weir_fail(error, WEIR_EINVAL, "run.user: there is no user %s on this machine", user);
    }
    if (wanted.is_change && self.uid != 0) {
        return weir_fail(error, WEIR_EPERM,
                         "run.user: started as %s, and only root can become %s; start it as root "
                         "or as %s",
                         self.name, user, user);
    }
    *out = wanted;
    return WEIR_OK;
}

static int make_path(const char *path, struct weir_error *error)
{
    char part[PATH_SIZE];
    const size_t size = strlen(path);
    if (size == 0 || size >= sizeof(part)) {
        return weir_fail(error, WEIR_EINVAL, "%s: no name of a folder", path);
    }
    for (size_t i = 1; i <= size; i++) {
        if (path[i] != '/' && path[i] != '\0') {
            continue;
        }
        memcpy(part, path, i);
        part[i] = '\0';
        const mode_t mode = i == size ? 0700 : 0755;
        if (mkdir(part, mode) != 0 && errno != EEXIST) {
            return weir_fail(error, errno == EACCES ? WEIR_EPERM : WEIR_EIO,
                             "%s: cannot be made: %s", part, strerror(errno));
        }
    }
    return WEIR_OK;
}

/* Calls `on_entry` with each entry's status, opened without following a link; a negative descriptor
 * when it cannot be. False as soon as on_entry says so, or when the folder cannot be read. */
static bool each_entry(int folder, const struct privileges_user *user,
                       bool (*on_entry)(int file, const struct privileges_user *user))
{
    const int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = copy >= 0 ? fdopendir(copy) : NULL;
    const struct dirent *entry = NULL;
    bool goes_on = entries != NULL;
    if (entries == NULL && copy >= 0) {
        (void)close(copy);
    }
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): before the first thread, and the stream is our own */
    while (goes_on && (entry = readdir(entries)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
        const int file = openat(folder, entry->d_name, flags);
        goes_on = on_entry(file, user);
        if (file >= 0) {
            (void)close(file);
        }
    }
    if (entries != NULL) {
        (void)closedir(entries);
    }
    return goes_on;
}

/* A spool and a model folder hold plain files, with one name each, and nothing else. */
static bool is_plain(int file, const struct privileges_user *user)
{
    struct stat status;
    (void)user;
    return file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
           status.st_nlink == 1;
}

/* What root left at an earlier start. */
static bool give_file(int file, const struct privileges_user *user)
{
    struct stat status;
    if (is_plain(file, user) && fstat(file, &status) == 0 && status.st_uid == 0) {
        (void)fchown(file, user->uid, user->gid);
    }
    return true;
}

/* A folder of the system (/tmp, /etc) that was named by mistake must stay whose it is. */
static int give_folder(int folder, const struct privileges_user *user, const char *path,
                       struct weir_error *error)
{
    struct stat status;
    if (fstat(folder, &status) != 0) {
        return weir_fail(error, WEIR_EIO, "%s: %s", path, strerror(errno));
    }
    const bool is_shared = (status.st_mode & (mode_t)(S_ISVTX | S_IWOTH)) != 0;
    if (status.st_uid != user->uid && (is_shared || !each_entry(folder, user, is_plain))) {
        return weir_fail(error, WEIR_EPERM,
                         "%s: holds other things, so it is not given to user %s; name a folder of "
                         "its own, or chown it",
                         path, user->name);
    }
    if (fchown(folder, user->uid, user->gid) != 0) {
        return weir_fail(error, WEIR_EPERM, "%s: cannot be given to user %s: %s", path, user->name,
                         strerror(errno));
    }
    (void)each_entry(folder, user, give_file);
    return WEIR_OK;
}

int privileges_make_folder(const struct privileges_user *user, const char *path,
                           struct weir_error *error)
{
    int code = make_path(path, error);
    if (code != WEIR_OK) {
        return code;
    }
    const int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return weir_fail(error, errno == EACCES ? WEIR_EPERM : WEIR_EIO, "%s: %s", path,
                         strerror(errno));
    }
    if (user->is_change) {
        code = give_folder(folder, user, path, error);
    } else if (faccessat(folder, ".", W_OK | X_OK, AT_EACCESS) != 0) {
        code = weir_fail(error, WEIR_EPERM,
                         "%s: user %s may not write here (%s); chown it, or name another folder",
                         path, user->name, strerror(errno));
    }
    (void)close(folder);
    return code;
}

/* Never raises: what the operator set lower stays. */
static void bound(int resource, rlim_t most)
{
    struct rlimit limit;
    if (getrlimit((__rlimit_resource_t)resource, &limit) != 0) {
        return;
    }
    limit.rlim_max = limit.rlim_max < most ? limit.rlim_max : most;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit((__rlimit_resource_t)resource, &limit);
}

/* Empty sets, the bounding set too where we may; and for the change of user its groups. */
static int give_up_capabilities(const struct privileges_user *user)
{
    capng_clear(CAPNG_SELECT_ALL);
    if (user->is_change) {
        const unsigned all = CAPNG_INIT_SUPP_GRP | CAPNG_CLEAR_BOUNDING | CAPNG_CLEAR_AMBIENT;
        return capng_change_id((int)user->uid, (int)user->gid, (capng_flags_t)all);
    }
    (void)capng_apply(CAPNG_SELECT_BOUNDS); /* needs CAP_SETPCAP, which most users lack */
    capng_clear(CAPNG_SELECT_ALL);
    (void)capng_apply(CAPNG_SELECT_AMBIENT);
    return capng_apply(CAPNG_SELECT_CAPS);
}

/* What was dropped must be gone: a mistake here would be silent. */
static bool is_dropped(const struct privileges_user *user)
{
    if (user->is_change && (geteuid() != user->uid || getuid() != user->uid ||
                            getegid() != user->gid || setuid(0) == 0)) {
        return false;
    }
    return capng_get_caps_process() == 0 &&
           capng_have_capabilities(CAPNG_SELECT_CAPS) == CAPNG_NONE;
}

int privileges_drop(const struct privileges_user *user, size_t descriptors,
                    struct weir_error *error)
{
    bound(RLIMIT_CORE, 0);
    bound(RLIMIT_NOFILE, (rlim_t)descriptors);
    if (user->is_change) {
        bound(RLIMIT_NPROC, THREADS_MAX);
    }
    const int dropped = give_up_capabilities(user);
    if (dropped != 0 || !is_dropped(user)) {
        return weir_fail(error, WEIR_EPERM, "the system does not let us become user %s (%d: %s)",
                         user->name, dropped, strerror(errno));
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        (!syscall_filter_is_sanitized() && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)) {
        return weir_fail(error, WEIR_EIO, "prctl: %s", strerror(errno));
    }
    return WEIR_OK;
}
