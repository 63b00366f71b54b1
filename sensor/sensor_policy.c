/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/sensor_policy.h"

#include "sensor/limits.h"

int sensor_policy_of(const struct sensor_options *options, struct policy *out,
                     struct weir_error *error)
{
    struct policy policy = policy_defaults;
    policy.enabled = options->inspect_enabled;
    policy.strict_pop = options->kdd_strict_pop;
    policy.names = (enum policy_names)options->inspect_names;
    policy.names_key = options->inspect_names_key;
    policy.max_bytes = (uint32_t)options->inspect_max_bytes;
    policy.flows = (uint32_t)options->inspect_flows;
    policy.inspections = (uint32_t)sensor_options_limit(options, LIMITS_INSPECTIONS, 0);
    policy.segments = (uint32_t)sensor_options_limit(options, LIMITS_SEGMENTS, 0);
    if (policy.names == POLICY_NAMES_HASH && policy.names_key == 0) {
        return weir_fail(error, WEIR_EINVAL,
                         "inspect.names = hash needs inspect.names_key: a number that this site "
                         "keeps to itself, or whoever has a list of names can undo the hash");
    }
    const int code = options->inspect_classes == NULL
                         ? WEIR_OK
                         : policy_parse_classes(options->inspect_classes, &policy.classes, error);
    if (code == WEIR_OK) {
        *out = policy;
    }
    return code;
}
