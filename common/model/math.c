/* SPDX-License-Identifier: Apache-2.0 */
#include "common/model/math.h"

#include <math.h>
