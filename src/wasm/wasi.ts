/**
 * WASI preview 1 for modules that import it although they do not need it: clocks, random numbers
 * and output, which is logged. There are no files, arguments or variables of the environment.
 */

/** The name of the module from which its functions are imported. */
export const WASI_MODULE = "wasi_snapshot_preview1";

const SUCCESS = 0;
const BAD_DESCRIPTOR = 8;
const FAULT = 21;
const INVALID = 28;
const NOT_SUPPORTED = 52;

const REALTIME = 0;
const STDOUT = 1;
const STDERR = 2;
const CHARACTER_DEVICE = 2;
/** The most bytes of one `fd_write`: the caller writes the rest with another call. */
const MOST_WRITTEN = 65_536;
/** `crypto.getRandomValues` gives this many bytes at once. */
const RANDOM_BYTES = 65_536;

/** Functions that fail: with what the caller expects when there are no files. */
const FAILING: Readonly<Record<string, number>> = {
  fd_advise: BAD_DESCRIPTOR,
  fd_allocate: BAD_DESCRIPTOR,
  fd_close: BAD_DESCRIPTOR,
  fd_datasync: BAD_DESCRIPTOR,
  fd_fdstat_set_flags: BAD_DESCRIPTOR,
  fd_fdstat_set_rights: BAD_DESCRIPTOR,
  fd_filestat_get: BAD_DESCRIPTOR,
  fd_filestat_set_size: BAD_DESCRIPTOR,
  fd_filestat_set_times: BAD_DESCRIPTOR,
  fd_pread: BAD_DESCRIPTOR,
  fd_prestat_dir_name: BAD_DESCRIPTOR,
  fd_prestat_get: BAD_DESCRIPTOR,
  fd_pwrite: BAD_DESCRIPTOR,
  fd_read: BAD_DESCRIPTOR,
  fd_readdir: BAD_DESCRIPTOR,
  fd_renumber: BAD_DESCRIPTOR,
  fd_seek: BAD_DESCRIPTOR,
  fd_sync: BAD_DESCRIPTOR,
  fd_tell: BAD_DESCRIPTOR,
  path_create_directory: BAD_DESCRIPTOR,
  path_filestat_get: BAD_DESCRIPTOR,
  path_filestat_set_times: BAD_DESCRIPTOR,
  path_link: BAD_DESCRIPTOR,
  path_open: BAD_DESCRIPTOR,
  path_readlink: BAD_DESCRIPTOR,
  path_remove_directory: BAD_DESCRIPTOR,
  path_rename: BAD_DESCRIPTOR,
  path_symlink: BAD_DESCRIPTOR,
  path_unlink_file: BAD_DESCRIPTOR,
  poll_oneoff: NOT_SUPPORTED,
  proc_raise: NOT_SUPPORTED,
  sock_accept: NOT_SUPPORTED,
  sock_recv: NOT_SUPPORTED,
  sock_send: NOT_SUPPORTED,
  sock_shutdown: NOT_SUPPORTED,
};

/** What the functions need from the instance that calls them. */
export interface WasiHost {
  /** Its memory, as it is now. */
  memory(): Uint8Array;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Charges for work of the host; throws to end the execution. */
  charge(bytes: number): void;
  /** Logs what was written to standard output or standard error. */
  write(stream: "stdout" | "stderr", text: string): void;
  /** Ends the execution: throws. */
  exit(code: number): never;
}

type WasiFunction = (...args: (number | bigint)[]) => number | void;

/** The functions that a module may import. */
export const WASI_FUNCTIONS: readonly string[] = [
  ...Object.keys(FAILING),
  ...Object.keys(working(undefined as never)),
];

/** The functions for one instance. */
export function wasiFunctions(host: WasiHost): Record<string, WasiFunction> {
  const failing = Object.entries(FAILING).map(([name, code]) => [name, () => code]);
  return { ...Object.fromEntries(failing), ...working(host) };
}

function working(host: WasiHost): Record<string, WasiFunction> {
  /** Calls `write` with a view of `length` bytes of memory, if there are that many. */
  function at(
    pointer: number | bigint | undefined,
    length: number,
    write: (view: DataView) => void,
  ): number {
    const { buffer, byteLength } = host.memory();
    const start = Number(pointer) >>> 0;
    if (start + length > byteLength) return FAULT;
    write(new DataView(buffer, start, length));
    return SUCCESS;
  }
  const nothing = (count: number | bigint | undefined, size: number | bigint | undefined) =>
    at(count, 4, (view) => view.setUint32(0, 0, true)) ||
    at(size, 4, (view) => view.setUint32(0, 0, true));
  return {
    args_get: () => SUCCESS,
    args_sizes_get: (count, size) => nothing(count, size),
    environ_get: () => SUCCESS,
    environ_sizes_get: (count, size) => nothing(count, size),
    clock_res_get: (_clock, result) =>
      at(result, 8, (view) => view.setBigUint64(0, 1_000_000n, true)),
    clock_time_get: (clock, _precision, result) => {
      const ms = Number(clock) === REALTIME ? host.now() : performance.now();
      const ns = BigInt(Math.floor(ms * 1_000)) * 1_000n;
      return at(result, 8, (view) => view.setBigUint64(0, ns, true));
    },
    random_get: (pointer, size) => {
      const length = Number(size) >>> 0;
      return at(pointer, length, (view) => {
        host.charge(length);
        for (let done = 0; done < length; done += RANDOM_BYTES) {
          const part = Math.min(RANDOM_BYTES, length - done);
          crypto.getRandomValues(
            new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset + done, part),
          );
        }
      });
    },
    fd_fdstat_get: (descriptor, result) => {
      if (Number(descriptor) > STDERR) return BAD_DESCRIPTOR;
      return at(result, 24, (view) => {
        new Uint8Array(view.buffer, view.byteOffset, 24).fill(0);
        view.setUint8(0, CHARACTER_DEVICE);
      });
    },
    fd_write: (descriptor, vectors, count, result) => {
      const stream = Number(descriptor);
      if (stream !== STDOUT && stream !== STDERR) return BAD_DESCRIPTOR;
      const parts = Number(count) >>> 0;
      if (parts > 1_024) return INVALID;
      let text = "";
      let written = 0;
      const failed = at(vectors, parts * 8, (list) => {
        for (let index = 0; index < parts; index++) {
          const length = Math.min(list.getUint32(index * 8 + 4, true), MOST_WRITTEN - written);
          at(list.getUint32(index * 8, true), length, (view) => {
            host.charge(length);
            text += new TextDecoder().decode(view);
            written += length;
          });
        }
      });
      if (failed !== SUCCESS) return failed;
      host.write(stream === STDOUT ? "stdout" : "stderr", text);
      return at(result, 4, (view) => view.setUint32(0, written, true));
    },
    sched_yield: () => SUCCESS,
    proc_exit: (code) => host.exit(Number(code)),
  };
}
