/** What this machine is called: by its kernel, which may know no domain, and by its resolver. */
import { placeOn } from '../../support/machine.ts'
import { printedBy } from '../../support/program-output.ts'
import { RegularFile } from '../../support/regular-file.ts'
import { reasonOf } from '../../support/soft-errors.ts'
import type { Asking } from '../asking.ts'

const HOST_NAME = '/proc/sys/kernel/hostname'

/** Undefined where it is not known, which is among the errors. */
export async function readHostName(asking: Asking): Promise<string | undefined> {
  const { machine, errors } = asking
  if (machine.platform !== 'linux') return await ask(asking, [])
  try {
    const file = RegularFile.open(placeOn(machine, HOST_NAME), RegularFile.createBuffer())
    const name = file?.next()?.bytes.toString().trim()
    file?.close()
    return name === '' ? undefined : name
  } catch (error) {
    errors.add(HOST_NAME, reasonOf(error))
    return undefined
  }
}

/** With its domain; undefined where the resolver knows none. */
export const readFullName = async (asking: Asking): Promise<string | undefined> =>
  await ask(asking, ['-f'])

async function ask(
  { machine, signal, errors }: Asking,
  args: readonly string[],
): Promise<string | undefined> {
  const printed = await printedBy(machine, ['hostname', ...args], { signal })
  if (printed.kind === 'printed') return printed.text.trim() || undefined
  errors.add('hostname', printed.reason)
  return undefined
}
