#!/usr/bin/env bash
# Makes the project's own sounds, all 8 kHz 16-bit mono WAV:
#   sounds/en/   spoken by espeak-ng from sounds/prompts.txt, and the beep;
#   sounds/moh/  the music on hold, synthesised by sounds/music.py.
# The same versions of espeak-ng, sox and Python give the same bytes: nothing is dithered or dated.
#
#   sounds/make.sh            make everything
#   sounds/make.sh NAME ...   make only the prompts named
set -euo pipefail
cd "$(dirname "$0")"

VOICE=en-us
WORDS_PER_MINUTE=150
PITCH=42
PEAK_DB=-3

for program in espeak-ng sox python3; do
  command -v "$program" >/dev/null || {
    echo "sounds/make.sh: $program is not installed; tests/setup.sh installs it" >&2
    exit 1
  }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Speaks one sentence: trimmed at both ends, kept to the telephone band, normalised, 40 ms of silence after.
speak() {
  local name=$1 sentence=$2
  mkdir -p "en/$(dirname "$name")"
  espeak-ng -v "$VOICE" -s "$WORDS_PER_MINUTE" -p "$PITCH" -w "$work/spoken.wav" -- "$sentence"
  sox -D -V1 "$work/spoken.wav" -r 8000 -c 1 -b 16 -e signed-integer "en/$name.wav" \
    highpass 150 rate -h 8000 \
    gain -n "$PEAK_DB" silence 1 0.005 0.3% fade t 0.004 \
    reverse silence 1 0.005 0.3% fade t 0.01 reverse pad 0 0.04
}

beep() {
  mkdir -p en
  sox -D -V1 -n -r 8000 -c 1 -b 16 -e signed-integer en/beep.wav \
    synth 0.25 sine 1000 gain -n -12 fade t 0.01 0.25 0.02
}

wanted() {
  local name=$1 each
  shift
  [ $# -eq 0 ] && return 0
  for each in "$@"; do [ "$each" = "$name" ] && return 0; done
  return 1
}

made=0
while IFS=$'\t' read -r name sentence; do
  case $name in '' | '#'*) continue ;; esac
  wanted "$name" "$@" || continue
  speak "$name" "$sentence"
  made=$((made + 1))
done <prompts.txt

if [ $# -eq 0 ]; then
  beep
  mkdir -p moh
  python3 music.py moh/strowger-steps.wav
fi
echo "sounds/make.sh: $made prompts made"
