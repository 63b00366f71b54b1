/* SPDX-License-Identifier: Apache-2.0
 *
 * weirctl: looks after a weir fleet: its database, sensors, flows and models.
 */
#include "collector/ctl/ctl.h"

int main(int argc, char **argv)
{
    return ctl_run(argc, argv);
}
