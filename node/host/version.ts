/** The version of this product, as package.json says. */
import description from '../../package.json' with { type: 'json' }

export const VERSION: string = description.version
