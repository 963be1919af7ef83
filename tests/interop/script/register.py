#!/usr/bin/env python3
"""Registers with SHA-256 (RFC 8760); the digest is computed by the requests library.

    register.py HOST PORT USER PASSWORD      prints the final status code
"""

import re
import socket
import sys
from urllib.request import parse_http_list, parse_keqv_list

from requests.auth import HTTPDigestAuth

HOST, PORT, USER, PASSWORD = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]

wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
wire.settimeout(5)
wire.connect((HOST, PORT))
own = "%s:%d" % wire.getsockname()


def register(sequence, authorization=None):
    """The final answer to one REGISTER, as lines."""
    lines = [
        f"REGISTER sip:{HOST}:{PORT} SIP/2.0",
        f"Via: SIP/2.0/UDP {own};branch=z9hG4bK-interop-{own}-{sequence}",
        f"From: <sip:{USER}@{HOST}>;tag=interop",
        f"To: <sip:{USER}@{HOST}>",
        f"Call-ID: interop-{own}",
        f"CSeq: {sequence} REGISTER",
        f"Contact: <sip:{USER}@{own}>",
        "Max-Forwards: 70",
        "Expires: 60",
    ]
    if authorization:
        lines.append(f"Authorization: {authorization}")
    wire.send("\r\n".join([*lines, "Content-Length: 0", "", ""]).encode())
    while True:
        answer = wire.recv(65535).decode().split("\r\n")
        status = int(answer[0].split()[1])
        if status >= 200:
            return status, answer


status, answer = register(1)
challenges = [re.split(r"Digest\s+", line, maxsplit=1)[1] for line in answer if line.startswith("WWW-Authenticate:")]
offered = [parse_keqv_list(parse_http_list(challenge)) for challenge in challenges]
strong = [challenge for challenge in offered if challenge.get("algorithm", "").upper() == "SHA-256"]
if status != 401 or not strong:
    sys.exit(f"no SHA-256 is offered: {status} {challenges}")

digest = HTTPDigestAuth(USER, PASSWORD)
digest.init_per_thread_state()
digest._thread_local.chal = strong[0]
# The library takes the path of a URL as the digest's URI: with a scheme in front, the path is the whole SIP URI.
status, _ = register(2, digest.build_digest_header("REGISTER", f"sip:sip:{HOST}:{PORT}"))
print(status)
