#!/usr/bin/env bash
# Installs, by package name, the programs that the tests drive. Quick when everything is there already.
# As root it uses apt-get itself; otherwise it says what to install and stops.
set -euo pipefail
cd "$(dirname "$0")/.."

CARGO_FUZZ_VERSION=0.13.2
PYTHON_PACKAGES=(websocket-client==1.9.0 requests==2.32.5)

say() { echo "setup: $*"; }
fail() {
  echo "setup: $*" >&2
  exit 1
}

# Debian's package for each program: what it is for is in its name's line.
missing=()
needs() { # PROGRAM PACKAGE
  command -v "$1" >/dev/null || missing+=("$2")
}
needs sipp sip-tester      # calls from a SIP stack that is not ours
needs baresip baresip      # a softphone, its audio checked by its tone
needs linphonec linphone-cli # another softphone, of another stack
needs openssl openssl      # certificates for TLS
needs kamailio kamailio    # a proxy in front, with Record-Route and Path
needs espeak-ng espeak-ng  # speaks the prompts (sounds/make.sh)
needs sox sox              # trims the prompts, looks at recordings
needs python3 python3      # ARI and AGI clients of the tutorials
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)

if [ ${#missing[@]} -gt 0 ]; then
  command -v apt-get >/dev/null || fail "missing, and there is no apt-get: install ${missing[*]} (Debian's names)"
  [ "$(id -u)" -eq 0 ] || fail "missing: run 'sudo apt-get install ${missing[*]}', then start again"
  say "installing ${missing[*]}"
  install() { DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" </dev/null >/dev/null; }
  # The package list may be absent or old: refresh it only when the first try fails.
  install 2>/dev/null || { apt-get update -qq && install; } || fail "apt-get could not install ${missing[*]}"
  # Its package starts a proxy of its own on SIP's port; the tests start theirs.
  case " ${missing[*]} " in *" kamailio "*) systemctl disable --now kamailio 2>/dev/null || true ;; esac
fi

if ! .venv/bin/python -c 'import requests, websocket' 2>/dev/null; then
  say "making .venv with ${PYTHON_PACKAGES[*]}"
  rm -rf .venv
  python3 -m venv .venv || fail "python3 -m venv failed: install python3-venv"
  .venv/bin/pip install --quiet --disable-pip-version-check "${PYTHON_PACKAGES[@]}" ||
    fail "pip could not install ${PYTHON_PACKAGES[*]} into .venv"
fi

if [ "$(cargo fuzz --version 2>/dev/null)" != "cargo-fuzz $CARGO_FUZZ_VERSION" ]; then
  say "installing cargo-fuzz $CARGO_FUZZ_VERSION"
  cargo install cargo-fuzz --locked --version "$CARGO_FUZZ_VERSION" --quiet ||
    fail "cargo could not install cargo-fuzz $CARGO_FUZZ_VERSION"
fi

sipp_version=$(sipp -v 2>/dev/null | grep -o 'SIPp v[0-9.]*' | head -1) || true
say "ready: ${sipp_version%.}, baresip, espeak-ng, sox, $(.venv/bin/python --version), cargo-fuzz $CARGO_FUZZ_VERSION"
