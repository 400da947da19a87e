"""Pillow's results of MAT-mini's tools on a picture made by a formula: writes reference.json (Pillow 13.0)."""
import hashlib, json, os
from PIL import Image, ImageEnhance, ImageFilter

SIDE = 56
pixels = bytes((x * 7 + y * 13 + c * 29 + x * y * (c + 1)) % 256 for y in range(SIDE) for x in range(SIDE) for c in range(3))
picture = Image.frombytes('RGB', (SIDE, SIDE), pixels)
lines = {
    'rotate90': 'img = img.rotate(90)', 'rotate180': 'img = img.rotate(180)', 'rotate270': 'img = img.rotate(270)',
    'brighten': 'img = ImageEnhance.Brightness(img).enhance(6)', 'median': 'img = img.filter(ImageFilter.MedianFilter(3))',
    'crop_tl': 'img = img.crop((0,0,28,28))', 'crop_tr': 'img = img.crop((28,0,56,28))',
    'crop_bl': 'img = img.crop((0,28,28,56))', 'crop_br': 'img = img.crop((28,28,56,56))',
    'cw90': 'img = img.rotate(-90)', 'cw180': 'img = img.rotate(-180)', 'cw270': 'img = img.rotate(-270)',
}


def result(line):
    names = {'img': picture, 'ImageEnhance': ImageEnhance, 'ImageFilter': ImageFilter}
    exec(line, names)
    out = names['img']
    return {'line': line, 'width': out.width, 'height': out.height, 'sha256': hashlib.sha256(out.tobytes()).hexdigest()}


with open(os.path.join(os.path.dirname(__file__), 'reference.json'), 'w') as file:
    json.dump({name: result(line) for name, line in lines.items()}, file, indent=1)
