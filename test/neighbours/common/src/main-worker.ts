import './first.js';
import { runWorker } from 'nestjs-fledge';
import { AppModule } from './app.module.js';

void runWorker(AppModule);
