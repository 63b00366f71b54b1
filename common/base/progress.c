/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/progress.h"

#include <inttypes.h>
#include <unistd.h>

#define BAR_CELLS      30
#define PATIENCE_US    (2 * WEIR_US_PER_S) /* shorter work is not worth a bar */
#define BAR_EVERY_US   (100 * WEIR_US_PER_MS)
#define LINE_EVERY_US  (10 * WEIR_US_PER_S)
#define TEXT_MAX_BYTES 64

void weir_progress_init(struct weir_progress *progress, FILE *out, const char *what, uint64_t total,
                        struct weir_mono now)
{
    *progress = (struct weir_progress){
        .out = out,
        .what = what,
        .total = total,
        .terminal = out != NULL && isatty(fileno(out)) == 1,
        .began = now,
        .shown = now,
    };
}

/* "42 %, 17 s left", or what is done when the whole is not known. */
static void say_share(const struct weir_progress *progress, uint64_t done, struct weir_mono now,
                      char text[TEXT_MAX_BYTES])
{
    const double elapsed_s =
        (double)weir_mono_since_us(now, progress->began) / (double)WEIR_US_PER_S;
    if (progress->total == 0 || done == 0) {
        (void)snprintf(text, TEXT_MAX_BYTES, "%" PRIu64 " done, %.0f s", done, elapsed_s);
        return;
    }
    const uint64_t within = done < progress->total ? done : progress->total;
    const double share = (double)within / (double)progress->total;
    (void)snprintf(text, TEXT_MAX_BYTES, "%.0f %%, %.0f s left", share * 100.0,
                   elapsed_s * (1.0 - share) / share);
}

static void draw_bar(struct weir_progress *progress, uint64_t done, const char *share)
{
    char bar[BAR_CELLS + 3] = "";
    if (progress->total > 0) {
        const double part = done < progress->total ? (double)done / (double)progress->total : 1.0;
        const int full = (int)(part * BAR_CELLS);
        bar[0] = '[';
        for (int i = 0; i < BAR_CELLS; i++) {
            bar[i + 1] = i < full ? '#' : '.';
        }
        bar[BAR_CELLS + 1] = ']';
    }
    (void)fprintf(progress->out, "\r%s %s %s\033[K", progress->what, bar, share);
    (void)fflush(progress->out);
    progress->drawn = true;
}

void weir_progress_update(struct weir_progress *progress, uint64_t done, struct weir_mono now)
{
    const int64_t every_us = progress->terminal ? BAR_EVERY_US : LINE_EVERY_US;
    if (progress->out == NULL || weir_mono_since_us(now, progress->began) < PATIENCE_US ||
        weir_mono_since_us(now, progress->shown) < every_us) {
        return;
    }
    progress->shown = now;
    char share[TEXT_MAX_BYTES];
    say_share(progress, done, now, share);
    if (progress->terminal) {
        draw_bar(progress, done, share);
    } else {
        (void)fprintf(progress->out, "%s: %s\n", progress->what, share);
        (void)fflush(progress->out);
    }
}

void weir_progress_fini(struct weir_progress *progress)
{
    if (progress->drawn) {
        (void)fputs("\r\033[K", progress->out);
        (void)fflush(progress->out);
        progress->drawn = false;
    }
}
