import { describe, expect, it } from 'vitest';
import { KnownPauses, oldestFirst } from './pauses.js';

describe('known pauses', () => {
  const known = new KnownPauses([
    { name: 'ImportJob' },
    { name: 'UserMailer' },
    { name: 'Shop.Mailer.order' },
  ]);
  const mail = (subject: string): object => ({ name: 'DeliverMail', subject });

  it.each([
    [{ name: 'ImportJob' }, 'ImportJob'],
    [{ name: 'OldImport', className: 'ImportJob' }, 'ImportJob'],
    [mail('UserMailer.welcome'), 'UserMailer'],
    [mail('Shop.Mailer.order'), 'Shop.Mailer.order'],
  ])('apply to %j', (job, name) => {
    expect(known.find(job as { name: string })?.name).toBe(name);
  });

  it.each([
    { name: 'ImportJob2' },
    { name: 'ImportJob.daily' },
    { name: 'UserMailer.welcome' },
    mail('UserMailers.welcome'),
    mail('Shop.Mailer.orders'),
    mail('Shop.Mailer'),
    { name: 'constructor' },
    { name: '' },
  ])('do not apply to %j', (job) => {
    expect(known.find(job as { name: string })).toBeUndefined();
  });

  it('are none at first', () => {
    const none = new KnownPauses();
    expect(none.size).toBe(0);
    expect(none.find({ name: 'ImportJob' })).toBeUndefined();
  });

  it('are sorted by age, and by name if that is not known', () => {
    const pauses = [{ name: 'b', since: 2 }, { name: 'a', since: 2 }, { name: 'z' }, { name: 'c', since: 1 }];
    expect(oldestFirst(pauses).map(({ name }) => name)).toEqual(['z', 'c', 'a', 'b']);
  });
});
