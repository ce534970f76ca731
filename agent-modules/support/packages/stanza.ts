/** Text databases of stanzas with a blank line between, as dpkg's and apk's: `Key: value` lines. */

/** Each stanza of the text, with a line feed before its first line. */
export function* stanzasOf(text: string): Generator<string, void> {
  const all = `\n${text}`
  let from = 0
  while (from < all.length) {
    const end = all.indexOf('\n\n', from + 1)
    const stanza = all.slice(from, end < 0 ? all.length : end)
    if (stanza.length > 1) yield stanza
    from = end < 0 ? all.length : end + 1
  }
}

/** The rest of the line that starts with a key, which is given with the line feed before it; undefined when none does. */
export function fieldOf(stanza: string, key: `\n${string}`): string | undefined {
  const at = stanza.indexOf(key)
  if (at < 0) return undefined
  const from = at + key.length
  const end = stanza.indexOf('\n', from)
  return stanza.slice(from, end < 0 ? stanza.length : end).trim()
}
