import { describe, expect, test } from 'vitest';
import type { CodeResult } from '../../../main/records/tools.ts';
import { tiers } from '../../../main/sandbox/tiers.ts';
import { corners, height, picture, png, width } from './corners.ts';
import { poolOf, testPython } from './host.ts';

const python = await testPython();
const avif = new Uint8Array(await picture().avif({ lossless: true }).toBuffer());

const sizes = ({ outputs }: CodeResult): readonly string[] => outputs.map(({ name, image }) => `${name} ${image.width}×${image.height}`);
const firstPixel = ({ outputs }: CodeResult): readonly number[] => [...(outputs[0]?.image.data.subarray(0, 3) ?? [])];

describe.each(tiers)('outputs in %s', (tier) => {
  const poolHere = poolOf(python, tier);
  const run = (skip: (reason: string) => void, code: string, image = png): Promise<CodeResult> => poolHere(skip).run({ code: `import os, shutil\n${code}`, image });
  const inFolders = (skip: (reason: string) => void): void => {
    if (tier === 'L3') skip('nothing can be removed there');
  };

  describe('are found wherever the code has gone', () => {
    test('to a folder where it may not look, or that holds pictures of others', async ({ skip }) => {
      expect(sizes(await run(skip, `image.save('path_to_output_image.png')\nos.chdir('/')`))).toEqual([`path_to_output_image.png ${width}×${height}`]);
      expect(await run(skip, `os.chdir(os.path.dirname(np.__file__))`)).toMatchObject({ status: 'ok', stderr: '', outputs: [] });
      expect(sizes(await run(skip, `os.chdir('/')\nresult = image.rotate(90, expand=True)`))).toEqual([`result ${height}×${width}`]);
    });

    test('in the order of writing, whatever names were relative to', async ({ skip }) => {
      const result = await run(skip, `work = os.getcwd()\nimg = np.zeros((3, 5, 3), np.uint8)\ncv2.imwrite('c.png', img)\nimage.save('d.png')\nos.chdir('/')\ncv2.imwrite(os.path.join(work, 'b.png'), img)\nimage.save(os.path.join(work, 'a.bmp'))\nos.chdir(work)\ncv2.imwrite('d.png', img[:2])\nos.chdir('/')`);
      expect(result).toMatchObject({ status: 'ok', stderr: '' });
      expect(sizes(result)).toEqual(['c.png 5×3', 'b.png 5×3', `a.bmp ${width}×${height}`, 'd.png 5×2']);
    });

    test('into a folder of its own', async ({ skip }) => {
      const result = await run(skip, `image.save('first.png')\nos.mkdir('out')\nos.chdir('out')\nimage.save('second.png')`);
      expect(sizes(result)).toEqual([`first.png ${width}×${height}`, `out_second.png ${width}×${height}`]);
    });

    test('where a file has another’s name now, by what it is', async ({ skip }) => {
      inFolders(skip);
      const result = await run(skip, `cv2.imwrite('keep.png', np.zeros((9, 9, 3), np.uint8))\ncv2.imwrite('out.png', np.zeros((40, 40, 3), np.uint8))\ncv2.imwrite('tmp.png', np.zeros((4500, 4500, 3), np.uint8))\nos.replace('tmp.png', 'out.png')`);
      expect(result.stderr).toMatch(/^out\.png: not taken as an output: 4500 × 4500 pixels are more than 16000000\n$/);
      expect(sizes(result)).toEqual(['keep.png 9×9']);
      expect(sizes(await run(skip, `image.save('b.png')\nimage.rotate(90, expand=True).save('a.png')\nos.rename('b.png', 'c.png')`))).toEqual([`c.png ${width}×${height}`, `a.png ${height}×${width}`]);
    });

    test('as several pictures in one file, in their order', async ({ skip }) => {
      expect(sizes(await run(skip, `cv2.imwrite('a.png', np.zeros((4, 4, 3), np.uint8))\ncv2.imwritemulti('b.tiff', [np.zeros((6, 6, 3), np.uint8)])`))).toEqual(['a.png 4×4', 'b.tiff 6×6']);
    });

    test('with 16 bits a pixel, the same from a variable as from a file', async ({ skip }) => {
      const result = await run(skip, `result = Image.fromarray(np.full((4, 4), 0x8000, np.uint16))`);
      expect(firstPixel(result)).toEqual([128, 128, 128]);
      expect(firstPixel(await run(skip, `Image.fromarray(np.full((4, 4), 0x8000, np.uint16)).save('o.png')`))).toEqual([128, 128, 128]);
    });

    test('into one that is gone, or too deep to be named', async ({ skip }) => {
      inFolders(skip);
      expect(await run(skip, `image.save('o.png')\nos.mkdir('d')\nos.chdir('d')\nos.rmdir('../d')\ntry: open('x.png', 'wb')\nexcept FileNotFoundError as error: print(error.filename)`)).toMatchObject({ status: 'ok', stdout: 'x.png\n', stderr: '', outputs: [{ name: 'o.png' }] });
      const deep = await run(skip, `image.save('o.png')\nfor name in ['d' * 255] * 15 + ['e' * 200]:\n    os.mkdir(name)\n    os.chdir(name)\nimage.save('x' * 100 + '.png')`);
      expect(deep).toMatchObject({ status: 'ok', stderr: '', outputs: [{ name: 'o.png' }] });
    });
  });

  test.for([
    ['grey', 'np.full((3, 5), 77, np.uint8)', [77, 77, 77]],
    ['one channel', 'np.full((3, 5, 1), 77, np.uint8)', [77, 77, 77]],
    ['colours', 'np.full((3, 5, 3), (1, 2, 3), np.int64)', [1, 2, 3]],
    ['colours and alpha', 'np.full((3, 5, 4), (1, 2, 3, 0), np.uint8)', [1, 2, 3]],
    ['a mask', 'np.full((3, 5), True)', [255, 255, 255]],
    ['too bright', 'np.full((3, 5, 1), 300, np.uint16)', [255, 255, 255]],
    ['floats, some of them none', 'np.full((3, 5, 3), (-1.5, np.nan, np.inf))', [0, 0, 255]],
  ] as const)('an array left in result: %s', async ([, array, pixel], { skip }) => {
    const result = await run(skip, `result = ${array}`);
    expect(result).toMatchObject({ status: 'ok', stderr: '' });
    expect(sizes(result)).toEqual(['result 5×3']);
    expect(firstPixel(result)).toEqual(pixel);
  });

  test.for([
    'np.array(3.5)', 'np.arange(12)', 'np.zeros((1, 4, 5, 3), np.uint8)', 'np.zeros((4, 5, 2))', 'np.zeros((4, 5, 7))', 'np.zeros((0, 30, 3))', 'np.zeros((30, 0))', 'np.zeros((3, 4), complex)',
    `np.array([['a', 'b'], ['c', 'd']])`, 'np.array([[{}, None]])', `np.zeros((2, 2), [('a\\nb', int)])`, `np.zeros((2, 2), 'datetime64[s]')`, 'np.broadcast_to(np.float64(0), (10 ** 6, 10 ** 6))', `Image.new('RGB', (0, 5))`,
  ])('%s in result is no output, and no fault', async (value, { skip }) => {
    const result = await run(skip, `result = ${value}`);
    expect(result).toMatchObject({ status: 'ok', outputs: [] });
    expect(result.stderr).toMatch(/^result: not taken as an output: .+\n$/);
  });

  test('where result is no picture, a changed image still is one', async ({ skip }) => {
    expect(sizes(await run(skip, `image = image.rotate(90, expand=True)\nresult = np.asarray(image).mean(axis=(0, 1))`))).toEqual([`result ${height}×${width}`]);
  });

  test('names too long are cut between characters, and stay apart', async ({ skip }) => {
    inFolders(skip);
    const result = await run(skip, `os.mkdir('d' * 200)\nfor end in 'abc': image.save('d' * 200 + '/' + 'ü' * 100 + end + '.png')\nimage.save('short.png')`);
    const names = result.outputs.map(({ name }) => name);
    expect(result).toMatchObject({ status: 'ok', stderr: '' });
    // 255 bytes hold the folder, the slash, 25 letters of two bytes, the suffix; a number of two characters takes a letter.
    expect(new Set(names)).toEqual(new Set([`${'d'.repeat(200)}_${'ü'.repeat(25)}.png`, `${'d'.repeat(200)}_${'ü'.repeat(24)}-2.png`, `${'d'.repeat(200)}_${'ü'.repeat(24)}-3.png`, 'short.png']));
    expect(names.at(-1)).toBe('short.png');
  });

  test.for(['jfif', 'jpe', 'tga', 'ico', 'pnm', 'dib', 'pcx', 'sgi', 'JPX', 'qoi'])('a file ending in .%s is an output', async (suffix, { skip }) => {
    const result = await run(skip, `image.resize((16, 16)).save('o.${suffix}')`);
    expect([sizes(result), result.stderr]).toEqual([[`o.${suffix} 16×16`], '']);
  });

  test('all that Pillow or OpenCV write and read is an output', async ({ skip }) => {
    const { stdout } = await run(skip, `
import contextlib
for suffix, kind in Image.registered_extensions().items():
    for mode in ('RGB', '1', 'P'):
        with contextlib.suppress(Exception):
            image.resize((16, 16)).convert(mode).save('pillow' + suffix)
            Image.open('pillow' + suffix).load()
            print('pillow' + suffix)
            break
for suffix in ('bmp', 'dib', 'jpe', 'jp2', 'webp', 'pgm', 'pnm', 'pfm', 'sr', 'ras', 'tif', 'hdr', 'pic', 'gif', 'apng', 'avif'):
    if cv2.imwrite('opencv.' + suffix, np.zeros((64, 64, 3) if suffix != 'pgm' else (64, 64), np.uint8)): print('opencv.' + suffix)`);
    const readable = stdout.trim().split('\n');
    expect(readable.length).toBeGreaterThan(50);
    // Only eight come back; the others are named on standard error.
    const considered = await run(skip, `for name in ${JSON.stringify(readable)}: image.save(name, 'PNG')`);
    const named = [...considered.outputs.map(({ name }) => name), ...[...considered.stderr.matchAll(/^(.*): not taken/gm)].map(([, name]) => name)];
    expect(new Set(named)).toEqual(new Set(readable));
  });

  test('AVIF is read and written, without a thread', async ({ skip }) => {
    const result = await run(skip, `again = image.convert('RGB')\nagain.save('o.avif', quality=95, subsampling='4:4:4')\nprint(again.getpixel((0, 0)), Image.open('o.avif').size)`, avif);
    expect(result).toMatchObject({ status: 'ok', stderr: '', stdout: `(${corners.topLeft.join(', ')}) (${width}, ${height})\n` });
    expect(sizes(result)).toEqual([`o.avif ${width}×${height}`]);
    firstPixel(result).forEach((value, i) => expect(Math.abs(value - (corners.topLeft[i] as number))).toBeLessThan(12));
  });

  test('files are copied with what belongs to them, and whole folders', async ({ skip }) => {
    expect(sizes(await run(skip, `shutil.copy2('path_to_input_image.jpg', 'o.png')\nshutil.copystat('o.png', 'path_to_input_image.jpg')`))).toEqual([`o.png ${width}×${height}`]);
    inFolders(skip);
    expect(sizes(await run(skip, `os.mkdir('a')\nshutil.move('path_to_input_image.jpg', 'a/b.png')\nshutil.copytree('a', 'c')\nshutil.rmtree('a')`))).toEqual([`c_b.png ${width}×${height}`]);
  });
});
