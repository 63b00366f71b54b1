/* SPDX-License-Identifier: Apache-2.0
 *
 * reading: what a parser answers after the bytes it was given.
 *
 * Shape:   MORE: give it the next bytes. DONE: what there was to learn is learnt, its state can be
 *          freed. NOT: this is not its protocol; nothing was learnt, its state can be freed.
 */
#ifndef WEIR_SENSOR_INSPECT_READING_H
#define WEIR_SENSOR_INSPECT_READING_H

enum reading {
    READING_MORE,
    READING_DONE,
    READING_NOT,
};

#endif
