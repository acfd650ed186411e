"""The errors that only Threads has, and those of a container that failed.

Source: developers.facebook.com, Threads API "Troubleshooting". The subcodes are not documented; they were
seen by many.
"""

from __future__ import annotations

from platforms.errors import NeedsPerson, NetworkError, Rejected, TemporarilyRejected
from platforms.meta.containers import State, unreachable
from platforms.meta.errors import Failure, classifier
from platforms.redaction import for_people

LABEL = "Threads"

# "Media Not Found": right after it was finished, a container is not known everywhere yet.
NOT_FOUND = 4279009
NOT_FETCHED = 2207052
WORDS = {
    "FAILED_PROCESSING_AUDIO": "its sound could not be processed",
    "FAILED_PROCESSING_VIDEO": "the video could not be processed",
    "INVALID_ASPEC_RATIO": "the video's shape is not supported",  # as Threads writes it
    "INVALID_BIT_RATE": "the video's bit rate is too high",
    "INVALID_DURATION": "the video is too long or too short",
    "INVALID_FRAME_RATE": "the video's frame rate is not supported",
    "INVALID_AUDIO_CHANNELS": "the number of audio channels is not supported",
    "INVALID_AUDIO_CHANNEL_LAYOUT": "the layout of the audio channels is not supported",
    "UNKNOWN": f"{LABEL} gives no reason; check the format of the files",
}


def _special(failure: Failure) -> NetworkError | None:
    if failure.subcode == NOT_FETCHED:
        return failure.as_error(NeedsPerson, unreachable(LABEL))
    if failure.subcode == NOT_FOUND and failure.write:
        return failure.as_error(TemporarilyRejected, f"{LABEL} does not have what was prepared yet")
    return None


classify = classifier(LABEL, _special)


def failed(state: State) -> NetworkError:
    """What a container's failure means: `error_message` is one word of a list."""
    if state.reason == "FAILED_DOWNLOADING_VIDEO":
        return NeedsPerson(unreachable(LABEL), code=state.reason)
    words = WORDS.get(state.reason) or for_people(state.reason) or WORDS["UNKNOWN"]
    return Rejected(f"{LABEL} could not use the post: {words}", code=state.reason or None)
