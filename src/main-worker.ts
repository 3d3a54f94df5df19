import { runWorker } from 'nestjs-fledge';
import { AppModule } from './app/app.module.js';

void runWorker(AppModule);
