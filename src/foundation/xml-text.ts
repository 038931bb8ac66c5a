// What XML 1.0 has no way to write, not even escaped: controls, halves of surrogate pairs, two noncharacters.
const NOT_IN_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Whether a text has only characters that an XML file can hold. */
export function fitsXml(text: string): boolean {
  return !NOT_IN_XML.test(text);
}

/** A text as it stands between tags or in an attribute. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}
