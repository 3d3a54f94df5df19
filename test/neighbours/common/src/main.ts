import './first.js';
import { AppModule } from './app.module.js';
import { configure } from './configure.js';
import { createApplication } from './create-application.js';

async function bootstrap(): Promise<void> {
  const app = await createApplication(AppModule);
  app.enableShutdownHooks();
  await configure(app);
  await app.listen(Number(process.env.PORT), '127.0.0.1');
  console.log('PROBE listening');
}

void bootstrap();
