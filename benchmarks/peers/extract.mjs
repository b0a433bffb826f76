// Extraction by template (HL7 SDC) with @aehrc/sdc-template-extract, asked over standard input and output.
// First line in: {"questionnaire", "response"}. Then one number of calls a line; out comes {"seconds", "bytes", "entries"}.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(`${process.cwd()}/`));
const { inAppExtract } = await import(pathToFileURL(require.resolve("@aehrc/sdc-template-extract")).href);
console.log = console.warn = console.error = () => {};

let form;
for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  if (typeof asked === "object") {
    form = asked;
    continue;
  }
  let text = "";
  let entries = 0;
  const started = process.cpuUsage();
  for (let call = 0; call < asked; call += 1) {
    const found = await inAppExtract(structuredClone(form.response), form.questionnaire, null);
    const bundle = found.extractResult?.extractedBundle;
    if (!bundle) {
      process.stdout.write(`${JSON.stringify({ error: JSON.stringify(found).slice(0, 2000) })}\n`);
      process.exit(1);
    }
    entries = bundle.entry.length;
    text = JSON.stringify(bundle);
  }
  const used = process.cpuUsage(started);
  const seconds = (used.user + used.system) / 1e6;
  process.stdout.write(`${JSON.stringify({ seconds, bytes: Buffer.byteLength(text), entries })}\n`);
}
