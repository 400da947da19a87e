import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { tiers } from '../../../main/sandbox/tiers.ts';
import { poolOf, testPython } from './host.ts';

const python = await testPython();

const [width, height] = [96, 64];
const noise = Buffer.from(Array.from({ length: width * height * 3 }, (_, i) => (i * 7919) >> 3));
const drawn = (): Sharp => sharp(noise, { raw: { width, height, channels: 3 } });
const jpeg = await drawn().jpeg().toBuffer();
const pictures: Readonly<Record<string, Buffer>> = {
  'JPEG': jpeg,
  'JPEG on its side': await drawn().withMetadata({ orientation: 6 }).jpeg().toBuffer(),
  'grey JPEG': await drawn().greyscale().jpeg().toBuffer(),
  'CMYK JPEG': await drawn().toColourspace('cmyk').jpeg().toBuffer(),
  'progressive JPEG': await drawn().jpeg({ progressive: true }).toBuffer(),
  'JPEG cut off': jpeg.subarray(0, jpeg.length / 2),
  'PNG': await drawn().png().toBuffer(),
  'PNG with alpha': await drawn().ensureAlpha(0.5).png().toBuffer(),
  'no picture': Buffer.from('no picture at all'),
};

// What jobs see of a picture, in every way that a reading might stand for and in those it must not.
const look = `
import hashlib, io
name = 'path_to_input_image.jpg'
def show(what, make):
    try:
        seen = make()
        print(what, getattr(seen, 'shape', None) or getattr(seen, 'size', None), hashlib.sha256(seen.tobytes()).hexdigest()[:12])
    except Exception as error:
        print(what, type(error).__name__)
show('image', lambda: image)
show('OpenCV', lambda: cv2.imread(name))
first = cv2.imread(name)
if first is not None: first[:] = 0
show('OpenCV again', lambda: cv2.imread('./' + name, cv2.IMREAD_COLOR))
for flags in (cv2.IMREAD_GRAYSCALE, cv2.IMREAD_UNCHANGED, cv2.IMREAD_REDUCED_COLOR_2, cv2.IMREAD_COLOR_RGB):
    show(flags, lambda: cv2.imread(name, flags))
show('named', lambda: cv2.imread(filename=name, flags=cv2.IMREAD_COLOR))
show('Pillow', lambda: Image.open(name))
show('crop', lambda: Image.open(name).crop((3, 5, 40, 41)))
show('file', lambda: Image.open(open(name, 'rb')))
show('bytes', lambda: Image.open(io.BytesIO(open(name, 'rb').read())))
show('upright', lambda: ImageOps.exif_transpose(Image.open(name)))
small = Image.open(name) if image else Image.new('L', (1, 1))
show('thumbnail', lambda: small.thumbnail((20, 20)) or small)
changed = Image.open(name) if image else Image.new('L', (1, 1))
show('changed', lambda: changed.putpixel((0, 0), 3 if changed.mode == 'L' else (1, 2, 3, 4)[:len(changed.getbands())]) or changed)
show('unchanged', lambda: Image.open(name))
other = Image.new('RGB', (${width}, ${height}), (9, 8, 7))
other.save('other.png')
Image.open('other.png').save(name, 'PNG')
show('written over', lambda: cv2.imread(name))
show('written over, Pillow', lambda: Image.open(name))
`;
const changes: Readonly<Record<string, string>> = {
  'written over by OpenCV': `cv2.imwrite('path_to_input_image.jpg', np.zeros((${height}, ${width}, 3), np.uint8))`,
  'written over with as many bytes': `import os\nsize = os.path.getsize('path_to_input_image.jpg')\nbuffer = cv2.imencode('.png', np.zeros((${height}, ${width}, 3), np.uint8))[1].tobytes()\nopen('path_to_input_image.jpg', 'wb').write(buffer.ljust(size, b'x')[:size])`,
  'filled through a descriptor': `import os\nbuffer = cv2.imencode('.png', np.zeros((${height}, ${width}, 3), np.uint8))[1].tobytes()\nf = os.open('path_to_input_image.jpg', os.O_RDWR)\nos.write(f, buffer)\nos.close(f)`,
};

describe.each(tiers)('readings in %s', (tier) => {
  const poolHere = poolOf(python, tier);

  test.for(Object.keys(pictures))('%s looks the same whenever it comes', async (name, { skip }) => {
    const pool = poolHere(skip);
    const image = new Uint8Array(pictures[name] as Buffer);
    const seen: string[] = [];
    for (let job = 0; job < 4; job++) {
      const { status, stdout, stderr } = await pool.run({ code: look, image });
      expect(status, stderr).toBe('ok');
      seen.push(stdout + stderr);
    }
    expect(seen[0]).toMatch(/written over \(64, 96, 3\)/);
    expect(seen.slice(1)).toEqual([seen[0], seen[0], seen[0]]);
  });

  test('the third job has the reading, and what jobs before it did to theirs is not in it', async ({ skip }) => {
    const pool = poolHere(skip);
    const image = new Uint8Array(await drawn().jpeg({ quality: 71 }).toBuffer());
    const spoil = `pixels = cv2.imread('path_to_input_image.jpg')\nimage.load()\nprint(pixels.sum())\npixels[:] = 0\nimage.paste(0, (0, 0, 9, 9))\ncv2.imread = None\nopen('path_to_input_image.jpg', 'wb').write(b'nothing')`;
    const outputs: string[] = [];
    for (let job = 0; job < 4; job++) outputs.push((await pool.run({ code: spoil, image })).stdout);
    expect(outputs).toEqual([outputs[0], outputs[0], outputs[0], outputs[0]]);
    const { stdout } = await pool.run({ code: `import sys\nprint(sys.modules['PIL.ImageFile'].ImageFile.load.__closure__ is not None, image.crop((0, 0, 9, 9)).getbbox() is not None)`, image });
    expect(stdout).toBe('True True\n');
  });

  // What a job prints and leaves must not tell whether there was a reading, nor which job it is.
  test.for([
    "im = Image.open('path_to_input_image.jpg')\npx = im.load()\npx[0, 0] = (255, 0, 0)\nim.save('o.png')",
    "px = image.load()\npx[1, 1] = (0, 0, 9)\nresult = image.copy()",
    "ImageDraw.floodfill(image, (3, 3), (255, 0, 0), thresh=90)\nimage.save('o.png')",
    "image.load()\nimage.frombytes(bytes(image.width * image.height * 3))\nimage.save('o.png')",
    "image.thumbnail(image.size)\nimage.load()[0, 0] = (1, 2, 3)\nimage.save('o.png')",
    'image.close()\nprint(image.getpixel((0, 0)))',
    "with Image.open('path_to_input_image.jpg') as im: pass\nim.rotate(90)",
    "im = Image.open('path_to_input_image.jpg')\nim.verify()\nprint(im.getpixel((0, 0)))",
    "import os\nos.mkdir('s')\nimage.transpose(0).save('s/path_to_input_image.jpg', quality=90)\nos.chdir('s')\nim = Image.open('path_to_input_image.jpg')\nos.chdir('..')\nprint(np.asarray(im).sum(axis=(0, 1)), np.asarray(im).ravel()[:9])",
    "print(cv2.imread('path_to_input_image.jpg', True))",
    "print(cv2.imread('path_to_input_image.jpg', np.array([1, 2])))",
    "print(cv2.imread.__name__, Image.Image.load.__name__, type(image).load.__qualname__, cv2.imwrite.__module__)",
    "cv2.imread('nofile.jpg')",
    'n = 0\ndef f():\n    global n\n    n += 1\n    f()\ntry: f()\nexcept RecursionError as error: print(n, error)',
    "import tempfile\nprint(np.random.default_rng().random(), np.random.RandomState().rand(), tempfile.mktemp())",
    'import sys\nf = sys._getframe()\nwhile f:\n    print(f.f_code.co_name, sorted(f.f_locals), vars(f.f_locals["self"]) if f.f_code.co_name == "serve" else "")\n    f = f.f_back',
  ])('a job that does %j is the same whenever it comes', async (code, { skip }) => {
    const pool = poolHere(skip);
    const image = new Uint8Array(await drawn().jpeg({ quality: 74 }).toBuffer());
    const ended: unknown[] = [];
    for (let job = 0; job < 4; job++) {
      const { ms: _, outputs, ...rest } = await pool.run({ code, image });
      ended.push({ ...rest, outputs: outputs.map(({ name, image: { data } }) => [name, Buffer.from(data).toString('base64')]) });
    }
    expect(ended[0]).not.toMatchObject({ status: expect.stringMatching(/signal|setup/) });
    expect(ended.slice(1)).toEqual([ended[0], ended[0], ended[0]]);
  });

  test.for(Object.keys(changes))('an input %s is read as it is now', async (name, { skip }) => {
    const pool = poolHere(skip);
    const image = new Uint8Array(await drawn().jpeg({ quality: 72 }).toBuffer());
    for (let job = 0; job < 4; job++) {
      const { stdout, stderr } = await pool.run({ code: `assert cv2.imread('path_to_input_image.jpg').sum() > 0\n${changes[name]}\nprint(cv2.imread('path_to_input_image.jpg').sum(), np.asarray(Image.open('path_to_input_image.jpg')).sum())`, image });
      expect(stdout + stderr).toBe('0 0\n');
    }
  });

  test('an input that is gone is read by nobody, whenever it comes', async ({ skip }) => {
    if (tier === 'L3') skip('nothing can be removed there');
    const pool = poolHere(skip);
    const image = new Uint8Array(await drawn().jpeg({ quality: 73 }).toBuffer());
    for (let job = 0; job < 4; job++) {
      const { status, stdout, stderr } = await pool.run({ code: `import os\nos.remove('path_to_input_image.jpg')\nprint(cv2.imread('path_to_input_image.jpg'))`, image });
      expect([status, stdout], stderr).toEqual(['ok', 'None\n']);
    }
  });
});
