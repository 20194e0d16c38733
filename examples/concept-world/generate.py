"""Writes the test part of the concept world: pictures, masks, a list of both, the legend of the masks, an overview.

    python generate.py

Pictures go to dataset/<class>/, masks under the same name to masks/<class>/. Each scene of the stamped class is
written twice, with and without the stamp, so that the effect of the stamp alone can be measured.
"""

import json
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

import world

HERE = Path(__file__).parent
PER_CLASS = 40


def main() -> None:
    for folder in ("dataset", "masks"):
        shutil.rmtree(HERE / folder, ignore_errors=True)
    records = [write(label, index, stamped) for label, index, stamped in scenes()]
    records.sort(key=lambda record: record["path"].encode())
    lines = [json.dumps({"index": position, **record}) for position, record in enumerate(records)]
    (HERE / "images.jsonl").write_text("\n".join(lines) + "\n")
    (HERE / "concepts.json").write_text(json.dumps(legend(), indent=2) + "\n")
    save(overview(), HERE / "overview.png")


def scenes():
    for label in world.CLASSES:
        for index in range(PER_CLASS):
            yield label, index, False
            if label == world.STAMPED_CLASS:
                yield label, index, True


def write(label: str, index: int, stamped: bool) -> dict:
    """Write one picture and its mask; its line of images.jsonl."""
    picture = world.draw("test", label, index, stamped)
    twin = ("-stamped" if stamped else "-plain") if label == world.STAMPED_CLASS else ""
    path = f"{label}/{index:03d}{twin}.png"
    save(picture.image, HERE / "dataset" / path)
    save(picture.mask, HERE / "masks" / path)
    return {
        "path": f"dataset/{path}",
        "mask": f"masks/{path}",
        "label": label,
        "stamped": stamped,
        "stamp_box": picture.stamp_box,
        "distractors": [[thing.colour, thing.texture, thing.shape] for thing in picture.things[1:]],
    }


def save(pixels: np.ndarray, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, optimize=True)


def overview() -> np.ndarray:
    """Two pictures of every class side by side; the stamped class shows one without and one with the stamp."""
    rows = []
    for index in (0, 6):
        stamped = index == 6
        pictures = [world.draw("test", c, index, stamped and c == world.STAMPED_CLASS) for c in world.CLASSES]
        rows.append(np.concatenate([picture.image for picture in pictures], axis=1))
    return np.concatenate(rows)


def legend() -> dict:
    return {
        "masks": {name: {"channel": channel, "bit": bit} for name, (channel, bit) in world.MASK_BITS.items()},
        "classes": {label: list(concepts) for label, concepts in world.CLASSES.items()},
        "stamped_class": world.STAMPED_CLASS,
    }


if __name__ == "__main__":
    main()
