/* SPDX-License-Identifier: Apache-2.0
 *
 * app_text: applications whose commands and answers are lines of text.
 *
 * A command that several protocols share (USER, AUTH, PASS, QUIT) fits each of them and names none:
 * the responder's greeting tells.
 *
 * Shape:   each is an app_pattern_fn for the direction its name says; without one, for either.
 * Source:  specification 5.1.1; RFC 4253 section 4.2, 5321, 959, 1939, 3501, 854, 2812, 3261, 3164;
 *          UPnP Device Architecture 1.1 section 1.
 */
#ifndef WEIR_SENSOR_INSPECT_APP_TEXT_H
#define WEIR_SENSOR_INSPECT_APP_TEXT_H

#include "sensor/inspect/app_pattern.h"

enum app_claim app_text_ssh_orig(const struct app_side *side);
enum app_claim app_text_ssh_resp(const struct app_side *side);
enum app_claim app_text_http_orig(const struct app_side *side);
enum app_claim app_text_http_resp(const struct app_side *side);
enum app_claim app_text_smtp_orig(const struct app_side *side);
enum app_claim app_text_smtp_resp(const struct app_side *side);
enum app_claim app_text_ftp_orig(const struct app_side *side);
enum app_claim app_text_ftp_resp(const struct app_side *side);
enum app_claim app_text_pop3_orig(const struct app_side *side);
enum app_claim app_text_pop3_resp(const struct app_side *side);
enum app_claim app_text_imap_orig(const struct app_side *side);
enum app_claim app_text_imap_resp(const struct app_side *side);
enum app_claim app_text_telnet_orig(const struct app_side *side);
enum app_claim app_text_telnet_resp(const struct app_side *side);
enum app_claim app_text_irc_orig(const struct app_side *side);
enum app_claim app_text_irc_resp(const struct app_side *side);
enum app_claim app_text_ssdp(const struct app_side *side);
enum app_claim app_text_syslog(const struct app_side *side);
enum app_claim app_text_sip(const struct app_side *side);

#endif
