/** The policy that was built into this executable (`npm run build -- --policy FILE`); in a checkout there is none. */

/** Put in place of by the build. */
declare const MIG_COMPILED_POLICY: unknown

/** `undefined` where no policy was built in: then a home's policy file is read, which is for development and labs. */
export const COMPILED_POLICY: unknown =
  typeof MIG_COMPILED_POLICY === 'undefined' ? undefined : MIG_COMPILED_POLICY
