/** What Windows' Get-NetAdapter and its kin give as JSON: a card in use, and one without a cable. */
export const ADAPTERS = JSON.stringify({
  adapters: [
    {
      Name: 'Ethernet',
      ifIndex: 7,
      MacAddress: 'A4-BB-6D-00-00-01',
      Status: 'Up',
      MtuSize: 1500,
      ReceiveLinkSpeed: 1_000_000_000,
      PromiscuousMode: true,
    },
    {
      Name: 'Ethernet 2',
      ifIndex: 9,
      MacAddress: 'A4-BB-6D-00-00-02',
      Status: 'Not Present',
      MtuSize: null,
      ReceiveLinkSpeed: null,
      PromiscuousMode: false,
    },
    {
      Name: 'Loopback',
      ifIndex: 1,
      MacAddress: '',
      Status: 'Up',
      MtuSize: 4_294_967_295,
      ReceiveLinkSpeed: 0,
      PromiscuousMode: false,
    },
  ],
  addresses: [
    { IPAddress: '192.168.1.5', PrefixLength: 24, InterfaceIndex: 7 },
    { IPAddress: 'fe80::a1%7', PrefixLength: 64, InterfaceIndex: 7 },
    { IPAddress: '127.0.0.1', PrefixLength: 8, InterfaceIndex: 1 },
  ],
  statistics: [
    {
      Name: 'Ethernet',
      ReceivedBytes: 1000,
      ReceivedUnicastPackets: 10,
      ReceivedPacketErrors: 1,
      ReceivedDiscardedPackets: 2,
      SentBytes: 2000,
      SentUnicastPackets: 20,
      OutboundPacketErrors: 3,
      OutboundDiscardedPackets: 4,
    },
  ],
})
