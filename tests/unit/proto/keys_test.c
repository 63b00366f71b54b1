/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/weir_test.h"

struct fixture {
    char folder[64];
    char path[96];
};

static int set_up(void **state)
{
    struct fixture *f = (struct fixture *)calloc(1, sizeof(*f));
    assert_non_null(f);
    (void)snprintf(f->folder, sizeof(f->folder), "/tmp/weir-keys-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->path, sizeof(f->path), "%s/key", f->folder);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    (void)unlink(f->path);
    (void)rmdir(f->folder);
    free(f);
    return 0;
}

static void write_file(const struct fixture *f, const char *text, mode_t mode)
{
    FILE *file = fopen(f->path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
    assert_int_equal(chmod(f->path, mode), 0);
}

static void a_curve_pair_comes_back_from_its_file(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_curve_key key;
    struct weir_curve_key back;
    struct stat status;
    assert_err(weir_curve_key_init(&key), 0);
    assert_err(weir_curve_key_save(&key, f->path, false, NULL), 0);
    assert_int_equal(stat(f->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_err(weir_curve_key_load(f->path, &back, NULL), 0);
    assert_string_equal(back.public_z85, key.public_z85);
    assert_string_equal(back.secret_z85, key.secret_z85);
    assert_err(weir_curve_key_save(&key, f->path, false, NULL), WEIR_ECONFLICT);
    weir_curve_key_fini(&key);
    assert_int_equal(key.secret_z85[0], 0);
}

static void a_public_half_alone_has_no_secret(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_curve_key key;
    struct weir_curve_key back;
    assert_err(weir_curve_key_init(&key), 0);
    assert_err(weir_curve_key_save(&key, f->path, true, NULL), 0);
    assert_err(weir_curve_key_load(f->path, &back, NULL), 0);
    assert_string_equal(back.public_z85, key.public_z85);
    assert_string_equal(back.secret_z85, "");
}

static void a_secret_that_others_may_read_is_refused(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_error error = {0};
    struct weir_curve_key key;
    assert_err(weir_curve_key_init(&key), 0);
    assert_err(weir_curve_key_save(&key, f->path, false, NULL), 0);
    assert_int_equal(chmod(f->path, 0640), 0);
    assert_err(weir_curve_key_load(f->path, &key, &error), WEIR_EPERM);
    assert_non_null(strstr(error.text, "chmod 600"));
    assert_null(strstr(error.text, key.secret_z85));
}

static void files_that_are_no_keys_are_refused(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_curve_key key;
    struct weir_sign_key sign;
    assert_err(weir_curve_key_load(f->path, &key, NULL), WEIR_ENOENT);
    write_file(f, "", 0600);
    assert_err(weir_curve_key_load(f->path, &key, NULL), WEIR_EFORMAT);
    assert_err(weir_sign_key_load(f->path, &sign, NULL), WEIR_EFORMAT);
    write_file(f, "weir-curve-public short\n", 0600);
    assert_err(weir_curve_key_load(f->path, &key, NULL), WEIR_EFORMAT);
    write_file(f,
               "weir-curve-public rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7\n"
               "weir-curve-secret rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7\n",
               0600);
    assert_err(weir_curve_key_load(f->path, &key, NULL), WEIR_EFORMAT);
    assert_err(weir_curve_key_load(f->folder, &key, NULL), WEIR_EIO);
}

/* The test vector of ZeroMQ RFC 26 and 32. */
static void z85_is_that_of_zeromq(void **state)
{
    (void)state;
    char text[WEIR_FINGERPRINT_SIZE];
    assert_true(weir_curve_text_valid("Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"));
    assert_false(weir_curve_text_valid("Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hI"));
    assert_false(weir_curve_text_valid("Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{h~D"));
    assert_false(weir_curve_text_valid("#####w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"));
    assert_true(weir_curve_fingerprint("Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID", text));
    assert_int_equal(strlen(text), WEIR_FINGERPRINT_SIZE - 1);
    assert_int_equal(strncmp(text, "weir:", 5), 0);
    assert_false(weir_curve_fingerprint("no", text));
}

static void a_signing_pair_comes_back_from_its_file(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_sign_key key;
    struct weir_sign_key back;
    assert_err(weir_sign_key_init(&key), 0);
    assert_err(weir_sign_key_save(&key, f->path, false, NULL), 0);
    assert_err(weir_sign_key_load(f->path, &back, NULL), 0);
    assert_true(back.has_secret);
    assert_memory_equal(back.secret_key, key.secret_key, WEIR_SIGN_SECRET_SIZE);
    assert_memory_equal(back.public_key, key.public_key, WEIR_SIGN_PUBLIC_SIZE);
    (void)unlink(f->path);
    assert_err(weir_sign_key_save(&key, f->path, true, NULL), 0);
    assert_err(weir_sign_key_load(f->path, &back, NULL), 0);
    assert_false(back.has_secret);
    assert_err(weir_sign_key_save(&back, f->path, false, NULL), WEIR_EINVAL);
    weir_sign_key_fini(&key);
    assert_false(key.has_secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_curve_pair_comes_back_from_its_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_public_half_alone_has_no_secret, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_secret_that_others_may_read_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(files_that_are_no_keys_are_refused, set_up, tear_down),
        cmocka_unit_test(z85_is_that_of_zeromq),
        cmocka_unit_test_setup_teardown(a_signing_pair_comes_back_from_its_file, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
