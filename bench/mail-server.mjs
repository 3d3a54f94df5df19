// The SMTP server of the mail benchmark, in its own process. It counts the mails and reports the count every 20 ms.
import { SMTPServer } from 'smtp-server';

let mails = 0;
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onData: (stream, _session, callback) => {
    stream.on('data', () => undefined);
    stream.on('end', () => {
      mails += 1;
      callback();
    });
  },
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.server.address().port }));
let reported = 0;
setInterval(() => {
  if (mails !== reported) process.send({ mails: (reported = mails), at: Date.now() });
}, 20);
process.on('disconnect', () => process.exit());
