import { faultOfCode, type AccountFault } from './refusal-codes.js';

/** What the server replied to. Undefined: the transport does not say it. */
export type RefusalStage = 'sender' | 'recipient' | 'content' | undefined;

/**
 * Words about the account, the sender or this machine in the reply of a permanent refusal. Each must name what it is about, because
 * words such as "account is disabled" are also said of recipients. Each phrase is from the provider's own documentation or its
 * replies.
 */
const accountWords: readonly (readonly [RegExp, AccountFault])[] = [
  // Amazon SES, over SMTP and over its API.
  [/email address is(?: not|n't) verified|identit(?:y|ies) failed the check|to perform .ses:/i, 'sender'],
  [
    /sending (?:has been |is )?(?:paused|suspended|disabled)|configuration set \S{1,64} does not exist/i,
    'account',
  ],
  // Exchange Online and SendGrid.
  [/SendAsDenied|not (?:allowed|authori[sz]ed|permitted) to send (?:as|from|on behalf)/i, 'sender'],
  [/bad outbound sender|traffic not accepted from this IP|unauthenticated senders not allowed/i, 'account'],
  [/does not match a verified sender|not a sender signature|sender signature not/i, 'sender'],
  // Postfix, Yandex, Zoho, iCloud and IONOS.
  [
    /sender address rejected: (?:not owned by|domain not found)|sender address \[.{1,254}\] blocked/i,
    'sender',
  ],
  [
    /sender (?:address|domain) (?:is )?not (?:verified|allowed)|from address (?:is )?not (?:verified|one of)/i,
    'sender',
  ],
  // Google Workspace's relay.
  [/relaying disallowed as|mail sending denied/i, 'sender'],
  [/invalid credentials for relay|mail relay denied|authentication (?:is )?required/i, 'account'],
  // Mailgun, Postmark and other services.
  [
    // bounded: at most 1000 characters
    /\byour (?:\w+ )?account (?:is|has been) (?:\w+ )?(?:under review|pending|suspended|disabled|blocked|locked|deactivated|inactive|restricted|activated)/i,
    'account',
  ],
  [/\bactivate your (?:\w+ )?account|is not allowed to send: /i, 'account'],
  // Gmail, cPanel and GoDaddy.
  [
    // bounded: at most 1000 characters
    /\b(?:daily|hourly|monthly|sending|outgoing|outbound|relay) (?:\w+ )?(?:\w+ )?(?:limit|quota) (?:is |has been |was )?(?:exceeded|reached)/i,
    'limit',
  ],
  [
    // bounded: at most 1000 characters
    /\b(?:exceeded|reached|over) (?:the |its |your )(?:daily|hourly|monthly|sending|outgoing|relay) (?:\w+ )?(?:\w+ )?(?:limit|quota)/i,
    'limit',
  ],
  [
    /\bexceeded (?:the |its |your )?(?:max(?:imum)? )?(?:e-?mails|messages|defers and failures) (?:per|in|this) /i,
    'limit',
  ],
  [/\btoo many (?:e-?mails|messages) (?:per|this|in) /i, 'limit'],
  // The machine: Gmail, Postfix, Exim and block lists.
  [
    /unsolicited mail originating from your ip|client host rejected|rejected because \S{1,64} is in a black/i,
    'reputation',
  ],
  [
    // bounded: at most 1000 characters
    /(?:client host|\b(?:your|sending|connecting|source) (?:ip|server|host)\b|\bip address|\d\.\d{1,3}\.\d{1,3}\.\d).{0,60}(?:\bblocked\b|black ?list|block ?list|\bbanned\b|\blisted\b)/i,
    'reputation',
  ],
];

/** Words about the account that only the reply to `MAIL FROM` can mean. Later ones may mean the recipient's account. */
const senderWords =
  /\b(?:account|user|domain) (?:is|has been) (?:suspended|disabled|blocked|locked|deactivated)/i;

/** Words about recipients, although some of these replies have words about accounts and limits too. */
const recipientWords =
  // bounded: at most 1000 characters
  /mailbox|over quota|recipient address rejected|recipient.{0,20}(?:quota|limit)|\b(?:SPF|DKIM|DMARC)\b/i;

/** Words about the content of a mail. Block lists contain the addresses of links too. */
const contentWords =
  /\b(?:message|mail|body) contains\b|\burls?\b|\bvirus|\bmalware|\bphishing|\battachment/i;

/** Longer responses are cut, because a server may answer anything. */
const mostCharacters = 1_000;

/**
 * Returns the fault that a permanent refusal is about, or undefined if it is about the mail or its recipients. The enhanced status code
 * decides first, then what the server replied to, then its words. In doubt the refusal is about this mail.
 */
export function accountFault(response: string, stage: RefusalStage): AccountFault | undefined {
  const start = response.slice(0, mostCharacters);
  const ofCode = faultOfCode(start);
  if (ofCode === 'mail') return undefined;
  const ofWords = faultOfWords(start, stage);
  // The words are more exact than the code: a blocked account has the code of an unknown sender.
  return ofCode === undefined ? ofWords : (ofWords ?? ofCode);
}

function faultOfWords(response: string, stage: RefusalStage): AccountFault | undefined {
  if (recipientWords.test(response)) return undefined;
  if ((stage === 'content' || stage === undefined) && contentWords.test(response)) return undefined;
  if (stage === 'sender' && senderWords.test(response)) return 'account';
  return accountWords.find(([phrase]) => phrase.test(response))?.[1];
}

/** Returns the stage of nodemailer's command, such as `RCPT TO`. */
export function stageOf(command: string): RefusalStage {
  if (command.startsWith('MAIL')) return 'sender';
  if (command.startsWith('RCPT')) return 'recipient';
  return command.startsWith('DATA') ? 'content' : undefined;
}
