"""What the video beside a recording says: its size and rate, and whether its picture is stored stretched."""

from __future__ import annotations

from pathlib import Path

from avatar_server.dataset.doctor_report import VideoReport
from avatar_server.dataset.recording_arrays import RecordingArrays
from avatar_server.errors import InputError
from avatar_server.motion.stretched_pictures import (
    STRETCHED_ASPECT,
    STRETCHED_SIZES,
    STRETCHED_VENDOR,
    fitted_picture_size,
)


def inspect_video(mp4: Path | None, notices: list[str]) -> VideoReport | None:
    """From the headers alone, nothing is decoded; None, and a notice, for a file without a picture."""
    if mp4 is None:
        return None
    import av

    try:
        with av.open(str(mp4)) as container:
            if not container.streams.video:
                notices.append(f"{mp4.name}: no picture in it")
                return None
            video = container.streams.video[0]
            if video.duration is not None and video.time_base is not None:
                duration_s = float(video.duration * video.time_base)
            else:
                duration_s = (container.duration or 0) / av.time_base
            return VideoReport(
                duration_s=duration_s,
                width=video.width,
                height=video.height,
                rate_hz=float(video.average_rate or 0),
                pixel_aspect=float(video.sample_aspect_ratio or 1),
            )
    except (av.FFmpegError, OSError) as error:
        notices.append(f"{mp4.name}: not readable as video ({(error.strerror or str(error)).lower()})")
        return None


def judge_stretched(
    vendor: int, video: VideoReport | None, arrays: RecordingArrays | None
) -> tuple[bool | None, str]:
    """Whether the fit followed a stretched picture (see `motion.stretched_pictures`), and how that is known.

    The video tells by its pixel aspect and size; without it, the vendor or the place of the key points.
    """
    if video is not None:
        size = f"{video.width}x{video.height}"
        if abs(video.pixel_aspect - 1) > STRETCHED_ASPECT:
            return True, f"{size} with pixels {video.pixel_aspect:.3f} times as wide as high"
        if vendor == STRETCHED_VENDOR:
            return (video.width, video.height) in STRETCHED_SIZES, f"{size} of V{vendor:02d}"
        return False, f"{size} with square pixels"
    if vendor != STRETCHED_VENDOR:
        return False, f"only V{STRETCHED_VENDOR:02d} stores stretched pictures"
    fitted = None
    if arrays is not None:
        try:
            keypoints = arrays.read("boxes_and_keypoints:keypoints")
        except InputError:
            keypoints = None
        fitted = None if keypoints is None else fitted_picture_size(arrays, keypoints)
    if fitted is None:
        return None, "no video, and the key points do not tell"
    return fitted in STRETCHED_SIZES, f"the key points fit a picture of {fitted[0]}x{fitted[1]}"
