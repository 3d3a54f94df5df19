/** An attachment of a shown mail. */
export interface ShownAttachment {
  readonly filename: string;
  readonly contentType: string;
  /** The name that `<img src="cid:…">` refers to. */
  readonly cid: string | undefined;
  readonly content: Buffer;
}

/** A mail as the pages show it, from a preview or from a mailbox. */
export interface ShownMail {
  readonly subject: string;
  /** The addresses in readable form, such as `['To', 'Ada <ada@acme.test>']`. */
  readonly envelope: readonly (readonly [label: string, value: string])[];
  readonly html: string | undefined;
  readonly text: string | undefined;
  readonly attachments: readonly ShownAttachment[];
  /** The whole message, as a server gets it. */
  readonly eml: Buffer;
}

export interface ShownAddress {
  readonly name: string;
  readonly address: string;
}

/** Returns a line such as `Ada <ada@acme.test>, bob@acme.test`. */
export function addressLine(addresses: readonly ShownAddress[]): string {
  return addresses.map(({ name, address }) => (name ? `${name} <${address}>` : address)).join(', ');
}

/** Returns the rows that have a value. */
export function envelopeOf(rows: readonly (readonly [string, string])[]): ShownMail['envelope'] {
  return rows.filter(([, value]) => value !== '');
}

/** Returns names and values of the headers, which end at the first empty line. Continuation lines belong to their header. */
export function headersOf({ eml }: ShownMail): (readonly [name: string, value: string])[] {
  const [head = ''] = eml.toString('utf8').split(/\r?\n\r?\n/, 1);
  return head.split(/\r?\n(?![ \t])/).map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
}
