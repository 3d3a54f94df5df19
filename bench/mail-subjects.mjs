// One subject of the mail benchmark, in its own process. It reports when it is ready, sends on command, and reports
// its memory.
import 'reflect-metadata';
import { Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JobsModule, JobsWorker } from 'nestjs-fledge';
import { Mailer, MailersModule, MailersService } from 'nestjs-fledge/mailers';
import { createTransport } from 'nodemailer';

const { subject, smtpPort, redisPort, count, pool, concurrency } = JSON.parse(process.argv[2]);
const body = 'Hello\n'.repeat(200);
const readers = Array.from({ length: count }, (_, readerId) => ({ readerId }));
const mailFor = ({ readerId }) => ({
  to: `reader${readerId}@example.test`,
  subject: `Issue for ${readerId}`,
  text: body,
});

const subjects = {
  nodemailer: async () => {
    const transporter = createTransport({ host: '127.0.0.1', port: smtpPort, pool: true, ...pool });
    return () =>
      Promise.all(
        readers.map((reader) => transporter.sendMail({ from: 'hello@acme.test', ...mailFor(reader) })),
      );
  },
  fledge: async () => {
    class NewsMailer {
      async issue(reader) {
        return mailFor(reader);
      }
    }
    Mailer()(NewsMailer);
    class BenchModule {}
    const transport = { host: '127.0.0.1', port: smtpPort, ...pool };
    Module({
      imports: [
        JobsModule.forRoot({
          url: `redis://127.0.0.1:${redisPort}?prefix=bench${process.pid}`,
          queues: { default: {}, mailers: { concurrency } },
        }),
        MailersModule.forRoot({ transport, from: 'hello@acme.test' }),
      ],
      providers: [NewsMailer],
    })(BenchModule);
    Logger.overrideLogger(false);
    const app = await NestFactory.createApplicationContext(BenchModule);
    await app.get(JobsWorker).start();
    return () => app.get(MailersService).for(NewsMailer).issue.deliverAllLater(readers);
  },
};

const send = await subjects[subject]();
const memory = [];
process.on('message', (message) => {
  if (message === 'go') {
    setInterval(() => memory.push(Math.round(process.memoryUsage.rss() / 2 ** 20)), 100);
    void send();
  } else process.send({ memory }, () => process.exit());
});
process.send('ready');
