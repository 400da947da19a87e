import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

const program = path.join(import.meta.dirname, '../../../native/sandbox');
const hasPython = spawnSync('python3', ['--version']).status === 0;

const read = ['image.size', 'x = img', 'image = image.rotate(1)', 'image = 1\nimg.size', 'try:\n image = f()\nexcept Exception: pass\nimage.x', 'def f(): return image.size\nf()\nimage = 1', 'if x: image = 1\nimage', 'for image in []: pass\nimage', 'globals()["image"]', 'f"{image}"', 'class A:\n z = image', 'lambda: img', 'import __main__\n__main__.image', 'image: int\nimage', 'image += 1', 'del image', 'import sys\nsys.modules["__main__"].image', `${'x'.repeat(9)} = 1\n`.concat(Array.from({ length: 300 }, (_, i) => `v${i} = 1`).join('\n'), '\nimage')];
const notRead = ['', 'image = cv2.imread("a")\ncv2.imwrite("b", image[1:2])', 'print(1)', 'image = 1; img = 2; image.x', 'a.image', 'def f(image): return image', 'from PIL import Image as img\nimg.x', Array.from({ length: 300 }, (_, i) => `v${i} = 1`).join('\n').concat('\nimage = 1\nimage.x')];

test.skipIf(!hasPython)('a program that may read a name before it assigns it', () => {
  const code = `import json, sys; sys.path.insert(0, ${JSON.stringify(program)}); import first_use\nprint(json.dumps([first_use.may_read(compile(c, '', 'exec'), {'image', 'img'}) for c in json.loads(sys.argv[1])]))`;
  const { stdout, stderr } = spawnSync('python3', ['-B', '-c', code, JSON.stringify([...read, ...notRead])], { encoding: 'utf8' });
  expect(stderr).toBe('');
  const answers = JSON.parse(stdout) as boolean[];
  expect(read.filter((_, i) => !answers[i])).toEqual([]);
  expect(notRead.filter((_, i) => answers[read.length + i])).toEqual([]);
});
