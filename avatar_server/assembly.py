"""The only place that names concrete classes: from names that people type to things that work together.

Everything is imported when it is opened, so that asking for help, or drawing with one renderer, needs none of
the others installed.
"""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_server.dataset.reading_choices import NOTHING_SAID, ReadingWords
from avatar_server.dataset.recording_id import may_be_listed
from avatar_server.errors import MachineError, UsageError

if TYPE_CHECKING:
    from avatar_server.arriving_performance import ArrivingPerformance
    from avatar_server.body.model import ShapedBody
    from avatar_server.dataset.catalogue_keeper import CatalogueKeeper
    from avatar_server.dataset.fetching.arrival import Arrival
    from avatar_server.dataset.interaction import Interaction, RecordingFiles
    from avatar_server.dataset.stores.contract import Store
    from avatar_server.dataset.take import Take
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
    """Find `demo`, an interaction key under `data_dir`, two recordings, or motion files of any format.

    The demo is made on first use. reading: what is known of motion files better than by them. Raises
    UsageError, saying where was looked, if there is no such interaction.
    """
    if name == DEMO:
        from avatar_server.testing.demo import demo_interaction

        return demo_interaction()
    from avatar_server.dataset.find_take import find_take, is_take

    if is_take(name):
        return find_take(name, reading)
    from avatar_server.dataset.local_tree import find_interaction

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
            return open_performance(here, body=body, preset=preset, staging=staging, look=look)
        interaction = here
    except UsageError:
        if source == LOCAL or not may_be_listed(name):
            raise
    arriving = _begin_to_fetch(name, data_dir, source, cache_bytes, filelist_url, interaction)
    if arriving is None:
        assert interaction is not None
        return open_performance(interaction, body=body, preset=preset, staging=staging, look=look)
    from avatar_server.arriving_performance import open_arriving
    from avatar_server.scene.look import AS_USUAL
    from avatar_server.scene.staging import usual_staging
    from avatar_server.wardrobe import shaped_bodies

    found, arrival = arriving
    usual = staging or usual_staging(preset.convention)
    look = look or AS_USUAL.read(mannequin=body is None)
    bodies = shaped_bodies(body, look.builds)
    return open_arriving(found, arrival, bodies=bodies, preset=preset, staging=usual, look=look)


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
    import avatar_server.arriving_performance
    import avatar_server.dataset.cache.cache_tree
    import avatar_server.dataset.fetching.arrival
    import avatar_server.dataset.fetching.fetch_plan
    import avatar_server.dataset.fetching.kept_catalogue
    import avatar_server.dataset.fetching.named_recordings  # noqa: F401
    from avatar_server.dataset.catalogue import FILELIST, find_catalogue_file

    _store(source, data_dir)
    if find_catalogue_file(data_dir, FILELIST) is not None:
        _keeper(data_dir).current()


def _is_all_here(interaction: Interaction | Take) -> bool:
    """Two people with their sound; whatever else there is is not needed to play."""
    return len(interaction.recordings) == 2 and all(files.wav for files in interaction.recordings)


def _begin_to_fetch(
    name: str,
    data_dir: Path,
    source: str,
    cache_bytes: int | None,
    filelist_url: str,
    here: Interaction | None,
) -> tuple[Interaction, Arrival] | None:
    """The interaction as the catalogue knows it, arriving; None if all there is of it is `here`."""
    from avatar_server.dataset.cache.cache_tree import CacheTree
    from avatar_server.dataset.catalogue import FILELIST, find_catalogue_file
    from avatar_server.dataset.fetching.arrival import Arrival
    from avatar_server.dataset.fetching.fetch_plan import place_of
    from avatar_server.dataset.fetching.kept_catalogue import whole_catalogue
    from avatar_server.dataset.fetching.named_recordings import recordings_called
    from avatar_server.dataset.interaction import Interaction, RecordingFiles

    try:
        # Who is alone here may have a partner elsewhere: that is worth a look, but not a request.
        is_kept = here is not None or find_catalogue_file(data_dir, FILELIST) is not None
        catalogue = _keeper(data_dir).current() if is_kept else whole_catalogue(data_dir, filelist_url)
        places = [place_of(found) for found in recordings_called(catalogue, name, with_partner=False)[:2]]
    except UsageError:
        if here is not None:
            return None
        raise
    tree = CacheTree(data_dir, limit_bytes=cache_bytes)
    if here is not None and all(tree.has(place, "sound") and tree.has(place, "motion") for place in places):
        return None
    found = Interaction(
        places[0].id.interaction_key,
        places[0].label,
        places[0].split,
        tuple(RecordingFiles(place.id, tree.folder(place) / f"{place.id}.npz") for place in places),
        () if len(places) == 2 else (f"{name}: only {places[0].id} was recorded",),
    )
    return found, Arrival(places, _store(source, data_dir), tree)


@cache
def _store(source: str, data_dir: Path) -> Store:
    """The store, which a process opens once: what it needs for TLS takes a tenth of a second to read."""
    from avatar_server.dataset.stores.sources import open_store

    return open_store(source, data_dir)


@cache
def _keeper(data_dir: Path) -> CatalogueKeeper:
    """The catalogue, which a process reads once, or again when its files have changed."""
    from avatar_server.dataset.catalogue_keeper import CatalogueKeeper

    return CatalogueKeeper(data_dir)


def open_performance(
    interaction: Interaction | Take,
    *,
    body: Path | None,
    preset: MotionPreset,
    staging: str | None,
    look: Look | None = None,
) -> Performance:
    """Read and prepare everything that `interaction` plays: InputError for a recording that is broken.

    body: a SMPL-H file, or None for the mannequin. look: colours, studio, and the shapes of both, unless a
    take's betas say these. staging: as is usual for these people if None.
    """
    from avatar_server.dataset.take import Take
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
        take, people = open_take(interaction, preset, wear)
        return Performance.of(take, people, preset=preset, staging=staging, look=look)
    parts = [
        _open_part(files, preset, worn)
        for files, worn in zip(interaction.recordings, shaped_bodies(body, look.builds), strict=False)
    ]
    return Performance.of(interaction, parts, preset=preset, staging=staging, look=look)


def _open_part(files: RecordingFiles, preset: MotionPreset, body: ShapedBody) -> Part:
    from avatar_server.audio.sound_clip import SoundClip
    from avatar_server.dataset.annotations import read_annotations
    from avatar_server.dataset.recording_arrays import read_arrays
    from avatar_server.motion.seamless import motion_from_recording
    from avatar_server.parts import Part

    # The motion first: it is what most often cannot be used, and the sound takes longer to decode.
    arrays = read_arrays(files.npz)
    spoken = [(span.start_s, span.end_s) for span in read_annotations(files.json).voice_activity]
    sound = SoundClip.open(files.wav, spoken)
    motion = motion_from_recording(arrays, sound.duration_s or None, preset)
    return Part(motion, body, sound)


def open_renderer(kind: str, size: PictureSize, *, live: bool = False) -> Renderer:
    """The renderer called `kind`, bound to the calling thread; MachineError if this machine cannot draw.

    live: pictures are due 30 times a second; where a CPU draws them, it may save some work.
    """
    if kind not in RENDERERS:
        raise UsageError(f"unknown renderer {kind!r}: expected one of {', '.join(RENDERERS)}")
    if kind == "opengl":
        from avatar_server.render.opengl.renderer import FINE, QUICK, OpenGLRenderer

        return OpenGLRenderer(size, on_cpu=QUICK if live else FINE)
    try:
        from avatar_server.render.reference import ReferenceRenderer

        return ReferenceRenderer(size)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in _REFERENCE_PACKAGES:
            raise
        raise MachineError(
            f"the reference renderer needs the package {error.name}: pip install 'avatar-server[reference]'"
        ) from None
