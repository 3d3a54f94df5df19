import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { AuthService, type Account } from './auth.service';

@Controller('auth')
export class AuthController {
  constructor(private readonly auth: AuthService) {}

  @Post('forgot-password')
  @HttpCode(200)
  async forgotPassword(@Body() account: Account): Promise<void> {
    await this.auth.forgotPassword(account);
  }

  @Post('change-password')
  @HttpCode(200)
  async changePassword(@Body() account: Account): Promise<void> {
    await this.auth.changePassword(account);
  }
}
