/** A file in a mail that is looked at. */
export interface ShownAttachment {
  readonly filename: string;
  readonly contentType: string;
  /** What `<img src="cid:…">` calls it. */
  readonly cid: string | undefined;
  readonly content: Buffer;
}

/** A mail as the pages show it, wherever it came from. */
export interface ShownMail {
  readonly subject: string;
  /** Who it is from and to, readable: `['To', 'Ada <ada@acme.test>']`. */
  readonly envelope: readonly (readonly [label: string, value: string])[];
  readonly html: string | undefined;
  readonly text: string | undefined;
  readonly attachments: readonly ShownAttachment[];
  /** The whole message, as servers get it. */
  readonly eml: Buffer;
}

export interface ShownAddress {
  readonly name: string;
  readonly address: string;
}

/** `Ada <ada@acme.test>, bob@acme.test` */
export function addressLine(addresses: readonly ShownAddress[]): string {
  return addresses.map(({ name, address }) => (name ? `${name} <${address}>` : address)).join(', ');
}

/** Rows of an envelope without those that say nothing. */
export function envelopeOf(rows: readonly (readonly [string, string])[]): ShownMail['envelope'] {
  return rows.filter(([, value]) => value !== '');
}

/** The lines before the first empty one, each with its continuations, as name and value. */
export function headersOf({ eml }: ShownMail): (readonly [name: string, value: string])[] {
  const [head = ''] = eml.toString('utf8').split(/\r?\n\r?\n/, 1);
  return head.split(/\r?\n(?![ \t])/).map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
}
