/** `traceroute` obeys the laws of modules. */
import { tracerouteOn } from '../../agent-modules/traceroute/index.ts'
import { testModule } from '../laws/module.ts'
import { createHangingMachine } from './hanging-machine.ts'

const { machine, hang } = createHangingMachine(
  Buffer.from(' 1  198.51.100.1  0.5 ms\n 2  192.0.2.9  1.5 ms\n'),
)
const asked = { destination: '192.0.2.9' }

testModule(tracerouteOn(machine), {
  parameters: () => {
    hang(false)
    return asked
  },
  endlessParameters: () => {
    hang(true)
    return asked
  },
  junk: [
    {},
    ...['', '-m', 'a b', '$(id)', 5].map((destination) => ({ destination })),
    ...[0, 65, 1.5, '3'].map((maxhops) => ({ ...asked, maxhops })),
    ...[0, 4].map((probes) => ({ ...asked, probes })),
    ...[0, 6].map((timeout) => ({ ...asked, timeout })),
  ],
})
