import { describe, expect, test } from 'vitest';
import type { CodeResult } from '../../../main/records/tools.ts';
import { tiers } from '../../../main/sandbox/tiers.ts';
import { corners, height, png, width } from './corners.ts';
import { poolOf, testPython } from './host.ts';

const python = await testPython();

const pixelAt = ({ outputs }: CodeResult, x: number, y: number, index = -1): readonly number[] => {
  const image = outputs.at(index)?.image;
  if (!image) throw new Error('there is no output');
  return [...image.data.subarray((y * image.width + x) * 3, (y * image.width + x) * 3 + 3)];
};

describe.each(tiers)('%s', (tier) => {
  const poolHere = poolOf(python, tier);
  const run = (skip: (reason: string) => void, code: string, image: Uint8Array | null = png): Promise<CodeResult> => {
    return poolHere(skip).run({ code, ...(image && { image }) });
  };

  const spellings = ['path_to_input_image.jpg', 'Path_To_Input_Image.JPG', 'PATH_TO_INPUT_IMAGE.jpg', '/work/path_to_input_image.jpg', '/work/Path_to_Input_Image.jpg', './path_to_input_image.jpg'];
  test.for(spellings)('reads %s with OpenCV, writes with Pillow', async (name, { skip }) => {
    const output = name.replace(/input/i, (word) => (word === 'INPUT' ? 'OUTPUT' : 'output'));
    const result = await run(skip, `import cv2\nfrom PIL import Image\nassert cv2.imread(${JSON.stringify(name)}).shape == (${height}, ${width}, 3)\nImage.open(${JSON.stringify(name)}).rotate(180).save(${JSON.stringify(output)}, format='PNG')`);
    expect(result).toMatchObject({ status: 'ok', stderr: '' });
    expect(result.outputs.map((each) => each.name.toLowerCase())).toEqual(['path_to_output_image.jpg']);
    expect(pixelAt(result, 0, 0)).toEqual(corners.bottomRight);
    expect(pixelAt(result, width - 1, 0)).toEqual(corners.bottomLeft);
  });

  test('OpenCV writes what comes back: blue, green, red become red, green, blue', async ({ skip }) => {
    const result = await run(skip, `import cv2\nimg = cv2.imread('path_to_input_image.jpg')\ncv2.imwrite('path_to_output_image.png', img[:16, 32:])`);
    expect(result.outputs.map(({ name, image }) => [name, image.width, image.height])).toEqual([['path_to_output_image.png', 32, 16]]);
    expect(pixelAt(result, 5, 5)).toEqual(corners.topRight);
  });

  test('several outputs in the order of their last writing', async ({ skip }) => {
    const result = await run(skip, `import cv2\nimg = cv2.imread('path_to_input_image.jpg')\nfor name in ('c.png', 'a.png', 'b.png'): cv2.imwrite(name, img)\nImage.fromarray(img).save('d.bmp')\ncv2.imwrite('a.png', img[:8])`);
    expect(result.outputs.map(({ name, image }) => `${name} ${image.height}`)).toEqual(['c.png 32', 'b.png 32', 'd.bmp 32', 'a.png 8']);
  });

  test('of more than eight outputs the last eight', async ({ skip }) => {
    const result = await run(skip, `for i in range(11): image.save(f'{i}.png')`);
    expect(result.outputs.map(({ name }) => name)).toEqual(['3.png', '4.png', '5.png', '6.png', '7.png', '8.png', '9.png', '10.png']);
    expect(result.stderr).toContain('not taken as an output');
  });

  test.for([
    ['img', 'img = img.rotate(90, expand=True)'],
    ['image', 'image = image.rotate(90, expand=True)'],
    ['result', 'result = image.rotate(90, expand=True)'],
    ['an array', 'result = np.asarray(image.rotate(90, expand=True)).astype(float)'],
  ] as const)('what is left in %s is the output where no file is', async ([, code], { skip }) => {
    const result = await run(skip, code);
    expect(result.outputs.map(({ name, image }) => [name, image.width, image.height])).toEqual([['result', height, width]]);
    // A quarter turn to the left: the top right corner comes to the top left.
    expect(pixelAt(result, 0, 0)).toEqual(corners.topRight);
  });

  test('a file counts before a variable; looking alone makes no output; nor does the input unchanged', async ({ skip }) => {
    expect((await run(skip, `img = img.rotate(90)\nimg.save('x.png')`)).outputs.map(({ name }) => name)).toEqual(['x.png']);
    expect((await run(skip, `img = cv2.imread('path_to_input_image.jpg')\nprint(img.shape, image.size)`)).outputs).toEqual([]);
    expect((await run(skip, `image.load()`)).outputs).toEqual([]);
  });

  test('the input overwritten is an output', async ({ skip }) => {
    const result = await run(skip, `image.crop((0, 0, 8, 8)).save('path_to_input_image.jpg', 'PNG')`);
    expect(result.outputs.map(({ name, image }) => [name, image.width])).toEqual([['path_to_input_image.jpg', 8]]);
  });

  test('what was written before an exception comes back with it', async ({ skip }) => {
    const result = await run(skip, `image.save('a.png')\nprint('so far')\nraise ValueError('no more')`);
    expect(result).toMatchObject({ status: 'exit 1', stdout: 'so far\n' });
    expect(result.stderr).toBe('Traceback (most recent call last):\n  File "<code>", line 3, in <module>\n    raise ValueError(\'no more\')\nValueError: no more\n');
    expect(result.outputs.map(({ name }) => name)).toEqual(['a.png']);
  });

  test.for(['cv2.imread(5)', 'cv2.imwrite(5, 5)'])('what %s says shows the code and nothing of what stands around it', async (call, { skip }) => {
    const { status, stderr } = await run(skip, `try:\n    ${call}\nexcept cv2.error as first:\n    raise ValueError('no more') from first`);
    expect(status).toBe('exit 1');
    expect(stderr.match(/File ".*", line \d+/g)).toEqual(['File "<code>", line 2', 'File "<code>", line 4']);
  });

  test('grey, transparent, palette and 16-bit outputs become RGB', async ({ skip }) => {
    const result = await run(skip, [
      `image.convert('L').save('grey.png')`, `image.convert('RGBA').save('alpha.png')`, `image.convert('P').save('palette.gif')`,
      `cv2.imwrite('deep.png', np.full((4, 4), 0x8000, np.uint16))`, `image.convert('CMYK').save('cmyk.jpg')`,
    ].join('\n'));
    expect(result.outputs.map(({ name }) => name)).toEqual(['grey.png', 'alpha.png', 'palette.gif', 'deep.png', 'cmyk.jpg']);
    expect(pixelAt(result, 0, 0, 0)).toEqual([76, 76, 76]); // 0.299 of 255
    expect(pixelAt(result, 0, 0, 1)).toEqual(corners.topLeft);
    expect(pixelAt(result, 0, 0, 3)).toEqual([128, 128, 128]);
  });

  test('a file that is no image is no output', async ({ skip }) => {
    const result = await run(skip, `open('path_to_output_image.jpg', 'w').write('hello')`);
    expect(result).toMatchObject({ status: 'ok', outputs: [] });
    expect(result.stderr).toContain('path_to_output_image.jpg: not taken as an output');
  });

  test('the same code gives the same numbers; sys.exit and text at the end', async ({ skip }) => {
    const code = `import random\nprint(np.random.rand(), random.random(), hash('a'))`;
    expect((await run(skip, code)).stdout).toBe((await run(skip, code)).stdout);
    expect(await run(skip, `import sys\nsys.exit(3)`)).toMatchObject({ status: 'exit 3' });
    expect(await run(skip, `import sys\nsys.exit()`)).toMatchObject({ status: 'ok' });
    expect(await run(skip, `import sys\nsys.exit('sorry')`)).toMatchObject({ status: 'exit 1', stderr: 'sorry\n' });
  });

  test('of a stream the first 64 KiB', async ({ skip }) => {
    const { status, stdout } = await run(skip, `print('x' * 100_000)\nprint('end')`);
    expect(status).toBe('ok');
    expect(stdout).toBe('x'.repeat(65_536));
  });

  test('without an image, or with one that is none', async ({ skip }) => {
    expect(await run(skip, `import os\nprint(os.listdir('.'), image)`, null)).toMatchObject({ status: 'ok', stdout: '[] None\n' });
    const broken = await run(skip, `print(image)`, new TextEncoder().encode('no image'));
    expect(broken).toMatchObject({ status: 'ok', stdout: 'None\n' });
    expect(broken.stderr).toContain('the input image cannot be read');
  });

  test('dataclasses, pickles, temporary files, everyday modules', async ({ skip }) => {
    const result = await run(skip, [
      'import argparse, asyncio, collections, colorsys, csv, dataclasses, datetime, hashlib, itertools, json, logging, math, os, pathlib, pickle, re, shutil, statistics, string, subprocess, sys, tempfile, textwrap, typing, uuid, zipfile',
      '@dataclasses.dataclass', 'class A:', '    x: int = 1', 'assert pickle.loads(pickle.dumps(A(2))) == A(2)',
      'with tempfile.NamedTemporaryFile(delete=False) as f: f.write(b"x")', 'shutil.copy("path_to_input_image.jpg", "copy.bin")',
      'assert os.path.getsize("copy.bin") == os.path.getsize("path_to_input_image.jpg")', 'print(hashlib.sha256(b"a").hexdigest()[:8], hashlib.md5(b"a").hexdigest()[:8])',
    ].join('\n'));
    expect(result).toMatchObject({ status: 'ok', stdout: 'ca978112 0cc175b9\n', stderr: '' });
  });
});
