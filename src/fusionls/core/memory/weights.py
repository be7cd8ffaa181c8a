"""What each trait of a continuation weighs. Written by ``python -m tests.eval_memory --fit``."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["inside", "partial", "start"]


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of judging.TRAITS and of judging.PLACE_TRAITS, in their order."""

    traits: tuple[float, ...]
    place: tuple[float, ...]


WEIGHTS: dict[Kind, Weights] = {
    "inside": Weights(
        (
            -0.738,
            2.677,
            0.501,
            0.405,
            0.603,
            0.445,
            0.463,
            -0.581,
            1.726,
            0.824,
            -0.429,
            0.853,
            0.491,
            0.0,
            -0.974,
            -1.853,
            0.652,
            0.268,
            0.488,
            -0.68,
            -0.438,
            0.613,
            1.266,
            0.946,
            0.07,
            -0.697,
        ),
        (3.482, 1.427, -0.862, 0.0),
    ),
    "partial": Weights(
        (
            0.095,
            1.924,
            0.172,
            0.44,
            0.884,
            0.132,
            0.46,
            0.003,
            0.494,
            1.043,
            -0.776,
            1.074,
            0.534,
            0.0,
            -1.31,
            0.0,
            0.531,
            0.318,
            0.471,
            -0.536,
            -1.039,
            0.24,
            0.809,
            0.473,
            0.073,
            -1.112,
        ),
        (2.835, 1.381, -2.182, -0.168),
    ),
    "start": Weights(
        (
            -0.848,
            1.514,
            0.642,
            0.313,
            -0.831,
            1.089,
            0.241,
            -1.006,
            1.682,
            1.397,
            0.597,
            -0.369,
            0.278,
            0.54,
            -1.597,
            0.0,
            0.629,
            0.391,
            0.486,
            -1.065,
            -1.28,
            0.463,
            0.783,
            0.231,
            1.276,
            -0.483,
        ),
        (2.378, 1.151, -0.17, 0.0),
    ),
}
