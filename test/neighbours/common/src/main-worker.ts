import './first.js';
import { runWorker } from 'nestjs-fledge';
import { AppModule } from './app.module.js';
import { workerOptions } from './workerOptions.js';

void runWorker(AppModule, workerOptions);
