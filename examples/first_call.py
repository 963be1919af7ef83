#!/usr/bin/env python3
"""Answers every call that the dialplan hands to the application my-app.

    pip install websocket-client requests
    python first_call.py                            the server on this machine
    python first_call.py http://192.0.2.7:8088      another one (or set ARI_URL)

The dialplan needs one line:  exten => 1000,1,Stasis(my-app)
"""

import json
import os
import sys
from urllib.parse import quote

import requests
import websocket

URL = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("ARI_URL", "http://localhost:8088")
URL = URL.rstrip("/")
APP, USER, PASSWORD = "my-app", "admin", "password"


def on_open(socket):
    print(f"connected to {URL}; dial the extension that leads to Stasis({APP})", flush=True)


def on_message(socket, message):
    event = json.loads(message)
    kind, channel = event["type"], event.get("channel", {})
    print(kind, channel.get("name", ""), flush=True)
    if kind == "StasisStart":
        address = f"{URL}/ari/channels/{quote(channel['id'], safe='')}/answer"
        reply = requests.post(address, auth=(USER, PASSWORD), timeout=10)
        caller = channel["caller"]["number"] or "unknown"
        print(f"  call from {caller}: answer -> {reply.status_code} {reply.text}", flush=True)


def on_error(socket, error):
    if not isinstance(error, KeyboardInterrupt):
        print(f"error: {error}", file=sys.stderr, flush=True)


def on_close(socket, status, reason):
    print("connection closed", flush=True)


def main():
    events = URL.replace("http", "ws", 1) + f"/ari/events?app={APP}&api_key={USER}:{PASSWORD}"
    socket = websocket.WebSocketApp(
        events, on_open=on_open, on_message=on_message, on_error=on_error, on_close=on_close
    )
    try:
        failed = socket.run_forever()
    except KeyboardInterrupt:
        failed = False
    print("bye", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
