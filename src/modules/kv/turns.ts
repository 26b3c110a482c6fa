/** Lets work on the same key take turns, so that it does not get in its own way. */

export interface Turns {
  take<T>(key: string, work: () => Promise<T>): Promise<T>;
}

/** Creates turns. */
export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return {
    async take(key, work) {
      const turn = (last.get(key) ?? Promise.resolve()).catch(() => {}).then(work);
      last.set(key, turn);
      try {
        return await turn;
      } finally {
        if (last.get(key) === turn) last.delete(key);
      }
    },
  };
}
