"""python pictures.py FOLDER COUNT writes COUNT photographs of nothing, 224 x 224 JPEG, and a manifest.jsonl with labels."""

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 224
CLASSES = 4


def picture(generator: np.random.Generator) -> Image.Image:
    """Smooth colours with a little noise, about as large as a photograph when it is compressed."""
    coarse = Image.fromarray(generator.integers(0, 256, (14, 14, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize((SIDE, SIDE), Image.Resampling.BICUBIC), dtype=np.int16)
    noise = generator.integers(-12, 13, smooth.shape, dtype=np.int16)
    return Image.fromarray(np.clip(smooth + noise, 0, 255).astype(np.uint8))


def main() -> None:
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(0)
    lines = []
    for i in range(count):
        name = f"{i:05}.jpg"
        picture(generator).save(folder / name, quality=90)
        lines.append(json.dumps({"path": name, "label": i % CLASSES}))
    (folder / "manifest.jsonl").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
