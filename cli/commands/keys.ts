/** `mig keys`: whose keys this mesh knows and which one this home signs with; `mig keys new` makes one. */
import { MeshError } from '../../node/core/errors.ts'
import { toInstant } from '../../node/core/time.ts'
import { openHome, type Home } from '../../node/host/home.ts'
import { systemClock } from '../../node/host/system.ts'
import { describeKey, type KeyDescription } from '../../node/pgp/keyring.ts'
import { type Call, type Cli, flagInvalid, type Run } from '../cli.ts'
import { EXIT } from '../exit.ts'
import { table } from '../render/table.ts'
import { openSigner } from '../signer.ts'
import { writeNew } from '../write-new.ts'

const HEADER = ['PERSON', 'FINGERPRINT', 'ALGORITHM', 'VALID']

export const keys: Run = async (call, cli) => {
  const [word] = call.args
  if (word === 'new') return newKey(call, cli)
  if (word !== undefined)
    throw flagInvalid('mig keys', `takes new or nothing, not ${JSON.stringify(word)}`)
  const home = await openHome(cli.home)
  const described = await Promise.all(home.policy.keyring.map(describeKey))
  if (cli.isJson) for (const key of described) cli.json('key', jsonOf(key, home))
  else
    for (const line of table(
      HEADER,
      described.map((key) => rowOf(key, home)),
    ))
      cli.out(line)
  await sayOwnKey(home, cli)
  return EXIT.ok
}

async function sayOwnKey(home: Home, cli: Cli): Promise<void> {
  try {
    // Without asking for a passphrase: this is only a look.
    const { person, fingerprint, keptIn } = await openSigner(home, {
      ...cli,
      io: { ...cli.io, askSecret: undefined },
    })
    cli.say(`this home signs as ${person} with ${fingerprint}, kept in ${keptIn}`)
  } catch (error) {
    if (!(error instanceof MeshError)) throw error
    cli.say(cli.paint('yellow', `this home cannot sign now: ${error.message}`))
  }
}

function rowOf(key: KeyDescription, home: Home): readonly string[] {
  const person = home.policy.personOf.get(key.fingerprint) ?? 'nobody'
  return [person, key.fingerprint, key.algorithm, validity(key)]
}

function validity({ revoked, expiresMs, createdMs }: KeyDescription): string {
  if (revoked) return 'revoked'
  const day = (ms: number): string => toInstant(ms).slice(0, 10)
  if (expiresMs === null) return `since ${day(createdMs)}`
  return expiresMs <= systemClock.now() ? `expired ${day(expiresMs)}` : `until ${day(expiresMs)}`
}

const jsonOf = (key: KeyDescription, home: Home): Record<string, unknown> => ({
  person: home.policy.personOf.get(key.fingerprint) ?? null,
  fingerprint: key.fingerprint,
  subkeys: key.subkeys,
  userids: key.userIds,
  algorithm: key.algorithm,
  created: toInstant(key.createdMs),
  expires: key.expiresMs === null ? null : toInstant(key.expiresMs),
  revoked: key.revoked,
})

async function newKey({ flags }: Call, cli: Cli): Promise<number> {
  const name = flags.text('name')
  if (name === undefined) throw flagInvalid('-name', 'is required: whose key it is')
  const email = flags.text('email')
  const path = flags.text('out') ?? 'signing-key.asc'
  const { generateKey } = await import('../../node/pgp/generate.ts')
  const identity = { name, ...(email === undefined ? {} : { email }) }
  const key = await generateKey(identity, systemClock.now())
  await writeNew(path, key.privateKeyArmored)
  if (cli.isJson)
    cli.json('key', { fingerprint: key.fingerprint, public: key.publicKeyArmored, file: path })
  else cli.io.stdout.write(key.publicKeyArmored)
  cli.say(`private key in ${path}, not encrypted: keep it to yourself`)
  cli.say(`fingerprint ${key.fingerprint}; the policy's keeper adds it and the public key above`)
  return EXIT.ok
}
