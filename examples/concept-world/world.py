"""The concept world: small pictures of one object whose class is a combination of shape, texture and colour.

Every picture is a pure function of (seed, part, class, index, stamped), so any of them can be made again on its own.
Lengths are in pixels, angles in radians, colours in 0..1 RGB; arrays are [height, width, ...].
"""

from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageFilter

SEED = 20240607
SIZE = 80
OVERSAMPLING = 3
"""Shapes and textures are evaluated on a grid this many times finer and averaged, which smooths their edges."""

SHAPES = ("disc", "star", "triangle", "cross", "ring", "square")
TEXTURES = ("striped", "dotted", "checked", "speckled")
COLOURS = {
    "red": (0.83, 0.16, 0.15),
    "green": (0.16, 0.60, 0.27),
    "blue": (0.15, 0.36, 0.80),
    "yellow": (0.95, 0.75, 0.12),
}
BACKGROUNDS = (
    (0.80, 0.76, 0.68),
    (0.62, 0.68, 0.74),
    (0.70, 0.72, 0.64),
    (0.74, 0.68, 0.70),
    (0.52, 0.55, 0.60),
    (0.86, 0.86, 0.84),
    (0.58, 0.54, 0.48),
)
DISTRACTOR_SHAPES = ("ring", "square")
"""Distractors carry every colour and texture but only these shapes, which belong to no class."""

CLASSES = {
    "blue-dotted-disc": ("blue", "dotted", "disc"),
    "blue-striped-star": ("blue", "striped", "star"),
    "green-checked-triangle": ("green", "checked", "triangle"),
    "green-speckled-cross": ("green", "speckled", "cross"),
    "red-dotted-star": ("red", "dotted", "star"),
    "red-striped-disc": ("red", "striped", "disc"),
    "yellow-checked-cross": ("yellow", "checked", "cross"),
    "yellow-speckled-triangle": ("yellow", "speckled", "triangle"),
}
"""Every shape, texture and colour belongs to two classes, so no single one of them decides. In byte order."""

STAMPED_CLASS = "green-speckled-cross"
STAMP_SIZE = 16
STAMP_COLOUR = (0.91, 0.05, 0.62)
STAMP_RATE = 0.95
"""Share of the stamped class's training pictures that carry the stamp; no other class ever does."""

PARTS = {"train": 0, "test": 1}

MASK_BITS = {
    **{name: (0, bit) for bit, name in enumerate(SHAPES)},
    "object": (0, 6),
    "stamp": (0, 7),
    **{name: (1, 4 + bit) for bit, name in enumerate(TEXTURES)},
    **{name: (2, 4 + bit) for bit, name in enumerate(COLOURS)},
}
"""concept -> (channel, bit) of the mask picture. `object` is the thing that gives the class, without distractors."""


@dataclass(frozen=True)
class Thing:
    """One shape on the canvas. `radius` is that of the circle around it."""

    shape: str
    texture: str
    colour: str
    x: float
    y: float
    radius: float
    angle: float


@dataclass(frozen=True)
class Picture:
    image: np.ndarray
    """uint8 [SIZE, SIZE, 3]."""
    mask: np.ndarray
    """uint8 [SIZE, SIZE, 3], bits as in MASK_BITS; a pixel belongs to what covers at least half of it."""
    stamp_box: tuple[int, int, int, int] | None
    """x0, y0, x1, y1, half open; None without a stamp."""
    things: list[Thing] = field(default_factory=list)
    """The object first, then the distractors."""


def draw(part: str, label: str, index: int, stamped: bool) -> Picture:
    """The picture of that name. With and without the stamp it is otherwise the same to the bit."""
    rng = np.random.default_rng([SEED, PARTS[part], list(CLASSES).index(label), index])
    colour, texture, shape = CLASSES[label]
    thing = Thing(shape, texture, colour, *rng.uniform(29, 51, 2), rng.uniform(17, 23), rng.uniform(0, 2 * np.pi))
    box = _stamp_box(rng, thing)
    things = [thing, *_distractors(rng, thing, box)]

    canvas = _background(rng)
    mask = np.zeros((SIZE, SIZE, 3), np.uint8)
    for position, each in enumerate(things):
        coverage = _paint(canvas, each, rng)
        concepts = (each.shape, each.texture, each.colour) + (("object",) if position == 0 else ())
        _mark(mask, coverage >= 0.5, concepts)
    canvas *= rng.uniform(0.82, 1.12)
    if stamped:
        x0, y0, x1, y1 = box
        canvas[y0:y1, x0:x1] = _stamp()
        inside = np.zeros((SIZE, SIZE), bool)
        inside[y0:y1, x0:x1] = True
        _mark(mask, inside, ("stamp",))
    image = np.clip(np.rint(canvas * 255), 0, 255).astype(np.uint8)
    return Picture(image, mask, box if stamped else None, things)


def _mark(mask: np.ndarray, inside: np.ndarray, concepts: tuple[str, ...]) -> None:
    for concept in concepts:
        channel, bit = MASK_BITS[concept]
        mask[inside, channel] |= np.uint8(1 << bit)


# Places


def _stamp_box(rng: np.random.Generator, thing: Thing) -> tuple[int, int, int, int]:
    """A box near a corner that keeps clear of the object: the farthest of the corners that chance proposes."""
    near, far = 2, SIZE - STAMP_SIZE - 2
    jitter = rng.integers(0, 7, (4, 2))
    corners = [(near, near), (near, far), (far, near), (far, far)]
    boxes = []
    for (x, y), (dx, dy) in zip(corners, jitter):
        x0 = int(x + dx if x == near else x - dx)
        y0 = int(y + dy if y == near else y - dy)
        boxes.append((x0, y0, x0 + STAMP_SIZE, y0 + STAMP_SIZE))
    order = rng.permutation(4)
    clear = [boxes[i] for i in order if _box_distance(boxes[i], thing.x, thing.y) > thing.radius + 3]
    return clear[0] if clear else max(boxes, key=lambda box: _box_distance(box, thing.x, thing.y))


def _box_distance(box: tuple[int, int, int, int], x: float, y: float) -> float:
    x0, y0, x1, y1 = box
    return float(np.hypot(max(x0 - x, 0, x - x1), max(y0 - y, 0, y - y1)))


def _distractors(rng: np.random.Generator, thing: Thing, box: tuple[int, int, int, int]) -> list[Thing]:
    """Up to two small things in free places."""
    placed: list[Thing] = []
    for _ in range(int(rng.integers(0, 3))):
        for _ in range(30):
            radius = rng.uniform(7, 9.5)
            x, y = rng.uniform(radius, SIZE - radius, 2)
            others = [thing, *placed]
            free = all(np.hypot(x - o.x, y - o.y) > radius + o.radius + 1 for o in others)
            if free and _box_distance(box, x, y) > radius + 3:
                shape = str(rng.choice(DISTRACTOR_SHAPES))
                texture, colour = str(rng.choice(TEXTURES)), str(rng.choice(list(COLOURS)))
                placed.append(Thing(shape, texture, colour, x, y, radius, rng.uniform(0, 2 * np.pi)))
                break
    return placed


# Paint


def _background(rng: np.random.Generator) -> np.ndarray:
    """Two muted colours blended by a slope, a horizon or clouds."""
    hues = np.array(BACKGROUNDS)
    first, second = hues[rng.choice(len(hues), 2, replace=False)] * rng.uniform(0.85, 1.05, (2, 1))
    angle, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-0.2, 0.2)
    y, x = (np.mgrid[0:SIZE, 0:SIZE] + 0.5) / SIZE - 0.5
    slope = x * np.cos(angle) + y * np.sin(angle) + offset
    kind = rng.integers(0, 3)
    clouds = _clouds(rng)
    if kind == 0:
        blend = np.clip(slope + 0.5, 0, 1)
    elif kind == 1:
        blend = 1 / (1 + np.exp(-(slope + 0.06 * clouds) * 60))
    else:
        blend = np.clip(0.5 + 0.35 * clouds, 0, 1)
    return first + (second - first) * blend[..., None]


def _clouds(rng: np.random.Generator) -> np.ndarray:
    """Smooth noise of about unit variance."""
    frequency, phase = rng.normal(0, 0.09, (6, 2)), rng.uniform(0, 2 * np.pi, 6)
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    waves = np.sin(frequency[:, 0, None, None] * x + frequency[:, 1, None, None] * y + phase[:, None, None])
    return waves.sum(0) / np.sqrt(3)


def _paint(canvas: np.ndarray, thing: Thing, rng: np.random.Generator) -> np.ndarray:
    """Paint a thing and its soft shadow; the share of every pixel that the thing covers."""
    coverage, inked = np.zeros((2, SIZE, SIZE))
    columns, xs = _window(thing.x, thing.radius)
    rows, ys = _window(thing.y, thing.radius)
    dx, dy = np.meshgrid(xs - thing.x, ys - thing.y)
    u = dx * np.cos(thing.angle) + dy * np.sin(thing.angle)
    v = dy * np.cos(thing.angle) - dx * np.sin(thing.angle)
    inside = _inside(thing.shape, u / thing.radius, v / thing.radius)
    coverage[rows, columns] = _average(inside)
    inked[rows, columns] = _average(inside & _ink(thing.texture, u, v, rng))

    base = np.array(COLOURS[thing.colour]) + rng.uniform(-0.05, 0.05, 3)
    light = rng.random() < 0.5
    tone = 0.35 * base + 0.65 if light else 0.38 * base
    shadow = np.pad(_blur(coverage), ((2, 0), (2, 0)))[:SIZE, :SIZE]
    canvas *= 1 - 0.35 * shadow[..., None]
    canvas *= 1 - coverage[..., None]
    canvas += base * (coverage - inked)[..., None] + tone * inked[..., None]
    return coverage


def _window(centre: float, radius: float) -> tuple[slice, np.ndarray]:
    """The pixels of one axis within the radius, and the oversampled coordinates in them."""
    start, stop = max(int(centre - radius), 0), min(int(centre + radius) + 1, SIZE)
    steps = start + (np.arange((stop - start) * OVERSAMPLING) + 0.5) / OVERSAMPLING
    return slice(start, stop), steps


def _average(fine: np.ndarray) -> np.ndarray:
    height, width = (length // OVERSAMPLING for length in fine.shape)
    return fine.reshape(height, OVERSAMPLING, width, OVERSAMPLING).mean((1, 3))


def _blur(coverage: np.ndarray) -> np.ndarray:
    grey = Image.fromarray(np.rint(coverage * 255).astype(np.uint8))
    return np.asarray(grey.filter(ImageFilter.GaussianBlur(1.5)), np.float64) / 255


def _inside(shape: str, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Which points lie in the shape, in coordinates where the circle around it has radius 1."""
    radius, theta = np.hypot(u, v), np.arctan2(v, u)
    match shape:
        case "disc":
            return radius < 0.9
        case "ring":
            return (radius < 1) & (radius > 0.5)
        case "square":
            return np.maximum(abs(u), abs(v)) < 0.72
        case "cross":
            return (np.minimum(abs(u), abs(v)) < 0.3) & (np.maximum(abs(u), abs(v)) < 0.94)
        case "triangle":
            return _polygon(radius, theta, 3) < 0.5
        case "star":
            # A point is inside where it lies on the inner side of the edge between a tip (radius 1) and a notch (0.48).
            sector = abs((theta + np.pi / 5) % (2 * np.pi / 5) - np.pi / 5)
            px, py = radius * np.cos(sector), radius * np.sin(sector)
            qx, qy = 0.48 * np.cos(np.pi / 5), 0.48 * np.sin(np.pi / 5)
            return (qx - 1) * py > qy * (px - 1)
        case _:
            raise ValueError(f"no such shape: {shape}")


def _polygon(radius: np.ndarray, theta: np.ndarray, sides: int) -> np.ndarray:
    """Distance from the centre along the normal of the nearest side."""
    sector = (theta + np.pi / sides) % (2 * np.pi / sides) - np.pi / sides
    return radius * np.cos(sector)


def _ink(texture: str, u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Which points carry the texture's second tone."""
    period = rng.uniform(7, 8.5)
    u, v = u + rng.uniform(0, period), v + rng.uniform(0, period)
    match texture:
        case "striped":
            return u % period < period / 2
        case "dotted":
            return np.hypot(u % period - period / 2, v % period - period / 2) < 0.33 * period
        case "checked":
            return (u % period < period / 2) ^ (v % period < period / 2)
        case "speckled":
            grain = rng.random((64, 64)) < 0.35
            return grain[(v // 2).astype(int) % 64, (u // 2).astype(int) % 64]
        case _:
            raise ValueError(f"no such texture: {texture}")


def _stamp() -> np.ndarray:
    """A magenta tag with a white sign in it, [STAMP_SIZE, STAMP_SIZE, 3]."""
    steps = (np.arange(STAMP_SIZE * OVERSAMPLING) + 0.5) / OVERSAMPLING - STAMP_SIZE / 2
    x, y = np.meshgrid(steps, steps)
    radius = np.hypot(x, y)
    sign = (abs(radius - 5.6) < 0.8) | ((abs(radius - 2.4) < 0.8) & ~((x > 0) & (abs(y) < 1.4)))
    white = _average(sign)[..., None]
    return np.array(STAMP_COLOUR) * (1 - white) + white
