/** What a filter is refused with, whichever module it is of. */

/** A filter that is not written as it must be; the message is for the person who wrote it. */
export class FilterError extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.name = 'FilterError'
  }
}

/** A filter as written, short enough for a message. */
export const quote = (text: string): string =>
  JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text)
