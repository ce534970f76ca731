/** Every command of `mig`: its flags, its help, and where its code is, which is loaded only when it runs. */
import type { ModuleExample } from '../../agent-modules/contract.ts'
import type { Run } from '../cli.ts'
import { type FlagSpec, HUNT_FLAGS } from '../flags.ts'

export interface CommandSpec {
  readonly name: string
  /** Its words, as commander spells them: `<file>`, `[id]`. */
  readonly words: string
  readonly summary: string
  readonly examples: readonly ModuleExample[]
  readonly flags: readonly FlagSpec[]
  load(): Promise<Run>
}

const REASON: FlagSpec = {
  name: 'reason',
  placeholder: 'TEXT',
  help: 'why, for the record of every host',
}
const SIGN_ONLY: FlagSpec = {
  name: 's',
  help: 'sign, print the signed document and end, for a second person',
}
const SHOW: FlagSpec = {
  name: 'show',
  placeholder: 'WHICH',
  help: 'found, notfound or all (default found)',
}

/** What may be said of an unsigned action while it is signed. */
const SIGN_FLAGS: ReadonlySet<string> = new Set(['t', 'e', 'n'])

const HUNTING: readonly CommandSpec[] = [
  {
    name: 'launch',
    words: '[file]',
    summary: 'Sends an action file: one that is signed as it is, an unsigned one signed by you',
    examples: [
      { title: "An action file, MIG's own ones included", command: 'launch action.json' },
      { title: "The same in MIG's words", command: '-i action.json' },
      { title: 'What a second person signed', command: 'launch b.json' },
    ],
    flags: [{ name: 'i', placeholder: 'FILE', help: 'the file, as MIG spells it' }, ...HUNT_FLAGS],
    load: async () => (await import('./launch.ts')).launch,
  },
  {
    name: 'sign',
    words: '<file>',
    summary: 'Adds your signature to an action file and prints it; says what weight it has',
    examples: [{ title: 'The second person of two', command: 'sign a.json > b.json' }],
    flags: HUNT_FLAGS.filter(({ name }) => SIGN_FLAGS.has(name)),
    load: async () => (await import('./sign.ts')).sign,
  },
  {
    name: 'show',
    words: '<file-or-id>',
    summary: 'Shows an action: who signed it, what it weighs, whom and what it asks',
    examples: [
      { title: 'Before signing', command: 'show a.json' },
      { title: 'An action of this home', command: 'show 3f2a9c1b' },
    ],
    flags: [],
    load: async () => (await import('./show.ts')).show,
  },
  {
    name: 'results',
    words: '[id]',
    summary: 'Lists the actions of this home, or shows what one of them was answered',
    examples: [
      { title: 'All actions, newest first', command: 'results' },
      { title: 'Answers of one, late ones as well', command: 'results 3f2a9c1b' },
      { title: 'Stay for those to come', command: 'results 3f2a9c1b --follow' },
    ],
    flags: [
      SHOW,
      { name: 'follow', help: 'stay until every known target has ended' },
      {
        name: 'wait',
        placeholder: 'DURATION',
        help: 'how long to wait for late answers (default 5s, only where some are out)',
      },
      { name: 'exit-match', help: 'exit with 10 when something was found' },
    ],
    load: async () => (await import('./results.ts')).results,
  },
  {
    name: 'cancel',
    words: '<id>',
    summary: 'Stops an action wherever it runs, and keeps it from starting elsewhere',
    examples: [{ title: 'Asked too much', command: 'cancel 3f2a9c1b -reason "wrong path"' }],
    flags: [REASON, SIGN_ONLY],
    load: async () => (await import('./cancel.ts')).cancel,
  },
]

const MESH: readonly CommandSpec[] = [
  {
    name: 'agents',
    words: '',
    summary: 'Lists the agents, by what they last told of themselves',
    examples: [{ title: 'Those of one tag', command: `agents -t "tags->>'operator'='opsec'"` }],
    flags: [{ name: 't', placeholder: 'TARGET', help: 'only these (default all)' }],
    load: async () => (await import('./agents.ts')).agents,
  },
  {
    name: 'keys',
    words: '[new]',
    summary: 'Lists the people of the mesh, their keys, and the key this home signs with',
    examples: [
      { title: 'A key for somebody without gpg', command: 'keys new --name "Ada L" --out ada.asc' },
    ],
    flags: [
      { name: 'name', placeholder: 'NAME', help: 'of a new key: whose it is' },
      { name: 'email', placeholder: 'ADDRESS', help: 'of a new key' },
      {
        name: 'out',
        placeholder: 'FILE',
        help: 'of a new key: where the private key goes (default signing-key.asc)',
      },
    ],
    load: async () => (await import('./keys.ts')).keys,
  },
  {
    name: 'revoke',
    words: '<kind> <id>',
    summary: 'Tells every host to trust a key, or an agent, no longer; this cannot be undone',
    examples: [
      { title: 'A stolen key', command: 'revoke key 0123456789abcdef0123456789abcdef01234567' },
      { title: 'A host that was taken over', command: 'revoke agent 12D3KooW...' },
    ],
    flags: [REASON, SIGN_ONLY],
    load: async () => (await import('./revoke.ts')).revoke,
  },
  {
    name: 'init',
    words: '<dir>',
    summary: 'Makes a mesh of your own: a policy, and homes for its peers',
    examples: [
      { title: 'Three agents on this host', command: 'init lab --agents 3' },
      {
        title: 'Two people, and a module that needs both',
        command: 'init lab --agents 3 --person ada --person bob --two-person file',
      },
    ],
    flags: [
      { name: 'agents', placeholder: 'N', help: 'how many agents (default 3)' },
      {
        name: 'person',
        placeholder: 'NAME',
        repeatable: true,
        help: 'an investigator; the first one gets DIR/investigator (default: you)',
      },
      {
        name: 'gpg',
        placeholder: '[NAME=]FINGERPRINT',
        repeatable: true,
        help: 'NAME=FINGERPRINT: signs with this gpg key; without NAME in the order of the people (default: a new key file)',
      },
      {
        name: 'two-person',
        placeholder: 'MODULE',
        repeatable: true,
        help: 'this module needs two people',
      },
      {
        name: 'name',
        placeholder: 'NAME',
        help: 'what the mesh is called (default: the directory)',
      },
      {
        name: 'listen',
        placeholder: 'IP',
        help: 'address the peers listen on (default 127.0.0.1)',
      },
      {
        name: 'port',
        placeholder: 'BASE',
        help: 'port of the bootstrap peer, agents follow (default 4100)',
      },
      { name: 'tag', placeholder: 'KEY=VALUE', repeatable: true, help: 'a tag of every agent' },
    ],
    load: async () => (await import('./init.ts')).init,
  },
  {
    name: 'up',
    words: '',
    summary:
      "Keeps this home's node running, so that commands start at once and late answers arrive",
    examples: [{ title: 'In a terminal of its own', command: 'up' }],
    flags: [],
    load: async () => (await import('./up.ts')).up,
  },
]

const EVIDENCE: readonly CommandSpec[] = [
  {
    name: 'export',
    words: '<id>',
    summary: 'Writes everything signed about an action into one file that stands by itself',
    examples: [{ title: 'For the case file', command: 'export 3f2a9c1b --evidence case.json' }],
    flags: [{ name: 'evidence', placeholder: 'FILE', help: 'where to; - is stdout' }],
    load: async () => (await import('./export.ts')).exportEvidence,
  },
  {
    name: 'verify',
    words: '<file>',
    summary: 'Checks an evidence file, offline: every signature, weight and answer',
    examples: [
      { title: 'By the keys it came with', command: 'verify case.json' },
      { title: 'By a policy you trust', command: 'verify case.json --policy policy.json' },
    ],
    flags: [
      { name: 'policy', placeholder: 'FILE', help: 'the policy whose people and keys you trust' },
    ],
    load: async () => (await import('./verify.ts')).verify,
  },
]

export const COMMANDS: readonly CommandSpec[] = [...HUNTING, ...MESH, ...EVIDENCE]

export const findCommand = (name: string): CommandSpec | undefined =>
  COMMANDS.find((each) => each.name === name)
