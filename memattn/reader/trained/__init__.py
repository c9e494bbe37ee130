"""The trained models, one kind of recipe per file; `TRAINED_MODELS` is the only list of them."""

from memattn.reader.trained.averages import AVERAGES, GATED
from memattn.reader.trained.base import BASE_1, BASE_2
from memattn.reader.trained.compressors import COMPRESSORS
from memattn.reader.trained.end_to_end import READER
from memattn.reader.trained.globals import GLOBALS, STACKS
from memattn.reader.trained.hybrid import HYBRID
from memattn.reader.trained.linear import LINEAR
from memattn.reader.trained.pool import POOL
from memattn.reader.trained.trained_model import TrainedModel, TrainingError, TrainingResult

TRAINED_MODELS = {
    model.name: model
    for model in (BASE_1, BASE_2, READER, COMPRESSORS, AVERAGES, GATED, HYBRID, LINEAR, POOL, GLOBALS, *STACKS)
}

__all__ = ["TRAINED_MODELS", "TrainedModel", "TrainingError", "TrainingResult"]
