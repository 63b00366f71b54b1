/* SPDX-License-Identifier: Apache-2.0
 *
 * app_session: applications whose TCP connection opens with a binary message, and RPC, which has
 * the same call over UDP.
 *
 * Shape:   each is an app_pattern_fn for the direction its name says; without one, for either.
 * Source:  specification 5.1.1; RFC 8446, 6101 appendix E, 1002, 1928, 5531; MS-SMB2, MS-RDPBCGR,
 *          MS-TDS; MySQL and PostgreSQL protocol chapters; BEP 3; Modbus TCP guide; MQTT 3.1.1.
 */
#ifndef WEIR_SENSOR_INSPECT_APP_SESSION_H
#define WEIR_SENSOR_INSPECT_APP_SESSION_H

#include "sensor/inspect/app_pattern.h"

enum app_claim app_session_tls_orig(const struct app_side *side);
enum app_claim app_session_tls_resp(const struct app_side *side);
enum app_claim app_session_smb(const struct app_side *side);
enum app_claim app_session_rdp_orig(const struct app_side *side);
enum app_claim app_session_rdp_resp(const struct app_side *side);
enum app_claim app_session_mysql_resp(const struct app_side *side);
enum app_claim app_session_postgres_orig(const struct app_side *side);
enum app_claim app_session_postgres_resp(const struct app_side *side);
enum app_claim app_session_mssql_orig(const struct app_side *side);
enum app_claim app_session_mssql_resp(const struct app_side *side);
enum app_claim app_session_rpc_orig(const struct app_side *side);
enum app_claim app_session_rpc_resp(const struct app_side *side);
enum app_claim app_session_socks_orig(const struct app_side *side);
enum app_claim app_session_socks_resp(const struct app_side *side);
enum app_claim app_session_bittorrent(const struct app_side *side);
enum app_claim app_session_modbus_orig(const struct app_side *side);
enum app_claim app_session_modbus_resp(const struct app_side *side);
enum app_claim app_session_mqtt_orig(const struct app_side *side);
enum app_claim app_session_mqtt_resp(const struct app_side *side);

#endif
