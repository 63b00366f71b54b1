"""Writes the seeds of fuzz_app: beginnings of connections as their applications write them.

python3 tests/fuzz/sensor/app_seeds.py writes fuzz_app.in/APPLICATION.WHAT again. A seed is flags (1:
UDP, 2: ended), the two ports, the size of the originator"s bytes, those, and the responder"s bytes. The
unit test of sensor/inspect/app reads the same files: each must be recognised as what its name says.
"""
import pathlib
import struct

FOLDER = pathlib.Path(__file__).resolve().parent / "fuzz_app.in"
TCP, UDP, ENDED = 0, 1, 2
ORIG_PORT = 49152


def raw(text):
    return bytes.fromhex(text)


def seed(app, what, proto, port, orig=b"", resp=b"", orig_zeros=0, resp_zeros=0):
    orig, resp = orig + bytes(orig_zeros), resp + bytes(resp_zeros)
    head = struct.pack(">BHHH", proto | ENDED, ORIG_PORT, port, len(orig))
    (FOLDER / f"{app}.{what}").write_bytes(head + orig + resp)


def prefixed(message, size, mark=0):
    return (len(message) | mark).to_bytes(size, "big") + message


def tlv(tag, content):
    length = bytes([len(content)]) if len(content) < 128 else bytes([0x81, len(content)])
    return bytes([tag]) + length + content


def snmp(pdu):
    binding = tlv(0x30, raw("06082b060102010101000500"))
    return tlv(0x30, raw("020101") + tlv(4, b"public") +
               tlv(pdu, raw("020417a2b3c4020100020100") + tlv(0x30, binding)))


def dhcp(operation):
    return bytes([operation, 1, 6, 0]) + raw("3903f326") + bytes(20) + raw("000b8201fc42") + \
        bytes(10 + 64 + 128) + raw("63825363350101ff")


QUESTION = b"\x03www\x07example\x03net\x00\x00\x01\x00\x01"
QUERY = raw("2a3b01000001000000000000") + QUESTION
ANSWER = raw("2a3b81800001000100000000") + QUESTION + raw("c00c000100010000003c0004c0000201")
NETBIOS_NAME = b"\x20CKFDENECFDEFFCFGEFFCCACACACACACA\x00"
AS_REQUEST = tlv(0x6a, tlv(0x30, raw("a103020105a20302010a") +
                           tlv(0xa4, b"\x30\x30" + bytes(range(48)))))
KERBEROS_ERROR = tlv(0x7e, tlv(0x30, raw("a003020105a10302011e") +
                               tlv(0xa4, b"\x18\x0f20260105101112Z")))
SNMP_3 = tlv(0x30, raw("020103") + tlv(0x30, raw("02045a3c0102020300ffe3040104020103")) +
             tlv(4, tlv(0x30, raw("0400020100020100040004000400"))) +
             tlv(0x30, raw("04000400a00e020417a2b3c40201000201003000")))
RPC_CALL = raw("7b2c1d0e0000000000000002000186a000000002000000040000000000000000") + bytes(8)
RPC_REPLY = raw("7b2c1d0e0000000100000000000000000000000000000000")


def lines_of_text():
    seed("ssh", "plain", TCP, 22,
         b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
         b"SSH-2.0-OpenSSH_8.4p1\r\n")
    seed("ssh", "after-lines", TCP, 2222,
         b"SSH-2.0-libssh_0.9.6\r\n",
         b"Authorised use only.\r\nYou are watched.\r\nSSH-1.99-Cisco-1.25\r\n")
    seed("http", "plain", TCP, 80,
         b"GET /index.html HTTP/1.1\r\nHost: example.net\r\nUser-Agent: curl/7.88.1\r\n\r\n",
         b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>")
    seed("http", "proxy", TCP, 3128,
         b"CONNECT example.net:443 HTTP/1.1\r\nHost: example.net:443\r\n\r\n",
         b"HTTP/1.0 200 Connection established\r\n\r\n")
    seed("http", "webdav", TCP, 80,
         b"PROPFIND /calendars/ HTTP/1.1\r\nDepth: 1\r\n\r\n",
         b"HTTP/1.1 207 Multi-Status\r\n\r\n")
    seed("http", "2", TCP, 8080,
         b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
         raw("00001204000000000000030000006400040010000000060000") + b"\x40")
    seed("smtp", "plain", TCP, 25,
         b"EHLO mail.example.org\r\n",
         b"220 mx1.example.net ESMTP Postfix\r\n250-mx1.example.net\r\n")
    seed("smtp", "by-port", TCP, 587,
         b"HELO client\r\n",
         b"220-mx1.example.net ready\r\n220 go ahead\r\n")
    seed("smtp", "by-greeting", TCP, 2525,
         b"EHLO client\r\n",
         b"220 host.example.net ready for you\r\n250 hello\r\n")
    seed("smtp", "turned-away", TCP, 25, b"", b"554 mx1.example.net no SMTP service here\r\n")
    seed("smtp", "blacklisted", TCP, 25, b"", b"550 5.7.1 RBL restriction: blacklisted\r\n")
    seed("ftp", "turned-away", TCP, 21, b"", b"421 Too many users are connected\r\n")
    seed("ftp", "plain", TCP, 21,
         b"USER anonymous\r\nPASS guest@\r\n",
         b"220 (vsFTPd 3.0.3)\r\n331 Please specify the password.\r\n")
    seed("ftp", "tls", TCP, 2121,
         b"AUTH TLS\r\n",
         b"220-Welcome\r\n220 ProFTPD Server ready.\r\n234 AUTH TLS successful\r\n")
    seed("pop3", "terse", TCP, 1110, b"USER bob\r\nPASS secret\r\n", b"+OK\r\n+OK\r\n")
    seed("pop3", "plain", TCP, 110,
         b"USER bob\r\nPASS secret\r\n",
         b"+OK Dovecot ready.\r\n+OK\r\n+OK Logged in.\r\n")
    seed("pop3", "capa", TCP, 110,
         b"CAPA\r\nSTLS\r\n",
         b"+OK POP3 server ready <1896.697170952@example.net>\r\n")
    seed("imap", "plain", TCP, 143,
         b"a1 CAPABILITY\r\na2 LOGIN bob secret\r\n",
         b"* OK [CAPABILITY IMAP4rev1 STARTTLS] Dovecot ready.\r\n")
    seed("imap", "id", TCP, 143,
         b'A0001 ID ("name" "Thunderbird")\r\n',
         b"* PREAUTH IMAP4rev1 server logged in as bob\r\n")
    seed("telnet", "plain", TCP, 23,
         raw("fffd03fffb18fffb1ffffb20fffb21fffb22fffb27fffd05"),
         raw("fffd18fffd20fffd23fffd27") + b"login: ")
    seed("telnet", "prompt", TCP, 23,
         b"admin\r\nadmin\r\n",
         b"\r\nBusyBox on router\r\n\r\nrouter login: ")
    seed("irc", "plain", TCP, 6667,
         b"NICK weir\r\nUSER weir 0 * :weir\r\n",
         b":irc.example.net NOTICE * :*** Looking up your hostname\r\n")
    seed("irc", "welcome", TCP, 7000,
         b"PASS x\r\nNICK bot17\r\nUSER a b c :d\r\n",
         b":irc.example.net 001 bot17 :Welcome\r\n")
    seed("irc", "cap", TCP, 6667,
         b"CAP LS 302\r\nNICK weir\r\n",
         b"NOTICE AUTH :*** Checking Ident\r\n")
    seed("ssdp", "search", UDP, 1900,
         b'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\n\r\n')
    seed("ssdp", "notify", UDP, 1900,
         b"NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n")
    seed("syslog", "plain", UDP, 514,
         b"<34>Oct 11 22:14:15 mymachine su: \"su root\" failed for lonvick on /dev/pts/8")
    seed("sip", "plain", UDP, 5060,
         b"REGISTER sip:example.net SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060\r\n\r\n",
         b"SIP/2.0 401 Unauthorized\r\n\r\n")
    seed("sip", "options", TCP, 5060,
         b"OPTIONS sip:100@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.9\r\n\r\n",
         b"SIP/2.0 200 OK\r\n\r\n")


def name_services():
    seed("dns", "plain", UDP, 53,
         QUERY,
         ANSWER)
    seed("dns", "without-question", UDP, 53,
         QUERY,
         raw("2a3b80050000000000000000"))
    seed("dns", "reflected", UDP, 40000,
         ANSWER)
    seed("dns", "tcp", TCP, 53,
         prefixed(QUERY, 2),
         prefixed(ANSWER, 2))
    seed("dns", "tunnel", UDP, 53,
         raw("8f2b01000001000000000001") + b"\x20" + bytes(range(0xc0, 0xe0)) +
         b"\x06pirate\x03sea\x00\x00\x0a\x00\x01\x00\x00\x29\x10\x00\x00\x00\x80\x00\x00\x00")
    seed("mdns", "plain", UDP, 5353,
         raw("000000000002000000000000") +
         b"\x08_airplay\x04_tcp\x05local\x00\x00\x0c\x00\x01\xc0\x0c\x00\x10\x00\x01")
    seed("llmnr", "plain", UDP, 5355,
         raw("1a2b00000001000000000000") + b"\x04wpad\x00\x00\x01\x00\x01")
    seed("netbios-ns", "plain", UDP, 137,
         raw("8f3201100001000000000000") + b"\x20EJFDEBFEEBFACACACACACACACACACAAA\x00\x00\x20\x00\x01",
         raw("8f3285000000000100000000") + b"\x20EJFDEBFEEBFACACACACACACACACACAAA\x00\x00\x20\x00\x01" +
         bytes(12))
    seed("netbios-ns", "registration", UDP, 137,
         raw("8f3329100001000000000001") +
         b"\x20EJFDEBFEEBFACACACACACACACACACAAA\x00\x00\x20\x00\x01\xc0\x0c\x00\x20\x00\x01" + bytes(10))


def encoded_by_rules():
    seed("ldap", "bind", TCP, 389,
         raw("300c020101600702010304008000"),
         raw("300c02010161070a010004000400"))
    seed("ldap", "search", UDP, 389,
         raw("30840000002d02010163840000002404000a01000a0100020100020100010100870b") + b"objectclass" +
         raw("308400000000"),
         raw("3084000000110201026484000000080400308400000000"))
    seed("kerberos", "plain", UDP, 88,
         AS_REQUEST,
         KERBEROS_ERROR)
    seed("kerberos", "tcp", TCP, 88,
         prefixed(AS_REQUEST, 4),
         prefixed(KERBEROS_ERROR, 4))
    seed("snmp", "plain", UDP, 161,
         snmp(0xa1),
         snmp(0xa2))
    seed("snmp", "3", UDP, 161,
         SNMP_3)


def sessions():
    seed("tls", "1.3", TCP, 443,
         raw("160301020001000001fc0303") + bytes(range(32, 64)) + b"\x20",
         raw("160303007a020000760303") + bytes(range(64, 96)))
    seed("tls", "refused", TCP, 8443,
         raw("16030100c8010000c40303") + bytes(range(32, 64)),
         raw("15030300020228"))
    seed("tls", "ssl-2-hello", TCP, 443,
         raw("802e0100")[:2] + raw("010300001500000010") +
         b"\x00\x00\x39\x00\x00\x38\x00\x00\x35\x00\x00\x16\x00\x00\x13\x00\x00\x0a\x00\x00\x05" +
         bytes(range(16)),
         raw("160300004a02000046") + bytes(40))
    seed("smb", "1", TCP, 445,
         raw("00000085ff534d4272000000001853c8") + bytes(24),
         raw("00000081ff534d4272000000009853c8") + bytes(24))
    seed("smb", "2", TCP, 445,
         raw("0000006cfe534d4240000000") + bytes(24),
         raw("000000fcfe534d4240000000") + bytes(24))
    seed("smb", "over-netbios", TCP, 139,
         raw("81000044") + NETBIOS_NAME + NETBIOS_NAME + raw("0000002fff534d427200000000"),
         raw("82000000") + raw("00000031ff534d427200000000"))
    seed("rdp", "plain", TCP, 3389,
         raw("0300002b26e00000000000") + b"Cookie: mstshash=hello\r\n" + raw("0100080003000000"),
         raw("030000130ed000001234000209080002000000"))
    seed("mysql", "plain", TCP, 3306,
         raw("550000018fa23f00"),
         raw("4a0000000a") + b"5.5.5-10.11.6-MariaDB\x00" + raw("0800000021") + b"aaaaaaa\x00" +
         bytes(30))
    seed("postgres", "plain", TCP, 5432,
         raw("0000002900030000") + b"user\x00bob\x00database\x00flows\x00\x00",
         raw("520000000c00000005") + b"salt")
    seed("postgres", "ssl", TCP, 5432,
         raw("0000000804d2162f") + raw("16030100c8010000c40303") + bytes(8),
         b"S" + raw("160303007a02000076"))
    seed("mssql", "plain", TCP, 1433,
         raw("1201002f00000100") + raw("00001a000601002000010200210001030022000404002600 01ff") +
         bytes(12),
         raw("0401002b00000100") + raw("00001a0006010020000102002100010300220000040022") + bytes(12))
    seed("rpc", "plain", UDP, 111,
         RPC_CALL,
         RPC_REPLY)
    seed("rpc", "tcp", TCP, 2049,
         prefixed(RPC_CALL, 4, 1 << 31),
         prefixed(RPC_REPLY, 4, 1 << 31))
    seed("socks", "5", TCP, 1080,
         raw("05020002050100030b") + b"example.net\x01\xbb",
         raw("0500050000010a00000204d2"))
    seed("socks", "5-password", TCP, 9050,
         raw("0502000201") + b"\x03bob\x06secret" + raw("05010001c000020101bb"),
         raw("05020100"))
    seed("socks", "4", TCP, 1080,
         raw("040101bbc0000201") + b"weiruser\x00",
         raw("005a000000000000"))
    seed("bittorrent", "plain", TCP, 6881,
         b"\x13BitTorrent protocol" + raw("0000000000100005") + bytes(range(40)),
         b"\x13BitTorrent protocol" + raw("0000000000100005") + bytes(range(40)))
    seed("bittorrent", "dht", UDP, 6881,
         b"d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe",
         b"d1:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re")
    seed("modbus", "plain", TCP, 502,
         raw("0001000000060103006b00030002000000060103006b0003"),
         raw("000100000009010306022b00000064000200000009010306022b00000064"))
    seed("modbus", "elsewhere", TCP, 1502,
         raw("0001000000060103006b00030002000000060103006b0003"),
         raw("000100000003018302"))
    seed("mqtt", "plain", TCP, 1883,
         raw("101000044d5154540402003c0004") + b"weir",
         raw("20020000"))
    seed("mqtt", "3.1", TCP, 1883,
         raw("101200064d51497364700302003c0004") + b"weir",
         raw("20020105"))


def datagrams():
    seed("quic", "plain", UDP, 443,
         raw("c300000001088394c8f03e5157080000449e") + bytes(range(64)),
         raw("c1000000010008f067a5502a4262b500407500") + bytes(range(40)), 1130, 1000)
    seed("quic", "version", UDP, 443,
         raw("c3ff00001d088394c8f03e5157080000449e") + bytes(range(64)),
         raw("8000000000088394c8f03e515708 00") + raw("0000000100000002"), 1130, 0)
    seed("ntp", "zeros", UDP, 123,
         raw("1b0004fa0001000000010000") + bytes(28) + raw("83aa7e80") + bytes(4))
    seed("ntp", "plain", UDP, 123,
         raw("230006ec") + bytes(36) + raw("e5a1b2c3d4e5f607"),
         raw("240206e90000031c00000a1fc0000201e5a1b2c3d4e5f600") +
         raw("e5a1b2c3d4e5f607e5a1b2c3d4e5f608e5a1b2c3d4e5f609"))
    seed("ntp", "elsewhere", UDP, 4123,
         raw("230006ec") + bytes(36) + raw("e5a1b2c3d4e5f607"),
         raw("240206e90000031c00000a1fc0000201e5a1b2c3d4e5f600") +
         raw("e5a1b2c3d4e5f607e5a1b2c3d4e5f608e5a1b2c3d4e5f609"))
    seed("ntp", "monlist", UDP, 123,
         raw("1700032a00000000"),
         raw("9700032a00010048") + bytes(72))
    seed("dhcp", "plain", UDP, 67,
         dhcp(1),
         dhcp(2))
    seed("tftp", "plain", UDP, 69,
         b"\x00\x01firmware.bin\x00octet\x00",
         b"\x00\x03\x00\x01abcdef")
    seed("stun", "plain", UDP, 3478,
         raw("000100082112a442") + b"abcdefghijkl" + raw("802200045765 6972"),
         raw("0101000c2112a442") + b"abcdefghijkl" + raw("002000080001a147e112a643"))
    seed("stun", "classic", UDP, 3478,
         raw("0001000812233445566778899001122334455667") + raw("0003000400000000"))
    seed("stun", "tcp", TCP, 3478,
         raw("000300002112a442") + b"abcdefghijkl")
    seed("radius", "plain", UDP, 1812,
         raw("010f0038") + bytes(range(16)) + raw("01056e656d")[:0] + b"\x01\x06nemo" + raw("0212") +
         bytes(range(16)) + raw("0406c0a80110") + raw("050600000003"),
         raw("020f0026") + bytes(range(16)) + raw("06060000000119 06"[:12]) +
         raw("0f06000000000e06c0a80103"))
    seed("wireguard", "plain", UDP, 51820,
         raw("01000000") + bytes(range(1, 145)),
         raw("02000000") + bytes(range(1, 89)))
    seed("openvpn", "plain", UDP, 1194,
         raw("38") + bytes(range(1, 9)) + raw("0000000000"),
         raw("40") + bytes(range(9, 17)) + raw("01000000") + bytes(14))
    seed("openvpn", "signed", UDP, 1194,
         raw("38") + bytes(range(1, 9)) + bytes(range(100, 120)) + raw("00000001672a3b4c") +
         raw("0000000000"))
    seed("openvpn", "crypt", UDP, 1194,
         raw("38") + bytes(range(1, 9)) + raw("00000001672a3b4c") + bytes(range(100, 137)))
    seed("openvpn", "tcp", TCP, 443,
         raw("000e38") + bytes(range(1, 9)) + raw("0000000000"))
    seed("ike", "2", UDP, 500,
         bytes(range(1, 9)) + bytes(8) + raw("21202208000000000000003c") + raw("2200002000000000") +
         bytes(24),
         bytes(range(1, 9)) + bytes(range(9, 17)) + raw("2120222000000000000000 20") + raw("00000004"))
    seed("ike", "1", UDP, 500,
         bytes(range(1, 9)) + bytes(8) + raw("01100200000000000000002c") + raw("0d00001000000001") +
         bytes(8))
    seed("ike", "behind-nat", UDP, 4500,
         bytes(4) + bytes(range(1, 9)) + bytes(range(9, 17)) + raw("2e20230800000001000000 40") +
         bytes(range(36)))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    lines_of_text()
    name_services()
    encoded_by_rules()
    sessions()
    datagrams()
