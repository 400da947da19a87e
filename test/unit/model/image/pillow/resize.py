"""Writes resize.json: hashes of images that Pillow resampled, for sizes on both sides of the rule for the order of passes.

    python resize.py > resize.json        (Pillow 13.0.0)
"""
import hashlib
import json
import random

from PIL import Image

random.seed(3)
sizes = [(width, height, to_width, to_height)
         for width, height in [(40, 30), (30, 40), (25, 90), (64, 64)]
         for to_width in [width // 2, width * 3 // 4, width - 1, width + 7]
         for rows in [2 * (width - to_width) + by for by in (-1, 0, 1, 8)]
         if (to_height := height - rows) > 0 and rows != 0]
sizes += [tuple(random.randint(2, 90) for _ in range(4)) for _ in range(60)]

cases = []
for width, height, to_width, to_height in sizes:
    # A picture that any language can make: bytes of a multiplicative generator.
    state, data = 1, bytearray()
    for _ in range(width * height * 3):
        state = state * 48271 % 2147483647
        data.append(state & 255)
    image = Image.frombytes("RGB", (width, height), bytes(data)).resize((to_width, to_height), Image.Resampling.BICUBIC)
    cases.append([width, height, to_width, to_height, hashlib.sha256(image.tobytes()).hexdigest()[:16]])
print("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]")
