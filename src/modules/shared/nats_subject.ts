/** Names as parts of subjects of NATS. */

/** Text as one token of a subject; what may not be in one is written in hexadecimal digits. */
export function subjectToken(text: string): string {
  if (/^[\w:@-]+$/.test(text)) return text;
  return Array.from(new TextEncoder().encode(text), (byte) => {
    const char = String.fromCharCode(byte);
    return /[\w:@-]/.test(char) ? char : `=${byte.toString(16).padStart(2, "0")}`;
  }).join("") || "=";
}
