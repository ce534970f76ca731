/** Values printed as Go prints them, because MIG's answers are read by scripts that expect it. */

const NANOSECONDS_PER_SECOND = 1_000_000_000n

/** Go's `os.FileMode.String()` of a regular file: `-rw-r--r--`, `urwxr-xr-x` for setuid. `mode` is st_mode. */
export function formatMode(mode: number): string {
  const special = [
    [0o4000, 'u'],
    [0o2000, 'g'],
    [0o1000, 't'],
  ] as const
  const letters = special.map(([bit, letter]) => ((mode & bit) === 0 ? '' : letter)).join('')
  const permissions = 'rwxrwxrwx'.replace(/./g, (letter, index: number) =>
    (mode & (0o400 >> index)) === 0 ? '-' : letter,
  )
  return `${letters === '' ? '-' : letters}${permissions}`
}

/** Go's `Time.UTC().String()`: `2016-07-05 15:32:42.5 +0000 UTC`. `atNs` is nanoseconds since the epoch. */
export function formatTime(atNs: bigint): string {
  const fraction =
    ((atNs % NANOSECONDS_PER_SECOND) + NANOSECONDS_PER_SECOND) % NANOSECONDS_PER_SECOND
  const seconds = new Date(Number((atNs - fraction) / 1_000_000n)).toISOString()
  const digits = fraction.toString().padStart(9, '0').replace(/0+$/, '')
  const day = seconds.slice(0, seconds.indexOf('T'))
  const time = seconds.slice(seconds.indexOf('T') + 1, seconds.indexOf('.'))
  return `${day} ${time}${digits === '' ? '' : `.${digits}`} +0000 UTC`
}

/** Go's `Duration.String()` to the microsecond: `1m2.5s`, `12.345ms`, `0s`. */
export function formatDuration(elapsedMs: number): string {
  const microseconds = Math.round(elapsedMs * 1000)
  if (microseconds === 0) return '0s'
  if (microseconds < 1000) return `${microseconds}µs`
  if (microseconds < 1_000_000) return `${microseconds / 1000}ms`
  const hours = Math.floor(microseconds / 3_600_000_000)
  const minutes = Math.floor(microseconds / 60_000_000) % 60
  const seconds = `${(microseconds % 60_000_000) / 1_000_000}s`
  if (hours > 0) return `${hours}h${minutes}m${seconds}`
  return minutes > 0 ? `${minutes}m${seconds}` : seconds
}
