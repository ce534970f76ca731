/** What `Get-NetAdapter` and its kin say of the cards of a Windows host. */
import { z } from 'zod'
import type { Machine } from './machine.ts'
import { formatMac } from './hardware-address.ts'
import { withoutZone } from './ip-address.ts'
import type { NetworkCard } from './network-card.ts'
import { askPowerShell, type PowerShellAnswer } from './powershell.ts'

export const NET_ADAPTER_SCRIPT = `@{
adapters=@(Get-NetAdapter -IncludeHidden|Select-Object Name,ifIndex,MacAddress,@{n='Status';e={"$($_.Status)"}},MtuSize,ReceiveLinkSpeed,PromiscuousMode);
addresses=@(Get-NetIPAddress|Select-Object IPAddress,PrefixLength,InterfaceIndex);
statistics=@(Get-NetAdapterStatistics -IncludeHidden|Select-Object Name,ReceivedBytes,ReceivedUnicastPackets,ReceivedPacketErrors,ReceivedDiscardedPackets,SentBytes,SentUnicastPackets,OutboundPacketErrors,OutboundDiscardedPackets)
}|ConvertTo-Json -Depth 3 -Compress`

const count = z.number().nullish()
const answer = z.object({
  adapters: z.array(
    z.object({
      Name: z.string(),
      ifIndex: z.number(),
      MacAddress: z.string().nullish(),
      /** `Up`, `Disconnected`, `Not Present` */
      Status: z.string().nullish(),
      MtuSize: count,
      /** Bits a second. */
      ReceiveLinkSpeed: count,
      PromiscuousMode: z.boolean().nullish(),
    }),
  ),
  addresses: z.array(
    z.object({ IPAddress: z.string(), PrefixLength: z.number(), InterfaceIndex: z.number() }),
  ),
  statistics: z.array(
    z.object({
      Name: z.string(),
      ReceivedBytes: count,
      ReceivedUnicastPackets: count,
      ReceivedPacketErrors: count,
      ReceivedDiscardedPackets: count,
      SentBytes: count,
      SentUnicastPackets: count,
      OutboundPacketErrors: count,
      OutboundDiscardedPackets: count,
    }),
  ),
})
type Answer = z.infer<typeof answer>

export interface NetAdapter extends NetworkCard {
  readonly details: Answer['adapters'][number]
  readonly statistics: Answer['statistics'][number] | undefined
}

export async function askNetAdapters(
  machine: Machine,
  signal: AbortSignal,
): Promise<PowerShellAnswer<readonly NetAdapter[]>> {
  const told = await askPowerShell(machine, NET_ADAPTER_SCRIPT, { signal, schema: answer })
  if (told.kind === 'failed') return told
  const { adapters, addresses, statistics } = told.value
  const value = adapters.map((details) => ({
    name: details.Name,
    mac: formatMac(details.MacAddress ?? ''),
    addresses: addresses
      .filter(({ InterfaceIndex }) => InterfaceIndex === details.ifIndex)
      .map(({ IPAddress, PrefixLength }) => ({
        address: withoutZone(IPAddress),
        prefix: PrefixLength,
      })),
    details,
    statistics: statistics.find(({ Name }) => Name === details.Name),
  }))
  return { kind: 'answered', value }
}
