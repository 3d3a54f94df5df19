import { Injectable, Module, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { examples, Mailer, MailersModule, MailPreview, type Mail } from 'nestjs-fledge/mailers';
import { expect, it } from 'vitest';
import { previewApp } from '../support/preview-app.js';
import { rawRequest } from '../support/raw-http.js';

interface Order {
  readonly id: string;
  readonly items: readonly string[];
}

@Injectable()
export class Orders {
  async latest(): Promise<Order> {
    return { id: 'o1', items: ['a book'] };
  }
}

@Mailer()
export class OrderMailer {
  async shipped({ orderId }: { orderId: string }): Promise<Mail> {
    return { to: 'ada@example.test', subject: `Order ${orderId} is on its way`, text: 'Soon.' };
  }

  async receipt({ items }: { items: readonly string[] }): Promise<Mail> {
    return { to: 'ada@example.test', subject: `Receipt: ${items.length} item(s)`, text: items.join('\n') };
  }
}

// #region preview
@MailPreview(OrderMailer)
export class OrderMailerPreview {
  constructor(private readonly orders: Orders) {}

  async shipped() {
    return { orderId: (await this.orders.latest()).id };
  }

  receipt() {
    return examples({
      'one item': { items: ['A book'] },
      'many items': { items: Array.from({ length: 40 }, (_, i) => `Book ${i + 1}`) },
    });
  }
}
// #endregion

@Injectable()
export class Sessions {
  isAdmin(cookie: string | undefined): boolean {
    return cookie === 'admin';
  }
}

@Module({ providers: [Sessions], exports: [Sessions] })
export class AuthModule {}

@Injectable()
export class AdminGuard implements CanActivate {
  constructor(private readonly sessions: Sessions) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: { cookie?: string } }>();
    return this.sessions.isAdmin(headers.cookie);
  }
}

export function previewsGuide(): void {
  it('docs/mailers.md, previews: more hosts and peers', async () => {
    // #region allow
    const module = MailersModule.forRoot({
      from: 'Acme <hello@acme.test>',
      preview: { allow: { hosts: ['app.test', '*.app.test'], peers: ['192.168.1.0/24'] } },
    });
    // #endregion
    const app = await previewApp('express', module, { providers: [Orders, OrderMailer, OrderMailerPreview] });
    const { port } = new URL(await app.getUrl());
    const status = async (host: string) =>
      (await rawRequest({ host: '127.0.0.1', port: Number(port) }, ['GET /mails HTTP/1.1', `Host: ${host}`]))
        .status;
    expect(await status('www.app.test')).toBe(200);
    expect(await status('evil.test')).toBe(403);
  });

  it('docs/mailers.md, previews: examples, shown to users whom a guard allows', async () => {
    // #region guards
    const module = MailersModule.forRoot({
      from: 'Acme <hello@acme.test>',
      preview: { path: 'admin/mails', guards: [AdminGuard], imports: [AuthModule] },
    });
    // #endregion
    const providers = [Orders, OrderMailer, OrderMailerPreview];
    const app = await previewApp('express', module, { providers });
    const show = async (path: string, cookie: string) =>
      (await fetch(`${await app.getUrl()}/admin/mails${path}`, { headers: { cookie } })).text();
    expect(await show('', 'visitor')).toContain('Forbidden');
    expect(await show('', 'admin')).toContain('OrderMailer');
    expect(await show('/preview/OrderMailer/shipped', 'admin')).toContain('Order o1 is on its way');
    expect(await show('/preview/OrderMailer/receipt?example=many+items', 'admin')).toContain('40 item(s)');
  });
}
