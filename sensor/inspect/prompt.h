/* SPDX-License-Identifier: Apache-2.0
 *
 * prompt: the texts at which a program waits for what a person types.
 *
 * Shape:   pure functions of a line, complete or not.
 * Source:  specification 1.8.3 (P1, P2); login and password prompts of 1.8.2.
 */
#ifndef WEIR_SENSOR_INSPECT_PROMPT_H
#define WEIR_SENSOR_INSPECT_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

/* P1: at most 80 bytes that end in $, %, > or #, perhaps with one space. */
bool prompt_is_shell(const char *text, size_t size);

/* P2: P1 that ends in # and neither begins with # nor has nothing else. */
bool prompt_is_root(const char *text, size_t size);

/* Ends in `login:` or `username:` or `user:`, perhaps with blanks. */
bool prompt_is_login(const char *text, size_t size);

/* Ends in `password:`, perhaps with blanks. */
bool prompt_is_password(const char *text, size_t size);

#endif
