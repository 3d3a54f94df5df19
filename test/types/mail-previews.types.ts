/* Compiled but never run. `test/types.test.ts` checks which lines compile and which do not. */
import { examples, Mailer, MailPreview, type Mail } from 'nestjs-fledge/mailers';

@Mailer()
class ShopMailer {
  constructor(private readonly rates: Map<string, number>) {}

  async receipt({ orderId }: { orderId: string }): Promise<Mail> {
    return { to: 'a@acme.test', subject: `${orderId} ${this.rates.size}`, text: 'x' };
  }

  async newsletter(): Promise<Mail> {
    return { to: 'a@acme.test', subject: 'x', text: 'x' };
  }

  async sale(_payload: { percent: number; until?: string }): Promise<Mail> {
    return { to: 'a@acme.test', subject: 'x', text: 'x' };
  }
}

@MailPreview(ShopMailer)
export class Whole {
  constructor(private readonly orders: Set<string>) {}
  async receipt() {
    return { orderId: this.someOrder() };
  }
  newsletter() {
    return undefined;
  }
  sale() {
    return examples({ short: { percent: 10 }, long: { percent: 50, until: 'the end of the year' } });
  }
  private someOrder(): string {
    return [...this.orders][0] ?? 'none';
  }
}

@MailPreview(ShopMailer)
export class Part {
  async sale() {
    return examples({ half: { percent: 50 } });
  }
}

// @ts-expect-error no such action
@MailPreview(ShopMailer)
export class Misspelled {
  reciept() {
    return { orderId: '1' };
  }
}

// @ts-expect-error no such action, beside one that there is
@MailPreview(ShopMailer)
export class Helpful {
  receipt() {
    return { orderId: this.orderId() };
  }
  orderId() {
    return '1';
  }
}

// @ts-expect-error the payload of another action
@MailPreview(ShopMailer)
export class WrongPayload {
  receipt() {
    return { percent: 10 };
  }
}

// @ts-expect-error one example is wrong
@MailPreview(ShopMailer)
export class WrongExample {
  sale() {
    return examples<{ percent: number | string }>({ right: { percent: 1 }, wrong: { percent: 'a lot' } });
  }
}
