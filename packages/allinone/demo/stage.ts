/** Runs the demonstration's steps one by one, a line each, and remembers which one failed. */
export interface Stage {
  /** Runs `work` under `title`, and shows what `note` says of its result behind it. */
  step<T>(title: string, work: () => Promise<T>, note?: (result: T) => string): Promise<T>;
}

export class StepFailed extends Error {
  override readonly name = 'StepFailed';
  readonly title: string;

  constructor(title: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.title = title;
  }
}

export function createStage(write: (text: string) => void, interactive: boolean): Stage {
  const started = performance.now();
  return {
    async step(title, work, note) {
      const before = performance.now();
      if (interactive) write(`  …  ${title}`);
      const line = (mark: string, rest: string): void => {
        const spent = ((performance.now() - before) / 1000).toFixed(2).padStart(6);
        const total = ((performance.now() - started) / 1000).toFixed(1).padStart(6);
        write(`${interactive ? '\r\u001b[2K' : ''}  ${mark} ${spent} s ${total} s  ${title}${rest}\n`);
      };
      try {
        const result = await work();
        line('ok', note === undefined ? '' : `: ${note(result)}`);
        return result;
      } catch (error) {
        line('FAILED', '');
        throw new StepFailed(title, error);
      }
    },
  };
}
