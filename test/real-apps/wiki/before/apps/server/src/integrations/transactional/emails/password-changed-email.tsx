import { Body, Head, Html, Text } from '@react-email/components';

export function PasswordChangedEmail({ name }: { name: string }) {
  return (
    <Html lang="en">
      <Head />
      <Body>
        <Text>Hi {name}, your password was changed.</Text>
      </Body>
    </Html>
  );
}
