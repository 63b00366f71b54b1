/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/weir_test.h"

struct place {
    char folder[32];
    char path[48];
};

static int make_place(void **state)
{
    static struct place place;
    (void)snprintf(place.folder, sizeof(place.folder), "/tmp/weir_secret_XXXXXX");
    if (mkdtemp(place.folder) == NULL) {
        return -1;
    }
    (void)snprintf(place.path, sizeof(place.path), "%s/key", place.folder);
    *state = &place;
    return 0;
}

static int remove_place(void **state)
{
    const struct place *place = (const struct place *)*state;
    (void)unlink(place->path);
    return rmdir(place->folder);
}

static void saved_secret_is_loaded_back(void **state)
{
    const char *path = ((const struct place *)*state)->path;
    struct weir_error error = {0};
    char bytes[8] = "";
    size_t size = 0;
    assert_err(weir_secret_save(path, "abcdefgh", 8, &error), WEIR_OK);
    assert_err(weir_secret_load(path, bytes, sizeof(bytes), &size, &error), WEIR_OK);
    assert_int_equal(size, 8);
    assert_memory_equal(bytes, "abcdefgh", 8);
    assert_err(weir_secret_load(path, bytes, 7, &size, &error), WEIR_ELIMIT);
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777U, 0600);
}

static void existing_file_is_not_overwritten(void **state)
{
    const char *path = ((const struct place *)*state)->path;
    struct weir_error error = {0};
    assert_err(weir_secret_save(path, "a", 1, &error), WEIR_OK);
    assert_err(weir_secret_save(path, "b", 1, &error), WEIR_ECONFLICT);
}

static void file_that_others_may_read_is_refused_with_the_cure(void **state)
{
    const char *path = ((const struct place *)*state)->path;
    struct weir_error error = {0};
    char bytes[8] = "";
    size_t size = 0;
    assert_err(weir_secret_save(path, "a", 1, &error), WEIR_OK);
    assert_int_equal(chmod(path, 0640), 0);
    assert_err(weir_secret_load(path, bytes, sizeof(bytes), &size, &error), WEIR_EPERM);
    assert_non_null(strstr(error.text, "mode 0640"));
    assert_non_null(strstr(error.text, "chmod 600"));
}

static void what_is_no_file_is_refused(void **state)
{
    const struct place *place = (const struct place *)*state;
    struct weir_error error = {0};
    char bytes[8] = "";
    size_t size = 0;
    assert_err(weir_secret_load(place->path, bytes, 8, &size, &error), WEIR_ENOENT);
    assert_err(weir_secret_load(place->folder, bytes, 8, &size, &error), WEIR_EPERM);
}

static void wiped_memory_is_zero(void **state)
{
    (void)state;
    char bytes[4] = {1, 2, 3, 4};
    weir_secret_wipe(bytes, sizeof(bytes));
    assert_memory_equal(bytes, "\0\0\0\0", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(saved_secret_is_loaded_back, make_place, remove_place),
        cmocka_unit_test_setup_teardown(existing_file_is_not_overwritten, make_place, remove_place),
        cmocka_unit_test_setup_teardown(file_that_others_may_read_is_refused_with_the_cure,
                                        make_place, remove_place),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_refused, make_place, remove_place),
        cmocka_unit_test_setup_teardown(wiped_memory_is_zero, make_place, remove_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
