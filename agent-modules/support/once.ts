/** A value made when it is first asked for, and kept: for what is costly and often not needed. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}
