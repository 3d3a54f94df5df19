import { Job, type JobContext } from 'nestjs-fledge';
import {
  Mailer,
  MailersService,
  MailTransport,
  MailTransportError,
  type Mail,
  type MailReceipt,
} from 'nestjs-fledge/mailers';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Driver } from '../support/kit-drivers.js';

const made: string[] = [];

@Mailer()
class LetterMailer {
  async letter({ to }: { to: string }): Promise<Mail> {
    made.push(to);
    return { to, subject: `To ${to}`, text: 'Hello' };
  }
}

/** Sends a mail and then fails. The mail must not be sent again. */
@Job({ attempts: 2, backoff: '1h' })
class SendThenFailJob {
  constructor(private readonly mailers: MailersService) {}
  async perform(_payload: undefined, { attempt }: JobContext): Promise<void> {
    await this.mailers
      .for(LetterMailer)
      .letter({ to: `attempt${attempt}@example.test` })
      .deliverLater();
    if (attempt === 1) throw new Error('after the enqueue');
  }
}

class RefusingTransport extends MailTransport {
  readonly description = 'a server that refuses';
  tries = 0;
  constructor(private readonly responseCode: number) {
    super();
  }
  async send(): Promise<MailReceipt> {
    this.tries += 1;
    const response = `${this.responseCode} as planned`;
    throw new MailTransportError(response, { responseCode: this.responseCode, response, command: 'DATA' });
  }
}

/** Mails behave the same in the testing kit and on Redis. */
export function kitMailBehaviour(driver: Driver): void {
  const providers = [LetterMailer, SendThenFailJob];
  const to = 'ada@example.test';

  beforeEach(() => {
    made.length = 0;
  });

  describe(`with ${driver.name}: mails`, () => {
    it('are built and sent once, when their delivery runs', async () => {
      const { get, settle, go, mails, inspector } = await driver.open({ providers });
      const receipt = await get(MailersService).for(LetterMailer).letter({ to }).deliverLater();
      expect(receipt).toEqual({
        id: expect.any(String) as string,
        name: 'DeliverMail',
        queue: 'mailers',
        status: 'enqueued',
      });
      expect(made).toEqual([]);
      await settle();
      await go('1h');
      expect(made).toEqual([to]);
      expect(mails().map(({ subject }) => subject)).toEqual([`To ${to}`]);
      expect(await inspector.find(receipt.id)).toMatchObject({ state: 'completed' });
    });

    it('are sent now or at their time', async () => {
      const { get, settle, go, mails } = await driver.open({ providers });
      const letters = get(MailersService).for(LetterMailer);
      await letters.letter({ to }).deliverLater({ delay: '1h' });
      await settle();
      expect(mails()).toEqual([]);
      await go('1h');
      expect(mails()).toHaveLength(1);
      await letters.letter({ to }).deliverNow();
      expect(mails()).toHaveLength(2);
    });

    it('of a retried job are enqueued again', async () => {
      const { jobs, go, mails } = await driver.open({ providers });
      await jobs.enqueue(SendThenFailJob);
      await go('1h');
      expect(mails().map(({ to: [first] }) => first!.address)).toEqual([
        'attempt1@example.test',
        'attempt2@example.test',
      ]);
    });

    it.each([
      ['permanently', 550, 'dead'],
      ['temporarily', 451, 'retrying'],
    ])('that a server rejects %s', async (_, code, state) => {
      const transport = new RefusingTransport(code);
      const { get, settle, inspector, mails } = await driver.open({ providers, transport });
      const { id } = await get(MailersService).for(LetterMailer).letter({ to }).deliverLater();
      await settle();
      expect(await inspector.find(id)).toMatchObject({
        state,
        attempt: 1,
        error: { message: expect.stringContaining(`${code} as planned`) as string },
      });
      expect(transport.tries).toBe(1);
      expect(mails()).toEqual([]);
    });
  });
}
