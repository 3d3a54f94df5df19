import { Injectable } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';

@Injectable()
export class Clock {
  @Cron('* * * * * *', { name: 'strike' })
  strike(): void {
    console.log('the clock strikes');
  }
}
