"""CompreFace's shapes, for the API's document."""

from __future__ import annotations

from pydantic import Field

from ostiary.web.describe import Model
from ostiary.web.people import Upload


class CompreFaceProblem(Model):
    """Every error of CompreFace's API."""

    message: str
    code: int = Field(description="CompreFace's own number, beside the HTTP status")


class ThresholdQuery(Model):
    det_prob_threshold: float | None = Field(None, description="0 to 1: only faces whose probability is greater")


class FacesQuery(ThresholdQuery):
    limit: int = Field(0, description="only so many faces, the largest; 0: all")
    face_plugins: str = Field("", description="age, gender, landmarks, calculator, mask, pose; with commas between")
    status: bool = Field(False, description="true: also how long each plug-in took, and what it is")


class RecognizeQuery(FacesQuery):
    prediction_count: int = Field(1, description="how many stored faces to tell of each face")
    detect_faces: bool = Field(True, description="false: the whole picture is one face")


class CountQuery(Model):
    prediction_count: int = Field(1, description="how many stored faces to tell of each embedding")


class AddQuery(ThresholdQuery):
    subject: str = Field(description="whose face it is; a new subject where there is none of that name")


class ListQuery(Model):
    page: int = Field(0, description="from 0")
    size: int = Field(20, description="at most 2000")
    subject: str | None = Field(None, description="of this subject alone, spelt exactly so")


class SubjectQuery(Model):
    subject: str | None = Field(None, description="of this subject; left out, of all")


class FileForm(Model, json_schema_extra={"required": ["file"]}):
    file: Upload = Field(None, description="a picture: jpg, jpeg, png, bmp, gif, tif, tiff, ico, webp")


class FileBody(Model):
    file: str = Field(description="a picture in base64")


class PairForm(Model, json_schema_extra={"required": ["source_image", "target_image"]}):
    source_image: Upload = Field(None, description="a picture with one face")
    target_image: Upload = Field(None, description="a picture with any number of faces")


class PairBody(Model):
    source_image: str = Field(description="a picture in base64")
    target_image: str = Field(description="a picture in base64")


class SubjectBody(Model):
    subject: str = Field(description="1 to 50 characters, none of them ; / or a backslash")


class EmbeddingsBody(Model):
    embeddings: list[list[float]]


class EmbeddingPairBody(Model):
    source: list[float]
    targets: list[list[float]]


class SubjectTold(Model):
    subject: str


class SubjectsTold(Model):
    subjects: list[str]


class RenamedTold(Model):
    updated: bool


class DeletedTold(Model):
    deleted: int


class StoredFaceTold(Model):
    image_id: str
    subject: str


class PageTold(Model):
    faces: list[StoredFaceTold]
    page_number: int
    page_size: int
    total_pages: int
    total_elements: int


class BoxTold(Model):
    """In pixels as they are stored."""

    probability: float
    x_max: int
    y_max: int
    x_min: int
    y_min: int


class AgeTold(Model):
    probability: float
    high: int
    low: int


class ChoiceTold(Model):
    probability: float
    value: str


class AnglesTold(Model):
    """Degrees."""

    pitch: float
    roll: float
    yaw: float


class SeenFaceTold(Model):
    """Members beside the box are there where they were asked for."""

    box: BoxTold
    age: AgeTold | None = None
    gender: ChoiceTold | None = None
    mask: ChoiceTold | None = Field(None, description="with_mask, without_mask")
    pose: AnglesTold | None = None
    landmarks: list[tuple[int, int]] | None = Field(None, description="eyes, nose, corners of the mouth; image left first")
    embedding: list[float] | None = None
    execution_time: dict[str, float] | None = Field(None, description="milliseconds by plug-in")


class SimilarSubject(Model):
    subject: str
    similarity: float = Field(description="0 to 1; 0.5 where the encoder cannot tell")


class RecognizedFaceTold(SeenFaceTold):
    subjects: list[SimilarSubject] = Field(description="stored faces, the most similar first")


class VerifiedFaceTold(SeenFaceTold):
    subject: str
    similarity: float


class MatchedFaceTold(SeenFaceTold):
    similarity: float


class DetectedTold(Model):
    result: list[SeenFaceTold] = Field(description="the largest face first")
    plugins_versions: dict[str, str] | None = None


class RecognizedTold(Model):
    result: list[RecognizedFaceTold]
    plugins_versions: dict[str, str] | None = None


class VerifiedTold(Model):
    result: list[VerifiedFaceTold]
    plugins_versions: dict[str, str] | None = None


class PairTold(Model):
    source_image_face: SeenFaceTold
    face_matches: list[MatchedFaceTold]
    plugins_versions: dict[str, str] | None = None


class PairsTold(Model):
    result: list[PairTold] = Field(description="always one")


class EmbeddingTold(Model):
    embedding: list[float] = Field(description="as it was sent")
    similarities: list[SimilarSubject]


class EmbeddingsTold(Model):
    result: list[EmbeddingTold]


class SimilarEmbedding(Model):
    embedding: list[float] = Field(description="as it was sent")
    similarity: float


class SimilarEmbeddings(Model):
    result: list[SimilarEmbedding] = Field(description="the most similar first")


class ConfigTold(Model):
    clientMaxFileSize: int = Field(description="bytes")
    clientMaxBodySize: int = Field(description="bytes")


class StatusTold(Model):
    demoFaceCollectionIsInconsistent: bool
    dbIsInconsistent: bool
    saveImagesToDB: bool
    status: str
