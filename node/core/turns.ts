/** Tasks that share a key run one after another, the others at once: for what lies between a read and a write that depends on it. */

/** Runs `task` once every earlier task of this key has settled, and settles as it does. */
export type Turns = <T>(key: string, task: () => Promise<T>) => Promise<T>

/** Bounded by the tasks under way: a key is forgotten when nobody waits for it. */
export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>()
  return (key, task) => {
    const run = (last.get(key) ?? Promise.resolve()).then(task)
    const settled = run
      .catch(() => undefined) // the caller hears of it; the next in line goes on
      .then(() => {
        if (last.get(key) === settled) last.delete(key)
      })
    last.set(key, settled)
    return run
  }
}
