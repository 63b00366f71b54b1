/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_dhcp_message: any bytes give valid details, or none.
 */
#include <stddef.h>
#include <stdint.h>

#include "common/base/check.h"

#include "sensor/inspect/dhcp_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct weir_flow_details details = {.present = 1U << WEIR_DETAIL_DHCP};
    const bool read = dhcp_message_read(bytes, size, &details.dhcp);
    weir_check(details.dhcp.messages == (read ? 1 : 0));
    weir_check(weir_flow_details_valid(&details, NULL));
    return 0;
}
