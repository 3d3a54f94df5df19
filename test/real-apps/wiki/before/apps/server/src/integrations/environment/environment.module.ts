import { Global, Injectable, Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';

@Injectable()
export class EnvironmentService {
  constructor(private readonly config: ConfigService) {}

  get appUrl(): string {
    return this.config.get('APP_URL', 'http://localhost:3000');
  }

  get databaseUrl(): string {
    return this.config.getOrThrow('DATABASE_URL');
  }

  get redisUrl(): string {
    return this.config.getOrThrow('REDIS_URL');
  }

  get smtp(): { host: string; port: number } {
    return { host: this.config.getOrThrow('SMTP_HOST'), port: Number(this.config.getOrThrow('SMTP_PORT')) };
  }

  get mailFrom(): string {
    return this.config.get('MAIL_FROM', 'Wiki <wiki@example.test>');
  }
}

@Global()
@Module({
  imports: [ConfigModule.forRoot({ isGlobal: true })],
  providers: [EnvironmentService],
  exports: [EnvironmentService],
})
export class EnvironmentModule {}
