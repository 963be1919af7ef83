"""Synthesises the music on hold: a slow arpeggio in C, composed for this project.

Eight bars of three seconds at 8 kHz. Every note's tail is wrapped round the end of the loop, so the last sample leads
into the first without a click. Uses the standard library alone and no randomness: the same bytes on every run.

    python3 music.py OUT.wav
"""

import array
import math
import sys
import wave

RATE = 8000
BAR_SECONDS = 3.0
STEPS_A_BAR = 8
PEAK = 0.5

# Each bar: the bass note and the four notes of its chord, as MIDI numbers.
BARS = [
    (36, (60, 64, 67, 71)),
    (33, (60, 64, 67, 69)),
    (41, (60, 65, 69, 72)),
    (43, (59, 62, 67, 69)),
    (40, (59, 64, 67, 71)),
    (45, (60, 64, 69, 72)),
    (38, (57, 62, 65, 72)),
    (43, (59, 62, 65, 69)),
]

# Which chord note each step plays, and how far above it (in semitones).
FIGURE = [(0, 0), (1, 0), (2, 0), (3, 0), (0, 12), (3, 0), (2, 0), (1, 0)]


def frequency(note):
    return 440.0 * 2.0 ** ((note - 69) / 12.0)


def strike(loop, start, note, loudness, decay_s, partials):
    """Adds one struck note at `start` seconds; its tail wraps round the end of the loop."""
    first = round(start * RATE)
    attack = int(0.012 * RATE)
    step = 2.0 * math.pi * frequency(note) / RATE
    for i in range(int(decay_s * 5 * RATE)):
        envelope = min(1.0, i / attack) * math.exp(-i / (decay_s * RATE))
        sample = 0.0
        for multiple, share, fading in partials:
            sample += share * math.sin(step * multiple * i) * math.exp(-i * fading / RATE)
        loop[(first + i) % len(loop)] += loudness * envelope * sample


def swell(loop, start, note, loudness):
    """Adds one held note that rises and falls over a bar and a half."""
    first = round(start * RATE)
    length = int(BAR_SECONDS * 1.5 * RATE)
    step = 2.0 * math.pi * frequency(note) / RATE
    for i in range(length):
        envelope = math.sin(math.pi * i / length) ** 2
        sample = math.sin(step * i) + 0.3 * math.sin(2.003 * step * i)
        loop[(first + i) % len(loop)] += loudness * envelope * sample


def compose():
    loop = [0.0] * round(len(BARS) * BAR_SECONDS * RATE)
    bell = [(1.0, 1.0, 0.0), (2.0, 0.35, 2.0), (3.0, 0.12, 5.0)]
    bass = [(1.0, 1.0, 0.0), (2.0, 0.6, 1.0), (3.0, 0.25, 2.0)]
    step_s = BAR_SECONDS / STEPS_A_BAR
    for bar, (root, chord) in enumerate(BARS):
        start = bar * BAR_SECONDS
        strike(loop, start, root + 12, 0.55, 1.1, bass)
        for note in chord[:3]:
            swell(loop, start, note, 0.10)
        for step, (which, above) in enumerate(FIGURE):
            accent = 1.0 if step % 4 == 0 else 0.75
            strike(loop, start + step * step_s, chord[which] + above, 0.5 * accent, 0.55, bell)
    return echoed(loop)


def echoed(loop):
    """One quiet repeat, a dotted step later, wrapped like the notes."""
    delay = round(1.5 * BAR_SECONDS / STEPS_A_BAR * RATE)
    return [sample + 0.25 * loop[i - delay] for i, sample in enumerate(loop)]


def main():
    loop = compose()
    loudest = max(abs(sample) for sample in loop)
    samples = array.array("h", (round(sample / loudest * PEAK * 32767) for sample in loop))
    if sys.byteorder == "big":
        samples.byteswap()
    with wave.open(sys.argv[1], "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())


if __name__ == "__main__":
    main()
