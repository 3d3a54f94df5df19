import { Body, Button, Head, Html, Preview, Text } from '@react-email/components';

export function ForgotPasswordEmail({ name, link }: { name: string; link: string }) {
  return (
    <Html lang="en">
      <Head />
      <Preview>Set a new password</Preview>
      <Body>
        <Text>Hi {name},</Text>
        <Text>You asked for a new password.</Text>
        <Button href={link}>Set a new password</Button>
      </Body>
    </Html>
  );
}
