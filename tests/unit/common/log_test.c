/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/weir_test.h"

/* What standard error received while `speak` ran; the caller frees it. */
static char *heard(void (*speak)(void))
{
    FILE *file = tmpfile();
    char *text = (char *)calloc(1, 65536);
    assert_non_null(file);
    assert_non_null(text);
    const int before = dup(STDERR_FILENO);
    assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
    speak();
    assert_true(dup2(before, STDERR_FILENO) >= 0);
    (void)close(before);
    rewind(file);
    const size_t size = fread(text, 1, 65535, file);
    text[size] = '\0';
    (void)fclose(file);
    return text;
}

static size_t lines_with(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part)) {
        count++;
    }
    return count;
}

static void speak_one_line(void)
{
    weir_log(WEIR_LOG_WARN, "test.one", "dropped=%d", 512);
    weir_log(WEIR_LOG_INFO, "test.bare", "%s", "");
}

static void line_is_time_level_event_and_pairs(void **state)
{
    (void)state;
    char *text = heard(speak_one_line);
    assert_int_equal(text[4], '-');
    assert_int_equal(text[10], 'T');
    assert_int_equal(text[19], '.');
    assert_memory_equal(text + 23, "Z warn test.one dropped=512\n", 28);
    assert_non_null(strstr(text, "Z info test.bare\n"));
    free(text);
}

static void speak_at_two_levels(void)
{
    weir_log(WEIR_LOG_DEBUG, "test.hidden", "a=1");
    weir_log_set_level(WEIR_LOG_DEBUG);
    weir_log(WEIR_LOG_DEBUG, "test.shown", "a=1");
    weir_log_set_level(WEIR_LOG_INFO);
}

static void lines_above_the_level_are_not_written(void **state)
{
    (void)state;
    char *text = heard(speak_at_two_levels);
    assert_null(strstr(text, "test.hidden"));
    assert_non_null(strstr(text, "test.shown"));
    free(text);
}

static void speak_too_often(void)
{
    for (int i = 0; i < 1000; i++) {
        weir_log(WEIR_LOG_INFO, "test.flood", "i=%d", i);
    }
    weir_log_flush();
    weir_log_flush();
}

/* A second may turn while it runs, hence two or three times 20 and one or two counts. */
static void flood_is_held_back_and_counted(void **state)
{
    (void)state;
    char *text = heard(speak_too_often);
    const size_t passed = lines_with(text, "test.flood i=");
    assert_in_range(passed, 20, 60);
    size_t suppressed = 0;
    for (char *at = strstr(text, "suppressed="); at != NULL; at = strstr(at + 1, "suppressed=")) {
        suppressed += strtoul(at + strlen("suppressed="), NULL, 10);
    }
    assert_int_equal(passed + suppressed, 1000);
    free(text);
}

static void speak_hostile_text(void)
{
    weir_log(WEIR_LOG_INFO, "test.hostile", "name=%s", "a\nb\033[2Jc");
}

static void control_characters_cannot_forge_a_line(void **state)
{
    (void)state;
    char *text = heard(speak_hostile_text);
    assert_int_equal(lines_with(text, "\n"), 1);
    assert_non_null(strstr(text, "name=a?b?[2Jc\n"));
    free(text);
}

static void *speak_ten(void *context)
{
    for (int i = 0; i < 10; i++) {
        weir_log(WEIR_LOG_INFO, (const char *)context, "%s", "x=1234567890");
    }
    return NULL;
}

static void speak_from_threads(void)
{
    static char names[4][16] = {"test.a", "test.b", "test.c", "test.d"};
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, speak_ten, names[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}

static void lines_of_threads_do_not_mix(void **state)
{
    (void)state;
    char *text = heard(speak_from_threads);
    assert_int_equal(lines_with(text, " x=1234567890\n"), 40);
    assert_int_equal(lines_with(text, "\n"), 40);
    free(text);
}

static void value_is_quoted_where_it_must_be(void **state)
{
    (void)state;
    char quoted[WEIR_LOG_VALUE_BYTES];
    assert_string_equal(weir_log_value("plain", quoted), "plain");
    assert_string_equal(weir_log_value("", quoted), "\"\"");
    assert_string_equal(weir_log_value("two \"words\"", quoted), "\"two \\\"words\\\"\"");
    char longer[400];
    memset(longer, '"', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    assert_true(strlen(weir_log_value(longer, quoted)) < WEIR_LOG_VALUE_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_is_time_level_event_and_pairs),
        cmocka_unit_test(lines_above_the_level_are_not_written),
        cmocka_unit_test(flood_is_held_back_and_counted),
        cmocka_unit_test(control_characters_cannot_forge_a_line),
        cmocka_unit_test(lines_of_threads_do_not_mix),
        cmocka_unit_test(value_is_quoted_where_it_must_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
