"""What a memory costs in models of real size, and how long a text fits."""

from memattn.cost.fits import GIB, LONGEST, full_length, longest
from memattn.cost.models import MODELS, ModelSize, Rows
from memattn.cost.price import Cost, bytes_of, cost, most

__all__ = [
    "GIB",
    "LONGEST",
    "MODELS",
    "Cost",
    "ModelSize",
    "Rows",
    "bytes_of",
    "cost",
    "full_length",
    "longest",
    "most",
]
