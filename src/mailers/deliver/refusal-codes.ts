/** `sender`: the account may not send with this `from`. `limit`: it has sent too much. `reputation`: the server refuses the machine. */
export type AccountFault = 'account' | 'sender' | 'limit' | 'reputation';

const accountFaults: ReadonlySet<string> = new Set<AccountFault>([
  'account',
  'sender',
  'limit',
  'reputation',
]);

/** Returns whether a fault comes from the reply to one mail. Every other mail would get it too, unless the reply was misunderstood. */
export function isAccountFault(fault: string): fault is AccountFault {
  return accountFaults.has(fault);
}

/** Source: RFC 3463, RFC 7372, RFC 7505, and Exchange Online's list of codes. */
const faults: Readonly<Record<string, AccountFault | 'mail'>> = {
  '5.1.8': 'sender',
  '5.1.90': 'limit',
  '5.2.252': 'sender',
  '5.3.4': 'mail',
  '5.4.1': 'mail',
  '5.5.3': 'mail',
  '5.7.2': 'mail',
  '5.7.12': 'mail',
  '5.7.13': 'mail',
  '5.7.25': 'reputation',
  '5.7.57': 'account',
  '5.7.60': 'sender',
  '5.7.64': 'account',
  '5.7.501': 'account',
  '5.7.502': 'account',
  '5.7.503': 'account',
  '5.7.506': 'reputation',
  '5.7.508': 'limit',
  '5.7.511': 'reputation',
  '5.7.703': 'mail',
};

/** By subject, the first and the last detail. A detail of 0 says no more than its subject. */
const ranges: readonly (readonly [number, number, number, AccountFault | 'mail'])[] = [
  // Addresses of recipients, their mailboxes, and the content.
  [1, 1, 999, 'mail'],
  [2, 1, 999, 'mail'],
  [6, 1, 999, 'mail'],
  // SPF, DKIM and DMARC.
  [7, 20, 27, 'mail'],
  // Recipients that take mail only from some senders.
  [7, 124, 136, 'mail'],
  [7, 504, 513, 'mail'],
  [7, 606, 649, 'reputation'],
  [7, 700, 750, 'account'],
];

/** Returns what the enhanced status code of a reply is about. Undefined: there is no code, or it does not decide. */
export function faultOfCode(response: string): AccountFault | 'mail' | undefined {
  const [, subject, detail] = /\b5\d\d[ -]#?5\.(\d{1,3})\.(\d{1,3})\b/.exec(response) ?? [];
  if (subject === undefined || detail === undefined) return undefined;
  const code = `5.${subject}.${detail}`;
  if (Object.hasOwn(faults, code)) return faults[code];
  return ranges.find(
    ([ofSubject, first, last]) =>
      Number(subject) === ofSubject && Number(detail) >= first && Number(detail) <= last,
  )?.[3];
}
