import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { CodeJob, CodeResult } from '../records/tools.ts';

const attempts = ['connect', 'read', 'write', 'start'] as const;

/**
 * Has a job try what walls must refuse: to connect to this machine, to read a file of the user's home, to write one
 * there, to start a program. Walls that were never tried on a system are believed only after this.
 * @throws Error naming what was not refused.
 */
export async function probe(run: (job: CodeJob) => Promise<CodeResult>): Promise<void> {
  const file = path.join(os.homedir(), `.arft-probe-${randomUUID()}`);
  const written = `${file}.written`;
  let calls = 0;
  const server = net.createServer((socket) => {
    calls += 1;
    socket.destroy();
  });
  try {
    writeFileSync(file, 'a secret');
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    const { status, stdout, stderr } = await run({ code: probeCode(port, file, written) });
    const answers = stdout.trim().split('\n');
    const passed = attempts.filter((attempt, i) => answers[i] !== `${attempt} refused`);
    if (status !== 'ok') throw new Error(`a job that tries the walls ended with ${status}: ${stderr.trim().split('\n').at(-1) ?? ''}`);
    if (passed.length > 0 || calls > 0) throw new Error(`its walls did not refuse a job to ${passed.join(', ') || 'connect'}`);
  } finally {
    server.close();
    rmSync(file, { force: true });
    rmSync(written, { force: true });
  }
}

const probeCode = (port: number, file: string, written: string): string => `import os, socket, subprocess, sys
file, written = ${JSON.stringify(file)}, ${JSON.stringify(written)}
def write():
    with open(written, 'w') as stream:
        stream.write('x')
tries = {
    'connect': lambda: socket.create_connection(('127.0.0.1', ${port}), 2),
    'read': lambda: open(file).read(),
    'write': write,
    'start': lambda: subprocess.run([sys.executable, '-c', 'pass'], check=True),
}
for name, attempt in tries.items():
    try:
        attempt()
        print(name, 'succeeded')
    except (OSError, subprocess.SubprocessError):
        print(name, 'refused')
`;
