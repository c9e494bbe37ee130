"""The family of trained models, one recipe per file; `MEMBERS` is the only list of them."""

from memattn.reader.family.averages import AVERAGES, GATED
from memattn.reader.family.compressors import COMPRESSORS
from memattn.reader.family.hybrid import HYBRID
from memattn.reader.family.member import Learned, Member, TrainingError
from memattn.reader.family.pool import POOL
from memattn.reader.family.reading import ONE_LAYER, TWO_LAYERS
from memattn.reader.family.through import READER

MEMBERS = {
    member.name: member for member in (ONE_LAYER, TWO_LAYERS, READER, COMPRESSORS, AVERAGES, GATED, HYBRID, POOL)
}

__all__ = ["MEMBERS", "Learned", "Member", "TrainingError"]
