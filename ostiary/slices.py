"""The settings themselves, in slices: each knob with its name, default, meaning and range. A room is handed its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, tzinfo
from pathlib import Path
from uuid import UUID

from ostiary.encoders import ENCODERS
from ostiary.knobs import auto_or, choice, clock, flag, knob, number, path, text, whole, words
from ostiary.local_time import zone, zone_name
from ostiary.net import masked_url, stream_url
from ostiary.proxies import networks
from ostiary.rates import rate

_port = whole(1, 65535)


@dataclass(frozen=True)
class VisionSettings:
    detector: str = knob("DETECTOR", "auto", "yunet, hog, cnn; auto: hog for dlib, else yunet", choice("auto", "yunet", "hog", "cnn"))
    encoder: str = knob(
        "ENCODER",
        "auto",
        "sface, sface-mirrored, dlib, fusion; auto: what the gallery was encoded with, else sface",
        choice("auto", *ENCODERS),
    )
    scale: float | None = knob(
        "SCALE",
        None,
        "detection scale, 0.1 to 2; auto aims at 512 pixels across for yunet and at most 640 for hog and cnn",
        auto_or(number(0.1, 2)),
    )
    provider: str = knob("PROVIDER", "cpu", "where networks run: cpu, cuda, tensorrt", choice("cpu", "cuda", "tensorrt"))
    threads: int = knob("THREADS", 0, "threads of one network; 0: one per core, at most 4", whole(0, 64))
    min_face_px: int = knob(
        "MIN_FACE", 48, "faces narrower than this many pixels, told by their eyes' distance, are not judged", whole(16, 1000, "pixels")
    )


@dataclass(frozen=True)
class DecisionSettings:
    th_accept: float | None = knob(
        "TH_ACCEPT", None, "accept at a distance of at most this; auto: from FPIR_TARGET and the number of people", auto_or(number(0.01, 2))
    )
    fpir_target: float = knob("FPIR_TARGET", 0.001, "wished share of strangers taken for somebody", number(1e-5, 0.1))
    margin: float | None = knob(
        "MARGIN", None, "how much nearer the person must be than the runner-up; auto: the encoder's default", auto_or(number(0, 1))
    )
    confirm_frames: int = knob("CONFIRM_FRAMES", 3, "usable frames that must agree", whole(1, 30))
    confirm_window_s: float = knob("CONFIRM_WINDOW", 2.0, "seconds in which they must be seen", number(0.2, 30, "seconds"))
    cooldown_s: float = knob("COOLDOWN", 5.0, "seconds per person and camera", number(0, 86400, "seconds"))


@dataclass(frozen=True)
class LivenessSettings:
    mode: str = knob(
        "LIVENESS",
        "off",
        "off; warn: mark and log who seems to be a picture of a face; enforce: refuse them",
        choice("off", "warn", "enforce"),
    )
    threshold: float = knob("TH_LIVE", 0.5, "a face lives where the mean score of its looks, 0 to 1, is at least this", number(0.01, 0.99))
    challenge: str = knob(
        "CHALLENGE",
        "none",
        "none; turn: who is to pass must first turn the head to the side that the stream asks for, within 5 s; blink: close the eyes for a "
        "moment, which needs 6 frames a second",
        choice("none", "turn", "blink"),
    )


@dataclass(frozen=True)
class CameraSettings:
    video_source: str = knob(
        "VIDEO_SOURCE", "0", "camera index, URL, path, demo; name=source, comma-separated, for several", text, secret=True, owners=True
    )
    max_frame_age_s: float = knob("MAX_FRAME_AGE", 1.0, "older frames are dropped", number(0.05, 60, "seconds"))
    max_fps: float = knob("MAX_FPS", 15.0, "frames looked at per second and camera, at most", number(0.2, 120))
    motion_gate: bool = knob("MOTION_GATE", True, "rest detection while nothing moves", flag)
    freeze_timeout_s: float = knob(
        "FREEZE_TIMEOUT", 10.0, "a camera that delivers nothing, or one picture for ever, is lost after this", number(1, 600, "seconds")
    )
    draw: bool = knob("DRAW", True, "draw boxes and names into the streamed frames", flag)
    show_window: bool = knob("SHOW_WINDOW", False, "show the video in a window; needs a non-headless OpenCV", flag)


@dataclass(frozen=True)
class WebhookSettings:
    urls: tuple[str, ...] = knob("WEBHOOK_URL", (), "where a PASS is posted; several comma-separated", words, secret=True)
    secret: str = knob("WEBHOOK_SECRET", "", "signs webhooks after the Standard Webhooks convention (whsec_... or text)", text, secret=True)
    ttl_s: float = knob("WEBHOOK_TTL", 5.0, "seconds after capture in which a webhook may be sent", number(0.5, 60, "seconds"))


@dataclass(frozen=True)
class StreamSettings:
    enable: bool = knob("WS_ENABLE", True, "publish frames and events", flag)
    url: str = knob("WS_URL", "ws://127.0.0.1:3001/ws/face-stream", "where the detector publishes", text, masked=masked_url, owners=True)
    jpeg_quality: int = knob("WS_JPEG_QUALITY", 70, "of streamed frames", whole(10, 100))
    token: str = knob("WS_TOKEN", "", "subscribers must show it", text, secret=True, owners=True)
    publish_token: str = knob(
        "WS_PUBLISH_TOKEN",
        "",
        "publishers must show it; empty: WS_TOKEN, but ostiary up lets in its own detector alone",
        text,
        secret=True,
        owners=True,
    )


@dataclass(frozen=True)
class HubSettings:
    host: str = knob("WS_HOST", "127.0.0.1", "address of the broadcast server", text)
    port: int = knob("WS_PORT", 3001, "port of the broadcast server", _port)
    public_url: str = knob(
        "WS_PUBLIC_URL",
        "",
        "where browsers find the stream behind a proxy, such as wss://door.example/ws/face-stream; empty: WS_PORT of the host they asked",
        stream_url,
        owners=True,
    )
    max_clients: int = knob("WS_MAX_CLIENTS", 64, "subscribers and publishers together", whole(1, 10000))
    max_message_mb: float = knob("WS_MAX_MESSAGE_MB", 8.0, "larger messages are refused", number(0.1, 256, "megabytes"))
    origins: tuple[str, ...] = knob("WS_ORIGINS", (), "web origins that may subscribe besides the server's own host", words)


@dataclass(frozen=True)
class ApiSettings:
    host: str = knob("API_HOST", "127.0.0.1", "address of the API", text)
    port: int = knob("API_PORT", 5000, "port of the API", _port)
    key: str = knob("API_KEY", "", "clients must show it (x-api-key or bearer)", text, secret=True, owners=True)
    threads: int = knob("API_THREADS", 8, "requests served at once", whole(1, 128))


@dataclass(frozen=True)
class AccessSettings:
    tls_cert: Path | None = knob(
        "TLS_CERT", None, "certificate (PEM, with its chain) for HTTPS and WSS; empty: HTTP and WS", path, owners=True
    )
    tls_key: Path | None = knob("TLS_KEY", None, "the certificate's private key (PEM)", path, owners=True)
    rate_limit: str = knob(
        "RATE_LIMIT", "6000/minute", "requests allowed for each key or user, and for each address but this machine's own; off: any", rate
    )
    cors_origins: tuple[str, ...] = knob("CORS_ORIGINS", (), "web origins whose pages may use the API with a key, comma-separated", words)
    trusted_proxies: tuple[str, ...] = knob(
        "TRUSTED_PROXIES",
        (),
        "addresses or networks of proxies that are believed about whom they serve (X-Forwarded-For, -Proto)",
        networks,
        owners=True,
    )
    audit_days: float = knob(
        "AUDIT_DAYS", 365.0, "days after which the record of changes is deleted", number(1, 36500, "days"), owners=True
    )


@dataclass(frozen=True)
class GallerySettings:
    faces_dir: Path = knob("FACES_DIR", Path("faces"), "folder of the gallery", path, owners=True)
    db_path_given: Path | None = knob("DB_PATH", None, "the gallery's file; empty: face_db.pkl in FACES_DIR", path, owners=True)
    keep_photos: bool = knob("KEEP_PHOTOS", True, "keep enrolment photos, so that people can be encoded again", flag)

    @property
    def db_path(self) -> Path:
        return self.db_path_given or self.faces_dir / "face_db.pkl"


@dataclass(frozen=True)
class PrivacySettings:
    key_file: Path | None = knob(
        "KEY_FILE",
        None,
        "the file of the key that encrypts all faces on the disk, outside of DATA_DIR; empty: they are not encrypted",
        path,
        owners=True,
    )


@dataclass(frozen=True)
class VisitorSettings:
    enable: bool = knob(
        "VISITORS", True, "remember who came unknown, and the latest decisions, so that they can be named and corrected", flag
    )
    most: int = knob("VISITORS_MAX", 300, "unknown visitors remembered, the latest; those to be ignored beside them", whole(1, 10000))
    days: float = knob("VISITORS_DAYS", 30.0, "days after which a visitor or a decision is forgotten", number(0.01, 3650, "days"))


@dataclass(frozen=True)
class ClockSettings:
    time_zone: str = knob("TIME_ZONE", "", "whose days and hours are meant, such as Europe/Berlin; empty: the system's", zone_name)

    @property
    def zone(self) -> tzinfo:
        return zone(self.time_zone)


@dataclass(frozen=True)
class RecordSettings:
    forget_expired_days: int = knob(
        "FORGET_EXPIRED_DAYS", 0, "people are forgotten so many days after they expired; 0: never", whole(0, 3650, "days")
    )


@dataclass(frozen=True)
class AttendanceSettings:
    cameras_in: tuple[str, ...] = knob(
        "ATTENDANCE_IN", (), "cameras where people come in; empty, like ATTENDANCE_OUT: a day is from the first sighting to the last", words
    )
    cameras_out: tuple[str, ...] = knob("ATTENDANCE_OUT", (), "cameras where people go out", words)
    gap_s: float = knob("ATTENDANCE_GAP", 60.0, "sightings no farther apart than this are one", number(0, 3600, "seconds"))
    longest_h: float = knob(
        "ATTENDANCE_LONGEST",
        16.0,
        "who comes in and goes out longer after that has not stayed, but was missed once",
        number(1, 72, "hours"),
    )
    day_start: time = knob("ATTENDANCE_DAY_START", time(), "when a day begins; 04:00 leaves nights out of sight undivided", clock)


@dataclass(frozen=True)
class HistorySettings:
    enable: bool = knob("HISTORY", True, "keep who came when, and what cameras and webhooks did", flag)
    days: float = knob("HISTORY_DAYS", 90.0, "days after which an event is forgotten", number(0.01, 3650, "days"))
    most_mb: float = knob(
        "HISTORY_MB", 1000.0, "megabytes that the history takes at most: the oldest events go", number(1, 1e6, "megabytes")
    )
    frames: str = knob(
        "HISTORY_FRAMES",
        "off",
        "whether whole frames are kept beside the faces: off; pass: of who passed; all: of who was refused too",
        choice("off", "pass", "all"),
    )
    flush_s: float = knob(
        "HISTORY_FLUSH",
        10.0,
        "seconds for which events are gathered before they are written, to spare the disk",
        number(0.1, 600, "seconds"),
    )


def _uuid(value: str) -> str:
    try:
        return str(UUID(value))
    except ValueError:
        raise ValueError("expected a UUID: 32 hexadecimal digits, with hyphens or without") from None


@dataclass(frozen=True)
class CompreFaceSettings:
    port: int = knob(
        "COMPREFACE_PORT",
        0,
        "a port of its own for CompreFace's API, 8000 by convention; 0: it is served on API_PORT alone",
        whole(0, 65535),
    )
    door: bool = knob(
        "COMPREFACE_DOOR",
        True,
        "whether the first recognition service is the door's own gallery: whoever is added there may pass",
        flag,
    )
    recognition_key: str = knob(
        "COMPREFACE_RECOGNITION_KEY", "", "the first recognition service's key, a UUID; empty: one is made", _uuid, secret=True
    )
    detection_key: str = knob("COMPREFACE_DETECTION_KEY", "", "the same of the first detection service", _uuid, secret=True)
    verification_key: str = knob("COMPREFACE_VERIFICATION_KEY", "", "the same of the first verification service", _uuid, secret=True)


@dataclass(frozen=True)
class LimitSettings:
    max_upload_mb: float = knob("MAX_UPLOAD_MB", 10.0, "one uploaded picture", number(0.1, 1024, "megabytes"))
    max_zip_mb: float = knob("MAX_ZIP_MB", 256.0, "one uploaded ZIP, and what it unpacks to", number(1, 4096, "megabytes"))
    max_zip_files: int = knob("MAX_ZIP_FILES", 2000, "pictures in a ZIP", whole(1, 100000))
    max_restore_mb: float = knob(
        "MAX_RESTORE_MB", 4096.0, "one uploaded backup; 'ostiary restore' takes larger ones", number(1, 1e6, "megabytes")
    )
    max_pixels: float = knob("MAX_PIXELS", 40e6, "pixels of a picture, checked before decoding", number(1e4, 1e9, "pixels"))


@dataclass(frozen=True)
class DataSettings:
    data_dir: Path = knob("DATA_DIR", Path("data"), "history, outbox, model cache", path, owners=True)

    @property
    def models_dir(self) -> Path:
        return self.data_dir / "models"


@dataclass(frozen=True)
class LogSettings:
    level: str = knob("LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING, ERROR", choice("debug", "info", "warning", "error"))
    format: str = knob("LOG_FORMAT", "text", "text, or json for machines", choice("text", "json"))
