/** What is handed to a transport: as `nodemailer` takes it. */
export interface EmailMessage {
  from: string;
  to: string | readonly string[];
  subject: string;
  text: string;
  messageId: string;
  headers: Record<string, string>;
}

/** What sends e-mail: a transport of `nodemailer`, or anything with its `sendMail`. */
export interface EmailTransport {
  sendMail(message: EmailMessage): Promise<unknown>;
  close?(): void;
}

/** Whether a value can send e-mail by itself. */
export function isEmailTransport(value: unknown): value is EmailTransport {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { sendMail?: unknown }).sendMail === 'function'
  );
}
