import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readFileOf } from '../../../../main/model/folder/file-errors.ts';
import { readFileOrPipe } from '../../../../main/model/folder/file-or-pipe.ts';
import { temporaryFolder } from './make-folder.ts';

describe.skipIf(process.platform === 'win32')('what is no file', () => {
  const pipe = (): string => {
    const name = path.join(temporaryFolder(), 'pipe');
    spawnSync('mkfifo', [name]);
    return name;
  };

  test('a pipe is read to its end, however slowly it comes', async () => {
    const name = pipe();
    spawn('sh', ['-c', `exec > "${name}"; printf one; sleep 0.2; printf two`]);
    expect((await readFileOrPipe(name)).toString()).toBe('onetwo');
  });

  test('a pipe that nobody writes to is told; the wait for one that says nothing ends with the signal', async () => {
    const name = pipe();
    await expect(readFileOrPipe(name, 'predictions')).rejects.toThrow(/expected predictions, found a pipe that nobody writes to/);
    const writer = spawn('sh', ['-c', `exec > "${name}"; exec sleep 60`]);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300);
    await expect(readFileOrPipe(name, 'predictions', stop.signal)).rejects.toThrow(/abort/);
    writer.kill();
  });

  test('a folder, a device, a socket; and a pipe where a file alone will do', async () => {
    const socket = path.join(temporaryFolder(), 's');
    const server = createServer().listen(socket);
    await once(server, 'listening');
    for (const [name, found] of [[temporaryFolder(), 'a folder'], ['/dev/zero', 'a device'], [socket, 'a socket']] as const) {
      await expect(readFileOrPipe(name)).rejects.toThrow(`found ${found}`);
      expect(() => readFileOf(name)).toThrow(`found ${found}`);
    }
    expect(() => readFileOf(pipe())).toThrow('found a pipe. Give a file');
    server.close();
  });
});
