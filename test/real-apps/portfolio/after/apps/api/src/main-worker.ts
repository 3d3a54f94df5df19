import { runWorker } from 'nestjs-fledge';
import { AppModule } from './app/app.module';

void runWorker(AppModule);
