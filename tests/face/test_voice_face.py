"""A face made up from a voice: what was said by the synthesiser is what the mouth shows, and when."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avatar_server.audio.growing_sound import GrowingSound
from avatar_server.audio.sound_clip import SoundClip
from avatar_server.dataset.annotations import Word
from avatar_server.dataset.cache.partial_file import PartialFile
from avatar_server.dataset.wav_header import parse_wav_header
from avatar_server.face.arkit import ARKIT_INDEX
from avatar_server.face.voice_face import VoiceFace, face_from_voice
from avatar_server.testing.dialogue import Dialogue, Phone, plan_dialogue
from avatar_server.testing.heard_voice import HeardVoice
from avatar_server.testing.phonemes import BILABIAL
from avatar_server.testing.seamless_writer import write_wav
from avatar_server.testing.voice import speak

SECONDS = 24.0


@pytest.fixture(scope="module")
def dialogue() -> Dialogue:
    return plan_dialogue(SECONDS, 0)


@pytest.fixture(scope="module")
def voices(dialogue: Dialogue) -> tuple[HeardVoice, HeardVoice]:
    one, other = (HeardVoice(speak(dialogue, person, 0), spoken(dialogue, person)) for person in (0, 1))
    return one, other


def spoken(dialogue: Dialogue, person: int) -> list[tuple[float, float]]:
    return [(phrase.start_s, phrase.end_s) for phrase in dialogue.phrases_of(person)]


def words(dialogue: Dialogue, person: int) -> list[Word]:
    return [
        Word(word.text, word.start_s, word.end_s, None)
        for phrase in dialogue.phrases_of(person)
        for word in phrase.words
    ]


def phones(dialogue: Dialogue, person: int) -> list[Phone]:
    return [phone for phrase in dialogue.phrases_of(person) for word in phrase.words for phone in word.phones]


def weight(face: VoiceFace, name: str, start_s: float, end_s: float) -> np.ndarray:
    """The weight every 10 ms from the first to the second time."""
    return np.array(
        [face.weights_at(time_s)[ARKIT_INDEX[name]] for time_s in np.arange(start_s, end_s, 0.01)]
    )


@pytest.mark.parametrize("person", [0, 1])
def test_lips_close_where_the_words_have_p_b_or_m(
    dialogue: Dialogue, voices: tuple[HeardVoice, HeardVoice], person: int
) -> None:
    face = face_from_voice(voices[person], words(dialogue, person))
    closures = [phone for phone in phones(dialogue, person) if phone.symbol in BILABIAL]
    shut = [
        float((weight(face, "jawOpen", *at) - weight(face, "mouthClose", *at)).min())
        for at in ((phone.start_s, phone.end_s) for phone in closures)
    ]
    assert len(shut) >= 5
    assert np.mean(np.array(shut) < 0.05) >= 0.8  # "mm-hm" is spelt with fewer m than it has


@pytest.mark.parametrize("person", [0, 1])
def test_wide_vowels_open_the_jaw_wider_than_narrow_ones(
    dialogue: Dialogue, voices: tuple[HeardVoice, HeardVoice], person: int
) -> None:
    face = face_from_voice(voices[person], words(dialogue, person))

    def jaw(symbols: set[str]) -> float:
        return float(
            np.mean(
                [
                    weight(face, "jawOpen", phone.start_s, phone.end_s).max()
                    for phone in phones(dialogue, person)
                    if phone.symbol in symbols
                ]
            )
        )

    assert jaw({"AA", "AE", "AO", "AY", "AW"}) > 0.5 > 0.4 > jaw({"IY", "UW", "IH"})


@pytest.mark.parametrize("person", [0, 1])
def test_who_says_nothing_has_his_mouth_closed(
    dialogue: Dialogue, voices: tuple[HeardVoice, HeardVoice], person: int
) -> None:
    face = face_from_voice(voices[person], words(dialogue, person))
    times_s = np.arange(0.0, SECONDS, 0.02)
    near = np.zeros(len(times_s), dtype=bool)
    for start_s, end_s in spoken(dialogue, person):
        near |= (times_s > start_s - 0.15) & (times_s < end_s + 0.25)
    jaw = np.array([face.weights_at(time_s)[ARKIT_INDEX["jawOpen"]] for time_s in times_s])
    assert near.any()
    assert not near.all()
    assert jaw[~near].max() < 0.02
    assert jaw[near].max() > 0.5


def test_a_face_is_the_same_in_any_order_and_for_the_same_seed(
    dialogue: Dialogue, voices: tuple[HeardVoice, HeardVoice]
) -> None:
    times_s = np.arange(0.0, SECONDS, 0.13)
    one, other = (face_from_voice(voices[0], words(dialogue, 0), voices[1], seed=5) for _ in range(2))
    forwards = np.array([one.weights_at(time_s) for time_s in times_s])
    shuffled = np.random.default_rng(0).permutation(len(times_s))
    for index in shuffled:
        assert np.array_equal(other.weights_at(times_s[index]), forwards[index])
    another = face_from_voice(voices[0], words(dialogue, 0), voices[1], seed=6)
    lids = np.array([another.weights_at(time_s)[ARKIT_INDEX["eyeBlinkLeft"]] for time_s in times_s])
    assert not np.array_equal(lids, forwards[:, ARKIT_INDEX["eyeBlinkLeft"]])
    assert forwards.min() >= 0.0
    assert forwards.max() <= 1.0


def test_a_face_moves_smoothly_also_from_one_second_to_the_next(
    dialogue: Dialogue, voices: tuple[HeardVoice, HeardVoice]
) -> None:
    face = face_from_voice(voices[1], words(dialogue, 1), voices[0])
    slow = [index for name, index in ARKIT_INDEX.items() if "eye" not in name]
    weights = np.array([face.weights_at(time_s) for time_s in np.arange(0.0, SECONDS, 0.01)])[:, slow]
    steps = np.abs(np.diff(weights, axis=0)).max(axis=1)
    assert steps.max() < 0.25
    assert steps[99::100].max() <= steps.max()
    assert np.median(steps[99::100]) < 3 * np.median(steps)


def test_a_voice_20_db_softer_has_the_same_face(
    dialogue: Dialogue, voices: tuple[HeardVoice, HeardVoice]
) -> None:
    quiet = HeardVoice(voices[0].samples * np.float32(0.1), spoken(dialogue, 0))
    loud, soft = (face_from_voice(voice, words(dialogue, 0)) for voice in (voices[0], quiet))
    for time_s in np.arange(0.0, SECONDS, 0.05):
        assert np.abs(loud.weights_at(time_s) - soft.weights_at(time_s)).max() < 0.03


def test_noise_and_the_partner_behind_it_leave_the_mouth_closed(
    dialogue: Dialogue, voices: tuple[HeardVoice, HeardVoice]
) -> None:
    noise = np.random.default_rng(1).normal(0.0, 0.02, round(SECONDS * 48_000)).astype(np.float32)
    hissing = face_from_voice(HeardVoice(noise))
    crosstalk = voices[0].samples + np.float32(0.1) * voices[1].samples
    overhears = face_from_voice(HeardVoice(crosstalk, spoken(dialogue, 0)), words(dialogue, 0))
    own = np.array(spoken(dialogue, 0))
    for start_s, end_s in spoken(dialogue, 1):
        alone = np.all((own[:, 0] > end_s + 0.3) | (own[:, 1] < start_s - 0.3))
        for time_s in np.arange(start_s, end_s, 0.05):
            assert hissing.weights_at(time_s)[ARKIT_INDEX["jawOpen"]] < 0.02
            assert not alone or overhears.weights_at(time_s)[ARKIT_INDEX["jawOpen"]] < 0.02


def test_speech_in_noise_still_opens_the_mouth_and_its_pauses_close_it(
    dialogue: Dialogue, voices: tuple[HeardVoice, HeardVoice]
) -> None:
    noise = np.random.default_rng(2).normal(0.0, 0.005, len(voices[0].samples)).astype(np.float32)
    face = face_from_voice(HeardVoice(voices[0].samples + noise))
    jaw = np.array([face.weights_at(at)[ARKIT_INDEX["jawOpen"]] for at in np.arange(0.0, SECONDS, 0.02)])
    speaks = np.zeros(len(jaw), dtype=bool)
    for start_s, end_s in spoken(dialogue, 0):
        speaks[round((start_s - 0.1) * 50) : round((end_s + 0.2) * 50)] = True
    assert jaw[speaks].mean() > 5 * jaw[~speaks].mean()
    assert jaw[~speaks].max() < 0.1


def test_brows_go_up_with_accents_and_not_without_a_voice(
    dialogue: Dialogue, voices: tuple[HeardVoice, HeardVoice]
) -> None:
    times_s = np.arange(0.0, SECONDS, 0.02)
    face = face_from_voice(voices[1], words(dialogue, 1))
    brows = np.array([face.weights_at(time_s)[ARKIT_INDEX["browInnerUp"]] for time_s in times_s])
    speaks = np.zeros(len(times_s), dtype=bool)
    for start_s, end_s in spoken(dialogue, 1):
        speaks |= (times_s > start_s - 0.3) & (times_s < end_s + 0.6)
    assert brows[speaks].max() > 0.3
    assert (brows[speaks] > 0.2).mean() > 2 * (brows[~speaks] > 0.2).mean()


def test_eyes_make_up_for_a_head_that_is_turned_away(voices: tuple[HeardVoice, HeardVoice]) -> None:
    face = face_from_voice(voices[0])
    left, right = ARKIT_INDEX["eyeLookOutLeft"], ARKIT_INDEX["eyeLookInRight"]

    def yaw(time_s: float, partner_at: float) -> float:
        """Of both eyes to the own left, in degrees."""
        weights = face.weights_at(time_s, (partner_at, 0.0))
        assert weights[left] == weights[right]
        return 30.0 * float(weights[left] - weights[ARKIT_INDEX["eyeLookInLeft"]])

    for time_s in np.arange(0.0, 10.0, 0.37):
        straight = yaw(time_s, 0.0)
        assert yaw(time_s, 10.0) - straight == pytest.approx(10.0, abs=1.5)
        assert yaw(time_s, -10.0) - straight == pytest.approx(-10.0, abs=1.5)
        assert yaw(time_s, 60.0) <= 30.0
        assert yaw(time_s, 170.0) == straight


def test_a_voice_that_is_still_arriving_has_the_face_of_the_whole_one_where_it_is_here(
    dialogue: Dialogue, voices: tuple[HeardVoice, HeardVoice], tmp_path: Path
) -> None:
    wav = tmp_path / "voice.wav"
    write_wav(wav, voices[0].samples)
    told = spoken(dialogue, 0)
    whole = face_from_voice(SoundClip.open(wav, told), words(dialogue, 0), voices[1])
    data = wav.read_bytes()
    header = parse_wav_header(data[:200], len(data), "voice.wav")
    assert header is not None
    file = PartialFile(tmp_path / "arriving" / "wav", source="http://bucket.example/voice.wav")
    file.describe(len(data), '"1"')
    file.write(0, data[: header.data_start])
    sound = GrowingSound(file, header, "voice.wav")
    face = face_from_voice(sound, words(dialogue, 0), voices[1])
    mouth_index = ARKIT_INDEX["jawOpen"]
    spoken_at_s = told[0][0] + np.arange(0.0, 1.5, 0.1)
    assert max(face.weights_at(time_s)[mouth_index] for time_s in spoken_at_s) == 0.0

    half = header.data_start + 12 * 48_000 * header.bytes_a_frame
    file.write(header.data_start, data[header.data_start : half])
    sound.measure(told)
    for time_s in np.arange(0.0, 10.5, 0.1):
        assert np.abs(face.weights_at(time_s) - whole.weights_at(time_s)).max() < 0.1

    file.write(half, data[half:])
    sound.measure(told)
    for time_s in np.arange(0.0, SECONDS, 0.1):
        assert np.allclose(face.weights_at(time_s), whole.weights_at(time_s), atol=1e-5)
