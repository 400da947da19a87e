import { EventEmitter } from 'node:events';
import { Port, type Wire } from './ports.ts';

// Gives a forked process what Electron gives a utility process: process.parentPort.

const ports = new Map<number, Port>();
const parentPort = Object.assign(new EventEmitter(), { postMessage: (message: unknown) => void process.send?.({ message } satisfies Wire) });

process.on('message', ({ message, ports: ids = [], port, closed }: Wire) => {
  if (port !== undefined) {
    if (closed) ports.get(port)?.emit('close');
    else ports.get(port)?.deliver(message);
    return;
  }
  const given = ids.map((id) => {
    const [near, far] = [new Port(), new Port()];
    near.peer = far;
    far.carry((sent) => void process.send?.({ port: id, message: sent } satisfies Wire));
    ports.set(id, near);
    return near;
  });
  parentPort.emit('message', { data: message, ports: given });
});

Object.assign(process, { parentPort });
