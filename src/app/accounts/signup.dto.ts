import { IsEmail, IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';

/** The languages of the templates in mails/. */
export const locales = ['en', 'ja'] as const;
export type Locale = (typeof locales)[number];

export class SignupDto {
  @IsString()
  @Length(1, 100)
  @Matches(/^[^\p{Cc}]*$/u, { message: 'name must be one line of text' })
  name: string;

  @IsEmail()
  email: string;

  /** The language of the welcome mail. */
  @IsOptional()
  @IsIn(locales)
  locale?: Locale;
}
