import { EventEmitter } from 'node:events';
import { Port, type Wire } from './ports.ts';

// Gives a forked process what Electron gives a utility process: process.parentPort.

const ports = new Map<number, Port>();
// Nobody to send to any more is no error: so it is with a real port.
const send = (wire: Wire): void => void process.send?.(wire, undefined, undefined, () => undefined);
const parentPort = Object.assign(new EventEmitter(), { postMessage: (message: unknown) => send({ message }) });

process.on('message', ({ message, ports: ids = [], port, closed }: Wire) => {
  if (port !== undefined) {
    if (closed) ports.get(port)?.emit('close');
    else ports.get(port)?.deliver(message);
    return;
  }
  const given = ids.map((id) => {
    const [near, far] = [new Port(), new Port()];
    near.peer = far;
    far.carry((sent) => send({ port: id, message: sent }));
    ports.set(id, near);
    return near;
  });
  parentPort.emit('message', { data: message, ports: given });
});

Object.assign(process, { parentPort });
