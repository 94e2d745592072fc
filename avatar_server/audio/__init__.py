"""Sound: from a file of any kind to exact blocks of samples at 48 kHz.

Comes in: the WAV beside a recording (any rate, layout and sample format; it may be empty or missing).
Goes out: `SoundClip.block_at(start_sample, count)`, mono; `Mix.block_at(start_sample, count)`, stereo, each
voice levelled and panned; `TimeStretcher.next_block(count, speed)`, the voices at another speed with their
pitch kept, and `blend`, which mixes them as loud as people want to hear each. Positions are integer
samples at 48 kHz from the beginning of the interaction; seconds appear at the doors only, so that sound
can never drift against pictures.

`voice_activity` says when somebody speaks.

To add a source of sound, give it `block_at(start_sample, count)` and let `Mix` read it.

Rejected: keeping decoded sound in memory (ten minutes of two voices are 230 MB, and an export must not grow
with its length) or decoding at every seek (compressed formats do not seek to a sample); a compressor with
attack and release (it pumps, and a seek would sound different from playing); a phase vocoder (it smears
consonants, and costs more than overlap-add with a search, which suits speech).
"""
