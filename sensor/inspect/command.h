/* SPDX-License-Identifier: Apache-2.0
 *
 * command: what a line typed at a shell would do.
 *
 * Shape:   pure functions of a line; words are separated by blanks, letters match in either case.
 *          H4 is a list of fixed texts and stands in pattern.h.
 * Source:  specification 1.8.3 (H-DIR, H1, H2, H3, H5, S1, C1, C2, X1).
 */
#ifndef WEIR_SENSOR_INSPECT_COMMAND_H
#define WEIR_SENSOR_INSPECT_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

/* H-DIR: a system directory or something in it, or a path with a hidden component. An empty one may
 * be NULL. */
bool command_path_is_hot(const char *path, size_t size);

/* H1, H2, H3 or H5. */
bool command_is_hot(const char *line, size_t size);

/* S1: asks to become root. */
bool command_is_su(const char *line, size_t size);

/* C1: its program makes files. */
bool command_creates(const char *line, size_t size);

/* C2: writes its output to a path. */
bool command_redirects(const char *line, size_t size);

/* X1: starts a shell. */
bool command_starts_shell(const char *line, size_t size);

/* `#!` and the path of a shell or perl: the beginning of a script. */
bool command_is_script(const char *line, size_t size);

#endif
