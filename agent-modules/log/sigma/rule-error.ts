/** What is wrong with a Sigma rule, and where in it: `detection.selection.CommandLine|base64`. */
export class RuleError extends Error {
  readonly place: string
  readonly reason: string

  constructor(place: string, reason: string, options?: ErrorOptions) {
    super(place === '' ? reason : `${place}: ${reason}`, options)
    this.name = 'RuleError'
    this.place = place
    this.reason = reason
  }
}
