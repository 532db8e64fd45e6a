import { closeSync, openSync, readSync } from 'node:fs';

/** Tells each whole line of a file that another process writes, within half a second. The file may come later. */
export function follow(path: string, onLine: (line: string) => void): Disposable {
  const buffer = Buffer.alloc(65_536);
  let offset = 0;
  let rest = '';
  const read = (): void => {
    let file: number;
    try {
      file = openSync(path, 'r');
    } catch {
      return;
    }
    try {
      for (let length = readSync(file, buffer, 0, buffer.length, offset); length > 0; length = readSync(file, buffer, 0, buffer.length, offset)) {
        offset += length;
        const lines = (rest + buffer.toString('utf8', 0, length)).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) onLine(line);
      }
    } finally {
      closeSync(file);
    }
  };
  const timer = setInterval(read, 500);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      read();
    },
  };
}
