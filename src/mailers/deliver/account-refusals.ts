/** `sender`: the account may not send with this `from`. `limit`: it has sent too much. `reputation`: the machine is on a block list. */
export type AccountFault = 'account' | 'sender' | 'limit' | 'reputation';

/**
 * Refusals that are about the account or this machine. They come with the code of a permanent refusal, and every other mail would get
 * them too. The first match counts. Each phrase is from the provider's own documentation or its responses.
 */
const accountRefusals: readonly (readonly [RegExp, AccountFault])[] = [
  // Amazon SES, over SMTP and over its API.
  [/email address is(?: not verified|n't verified)|identit(?:y|ies) failed the check/i, 'sender'],
  [
    // bounded: at most 1000 characters
    /sending (?:has been |is )?(?:paused|suspended|disabled)|account is (?:under review|suspended|disabled)/i,
    'account',
  ],
  // Exchange Online: the account may not send with this address, or may not send at all.
  [
    // bounded: at most 1000 characters
    /SendAsDenied|\b5\.2\.252\b|\b5\.7\.60\b|not (?:allowed|authori[sz]ed|permitted) to send (?:as|from|on behalf)/i,
    'sender',
  ],
  [
    // bounded: at most 1000 characters
    /sender address rejected: not owned by user|sender (?:address|domain) (?:is )?not (?:verified|allowed)/i,
    'sender',
  ],
  [
    // bounded: at most 1000 characters
    /\b5\.7\.(?:7(?:0[58]|50)|50[123]|57)\b|\b5\.1\.8\b|traffic not accepted from this IP|bad outbound sender/i,
    'account',
  ],
  // Gmail, and the limits of hosting companies.
  [
    // bounded: at most 1000 characters
    /\b5\.4\.5\b.*limit|(?:daily|hourly|user|account|sending|outgoing|message) (?:user )?(?:sending |message |mail )?(?:limit|quota)\b.*exceeded/is,
    'limit',
  ],
  [
    // bounded: at most 1000 characters
    /exceeded (?:the |its |your )?(?:max(?:imum)? |daily |hourly |sending )+(?:\w+ )?(?:e?-?mails?|messages|limit|quota)|too many (?:e?-?mails|messages) (?:per|this|in) /i,
    'limit',
  ],
  // Block lists of IP addresses.
  [
    // bounded: at most 1000 characters
    /(?:client host|\bip\b|ip address).{0,60}(?:\bblocked\b|\bblacklist|\bblocklist|\bblock list\b)|(?:blocked|listed) (?:using|by|at|on|in) (?:\S+\.)?(?:spamhaus|barracuda|spamcop|sorbs|zen\.|rbl|dnsbl)/i,
    'reputation',
  ],
];

/** A full mailbox is about the recipient, although it is a quota. */
const aboutRecipient = /\b[45]\.2\.2\b|mailbox|recipient.{0,20}(?:quota|limit)|over quota/i;

/** Longer responses are cut, because a server may answer anything. */
const mostCharacters = 1_000;

/** Returns the fault that a permanent refusal is about, or undefined if it is about the mail or its recipients. */
export function accountFault(response: string): AccountFault | undefined {
  const start = response.slice(0, mostCharacters);
  if (aboutRecipient.test(start)) return undefined;
  return accountRefusals.find(([phrase]) => phrase.test(start))?.[1];
}
