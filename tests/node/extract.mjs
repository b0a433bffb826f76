// Extraction by template (HL7 SDC) with @aehrc/sdc-template-extract, of the folder that this is started in.
// Standard input: {"questionnaire", "response"}; standard output: the bundle that it makes, or what it says instead.
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(`${process.cwd()}/`));
const { inAppExtract } = await import(pathToFileURL(require.resolve("@aehrc/sdc-template-extract")).href);
console.log = console.warn = console.error = () => {};

const { questionnaire, response } = JSON.parse(await text(process.stdin));
const found = await inAppExtract(response, questionnaire, null);
process.stdout.write(JSON.stringify(found.extractResult?.extractedBundle ?? found));
