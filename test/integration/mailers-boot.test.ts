import { Module, Scope, type ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { JobsModule } from 'nestjs-fledge';
import { Mailer, MailersModule, MailersService, MemoryTransport, type Mail } from 'nestjs-fledge/mailers';
import { expect, it, onTestFinished } from 'vitest';

@Mailer()
class NoteMailer {
  async note(): Promise<Mail> {
    return { to: 'ada@example.test', subject: 'Hi', text: 'Hello' };
  }
}

const jobs = JobsModule.forRoot({ url: 'memory:' });
const mailers = (options: object = { from: 'a@acme.test' }) =>
  MailersModule.forRoot({ transport: new MemoryTransport(), ...options });

/** Boots an application, and returns it. */
async function boot(
  metadata: ModuleMetadata,
): Promise<{ get: (token: typeof MailersService) => MailersService }> {
  @Module(metadata)
  class AppModule {}
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  onTestFinished(() => module.close());
  return module.init();
}

const providers = [NoteMailer];

it('MailersModule without JobsModule is an error that names both', async () => {
  await expect(boot({ imports: [mailers()], providers })).rejects.toThrow(
    /^MailersModule needs JobsModule.*Add JobsModule\.forRoot\(\).*FLEDGE_JOBS_MODULE_MISSING/,
  );
  await expect(boot({ imports: [mailers({ from: 'a@acme.test', preview: false })] })).rejects.toThrow(
    /FLEDGE_JOBS_MODULE_MISSING/,
  );
});

it('an error of JobsModule stays the error of the application', async () => {
  const invalid = JobsModule.forRoot({ url: 'http://redis' });
  await expect(boot({ imports: [mailers(), invalid], providers })).rejects.toThrow(
    /FLEDGE_REDIS_URL|FLEDGE_STORE_URL/,
  );
});

it('a mailer without a sender is an error that names the mailer', async () => {
  await expect(boot({ imports: [jobs, mailers({})], providers })).rejects.toThrow(
    /^The mails of NoteMailer have no sender\. Set from.*FLEDGE_MAIL_FROM_MISSING/,
  );
  @Mailer({ defaults: { from: 'b@acme.test' } })
  class OwnMailer extends NoteMailer {}
  await boot({ imports: [jobs, mailers({})], providers: [OwnMailer] });
});

it('a mailer in the providers of two modules is an error that names the modules', async () => {
  @Module({ providers })
  class FeatureModule {}
  await expect(boot({ imports: [jobs, mailers(), FeatureModule], providers })).rejects.toThrow(
    /(?:FeatureModule and AppModule|AppModule and FeatureModule) both have NoteMailer.*FLEDGE_MAILER_REGISTERED_TWICE/,
  );
});

it('an alias and a request-scoped mailer are one mailer', async () => {
  @Mailer()
  class ScopedMailer extends NoteMailer {}
  await boot({
    imports: [jobs, mailers()],
    providers: [
      NoteMailer,
      { provide: 'ALIAS', useExisting: NoteMailer },
      { provide: ScopedMailer, useClass: ScopedMailer, scope: Scope.REQUEST },
    ],
  });
});

it('MailersModule in two modules is an error about MailersModule', async () => {
  @Module({ imports: [mailers({ from: 'b@acme.test' })] })
  class FeatureModule {}
  await expect(boot({ imports: [jobs, mailers(), FeatureModule], providers })).rejects.toThrow(
    /^MailersModule\.forRoot\(\).* is imported twice, by (?:AppModule and FeatureModule|FeatureModule and AppModule)\. Import it once.*FLEDGE_MAILERS_MODULE_TWICE/,
  );
});

it('MailersModule without forRoot in a feature module is an error that says what to remove', async () => {
  @Module({ imports: [MailersModule] })
  class FeatureModule {}
  await expect(boot({ imports: [jobs, mailers(), FeatureModule], providers })).rejects.toThrow(
    /^MailersModule is imported without forRoot\(\), by FeatureModule\. Import.*FLEDGE_MAILERS_MODULE_TWICE/,
  );
});

it('MailersModule can be imported before JobsModule', async () => {
  const app = await boot({ imports: [mailers(), jobs], providers });
  await expect(app.get(MailersService).for(NoteMailer).note().deliverNow()).resolves.toMatchObject({
    detail: 'kept in memory',
  });
});

class CreateUserDto {
  name = 'Ada';

  greeting(): string {
    return `Hello ${this.name}`;
  }
}

it('an instance of a class as payload is refused with the mailer, the action and a fix', async () => {
  @Mailer()
  class SignupMailer {
    async welcome({ name }: { name: string }): Promise<Mail> {
      return { to: 'ada@example.test', subject: 'Hi', text: name };
    }
  }
  const app = await boot({ imports: [jobs, mailers()], providers: [SignupMailer] });
  const { welcome } = app.get(MailersService).for(SignupMailer);
  const dto = new CreateUserDto();
  const message =
    /^SignupMailer\.welcome was not enqueued: payload is an instance of CreateUserDto.* such as \{ \.\.\.value \}.*FLEDGE_PAYLOAD_INVALID/;
  await expect(welcome(dto).deliverLater()).rejects.toThrow(message);
  await expect(welcome.deliverAllLater([dto])).rejects.toThrow(/SignupMailer\.welcome was not enqueued/);
  await expect(welcome(dto).deliverNow()).rejects.toThrow(/payload is an instance of CreateUserDto/);
  await expect(welcome({ name: dto.name }).deliverNow()).resolves.toMatchObject({ detail: 'kept in memory' });
});
