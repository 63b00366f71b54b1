/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/privileges.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/weir_test.h"

#define DESCRIPTORS 64

static bool is_root(void)
{
    return geteuid() == 0;
}

/* "CapEff:" and its like of this process are all zero. */
static bool has_no_capability(void)
{
    char line[256];
    FILE *status = fopen("/proc/self/status", "re");
    bool none = status != NULL;
    while (none && fgets(line, sizeof(line), status) != NULL) {
        const bool counts = strncmp(line, "CapPrm:", 7) == 0 || strncmp(line, "CapEff:", 7) == 0 ||
                            strncmp(line, "CapInh:", 7) == 0 || strncmp(line, "CapAmb:", 7) == 0;
        none = !counts || strspn(line + 7, " \t0") == strlen(line + 7) - 1;
    }
    if (status != NULL) {
        (void)fclose(status);
    }
    return none;
}

static int drop_and_look(const char *name)
{
    struct privileges_user user;
    struct rlimit files = {0};
    struct rlimit core = {0};
    if (privileges_find(name, false, &user, NULL) != WEIR_OK) {
        return 1;
    }
    if (privileges_drop(&user, DESCRIPTORS, NULL) != WEIR_OK ||
        getrlimit(RLIMIT_NOFILE, &files) != 0 || getrlimit(RLIMIT_CORE, &core) != 0) {
        return 2;
    }
    if (geteuid() != user.uid || getuid() != user.uid || getegid() != user.gid) {
        return 3;
    }
    if (files.rlim_max != DESCRIPTORS || core.rlim_max != 0) {
        return 4;
    }
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) {
        return 5;
    }
    return has_no_capability() ? 0 : 6;
}

static int in_child(const char *name)
{
    const pid_t child = fork();
    if (child == 0) {
        _exit(drop_and_look(name));
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
}

static void root_becomes_somebody_without_rights(void **state)
{
    (void)state;
    if (!is_root()) {
        skip();
    }
    assert_int_equal(in_child("nobody"), 0);
    assert_int_equal(in_child(NULL), 0);
}

static void who_stays_loses_its_capabilities_all_the_same(void **state)
{
    (void)state;
    assert_int_equal(in_child("root"), 0);
}

static void a_user_that_is_not_there_is_named(void **state)
{
    (void)state;
    struct privileges_user user;
    struct weir_error error = {0};
    assert_err(privileges_find("no-such-user", true, &user, &error), WEIR_EINVAL);
    assert_non_null(strstr(error.text, "no-such-user"));
}

static void a_folder_is_made_with_those_above_it_and_given(void **state)
{
    (void)state;
    char folder[] = "/tmp/weir-privileges-XXXXXX";
    char deep[128];
    char file[160];
    struct privileges_user user;
    struct stat status;
    assert_non_null(mkdtemp(folder));
    assert_err(privileges_find(is_root() ? "nobody" : NULL, true, &user, NULL), WEIR_OK);
    (void)snprintf(deep, sizeof(deep), "%s/a/b", folder);
    assert_err(privileges_make_folder(&user, deep, NULL), WEIR_OK);
    (void)snprintf(file, sizeof(file), "%s/left-by-root", deep);
    const int fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    assert_err(privileges_make_folder(&user, deep, NULL), WEIR_OK);
    assert_int_equal(stat(deep, &status), 0);
    assert_int_equal(status.st_uid, user.uid);
    assert_int_equal(status.st_mode & 0777, 0700);
    assert_int_equal(stat(file, &status), 0);
    assert_int_equal(status.st_uid, user.uid);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(rmdir(deep), 0);
    (void)snprintf(deep, sizeof(deep), "%s/a", folder);
    assert_int_equal(rmdir(deep), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void a_folder_of_the_system_is_not_given_away(void **state)
{
    (void)state;
    struct privileges_user user;
    struct weir_error error = {0};
    struct stat before;
    struct stat after;
    static const char *const folders[] = {"/tmp", "/etc", "/"};
    if (!is_root()) {
        skip();
    }
    assert_err(privileges_find("nobody", true, &user, NULL), WEIR_OK);
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        assert_int_equal(stat(folders[i], &before), 0);
        assert_err(privileges_make_folder(&user, folders[i], &error), WEIR_EPERM);
        assert_non_null(strstr(error.text, "holds other things"));
        assert_int_equal(stat(folders[i], &after), 0);
        assert_int_equal(before.st_uid, after.st_uid);
    }
}

static void a_folder_below_a_file_is_refused_with_its_name(void **state)
{
    (void)state;
    struct privileges_user user;
    struct weir_error error = {0};
    assert_err(privileges_find("root", true, &user, NULL), WEIR_OK);
    assert_err(privileges_make_folder(&user, "/dev/null/spool", &error), WEIR_EIO);
    assert_non_null(strstr(error.text, "/dev/null/spool"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root_becomes_somebody_without_rights),
        cmocka_unit_test(who_stays_loses_its_capabilities_all_the_same),
        cmocka_unit_test(a_user_that_is_not_there_is_named),
        cmocka_unit_test(a_folder_is_made_with_those_above_it_and_given),
        cmocka_unit_test(a_folder_of_the_system_is_not_given_away),
        cmocka_unit_test(a_folder_below_a_file_is_refused_with_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
