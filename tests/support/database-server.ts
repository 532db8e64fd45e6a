/** A database server of the tests' own on a port of 127.0.0.1. */
export interface DatabaseServer extends AsyncDisposable {
  /** As `[database] connection` takes it. */
  url(database: string): string;
  create(database: string): Promise<void>;
  drop(database: string): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** How it ended, and the last that it wrote, where nobody asked it to. */
  unaskedEnd(): string | undefined;
  /** Starts it again on the same data and port. */
  start(): Promise<void>;
}
