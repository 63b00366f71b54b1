/* SPDX-License-Identifier: Apache-2.0
 *
 * ctl: the table of weirctl's commands.
 */
#ifndef WEIR_COLLECTOR_CTL_CTL_H
#define WEIR_COLLECTOR_CTL_CTL_H

/* Does what argv asks and gives the exit code. */
int ctl_run(int argc, char **argv);

#endif
