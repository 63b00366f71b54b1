/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/progress.h"

#include <stdlib.h>

#include "tests/support/weir_test.h"

static struct weir_mono at_s(int64_t seconds)
{
    return (struct weir_mono){.ns = seconds * WEIR_NS_PER_S};
}

static void short_work_writes_nothing(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    struct weir_progress progress;
    weir_progress_init(&progress, out, "reading", 100, at_s(0));
    progress.terminal = true;
    weir_progress_update(&progress, 50, at_s(1));
    weir_progress_fini(&progress);
    (void)fclose(out);
    assert_string_equal(text, "");
    free(text);
}

static void bar_appears_on_a_terminal_and_goes_at_the_end(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    struct weir_progress progress;
    weir_progress_init(&progress, out, "reading", 100, at_s(0));
    progress.terminal = true;
    weir_progress_update(&progress, 50, at_s(3));
    weir_progress_update(&progress, 51, at_s(3)); /* too soon for another */
    weir_progress_fini(&progress);
    (void)fclose(out);
    assert_string_equal(text, "\rreading [###############...............] 50 %, 3 s left\033[K"
                              "\r\033[K");
    free(text);
}

static void plain_line_comes_every_ten_seconds_elsewhere(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    struct weir_progress progress;
    weir_progress_init(&progress, out, "reading", 0, at_s(0));
    for (int64_t second = 0; second < 25; second++) {
        weir_progress_update(&progress, (uint64_t)second, at_s(second));
    }
    weir_progress_fini(&progress);
    (void)fclose(out);
    assert_string_equal(text, "reading: 10 done, 10 s\nreading: 20 done, 20 s\n");
    free(text);
}

static void no_stream_is_no_output(void **state)
{
    (void)state;
    struct weir_progress progress;
    weir_progress_init(&progress, NULL, "reading", 0, at_s(0));
    weir_progress_update(&progress, 1, at_s(100));
    weir_progress_fini(&progress);
    assert_false(progress.drawn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_work_writes_nothing),
        cmocka_unit_test(bar_appears_on_a_terminal_and_goes_at_the_end),
        cmocka_unit_test(plain_line_comes_every_ten_seconds_elsewhere),
        cmocka_unit_test(no_stream_is_no_output),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
