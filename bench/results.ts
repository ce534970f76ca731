/** How many answers one investigator (`mig up`) takes in: each opened, verified and on disk before it is acknowledged. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { fromBase64url, sha256Hex, toBase64 } from '../node/core/bytes.ts'
import { buildEnvelope, pae } from '../node/core/envelope.ts'
import { documentId, type DocumentId } from '../node/core/ids.ts'
import { peerIdFromPublicKey } from '../node/core/peer-id.ts'
import type { PeerStream } from '../node/core/ports.ts'
import { encodeAnswer } from '../node/core/result.ts'
import { sealContext } from '../node/core/seal-context.ts'
import {
  decodeFrame,
  encodeFrame,
  PROTOCOLS,
  resultReply,
  SMALL_RESULT_SIZE,
} from '../node/core/wire.ts'
import { peerIdOf } from '../node/assembly/identity.ts'
import { connectControl } from '../node/host/control-client.ts'
import { openHome, type Home } from '../node/host/home.ts'
import { systemClock, systemRandom } from '../node/host/system.ts'
import { type OpenNetwork, openNetwork } from '../node/net/network.ts'
import { publicKeyOf } from '../node/pgp/peer-key.ts'
import { signWithPeerKey } from '../node/pgp/peer-signature.ts'
import { seal } from '../node/pgp/seal.ts'
import { openDatabase } from '../node/store/database.ts'
import { cpuSecondsOf } from './idle.ts'
import { openLab, type Lab } from './lab.ts'
import { table } from './stats.ts'

const AGENTS = 4000
const STREAMS = 4
const FILES_FOUND = 5
const SILENT = { log: () => undefined }

/** Made by as many agents as there are answers, and carried by one peer: an answer is signed by its agent, whoever brings it. */
export async function benchResults(): Promise<void> {
  await using lab = await openLab(1)
  const home = ['--home', lab.home('investigator')]
  const up = await lab.start([`${lab.product}/cli/mig.js`, ...home, 'up'])
  const action = await launch(lab, home)
  const investigator = await openHome(lab.home('investigator'))
  const frames = await Promise.all(
    Array.from({ length: AGENTS }, () => sealedAnswer(investigator, action)),
  )
  const network = await openCarrier(lab, investigator)
  const streams = await openStreams(network, investigator)
  const cpuBefore = cpuSecondsOf(up.pid ?? 0)
  const began = performance.now()
  await Promise.all(streams.map((stream) => carry(stream, frames)))
  const seconds = (performance.now() - began) / 1000
  const cpu = cpuSecondsOf(up.pid ?? 0) - cpuBefore
  await network.close()
  table(`${String(AGENTS)} answers to one investigator over ${String(STREAMS)} streams`, [
    ['answers per second', 'CPU of the investigator per answer'],
    [(AGENTS / seconds).toFixed(0), `${((cpu / AGENTS) * 1000).toFixed(2)} ms`],
  ])
}

/** An action that no agent is meant by, so that only the bench answers. */
async function launch(lab: Lab, home: readonly string[]): Promise<DocumentId> {
  const target = ['-t', "name='nobody'", '-e', '10m']
  await lab.mig([...home, 'file', ...target, '-path', '/etc', '-name', '^passwd$'])
  const { stdout } = await lab.mig([...home, 'results', '--json'])
  const [line = ''] = stdout.split('\n')
  return documentId.parse((JSON.parse(line) as { action?: string }).action)
}

/** What an agent sends: the answer to `file` with a few findings, signed, sealed, as one frame. */
async function sealedAnswer(investigator: Home, action: DocumentId): Promise<Uint8Array> {
  const seed = randomBytes(32)
  const agent = peerIdFromPublicKey(publicKeyOf(seed))
  const found = Array.from({ length: FILES_FOUND }, (_, index) => ({
    file: `/etc/passwd.${String(index)}`,
    search: {},
    fileinfo: { size: 1221, mode: '-rw-r--r--', lastmodified: '2026-05-20 16:27:29 +0000 UTC' },
  }))
  const payload = encodeAnswer({
    mesh: investigator.policy.mesh.id,
    action,
    agent,
    name: 'host.example',
    status: 'success',
    at: systemClock.now(),
    results: [
      {
        module: 'file',
        status: 'success',
        foundanything: true,
        success: true,
        elements: { s1: found },
        statistics: { filescount: 1000, exectime: '3.1ms' },
        errors: [],
      },
    ],
  })
  const sig = signWithPeerKey(seed, pae('result', payload))
  const envelope = buildEnvelope('result', payload, [{ keyid: agent, sig }])
  const { sealed } = await seal(envelope.bytes, {
    recipients: [investigator.key.sealing.publicKey],
    context: sealContext(action, agent),
  })
  if (sealed === undefined || sealed.length > SMALL_RESULT_SIZE)
    throw new Error('not a small answer')
  const size = sealed.length
  return encodeFrame({ action, agent, size, digest: sha256Hex(sealed), body: toBase64(sealed) })
}

async function openCarrier(lab: Lab, { policy }: Home): Promise<OpenNetwork> {
  const database = await openDatabase({
    path: join(lab.directory, 'carrier'),
    logger: SILENT,
    clock: systemClock,
  })
  return openNetwork({
    seed: randomBytes(32),
    meshSecret: fromBase64url(policy.mesh.secret) ?? new Uint8Array(),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    announce: [],
    bootstrap: [],
    mdns: false,
    maxConnections: 16,
    relay: false,
    topUp: false,
    peers: database.cheapRecords('peers'),
    clock: systemClock,
    random: systemRandom,
    logger: SILENT,
  })
}

/** `mig up` listens where it likes, and says where over its control socket. */
async function openStreams(network: OpenNetwork, home: Home): Promise<PeerStream[]> {
  const { sealing } = home.key
  const node = { peer: peerIdOf(home.key), sealing: sealing.publicKey }
  const up = await connectControl(home.file('socket'), node)
  if (up === undefined) throw new Error('mig up is not there')
  const { reply } = await up.status()
  const dial = (): Promise<PeerStream> =>
    network.open(reply.peer, PROTOCOLS.result, {
      signal: AbortSignal.timeout(15_000),
      addresses: reply.addresses,
    })
  return Promise.all(Array.from({ length: STREAMS }, dial))
}

/** Sends and waits for the acknowledgement, until none is left. */
async function carry(stream: PeerStream, frames: Uint8Array[]): Promise<void> {
  for (let frame = frames.pop(); frame !== undefined; frame = frames.pop()) {
    await stream.write(frame)
    const answer = await stream.read()
    const reply = answer === undefined ? undefined : decodeFrame(resultReply, answer)
    if (reply?.type !== 'ack') throw new Error(`not taken: ${JSON.stringify(reply)}`)
  }
  await stream.close()
}
