"""The only place that names concrete classes: from names that people type to things that work together.

Everything is imported when it is opened, so that asking for help, or drawing with one renderer, needs none of
the others installed.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_server.dataset.reading_choices import NOTHING_SAID, ReadingWords
from avatar_server.dataset.recording_id import may_be_listed
from avatar_server.errors import MachineError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar_server.arriving_performance import ArrivingPerformance
    from avatar_server.body.model import ShapedBody
    from avatar_server.dataset.interaction import Interaction, RecordingFiles
    from avatar_server.dataset.take import Take
    from avatar_server.face.choice import FaceChoice
    from avatar_server.motion.presets import MotionPreset
    from avatar_server.parts import Part
    from avatar_server.performance import Performance
    from avatar_server.render.contract import PictureSize, Renderer
    from avatar_server.scene.look import Look

DEMO = "demo"
"""Name of the synthetic interaction that everybody has."""

LOCAL = "local"
"""The source of recordings that never asks anybody."""

RENDERERS = ("opengl", "reference")
"""Names of all renderers; the first is the default."""

_REFERENCE_PACKAGES = {"pyrender", "smplx", "torch", "trimesh", "OpenGL"}


def open_interaction(name: str, data_dir: Path, reading: ReadingWords = NOTHING_SAID) -> Interaction | Take:
    """Find `demo` (made on first use), a key under `data_dir`, two recordings, or motion files of any format.

    reading: what is known of motion files better than by them. Raises UsageError, saying where was looked.
    """
    if name == DEMO:
        from avatar_server.testing.demo import demo_interaction

        return demo_interaction()
    from avatar_server.dataset.find_take import find_take, is_take
    from avatar_server.dataset.interact.interact_take import find_interact_take, is_interact_name
    from avatar_server.dataset.local_tree import find_interaction

    if is_take(name):
        return find_take(name, reading)
    if is_interact_name(name):
        return find_interact_take(data_dir, name, reading.read())

    return find_interaction(data_dir, name)


def open_playable(
    name: str,
    data_dir: Path,
    *,
    source: str,
    cache_bytes: int | None,
    filelist_url: str,
    body: Path | None,
    preset: MotionPreset,
    staging: str | None,
    look: Look | None = None,
    reading: ReadingWords = NOTHING_SAID,
    face: FaceChoice | None = None,
) -> Performance | ArrivingPerformance:
    """What a stage plays: what is on this machine if it is all here, otherwise while it is being fetched.

    source: see `dataset.stores.sources`; `local` never asks anybody. Raises UsageError if there is no such
    interaction, InputError for a recording that is broken, and StoreError if it cannot be had. What cannot
    be a recording's name is looked for on this machine only.
    """
    from avatar_server.dataset.interaction import Interaction

    interaction: Interaction | None = None
    try:
        here = open_interaction(name, data_dir, reading)
        if not isinstance(here, Interaction) or name == DEMO or source == LOCAL or _is_all_here(here):
            return open_performance(here, body=body, preset=preset, staging=staging, look=look, face=face)
        interaction = here
    except UsageError:
        if source == LOCAL or not may_be_listed(name):
            raise
    from avatar_server.arrival_opening import begin_to_fetch

    arriving = begin_to_fetch(name, data_dir, source, cache_bytes, filelist_url, interaction)
    if arriving is None:
        assert interaction is not None
        return open_performance(interaction, body=body, preset=preset, staging=staging, look=look, face=face)
    from avatar_server.arriving_performance import open_arriving
    from avatar_server.scene.look import AS_USUAL
    from avatar_server.scene.staging import usual_staging
    from avatar_server.wardrobe import shaped_bodies

    found, arrival, besides = arriving
    look = look or AS_USUAL.read(mannequin=body is None)
    return open_arriving(
        found,
        arrival,
        bodies=shaped_bodies(body, look.builds),
        preset=preset,
        staging=staging or usual_staging(preset.convention),
        look=look,
        face=face,
        besides=besides,
    )


def is_at_hand(name: str, data_dir: Path, source: str) -> bool:
    """Whether `open_playable` would open this from the disk alone."""
    if name == DEMO or source == LOCAL:
        return True
    try:
        return _is_all_here(open_interaction(name, data_dir))
    except UsageError:
        return False


def prepare_to_fetch(data_dir: Path, source: str) -> None:
    """Import, open and read what `open_playable` needs for what is not here; asks nobody for anything.

    Raises as `open_store` and `open_catalogue` do.
    """
    import avatar_server.arriving_performance  # noqa: F401
    from avatar_server.arrival_opening import keeper_of, store_of
    from avatar_server.dataset.catalogue import FILELIST, find_catalogue_file

    store_of(source, data_dir)
    if find_catalogue_file(data_dir, FILELIST) is not None:
        keeper_of(data_dir).current()


def _is_all_here(interaction: Interaction | Take) -> bool:
    """Two people with their sound; whatever else there is is not needed to play."""
    return len(interaction.recordings) == 2 and all(files.wav for files in interaction.recordings)


def open_performance(
    interaction: Interaction | Take,
    *,
    body: Path | None,
    preset: MotionPreset,
    staging: str | None,
    look: Look | None = None,
    face: FaceChoice | None = None,
) -> Performance:
    """Read and prepare everything that `interaction` plays: InputError for a recording that is broken.

    body: a SMPL-H file, or None for the mannequin. look: colours, studio, and the shapes of both, unless a
    take's betas say these. face: as usual if None. staging: as is usual for these people if None.
    """
    from avatar_server.dataset.take import Take
    from avatar_server.face.choice import USUAL_FACES
    from avatar_server.faces import with_faces
    from avatar_server.performance import Performance
    from avatar_server.scene.look import AS_USUAL
    from avatar_server.scene.staging import places
    from avatar_server.wardrobe import body_as_recorded, shaped_bodies

    look = look or AS_USUAL.read(mannequin=body is None)
    look.studio_for(preset)
    if staging is not None:
        places(staging, len(interaction.recordings))  # Refuses what is unknown before the slow work.
    if isinstance(interaction, Take):
        from avatar_server.take_opening import open_take

        wear = [partial(body_as_recorded, body, build) for build in look.builds]
        interaction, parts = open_take(interaction, preset, wear)
    else:
        parts = [
            _open_part(files, preset, worn)
            for files, worn in zip(interaction.recordings, shaped_bodies(body, look.builds), strict=False)
        ]
    faced = with_faces(interaction, parts, face or USUAL_FACES, preset.convention)
    return Performance.of(interaction, faced, preset=preset, staging=staging, look=look)


def _open_part(files: RecordingFiles, preset: MotionPreset, body: ShapedBody) -> Part:
    from avatar_server.audio.sound_clip import SoundClip
    from avatar_server.dataset.annotations import read_annotations
    from avatar_server.dataset.spooled_arrays import SpooledArrays
    from avatar_server.motion.seamless import motion_from_recording
    from avatar_server.parts import Part

    # The motion first: it is what most often cannot be used, and the sound takes longer to decode.
    with SpooledArrays(files.npz) as arrays:
        spoken = [(span.start_s, span.end_s) for span in read_annotations(files.json).voice_activity]
        sound = SoundClip.open(files.wav, spoken)
        motion = motion_from_recording(arrays, sound.duration_s or None, preset)
    return Part(motion, body, sound)


def prepare_renderers(kind: str, bodies: Sequence[ShapedBody]) -> None:
    """Reckon what renderers of this kind will need of `bodies`; processes that are forked then share it."""
    if kind == "opengl":
        from avatar_server.render.opengl.body_tables import body_tables

        for body in bodies:
            body_tables(body)


def open_renderer(kind: str, size: PictureSize, *, live: bool = False) -> Renderer:
    """The renderer called `kind`, bound to the calling thread; MachineError if this machine cannot draw.

    live: pictures are due 30 times a second; where a CPU draws them, it may save some work.
    """
    if kind not in RENDERERS:
        raise UsageError(f"unknown renderer {kind!r}: expected one of {', '.join(RENDERERS)}")
    if kind == "opengl":
        from avatar_server.render.gpu.choice import open_opengl
        from avatar_server.render.opengl.quality import FINE, QUICK

        return open_opengl(size, on_cpu=QUICK if live else FINE)
    try:
        from avatar_server.render.reference import ReferenceRenderer

        return ReferenceRenderer(size)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in _REFERENCE_PACKAGES:
            raise
        raise MachineError(
            f"the reference renderer needs the package {error.name}: pip install 'avatar-server[reference]'"
        ) from None
